//! The journey in this process: effects in, events out, a lab around it.

use std::fs;

use k3scope::app::journey::Start;
use k3scope::app::setup::Ground;
use k3scope::config::{Layout, annotated};
use k3scope::domain::journey::{Begin, Stage};
use k3scope::domain::plan::Action;
use k3scope::domain::provision::{Outcome, ProvisionEvent};
use k3scope::domain::setup::{Answer, Ask};
use k3scope::effect::Effect;
use k3scope::kube::Target;
use k3scope::lab::{Lab, Options};
use k3scope::store::Store;
use k3scope::store::hunt::Hunt;
use k3scope::store::run::Run;
use serde_json::Value;

use super::desk::{SPEED, ground, lab};
use super::led::Led;

pub(super) fn start(ground: Ground) -> Start {
    Start {
        ground,
        setup_first: false,
        standing: None,
        breaker: None,
        guests: None,
        sought: None,
    }
}

/// The lab's own configuration with the layout that fits what is free.
pub(super) fn compact(lab: &Lab) -> String {
    let text = fs::read_to_string(lab.cluster_toml()).unwrap();
    text.replace("layout = \"reference\"", "layout = \"compact\"")
}

pub(super) fn apply(allow_paid: bool) -> Effect {
    Effect::Begin(Begin::Apply {
        allow_paid,
        replace: vec![],
    })
}

fn has_ended(store: &Store) -> bool {
    store.run.as_ref().is_some_and(|run| run.outcome.is_some())
}

