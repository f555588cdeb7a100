//! The real program: without a command, and as a demo.

use std::path::Path;
use std::process::{Command, Stdio};

use portable_pty::CommandBuilder;

use crate::cockpit::program::{Pty, assert_sane};

const PROGRAM: &str = env!("CARGO_BIN_EXE_k3scope");

fn demo(work: &Path, temporary: &Path) -> Pty {
    let mut command = CommandBuilder::new(PROGRAM);
    command.args(["demo", "--speed", "100"]);
    command.cwd(work);
    command.env("TMPDIR", temporary);
    Pty::start(command)
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn a_demo_shows_the_wizard_and_leaves_nothing_behind() {
    for leave in ["\u{3}", "-TERM"] {
        let (work, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut pty = demo(work.path(), temporary.path());
        pty.wait_for("LAB");
        pty.wait_for("k3scopelab");
        assert!(!is_empty(temporary.path()), "the lab is there");
        let expected = if leave.starts_with('-') {
            pty.signal(leave);
            130
        } else {
            pty.press(leave);
            0
        };
        assert_eq!(pty.exit().exit_code(), expected);
        assert_eq!(pty.left_at_home(), Vec::<std::path::PathBuf>::new());
        assert!(is_empty(work.path()) && is_empty(temporary.path()));
        let (_, screen, _) = pty.end();
        assert_sane(screen.screen());
    }
}

#[test]
fn in_an_empty_folder_the_session_begins_with_the_wizard() {
    let work = tempfile::tempdir().unwrap();
    let mut command = CommandBuilder::new(PROGRAM);
    command.cwd(work.path());
    let mut pty = Pty::start(command);
    pty.wait_for("Credentials");
    pty.press("\u{3}");
    assert_eq!(pty.exit().exit_code(), 0);
    assert!(!work.path().join("cluster.toml").exists());
    let (_, screen, _) = pty.end();
    assert_sane(screen.screen());
}

#[test]
fn without_a_terminal_it_names_what_is_for_scripts() {
    for (arguments, instead) in [(vec![], "k3scope apply"), (vec!["demo"], "k3scope lab")] {
        let output = Command::new(PROGRAM)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains("needs a terminal") && said.contains(instead),
            "{said}"
        );
    }
}
