//! The one who acts, in front of a living lab, and the store in which it is told.

use std::path::Path;
use std::time::Duration;

use k3scope::app::acting::Actor;
use k3scope::clock::Clock;
use k3scope::domain::action::{Action, ActionOutcome};
use k3scope::domain::event::Event;
use k3scope::domain::problem::Problem;
use k3scope::kube::{Access, Connection, Target};
use k3scope::lab::kube::{Authorised, Objects};
use k3scope::lab::{Lab, Options};
use k3scope::store::actions::Entry;
use k3scope::store::{Store, fold};
use serde_json::Value;
use tokio::sync::{mpsc, watch};

const PATIENCE: Duration = Duration::from_mins(1);
/// How many times as fast the lab lives, and the product waits.
const LIVES: f64 = 20.0;
const WAITS: f64 = 200.0;

pub(super) struct Desk {
    pub(super) lab: Lab,
    pub(super) store: Store,
    events: mpsc::Receiver<Event>,
    actor: Actor,
    _way: watch::Sender<Option<Connection>>,
}

/// The connection that a kubeconfig's text describes.
pub(super) async fn connect(folder: &Path, text: &str) -> Connection {
    let path = folder.join("kubeconfig");
    std::fs::write(&path, text).unwrap();
    let target = Target {
        kubeconfig: Some(path),
        ..Target::default()
    };
    Connection::open(&target).await.unwrap()
}

impl Desk {
    pub(super) async fn of(user: &str, access: Access) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = Options {
            scenario: "bare".to_owned(),
            speed: LIVES,
            state_dir: None,
        };
        let lab = Lab::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let text = lab.kubernetes().unwrap().kubeconfig(user).unwrap();
        let connection = connect(folder.path(), &text).await;
        let (way, found) = watch::channel(Some(connection));
        let (sender, events) = mpsc::channel(64);
        Self {
            lab,
            store: Store::default(),
            events,
            actor: Actor::new(found, access, (sender, Clock::paced(WAITS))),
            _way: way,
        }
    }

    pub(super) async fn admin() -> Self {
        Self::of("admin", Access::ReadWrite).await
    }

    /// Does it, and says how it went.
    pub(super) async fn act(&mut self, action: Action) -> Entry {
        self.actor.act(action);
        let before = self.store.actions.entries().len();
        let acting = async {
            loop {
                let last = self.store.actions.entries().next_back();
                let ended = last.filter(|entry| entry.ended.is_some());
                if self.store.actions.entries().len() > before
                    && let Some(entry) = ended
                {
                    return entry.clone();
                }
                let event = self.events.recv().await.unwrap();
                fold(&mut self.store, event);
            }
        };
        let ended = Clock::default().timeout(PATIENCE, acting).await;
        ended.expect("the action never ended")
    }

    pub(super) fn objects(&self) -> Objects {
        self.lab.objects().unwrap()
    }

    /// What was asked of the authorisation for a change, since the lab began.
    pub(super) fn asked(&self) -> Vec<String> {
        let all = self.lab.kubernetes().unwrap().authorised();
        let said = |it: Authorised| {
            let place = if it.object.contains('/') { "" } else { "-/" };
            format!(
                "{} {} {} {place}{}",
                it.user, it.verb, it.resource, it.object
            )
        };
        all.into_iter().map(said).collect()
    }

    /// Waits until the lab's objects are so.
    pub(super) async fn becomes(&self, why: &str, so: impl Fn(&Objects) -> bool) {
        let objects = self.objects();
        let mut changes = objects.changes();
        let waiting = async {
            while !so(&objects) {
                changes.changed().await.unwrap();
            }
        };
        let came = Clock::default().timeout(PATIENCE, waiting).await;
        assert!(came.is_ok(), "never came: {why}");
    }

    pub(super) async fn stop(mut self) {
        self.actor.stop().await;
        self.lab.stop().await.unwrap();
    }
}

/// What was said of an action that was done.
pub(super) fn done(entry: &Entry) -> &str {
    match &entry.ended {
        Some((_, ActionOutcome::Done { said })) => said,
        other => panic!("not done: {other:#?}"),
    }
}

/// Why an action was not done.
pub(super) fn failed(entry: &Entry) -> &Problem {
    match &entry.ended {
        Some((_, ActionOutcome::Failed(problem))) => problem,
        other => panic!("not refused: {other:#?}"),
    }
}

pub(super) fn at<'a>(object: &'a Value, place: &str) -> &'a str {
    object.pointer(place).and_then(Value::as_str).unwrap_or("")
}

/// The pods of a namespace whose names begin so.
pub(super) fn pods(objects: &Objects, namespace: &str, begins: &str) -> Vec<Value> {
    let mut pods = objects.list("pods");
    pods.retain(|pod| {
        at(pod, "/metadata/namespace") == namespace && at(pod, "/metadata/name").starts_with(begins)
    });
    pods
}

pub(super) fn is_ready(pod: &Value) -> bool {
    pod["status"]["conditions"].as_array().is_some_and(|all| {
        all.iter()
            .any(|it| it["type"] == "Ready" && it["status"] == "True")
    })
}