/// What was made and is not gone, by its key.
fn made(lab: &Lab, collection: &str) -> Vec<String> {
    let all = lab.oci().resources(collection);
    let alive = all.iter().filter(|it| it["lifecycleState"] != "TERMINATED");
    let key = |it: &Value| Some(it["freeformTags"]["k3scope-key"].as_str()?.to_owned());
    alive.filter_map(key).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_wizard_to_a_healthy_cluster_and_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab(folder.path()).await;
    let first = Start {
        setup_first: true,
        ..start(ground(&lab))
    };
    let mut led = Led::start(first);
    led.until("the wizard", |it| it.stage == Some(Stage::Setup))
        .await;

    let text = compact(&lab);
    led.ask(Effect::Ask(Ask::Write { text })).await;
    led.until("cluster.toml", |it| {
        matches!(it.setup.written, Answer::Known(_))
    })
    .await;
    led.ask(apply(false)).await;
    led.until("a run", |it| it.run.is_some()).await;
    assert_eq!(led.store.stage, Some(Stage::Provision));
    led.until("its end", has_ended).await;
    led.until("the nodes", |it| it.stage == Some(Stage::Bootstrap))
        .await;
    led.until("a healthy cluster", |it| it.stage == Some(Stage::OnDuty))
        .await;
    assert!(led.store.bootstrap.as_ref().unwrap().healthy());
    assert_eq!(made(&lab, "instances").len(), 2);
    led.stop().await;

    let sent = lab.oci().requests().len();
    let mut again = Led::start(start(ground(&lab)));
    again
        .until("duty at once", |it| it.stage == Some(Stage::OnDuty))
        .await;
    assert!(again.store.run.is_none(), "nothing is made again");
    again.stop().await;
    let requests = lab.oci().requests();
    let launched = requests[sent..].iter().filter(|it| it.method == "POST");
    let launched: Vec<_> = launched
        .filter(|it| it.path.ends_with("/instances"))
        .collect();
    assert!(launched.is_empty(), "{launched:?}");
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_costs_money_or_is_barred_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab(folder.path()).await;
    let mut led = Led::start(start(ground(&lab)));
    led.until("a plan", |it| it.plan.is_some()).await;
    assert_eq!(led.store.stage, Some(Stage::Provision));
    led.ask(apply(false)).await;
    let problem = led.problem().await;
    assert!(problem.title.contains("allowance"), "{problem:?}");
    assert!(problem.detail.contains("$28.04"), "{problem:?}");
    led.stop().await;

    let barred = Ground {
        read_only: true,
        ..ground(&lab)
    };
    let mut led = Led::start(start(barred));
    led.until("a plan", |it| it.plan.is_some()).await;
    led.ask(apply(true)).await;
    let problem = led.problem().await;
    assert!(problem.title.contains("--read-only"), "{problem:?}");
    led.stop().await;
    assert!(made(&lab, "vcns").is_empty());
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn left_in_the_middle_the_next_start_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab(folder.path()).await;
    fs::write(lab.cluster_toml(), compact(&lab)).unwrap();
    let mut led = Led::start(start(ground(&lab)));
    led.until("a plan", |it| it.plan.is_some()).await;
    led.ask(apply(false)).await;
    led.until_told("the first step", |event| {
        matches!(event, ProvisionEvent::StepFinished { .. })
    })
    .await;
    let left = led.stop().await;
    let outcome = left
        .run
        .and_then(|run| run.outcome)
        .map(|(outcome, _)| outcome);
    assert_eq!(outcome, Some(Outcome::Interrupted));

    let mut again = Led::start(start(ground(&lab)));
    again.until("a plan", |it| it.plan.is_some()).await;
    let plan = again.store.plan.clone().unwrap();
    let kept = plan.steps.iter().filter(|it| it.action == Action::Keep);
    assert!(kept.count() > 0 && !plan.is_empty());
    again.ask(apply(false)).await;
    again.until("the end", has_ended).await;
    again
        .until("the nodes", |it| it.stage == Some(Stage::Bootstrap))
        .await;
    again.stop().await;
    for (collection, count) in [("vcns", 1), ("subnets", 2), ("instances", 2)] {
        let mut keys = made(&lab, collection);
        keys.sort();
        let all = keys.len();
        keys.dedup();
        assert_eq!((keys.len(), all), (count, count), "{collection}: {keys:?}");
    }
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_file_it_begins_with_the_wizard_and_a_broken_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("cluster.toml");
    let nothing = Ground {
        config: config.clone(),
        base: None,
        passphrase: None,
        ssh_passphrase: None,
        read_only: false,
        clock: k3scope::clock::Clock::default(),
    };
    let mut led = Led::start(start(nothing));
    led.until("the wizard", |it| it.stage == Some(Stage::Setup))
        .await;
    let draft = "{}".to_owned();
    led.ask(Effect::Ask(Ask::Keep { draft })).await;
    led.until("the draft", |it| {
        matches!(it.setup.draft, Answer::Known(()))
    })
    .await;

    fs::write(&config, "[cluster]\nname = 7\n").unwrap();
    led.ask(Effect::Begin(Begin::Plan)).await;
    let problem = led.problem().await;
    assert!(problem.detail.contains("cluster.toml:2:"), "{problem:?}");
    let redirected = format!(
        "{}\n[endpoints]\noci = \"http://127.0.0.1:1\"\n",
        annotated(Layout::Compact)
    );
    fs::write(&config, redirected).unwrap();
    led.ask(Effect::Begin(Begin::Plan)).await;
    let problem = led.problem().await;
    assert!(problem.title.contains("not trusted"), "{problem:?}");
    led.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_stands_already_is_watched_and_can_be_broken() {
    let lab = Lab::start(Options {
        scenario: "running".to_owned(),
        speed: SPEED,
        state_dir: None,
    })
    .await
    .unwrap();
    let (breaker, mut breaks) = tokio::sync::mpsc::channel(1);
    let mut led = Led::start(Start {
        standing: Some(Target {
            kubeconfig: lab.kubeconfig(),
            ..Target::default()
        }),
        breaker: Some(breaker),
        ..start(ground(&lab))
    });
    led.until("duty", |it| it.stage == Some(Stage::OnDuty))
        .await;
    led.until("nodes", |it| it.nodes.iter().count() == 3).await;
    led.ask(Effect::Break("crash-pod".to_owned())).await;
    assert_eq!(breaks.recv().await.as_deref(), Some("crash-pod"));
    led.stop().await;
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_could_be_had_are_followed_while_others_are_hunted_for() {
    let folder = tempfile::tempdir().unwrap();
    let lab = lab(folder.path()).await;
    fs::write(lab.cluster_toml(), compact(&lab)).unwrap();
    let mut led = Led::start(start(ground(&lab)));
    led.until("a plan", |it| it.plan.is_some()).await;
    // The first of the two launches finds room, the other does not for a long while.
    lab.oci()
        .set_capacity(vec![crate::lab_oci::launches::room(1, Some(1), 1.0)]);
    led.ask(apply(false)).await;
    led.until("a hunt", |it| it.run.as_ref().is_some_and(hunts))
        .await;
    led.until("the node that is there", |it| it.bootstrap.is_some())
        .await;
    assert_eq!(led.store.stage, Some(Stage::Provision));
    assert!(led.store.run.as_ref().is_some_and(hunts));
    let left = led.leave().await.1.unwrap();
    let command = left.unattended.to_string();
    assert!(
        command.contains(" apply --yes --until ") && left.tried > 0,
        "{left:?}"
    );

    let mut again = Led::start(start(ground(&lab)));
    again
        .until("the open hunt", |it| it.hunt_left.is_some())
        .await;
    assert!(again.store.hunt_left.unwrap().launches > 0);
    again.stop().await;
    lab.stop().await.unwrap();
}

fn hunts(run: &Run) -> bool {
    run.hunt.as_ref().is_some_and(Hunt::is_on)
}
