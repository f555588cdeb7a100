//! Going on where another run ended: on another computer, and never beside one that is at work.

use k3scope::domain::plan::{Action, ResourceKind};
use k3scope::lab::oci::{Matcher, Point};
use k3scope::provision::estimates::Estimates;
use k3scope::provision::lock::Lock;
use rstest::rstest;

use super::hunting::room;
use super::process::{signal, until_launches};
use super::session::Session;
use super::world::{assert_whole, journal_lines};

const APPLY: [&str; 3] = ["apply", "--yes", "--allow-paid"];

#[rstest]
#[case("/vcns", Point::BeforeDoing)]
#[case("/vcns", Point::BeforeAnswering)]
#[case("/instances", Point::BeforeDoing)]
#[case("/instances", Point::BeforeAnswering)]
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_is_ended_on_another_computer(#[case] path: &str, #[case] point: Point) {
    let session = Session::start().await;
    let mut hold = session
        .lab
        .oci()
        .hold_next(Matcher::new("POST", path), point);
    let mut killed = session.spawn(&APPLY);
    hold.reached().await.unwrap();
    signal(&killed, "KILL");
    killed.wait().await.unwrap();
    hold.cut();
    let state = session.config().with_file_name(".k3scope");
    std::fs::remove_dir_all(state).unwrap();
    session.run(&APPLY).await.expect(0);
    assert_whole(&session);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hunt_that_another_computer_began_is_hunted_on_with_fresh_tokens() {
    let session = Session::start().await;
    session.lab.oci().set_capacity(room(1, 0.0));
    let mut killed = session.spawn(&APPLY);
    until_launches(&session, 6).await;
    signal(&killed, "KILL");
    killed.wait().await.unwrap();
    let state = session.config().with_file_name(".k3scope");
    std::fs::remove_dir_all(state).unwrap();
    session.lab.oci().set_capacity(room(2, 16.0));
    session.run(&APPLY).await.expect(0);
    assert_whole(&session);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_is_refused_and_told_who_holds_the_lock() {
    let session = Session::start().await;
    let path = Matcher::new("POST", "/vcns");
    let mut hold = session.lab.oci().hold_next(path, Point::BeforeDoing);
    let mut first = session.spawn(&APPLY);
    hold.reached().await.unwrap();
    for second in [&APPLY[..], &["destroy", "--yes"]] {
        let refused = session.run(second).await.expect(1);
        let holder = format!("apply of lab, process {}", first.id().unwrap());
        assert!(refused.err.contains(&holder), "{}", refused.err);
    }
    hold.let_go();
    assert!(first.wait().await.unwrap().success());
    assert_whole(&session);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_the_session_keeps_one_of_the_command_line_away() {
    let session = Session::start().await;
    session.run(&APPLY).await.expect(0);
    let state = session.config().with_file_name(".k3scope");
    let held = Lock::take(&state.join("lock"), "apply of lab in a session").unwrap();
    let refused = session.run(&["destroy", "--yes"]).await.expect(1);
    assert!(refused.err.contains("in a session"), "{}", refused.err);
    drop(held);
    session.run(&["destroy", "--yes"]).await.expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_leaves_estimates_and_no_secret_in_its_journal() {
    let session = Session::start().await;
    session.run(&APPLY).await.expect(0);
    let runs = session.config().with_file_name(".k3scope").join("runs");
    let estimates = Estimates::from_journals(&runs, "lab").unwrap();
    for kind in [
        ResourceKind::Instance,
        ResourceKind::Subnet,
        ResourceKind::DefaultRoute,
    ] {
        let known = estimates.seconds(kind, Action::Create);
        assert!(known.is_some(), "nothing is known of a {kind}");
    }
    assert_eq!(
        Estimates::from_journals(&runs, "other").unwrap(),
        Estimates::default()
    );
    let text: String = journal_lines(&session)
        .iter()
        .map(ToString::to_string)
        .collect();
    let instance = session.resource("instances", "node-k3s-server");
    let metadata = instance["metadata"].as_object().unwrap();
    for told in metadata.values() {
        assert!(!text.contains(told.as_str().unwrap()));
    }
    assert!(!text.contains("user_data"));
}
