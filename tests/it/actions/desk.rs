//! A lab with a cluster, who acts in it, and the screen of the person who asks.

use std::time::Duration;

use k3scope::app::acting::Actor;
use k3scope::clock::Clock;
use k3scope::domain::action::{Action, ActionEvent, ActionOutcome};
use k3scope::domain::event::{Event, What};
use k3scope::domain::object::ObjectRef;
use k3scope::effect::Effect;
use k3scope::kube::{Access, Connection, Target};
use k3scope::lab::kube::{Authorised, Fault, Server};
use k3scope::lab::{Lab, Options};
use k3scope::sources::{CHANNEL, Feeds, Supervisor};
use k3scope::store::{Store, fold};
use k3scope::ui::{Cockpit, Look};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};

use crate::cockpit::stage;
use crate::feeds::visiting::visitor;

/// After this a wait has failed; nothing is measured by it.
const LIMIT: Duration = Duration::from_mins(3);
const LAB_SPEED: f64 = 40.0;
const PACE: f64 = 200.0;
pub(super) const APPLICATIONS: &str = "applications.argoproj.io";

pub(super) struct Desk {
    pub(super) lab: Lab,
    pub(super) store: Store,
    cockpit: Cockpit,
    events: mpsc::Receiver<Event>,
    effects: mpsc::Sender<Effect>,
    supervisor: Option<Supervisor>,
    _connection: watch::Sender<Option<Connection>>,
    _folder: TempDir,
}

impl Desk {
    /// A healthy cluster, and the user `admin`.
    pub(super) async fn open() -> Self {
        Self::of("admin", Access::ReadWrite).await
    }

