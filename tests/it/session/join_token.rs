//! The join token in a session: an agent that has a wrong one is given the server's, and a workspace
//! that has lost it reads it back.

use std::fs;

use k3scope::domain::bootstrap::{Cause, NodeAct, Progress, Remedy, Stage};
use k3scope::lab::oci::{Fault, Matcher};
use k3scope::lab::{Lab, Options};
use k3scope::store::Store;

use super::acts::{ended, run, stage_of};
use super::desk::{SPEED, ground};
use super::leading::{apply, start};
use super::led::Led;
use crate::bootstrap::join_token::terminate;

const WORKER: &str = "k3s-worker";
const SERVER: &str = "k3s-server";

async fn lab(scenario: &str, folder: &tempfile::TempDir) -> Lab {
    let options = Options {
        scenario: scenario.to_owned(),
        speed: SPEED,
        state_dir: Some(folder.path().join("lab")),
    };
    Lab::start(options).await.unwrap()
}

/// What is proposed to mend the worker's token.
fn proposed(store: &Store) -> Option<NodeAct> {
    let worker = store.bootstrap.as_ref()?.node(WORKER)?;
    let mut found = worker.stages.iter().filter_map(|it| it.diagnosis.as_ref());
    let found = found.find(|found| found.cause == Cause::WrongToken)?;
    match &found.remedy {
        Remedy::Act(act) => Some(act.clone()),
        Remedy::Apply | Remedy::Person => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_mended_by_what_is_proposed() {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab("wrong-token", &folder).await;
    let mut led = Led::start(start(ground(&lab)));
    led.until("a plan", |it| it.plan.is_some()).await;
    led.ask(apply(true)).await;
    led.until("what mends it", |it| proposed(it).is_some())
        .await;
    let act = proposed(&led.store).unwrap();
    let expected = NodeAct::GiveToken {
        node: WORKER.into(),
        server: SERVER.into(),
    };
    assert_eq!(act, expected);
    let said = ended(&mut led, &act).await.unwrap();
    assert!(said.contains("to its end"), "{said}");
    led.until("the worker's K3s", |it| {
        stage_of(it, WORKER, Stage::K3s) == Progress::Done
    })
    .await;
    led.stop().await;

    let read = "sudo cat /etc/k3scope/agent-token; sudo stat -c %a /etc/k3scope/agent-token";
    let given = run(&lab, &["ssh", WORKER, "--", read]).await;
    assert_eq!(given, run(&lab, &["ssh", SERVER, "--", read]).await);
    assert!(given.ends_with("\n600\n"), "its own mode, and no other's");
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_nobody_is_logged_in_to_gives_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab("empty", &folder).await;
    let mut led = Led::start(start(ground(&lab)));
    led.until("a plan", |it| it.plan.is_some()).await;
    led.ask(apply(true)).await;
    led.until("a login", |it| {
        stage_of(it, WORKER, Stage::Login) == Progress::Done
    })
    .await;
    let act = NodeAct::GiveToken {
        node: WORKER.into(),
        server: "k3s-other".into(),
    };
    let problem = ended(&mut led, &act).await.unwrap_err();
    assert!(
        problem.title.starts_with("k3s-other: nobody"),
        "{problem:?}"
    );
    led.stop().await;
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_the_workspace_has_lost_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab("empty", &folder).await;
    let mut led = Led::start(start(ground(&lab)));
    led.until("a plan", |it| it.plan.is_some()).await;
    led.ask(apply(true)).await;
    led.until("a login on the server", |it| {
        stage_of(it, SERVER, Stage::Login) == Progress::Done
    })
    .await;
    led.stop().await;
    let state = lab.cluster_toml().with_file_name(".k3scope");
    let token = fs::read_to_string(state.join("secrets/agent-token")).unwrap();
    fs::remove_dir_all(&state).unwrap();
    terminate(&lab, WORKER).await;

    let mut led = Led::start(start(ground(&lab)));
    led.until("a plan", |it| it.plan.is_some()).await;
    led.ask(apply(true)).await;
    led.until("the run's end", |it| {
        it.run.as_ref().is_some_and(|run| run.outcome.is_some())
    })
    .await;
    let said = "reading the join token back from k3s-server";
    let store = led.stop().await;
    let mut lines = store.log.lines();
    assert!(lines.any(|(_, line)| *line.text == *said));
    let found = fs::read_to_string(state.join("secrets/agent-token")).unwrap();
    assert_eq!(found, token);
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_back_is_told_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab("empty", &folder).await;
    run(&lab, &["apply", "--yes", "--allow-paid"]).await;
    let state = lab.cluster_toml().with_file_name(".k3scope");
    fs::remove_dir_all(&state).unwrap();
    terminate(&lab, "k3s-ingress").await;
    let hidden = Fault::Status(404, "NotAuthorizedOrNotFound".to_owned(), "no".to_owned());
    lab.oci()
        .fail_next(Matcher::new("GET", "/instances/"), hidden);
    let mut led = Led::start(start(ground(&lab)));
    led.until("a plan", |it| it.plan.is_some()).await;
    led.ask(apply(true)).await;
    let problem = led.problem().await;
    assert!(problem.title.contains("nothing was made"), "{problem:?}");
    assert!(led.store.run.is_none());
    led.stop().await;
    lab.stop().await.unwrap();
}
