//! A lab with a cluster, who acts in it, and the screen of the person who asks.

use k3scope::app::acting::Actor;
use k3scope::clock::Clock;
use k3scope::domain::object::ObjectRef;
use k3scope::kube::{Access, Connection, Target};
use k3scope::lab::kube::{Authorised, Fault, Server};
use k3scope::lab::{Lab, Options};
use k3scope::sources::Feeds;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::feeds::visiting::visitor;
use crate::seat::{LIMIT, Seat, Sitting};

const LAB_SPEED: f64 = 40.0;
const PACE: f64 = 200.0;
pub(super) const APPLICATIONS: &str = "applications.argoproj.io";

pub(super) struct Desk {
    seat: Box<Seat>,
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
            namespace: match user {
                "viewer" => Some("argocd".to_owned()),
                "tenant" => Some("docs".to_owned()),
                _ => None,
            },
        };
        let connection = Connection::open(&target).await.unwrap();
        let (sender, found) = watch::channel(Some(connection.clone()));
        let visitor = visitor(&lab);
        let feeds = Feeds {
            kubernetes: Some(connection),
            metrics: false,
            ..Feeds::default()
        };
        let sitting = Sitting {
            access,
            feeds,
            clock: Clock::paced(PACE),
            seeker: None,
        };
        Self {
            seat: Seat::take(lab, sitting, |teller| {
                Actor::new(found, access, teller).visiting(visitor)
            }),
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

    pub(super) async fn close(self) {
        self.seat.leave().await;
    }
}

impl std::ops::Deref for Desk {
    type Target = Seat;

    fn deref(&self) -> &Seat {
        &self.seat
    }
}

impl std::ops::DerefMut for Desk {
    fn deref_mut(&mut self) -> &mut Seat {
        &mut self.seat
    }
}