    pub(super) async fn of(user: &str, access: Access) -> Self {
        // Another test of this binary may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = Options {
            scenario: "running".to_owned(),
            speed: LAB_SPEED,
            state_dir: None,
        };
        let lab = Lab::start(options).await.unwrap();
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("kubeconfig");
        let server = lab.kubernetes().unwrap();
        std::fs::write(&path, server.kubeconfig(user).unwrap()).unwrap();
        let target = Target {
            kubeconfig: Some(path),
            context: None,
            namespace: (user != "admin").then(|| "argocd".to_owned()),
        };
        let connection = Connection::open(&target).await.unwrap();
        let (told, events) = mpsc::channel(CHANNEL);
        let (effects, asked) = mpsc::channel(16);
        let (sender, found) = watch::channel(Some(connection.clone()));
        let clock = Clock::paced(PACE);
        let actor = Actor::new(found, access, (told.clone(), clock)).visiting(visitor(&lab));
        tokio::spawn(actor.attend(asked));
        let feeds = Feeds {
            kubernetes: Some(connection),
            metrics: false,
            ..Feeds::default()
        };
        let mut look: Look = stage::look();
        look.badges.read_only = access == Access::ReadOnly;
        Self {
            lab,
            store: Store::default(),
            cockpit: Cockpit::new(look),
            events,
            effects,
            supervisor: Some(Supervisor::start(feeds, told, clock)),
            _connection: sender,
            _folder: folder,
        }
    }

    pub(super) fn server(&self) -> std::sync::Arc<Server> {
        self.lab.kubernetes().unwrap()
    }

    pub(super) fn fault(&self, fault: Fault) {
        self.server().fault(fault);
    }

    /// Writes that were asked for since `before` of them.
    pub(super) fn asked(&self, before: usize) -> Vec<Authorised> {
        let is_ours = |it: &Authorised| !it.user.starts_with("system:");
        let all = self.server().authorised();
        all.into_iter().filter(is_ours).skip(before).collect()
    }

    /// Has `effect` done.
    pub(super) async fn ask(&self, effect: Effect) {
        self.effects.send(effect).await.unwrap();
    }

    /// Does `action` and waits for its end.
    pub(super) async fn act(&mut self, action: Action) -> ActionOutcome {
        self.ask(Effect::Act(action)).await;
        self.outcome().await
    }

    /// The end of the next action that ends.
    pub(super) async fn outcome(&mut self) -> ActionOutcome {
        loop {
            if let What::Action(ActionEvent::Ended { outcome, .. }) = self.next("its end").await {
                return outcome;
            }
        }
    }

    /// Folds what is told until `holds`.
    pub(super) async fn until(&mut self, why: &str, holds: impl Fn(&Store) -> bool) {
        while !holds(&self.store) {
            self.next(why).await;
        }
    }

    async fn next(&mut self, why: &str) -> What {
        let next = Clock::default().timeout(LIMIT, self.events.recv()).await;
        let Ok(Some(event)) = next else {
            panic!("not so: {why}");
        };
        let what = event.what.clone();
        fold(&mut self.store, event);
        what
    }

    /// Waits for the lab's objects to be so.
    pub(super) async fn settled(&self, why: &str, holds: impl Fn(&Self) -> bool) {
        let mut changes = self.lab.objects().unwrap().changes();
        let waiting = async {
            while !holds(self) {
                changes.changed().await.unwrap();
            }
        };
        let in_time = Clock::default().timeout(LIMIT, waiting).await;
        assert!(in_time.is_ok(), "never came: {why}\n{:#}", self.app("mine"));
    }

    pub(super) fn object(&self, resource: &str, of: (&str, &str)) -> Option<Value> {
        let objects = self.lab.objects().unwrap();
        objects.get(resource, Some(of.0), of.1)
    }

    /// An Application as it is; null where there is none.
    pub(super) fn app(&self, name: &str) -> Value {
        self.object(APPLICATIONS, ("argocd", name))
            .unwrap_or_default()
    }

    /// Changes an object past the API.
    pub(super) fn edit(&self, resource: &str, of: (&str, &str), edit: impl FnOnce(&mut Value)) {
        let objects = self.lab.objects().unwrap();
        let changed = objects.change(resource, Some(of.0), of.1, edit);
        assert!(changed.is_some(), "there is no {resource} {of:?}");
    }

    /// An Application of our own, synced by hand, which nobody made: the guestbook.
    pub(super) async fn mine(&self) -> ObjectRef {
        let app = json!({
            "metadata": {"name": "mine", "namespace": "argocd"},
            "spec": {
                "project": "default",
                "source": {
                    "repoURL": "https://github.com/argoproj/argocd-example-apps",
                    "path": "guestbook", "targetRevision": "HEAD",
                },
                "destination": {
                    "server": "https://kubernetes.default.svc", "namespace": "guestbook",
                },
            },
        });
        self.lab.objects().unwrap().put(APPLICATIONS, app);
        self.settled("it is compared", |it| {
            it.app("mine")["status"]["sync"]["status"] == "OutOfSync"
        })
        .await;
        ObjectRef::new("argocd", "mine")
    }

    /// Keeps Argo CD from looking at an Application, or lets it look again.
    pub(super) fn hold(&self, name: &str, held: bool) {
        self.edit(APPLICATIONS, ("argocd", name), |app| {
            let metadata = &mut app["metadata"];
            if !metadata["annotations"].is_object() {
                metadata["annotations"] = json!({});
            }
            let value = if held { json!("true") } else { Value::Null };
            metadata["annotations"]["argocd.argoproj.io/skip-reconcile"] = value;
        });
    }

    /// Waits for the end of the operation of `mine` that k3scope asked for, and gives its state.
    pub(super) async fn ended(&self, name: &str) -> Value {
        self.settled("the operation ends", |it| {
            let app = it.app(name);
            app.get("operation").is_none_or(Value::is_null)
                && app["status"]["operationState"]["finishedAt"].is_string()
        })
        .await;
        self.app(name)["status"]["operationState"].clone()
    }

    /// Presses keys, written as in `keymap.toml` with blanks between them; what follows is done.
    pub(super) async fn press(&mut self, keys: &str) -> Vec<Effect> {
        let mut all = Vec::new();
        for key in keys.split_whitespace() {
            self.shown();
            let now = Clock::default().now();
            let effects = self.cockpit.key(key.parse().unwrap(), &self.store, now);
            for effect in effects {
                all.push(effect.clone());
                self.ask(effect).await;
            }
        }
        all
    }

    /// The screen as text.
    pub(super) fn shown(&mut self) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
        let now = Clock::default().now();
        self.cockpit.draw(&mut buffer, &self.store, now);
        stage::text(&buffer)
    }

    pub(super) async fn close(mut self) {
        drop(self.events);
        self.supervisor.take().unwrap().stop().await;
        drop(self.effects);
        self.lab.stop().await.unwrap();
    }
}

/// What an action that was done says.
pub(super) fn done(outcome: ActionOutcome) -> String {
    match outcome {
        ActionOutcome::Done { said } => said.to_string(),
        other @ (ActionOutcome::Failed(_) | ActionOutcome::Unknown(_)) => panic!("{other:?}"),
    }
}

/// Why an action was not done.
pub(super) fn refused(outcome: ActionOutcome) -> String {
    match outcome {
        ActionOutcome::Failed(problem) => format!("{}: {}", problem.title, problem.detail),
        other @ (ActionOutcome::Done { .. } | ActionOutcome::Unknown(_)) => panic!("{other:?}"),
    }
}
