//! A shell that is opened from the session and left again: the real program in a pseudo-terminal, a
//! lab around it.

use std::fs;

use portable_pty::CommandBuilder;

use super::acts::run;
use super::desk::lab;
use super::leading::compact;
use crate::cockpit::program::{Pty, assert_sane};

const F4: &str = "\u{1b}OS";
const PROMPT: &str = "ubuntu@k3s-ingress:~$";

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_has_the_terminal_to_itself_and_gives_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab(folder.path()).await;
    fs::write(lab.cluster_toml(), compact(&lab)).unwrap();
    run(&lab, &["apply", "--yes"]).await;
    run(&lab, &["bootstrap", "--timeout", "4m"]).await;
    let times = lab
        .cluster_toml()
        .with_file_name(".k3scope")
        .join("stage-times.json");
    let times = fs::read_to_string(times).unwrap();
    assert!(
        times.contains("applications"),
        "what stages took is kept: {times}"
    );

    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_k3scope"));
    command.arg("-c");
    command.arg(lab.cluster_toml());
    command.env_remove("SSH_AUTH_SOCK");
    let mut pty = Pty::start(command);
    pty.wait_for("the cluster is healthy");
    pty.press(F4);
    pty.wait_for("SSH login");
    pty.press("s");
    pty.wait_for(PROMPT);
    assert!(
        !pty.shown().contains("SSH login"),
        "the session's screen is gone"
    );
    // Keys are the shell's: these would leave the session.
    pty.press("q\u{3}");
    pty.press("echo a''b\r");
    pty.wait_until("the command's answer", |screen| {
        screen.contents().lines().any(|line| line.trim() == "ab")
    });
    pty.press("exit 3\r");
    pty.wait_for("ended with exit status 3");
    pty.wait_for("SSH login");

    // The session that is ended meanwhile leaves a terminal that can be used.
    pty.press("s");
    pty.wait_for(PROMPT);
    pty.signal("-HUP");
    let (status, screen, _) = pty.end();
    assert_eq!(status.exit_code(), 130);
    assert_sane(screen.screen());
    lab.stop().await.unwrap();
}
