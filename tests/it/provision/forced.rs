//! Stopping the real terraform: once in good order, twice only by a choice, and what is left of that;
//! and a state that somebody else works on.

use k3scope::lab::oci::{Hold, Matcher, Point};
use portable_pty::CommandBuilder;

use super::process::signal;
use super::session::{Session, assert_complete};
use super::terraform::{APPLY, runs, session};
use crate::cockpit::program::Pty;

const CTRL_C: &str = "\u{3}";

/// The program in a terminal.
fn terminal(session: &Session, arguments: &[&str]) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_k3scope"));
    command.arg("-c");
    command.arg(session.config());
    command.args(arguments);
    Pty::start(command)
}

/// The same; its first launch will be done and not answered.
fn on_terminal(session: &Session, arguments: &[&str]) -> (Pty, Hold) {
    let launch = Matcher::new("POST", "/instances");
    let hold = session.lab.oci().hold_next(launch, Point::BeforeAnswering);
    (terminal(session, arguments), hold)
}

/// All files of runs whose names end so.
fn kept(session: &Session, ending: &str) -> String {
    let folder = session.config().with_file_name(".k3scope").join("runs");
    let names = runs(session).into_iter();
    let wanted = |name: &String| name.split_once('.').is_some_and(|(_, its)| its == ending);
    let files = names.filter(wanted).map(|name| folder.join(name));
    files
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect()
}

/// All that Terraform printed.
fn stream(session: &Session) -> String {
    kept(session, "tf.jsonl")
}

fn journals(session: &Session) -> String {
    kept(session, "jsonl")
}

/// What exists, the state lacks: it is not made again, and how it is taken over is said.
async fn assert_refused(session: &Session) {
    let world = session.world();
    let refused = session.run(&APPLY).await.expect(1);
    for said in ["does not know what is there already", "import"] {
        assert!(refused.err.contains(said), "{said}: {}", refused.err);
    }
    assert_eq!(session.world(), world, "nothing is made twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_interrupt_asks_and_force_tells_what_it_left() {
    let Some(session) = session().await else {
        return;
    };
    let (mut pty, mut hold) = on_terminal(&session, &["apply", "--yes", "--allow-paid"]);
    hold.reached().await.unwrap();
    pty.press(CTRL_C);
    pty.wait_for("once more asks");
    pty.wait_for("stopping: waiting for");
    pty.press(CTRL_C);
    pty.wait_for("Type force to end Terraform now:");
    for said in [
        "Terraform is stopping in good order",
        "render --import",
        "Enter leaves",
    ] {
        assert!(pty.shown().contains(said), "{said}\n{}", pty.shown());
    }
    assert!(!stream(&session).contains("Two interrupts"));
    pty.press("force\n");
    pty.wait_for("left as it was");
    pty.wait_for("does not know it");
    let status = pty.exit();
    hold.let_go();
    assert_eq!(status.exit_code(), 130);
    assert!(stream(&session).contains("Two interrupts received"));
    let journals = journals(&session);
    assert!(journals.contains("\"entry\":\"forced\""), "{journals}");
    assert_refused(&session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_forces_after_its_question() {
    let Some(session) = session().await else {
        return;
    };
    let (mut pty, mut hold) = on_terminal(&session, &[]);
    pty.wait_for("To make");
    pty.press("a");
    pty.wait_for("Type lab to agree");
    pty.press("lab\r");
    hold.reached().await.unwrap();
    pty.press("x");
    pty.wait_for("Stopping: waiting for");
    pty.press("X");
    pty.wait_for("Type force to agree");
    assert!(!stream(&session).contains("Two interrupts"));
    pty.press("force\r");
    pty.wait_for("state does not know it");
    pty.wait_for("k3scope render --import");
    hold.let_go();
    pty.press("q");
    assert_eq!(pty.exit().exit_code(), 0);
    assert!(stream(&session).contains("Two interrupts received"));
    assert_refused(&session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_forces_nothing_however_often_it_is_interrupted() {
    let Some(session) = session().await else {
        return;
    };
    let (mut pty, mut hold) = on_terminal(&session, &["apply", "--yes", "--allow-paid"]);
    hold.reached().await.unwrap();
    pty.press(CTRL_C);
    pty.wait_for("stopping: waiting for");
    pty.press(CTRL_C);
    pty.wait_for("Type force to end Terraform now:");
    pty.press("\n");
    assert_eq!(pty.exit().exit_code(), 130);

    // Whoever follows it again and stops it again has chosen nothing either.
    let mut followed = terminal(&session, &["apply", "--yes", "--allow-paid"]);
    followed.wait_for("stopping: waiting for");
    followed.press(CTRL_C);
    followed.wait_for("once more asks");
    followed.press(CTRL_C);
    followed.wait_for("Type force to end Terraform now:");
    followed.press("forc\n");
    assert_eq!(followed.exit().exit_code(), 130);
    hold.let_go();
    let again = session.run(&APPLY).await;
    assert!(
        !stream(&session).contains("Two interrupts"),
        "{}",
        stream(&session)
    );
    if again.code != Some(0) {
        // It followed the first run, which was left to its end.
        session.run(&APPLY).await.expect(0);
    }
    assert_complete(&session.world());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_is_worked_on_says_who_and_the_ways_out() {
    let Some(session) = session().await else {
        return;
    };
    let mut program = session.spawn(&APPLY);
    let launch = Matcher::new("POST", "/instances");
    let mut hold = session.lab.oci().hold_next(launch, Point::BeforeDoing);
    hold.reached().await.unwrap();
    signal(&program, "KILL");
    program.wait().await.unwrap();
    // As on another computer, which knows nothing of this run but its lock.
    let folder = session.config().with_file_name(".k3scope");
    std::fs::rename(folder.join("runs"), folder.join("elsewhere")).unwrap();
    let refused = session.run(&["plan"]).await.expect(1);
    for said in [
        "holds the lock of terraform.tfstate since ",
        " ago), for apply",
        "wait until that run has ended",
        "terraform force-unlock ",
        "ruin the state",
    ] {
        assert!(refused.err.contains(said), "{said}: {}", refused.err);
    }
    std::fs::remove_dir_all(folder.join("runs")).unwrap();
    std::fs::rename(folder.join("elsewhere"), folder.join("runs")).unwrap();
    hold.let_go();
    session.run(&APPLY).await.expect(0);
    assert_complete(&session.world());
}
