//! The real program in a pseudo-terminal, on a recording.

use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use k3scope::term::{Screen, Tty, install_hooks};
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

const LIMIT: Duration = Duration::from_secs(30);
const RECORDING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/incident.jsonl");

pub(crate) struct Pty {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    raw: Vec<u8>,
    home: tempfile::TempDir,
}

fn cells(number: u16) -> std::num::NonZeroU16 {
    number.try_into().unwrap()
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Pty {
    fn watch(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_k3scope"));
        command.args(["watch", "--replay", RECORDING]);
        command.args(arguments);
        for (name, value) in environment {
            command.env(name, value);
        }
        Self::start(command)
    }

    pub(crate) fn start(mut command: CommandBuilder) -> Self {
        let home = tempfile::tempdir().unwrap();
        command.env("HOME", home.path());
        command.env("XDG_STATE_HOME", home.path());
        command.env("TERM", "xterm-256color");
        command.env("TZ", "UTC");
        let pair = native_pty_system().openpty(size(100, 30)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4_096];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            keys: pair.master.take_writer().unwrap(),
            master: pair.master,
            child,
            output,
            screen: vt100::Parser::new(cells(30), cells(100), 0),
            raw: Vec::new(),
            home,
        }
    }

    pub(crate) fn shown(&self) -> String {
        self.screen.screen().contents()
    }

    pub(crate) fn wait_until(&mut self, why: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        while !holds(self.screen.screen()) {
            match self.output.recv_timeout(LIMIT) {
                Ok(bytes) => {
                    self.screen.process(&bytes);
                    self.raw.extend(bytes);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("not so: {why}\n{}", self.shown());
                }
            }
        }
    }

    pub(crate) fn wait_for(&mut self, text: &str) {
        self.wait_until(text, |screen| screen.contents().contains(text));
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        let sent = std::process::Command::new("kill")
            .args([name, &pid])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// All files that the program left in its home folder.
    pub(crate) fn left_at_home(&self) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(self.home.path()).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// The state letter of the process (`man 5 proc`).
    fn is_stopped(&self) -> bool {
        let pid = self.child.process_id().unwrap().to_string();
        let state = std::process::Command::new("ps")
            .args(["-o", "state=", "-p", &pid])
            .output()
            .unwrap();
        state.stdout.first() == Some(&b'T')
    }

    /// Waits until the program has ended.
    pub(crate) fn exit(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    pub(crate) fn end(mut self) -> (ExitStatus, vt100::Parser, String) {
        let status = self.exit();
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(500)) {
            self.screen.process(&bytes);
            self.raw.extend(bytes);
        }
        let raw = String::from_utf8_lossy(&self.raw).into_owned();
        (status, self.screen, raw)
    }
}

/// Main screen, cursor visible, no mouse, no bracketed paste.
pub(crate) fn assert_sane(screen: &vt100::Screen) {
    assert!(!screen.alternate_screen(), "the alternate screen is left");
    assert!(!screen.hide_cursor(), "the cursor is shown");
    assert!(!screen.bracketed_paste());
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
}

#[test]
fn start_resize_and_quit() {
    let mut pty = Pty::watch(&[], &[]);
    pty.wait_for("Needs attention");
    pty.press("3");
    pty.wait_for("docs-tls");
    pty.master.resize(size(40, 10)).unwrap();
    pty.screen.screen_mut().set_size(cells(10), cells(40));
    pty.wait_for("k3scope needs more room");
    pty.master.resize(size(120, 36)).unwrap();
    pty.screen.screen_mut().set_size(cells(36), cells(120));
    pty.wait_for("Certificates 2");
    pty.press("q");
    let (status, screen, _) = pty.end();
    assert_eq!(status.exit_code(), 0);
    assert_sane(screen.screen());
}

#[test]
fn sigterm_and_sighup_leave_a_sane_terminal() {
    for signal in ["-TERM", "-HUP", "-INT"] {
        let mut pty = Pty::watch(&[], &[]);
        pty.wait_for("Needs attention");
        pty.signal(signal);
        let (status, screen, _) = pty.end();
        assert_eq!(status.exit_code(), 130, "{signal}");
        assert_sane(screen.screen());
    }
}

#[test]
fn ctrl_z_stops_and_comes_back() {
    let mut pty = Pty::watch(&[], &[]);
    pty.wait_for("Needs attention");
    pty.press("\u{1a}");
    pty.wait_until("the main screen", |screen| !screen.alternate_screen());
    assert_sane(pty.screen.screen());
    let tries = std::iter::repeat_with(|| pty.is_stopped()).take(2_000);
    assert!(
        tries.into_iter().any(|stopped| stopped),
        "the process is stopped"
    );
    pty.signal("-CONT");
    pty.wait_until("the screen again", vt100::Screen::alternate_screen);
    pty.wait_for("Needs attention");
    pty.press("q");
    let (status, screen, _) = pty.end();
    assert_eq!(status.exit_code(), 0);
    assert_sane(screen.screen());
}

#[test]
fn no_color_means_none() {
    let mut pty = Pty::watch(&[], &[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]);
    pty.wait_for("Needs attention");
    pty.press("7q");
    let (_, _, raw) = pty.end();
    let coloured = [
        "\u{1b}[38;",
        "\u{1b}[48;",
        "\u{1b}[31m",
        "\u{1b}[32m",
        "\u{1b}[36m",
    ];
    assert!(coloured.iter().all(|code| !raw.contains(code)));
}

#[test]
fn a_panic_leaves_a_sane_terminal() {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args([
        "--ignored",
        "--exact",
        "--nocapture",
        "cockpit::program::panics_with_the_terminal_taken",
    ]);
    let (status, screen, raw) = Pty::start(command).end();
    assert_ne!(status.exit_code(), 0);
    assert!(
        raw.contains("\u{1b}[?1049h"),
        "the terminal was taken: {raw}"
    );
    let (_, after) = raw.split_once("\u{1b}[?1049l").unwrap();
    assert!(
        after.contains("on purpose"),
        "the report can be read: {raw}"
    );
    assert_sane(screen.screen());
}

/// Run by the test above in a terminal of its own.
#[test]
#[ignore = "it panics on purpose"]
fn panics_with_the_terminal_taken() {
    install_hooks().unwrap();
    let mut tty = Tty::take().unwrap();
    tty.draw(&mut |_| {}).unwrap();
    panic!("on purpose");
}

#[test]
fn what_is_no_terminal_is_said() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_k3scope"))
        .args(["watch", "--replay", RECORDING])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("watch needs a terminal"), "{said}");
}

#[test]
fn keys_and_themes_are_listed() {
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_k3scope"))
            .args(arguments)
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let (status, keys) = run(&["keys"]);
    assert_eq!(status, Some(0));
    assert!(
        keys.contains("Find a command or an object by name"),
        "{keys}"
    );
    let (_, json) = run(&["keys", "--json"]);
    for line in json.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            entry["keys"]
                .as_array()
                .is_some_and(|keys| !keys.is_empty()),
            "{line}"
        );
    }
    assert!(
        run(&["keys", "--markdown"])
            .1
            .contains("| `Enter` | Open what is selected |")
    );
    let (_, themes) = run(&["themes", "list"]);
    assert_eq!(themes.lines().count(), 4);
    assert!(run(&["themes", "show", "light"]).1.contains("[roles]"));
    assert_eq!(run(&["themes", "show", "lihgt"]).0, Some(2));
}
