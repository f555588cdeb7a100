//! What a large cluster costs on duty: the built program watches the lab's `scale` (5,000 pods, 500
//! applications, 500 routes, 5,000 events), at rest and with 200 changes a second.
//!
//! Both are programs of their own, so that what is measured is the cockpit and not the lab. Processor
//! time and memory are read from `/proc`; where there is none, only the times are told.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::num::NonZeroU16;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use k3scope::clock::Clock;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const PROGRAM: &str = env!("CARGO_BIN_EXE_k3scope");
const COLUMNS: u16 = 140;
const ROWS: u16 = 42;
/// How long the cockpit is looked at, once all is there.
const LOOKED_AT: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_mins(1);
const KEYS: usize = 40;

fn main() -> Result<()> {
    let mut out = std::io::stdout();
    writeln!(
        out,
        "changes/s  first frame  first rows    all rows  key (median, worst)   processor    memory (peak)"
    )?;
    for changes in [0, 200] {
        let measured = measure(changes)?;
        writeln!(out, "{changes:>9}  {measured}")?;
    }
    Ok(())
}

/// One cockpit's figures.
struct Measured {
    frame: Duration,
    rows: Duration,
    whole: Duration,
    keys: Vec<Duration>,
    cost: Option<Cost>,
}

/// Share of one processor, and bytes of memory: at the end, and at most.
struct Cost {
    share: f64,
    resident: u64,
    peak: u64,
}

impl std::fmt::Display for Measured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let milliseconds = |time: Duration| format!("{:.0} ms", time.as_secs_f64() * 1_000.0);
        let middle = self.keys.get(self.keys.len() / 2).copied();
        let worst = self.keys.last().copied();
        write!(
            f,
            "{:>11}  {:>10}  {:>10}  {:>19}",
            milliseconds(self.frame),
            milliseconds(self.rows),
            milliseconds(self.whole),
            format!(
                "{}, {}",
                milliseconds(middle.unwrap_or_default()),
                milliseconds(worst.unwrap_or_default())
            ),
        )?;
        match &self.cost {
            Some(cost) => write!(
                f,
                "  {:>9.1} %  {} MB ({} MB)",
                cost.share * 100.0,
                cost.resident / 1_000_000,
                cost.peak / 1_000_000
            ),
            None => write!(f, "  no /proc here"),
        }
    }
}

fn measure(changes: u32) -> Result<Measured> {
    let (mut lab, kubeconfig) = lab(changes)?;
    let measured = watch(&kubeconfig);
    lab.kill()?;
    lab.wait()?;
    measured
}

/// A lab that is ready, and its kubeconfig.
fn lab(changes: u32) -> Result<(Child, String)> {
    let mut lab = Command::new(PROGRAM)
        .args([
            "lab",
            "--scenario",
            "scale",
            "--changes",
            &changes.to_string(),
        ])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let answer = lab.stdout.take().ok_or("the lab has no output")?;
    BufReader::new(answer).read_line(&mut line)?;
    let ready: serde_json::Value = serde_json::from_str(&line)?;
    let kubeconfig = ready.pointer("/kubernetes/kubeconfig");
    let kubeconfig = kubeconfig.and_then(serde_json::Value::as_str);
    let kubeconfig = kubeconfig.ok_or("no kubeconfig")?;
    Ok((lab, kubeconfig.to_owned()))
}

/// A terminal with the cockpit in it.
struct Terminal {
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
}

impl Terminal {
    /// Takes in what is drawn until the screen has `text`; since when `begun` that took.
    fn until(&mut self, text: &str, begun: std::time::Instant) -> Result<Duration> {
        let clock = Clock::default();
        loop {
            if self.screen.screen().contents().contains(text) {
                return Ok(clock.instant().duration_since(begun));
            }
            match self.output.recv_timeout(PATIENCE) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(_) => return Err(format!("`{text}` does not come").into()),
            }
        }
    }

    /// Takes in what is drawn for so long.
    fn pass(&mut self, time: Duration) -> Result<()> {
        let clock = Clock::default();
        let begun = clock.instant();
        loop {
            let left = time.saturating_sub(clock.instant().duration_since(begun));
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => return Err("the cockpit has ended".into()),
            }
        }
    }
}

fn watch(kubeconfig: &str) -> Result<Measured> {
    let clock = Clock::default();
    let home = tempfile::tempdir()?;
    let pair = native_pty_system().openpty(PtySize {
        rows: ROWS,
        cols: COLUMNS,
        pixel_width: 0,
        pixel_height: 0,
    })?;
    let mut command = CommandBuilder::new(PROGRAM);
    command.args(["watch", "--kubeconfig", kubeconfig]);
    command.cwd(home.path());
    command.env("HOME", home.path());
    command.env("TERM", "xterm-256color");
    let mut keys = pair.master.take_writer()?;
    let mut reader = pair.master.try_clone_reader()?;
    let (sender, output) = channel();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        while let Ok(read @ 1..) = reader.read(&mut buffer) {
            let drawn = buffer.get(..read).unwrap_or_default().to_vec();
            if sender.send(drawn).is_err() {
                return;
            }
        }
    });
    let cells = |count| NonZeroU16::new(count).ok_or("no size");
    let mut terminal = Terminal {
        output,
        screen: vt100::Parser::new(cells(ROWS)?, cells(COLUMNS)?, 0),
    };
    let begun = clock.instant();
    let mut child = pair.slave.spawn_command(command)?;
    let frame = terminal.until("Bridge", begun)?;
    // The pods' tab: its rows come as the list does.
    keys.write_all(b"7")?;
    keys.flush()?;
    let rows = terminal.until("work-0", begun)?;
    let whole = terminal.until("5000", begun)?;
    terminal.pass(Duration::from_secs(2))?;

    let process = child.process_id().unwrap_or_default();
    let (before, since) = (spent(process), clock.instant());
    terminal.pass(LOOKED_AT)?;
    let passed = clock.instant().duration_since(since);
    let cost = before.zip(spent(process)).zip(memory(process)).map(
        |((before, after), (resident, peak))| Cost {
            share: (after - before) / passed.as_secs_f64(),
            resident,
            peak,
        },
    );
    let mut answered = Vec::new();
    for _ in 0..KEYS {
        for (key, sign) in [(b"?", true), (b"\x1b", false)] {
            let pressed = clock.instant();
            keys.write_all(key)?;
            keys.flush()?;
            if sign {
                answered.push(terminal.until("Keys", pressed)?);
            }
            terminal.pass(Duration::from_millis(120))?;
        }
    }
    answered.sort();
    keys.write_all(b"\x03")?;
    keys.flush()?;
    child.wait()?;
    Ok(Measured {
        frame,
        rows,
        whole,
        keys: answered,
        cost,
    })
}

/// Seconds of processor time that a process has had.
fn spent(process: u32) -> Option<f64> {
    /// Of a second: what the kernel counts processor time in, on every platform of ours.
    const TICK: f64 = 0.01;
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before may have blanks in it.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) * TICK)
}

/// Bytes of memory that a process has now, and has had at most.
fn memory(process: u32) -> Option<(u64, u64)> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let number: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(number * 1_024)
    };
    Some((field("VmRSS:")?, field("VmHWM:")?))
}
