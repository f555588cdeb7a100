//! A shell that is opened from the menu of a pod and left again: the real program in a pseudo-terminal.

use k3scope::lab::{Lab, Options};
use portable_pty::CommandBuilder;

use crate::cockpit::program::{Pty, assert_sane};

const PROMPT: &str = "/ # ";

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_in_a_container_has_the_terminal_and_gives_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        scenario: "running".to_owned(),
        ..Options::default()
    };
    let lab = Lab::start(options).await.unwrap();
    let path = folder.path().join("kubeconfig");
    let text = lab.kubernetes().unwrap().kubeconfig("admin").unwrap();
    std::fs::write(&path, text).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_k3scope"));
    command.cwd(folder.path());
    command.arg("--kubeconfig");
    command.arg(&path);
    command.arg("watch");
    let mut pty = Pty::start(command);
    pty.wait_for("Needs attention");
    pty.press("7/docs-\r");
    pty.wait_for("Pods 2 of");
    pty.press("a");
    pty.wait_for("shell in");
    pty.press("s");
    pty.wait_for(PROMPT);
    let shown = pty.shown();
    assert!(shown.contains("`exit` leads back to k3scope"), "{shown}");
    assert!(
        !shown.contains("Pods 2 of"),
        "the session's screen is gone: {shown}"
    );
    // Keys are the shell's: these would leave the session.
    pty.press("q\u{3}");
    pty.press("stty size\r");
    pty.wait_for("30 100");
    // What a program leaves behind is put right.
    pty.press("printf '\\033[?1049h\\033[?25l\\033[?1003h\\033[31m'; echo a''b\r");
    pty.wait_until("the command's answer", |screen| {
        screen.contents().lines().any(|line| line.trim() == "ab")
    });
    pty.press("exit 3\r");
    pty.wait_for("ended with exit status 3");
    pty.wait_for("Pods 2 of");
    pty.press("za");
    pty.wait_for("kubectl -n docs exec -it docs-");
    pty.press("\u{1b}");
    pty.wait_until("the log is closed", |screen| {
        !screen.contents().contains("kubectl -n docs")
    });

    // One that does not answer is left by a key of its own.
    reopened(&mut pty, "second");
    pty.press("\u{1d}\u{1d}\u{1d}");
    pty.wait_for("the shell was left");

    // The session that is ended meanwhile leaves a terminal that can be used.
    reopened(&mut pty, "third");
    pty.signal("-HUP");
    let (status, screen, _) = pty.end();
    assert_eq!(status.exit_code(), 130);
    assert_sane(screen.screen());
    lab.stop().await.unwrap();
}

/// Opens a shell again, and waits until it answers with a word that was not on the screen before.
fn reopened(pty: &mut Pty, word: &str) {
    pty.press("a");
    pty.wait_for("shell in");
    pty.press("s");
    pty.wait_until("the shell", |screen| !screen.alternate_screen());
    pty.press(&format!("echo ''{word}\r"));
    pty.wait_until("its answer", |screen| {
        screen.contents().lines().any(|line| line.trim() == word)
    });
}
