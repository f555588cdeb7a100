//! Every action against a server that lets somebody else be faster, an admission webhook that says no,
//! and somebody who lacks the one right that it needs: the offer says which, the server refuses in its
//! own words, and nothing is changed.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use k3scope::domain::action::{Action, Deletable, Right, SyncWish, Workload};
use k3scope::domain::certificate::Certificate;
use k3scope::domain::object::ObjectRef;
use k3scope::effect::{Effect, Offer};
use k3scope::keymap::Keymap;
use k3scope::kube::Access;
use k3scope::lab::kube::Fault;
use k3scope::store::Store;
use k3scope::ui::moment::Moment;
use k3scope::ui::overlays::menu::{Chosen, Menu};
use k3scope::ui::pane::Ctx;
use serde_json::{Value, json};

use super::desk::{APPLICATIONS, Desk};
use super::refused::every_action;
use crate::cockpit::stage;
use crate::seat::refused;

const CERTIFICATES: &str = "certificates.cert-manager.io";
const REQUESTS: &str = "certificaterequests.cert-manager.io";
const ORDERS: &str = "orders.acme.cert-manager.io";
const MINE: (&str, &str) = ("argocd", "mine");
const TLS: (&str, &str) = ("envoy-gateway-system", "argocd-tls");
const NODE: &str = "k3s-worker";

/// An action, and the object that it changes.
struct Subject {
    action: Action,
    resource: &'static str,
}

impl Subject {
    fn of(resource: &'static str, action: Action) -> Self {
        Self { action, resource }
    }

    /// The object as far as somebody's action can change it.
    fn object(&self, desk: &Desk) -> Value {
        let target = self.action.target();
        let namespace = Some(target.namespace.as_str()).filter(|it| !it.is_empty());
        let objects = desk.lab.objects().unwrap();
        let found = objects.get(self.resource, namespace, &target.name);
        let mut found = found.unwrap_or_else(|| panic!("no {} {target}", self.resource));
        if let Some(annotations) = found["metadata"]["annotations"].as_object_mut() {
            annotations.retain(|name, _| !name.starts_with("example.com/overtaken"));
            if annotations.is_empty() {
                found["metadata"]["annotations"] = Value::Null;
            }
        }
        let issuing = found["status"]["conditions"].as_array();
        let issuing = issuing.map(|all| all.iter().any(|it| it["type"] == "Issuing"));
        json!({
            "uid": found["metadata"]["uid"],
            "annotations": found["metadata"]["annotations"],
            "leaves": found["metadata"]["deletionTimestamp"],
            "operation": found["operation"],
            "phase": found["status"]["operationState"]["phase"],
            "issuing": issuing,
            "spec": found["spec"],
        })
    }
}

/// The name of an object of this namespace.
fn any(desk: &Desk, resource: &str, namespace: &str) -> ObjectRef {
    let all = desk.lab.objects().unwrap().list(resource);
    let found = all
        .iter()
        .find(|it| it["metadata"]["namespace"] == namespace);
    let name = found.unwrap_or_else(|| panic!("no {resource} in {namespace}"))["metadata"]["name"]
        .as_str()
        .unwrap();
    ObjectRef::new(namespace, name)
}

/// Every action that goes to the cluster's API, on something that is there.
fn subjects(desk: &Desk) -> Vec<Subject> {
    let app = || ObjectRef::new(MINE.0, MINE.1);
    let tls = || ObjectRef::new(TLS.0, TLS.1);
    let delete = |kind, of| Action::Delete {
        kind,
        of,
        made: None,
    };
    let restart = |kind, namespace: &str, name: &str| Action::Restart {
        kind,
        of: ObjectRef::new(namespace, name),
    };
    let node = || NODE.into();
    let of_app = [
        Action::Refresh {
            app: app(),
            hard: true,
        },
        Action::Sync {
            app: app(),
            wish: SyncWish::default(),
        },
        Action::Terminate { app: app() },
        Action::DropOperation { app: app() },
        Action::Rollback { app: app(), to: 7 },
        Action::Resume { app: app() },
    ];
    let mut all: Vec<Subject> = of_app
        .into_iter()
        .map(|action| Subject::of(APPLICATIONS, action))
        .collect();
    all.extend([
        Subject::of(CERTIFICATES, Action::Renew { certificate: tls() }),
        Subject::of(
            CERTIFICATES,
            Action::SwitchIssuer {
                certificate: tls(),
                to: "letsencrypt-staging".into(),
            },
        ),
        Subject::of("pods", delete(Deletable::Pod, any(desk, "pods", "docs"))),
        Subject::of(
            REQUESTS,
            delete(Deletable::CertificateRequest, any(desk, REQUESTS, TLS.0)),
        ),
        Subject::of(ORDERS, delete(Deletable::Order, any(desk, ORDERS, TLS.0))),
        Subject::of(
            "deployments.apps",
            restart(Workload::Deployment, "docs", "docs"),
        ),
        Subject::of(
            "statefulsets.apps",
            restart(
                Workload::StatefulSet,
                "argocd",
                "argocd-application-controller",
            ),
        ),
        Subject::of(
            "daemonsets.apps",
            restart(Workload::DaemonSet, "tools", "node-exporter"),
        ),
        Subject::of("nodes", Action::Cordon { node: node() }),
        Subject::of("nodes", Action::Uncordon { node: node() }),
        Subject::of("nodes", Action::Drain { node: node() }),
        Subject::of(
            "externalsecrets.external-secrets.io",
            Action::RefreshSecret {
                secret: any(desk, "externalsecrets.external-secrets.io", "external-dns"),
            },
        ),
    ]);
    all
}

/// Brings what it is about into the state in which it makes sense.
fn prepare(desk: &Desk, action: &Action) {
    if action.kind() != "Application" {
        return;
    }
    let paused = matches!(action, Action::Resume { .. });
    let asked = matches!(action, Action::DropOperation { .. });
    let runs = matches!(action, Action::Terminate { .. });
    desk.edit(APPLICATIONS, MINE, |app| {
        let kept = if paused { json!("{}") } else { Value::Null };
        app["metadata"]["annotations"]["k3scope/paused-automated-sync"] = kept;
        app["operation"] = if asked {
            json!({"sync": {}})
        } else {
            Value::Null
        };
        if !asked {
            app.as_object_mut().unwrap().remove("operation");
        }
        let phase = if runs { "Running" } else { "Succeeded" };
        app["status"]["operationState"] = json!({"phase": phase});
        app["status"]["history"] = json!([{"id": 7, "revision": "abc", "source": {}}]);
        let annotations = app["metadata"]["annotations"].as_object_mut().unwrap();
        annotations.retain(|_, value| !value.is_null());
    });
}

async fn desk() -> Desk {
    let mut desk = Desk::of("operator", Access::ReadWrite).await;
    desk.mine().await;
    desk.hold(MINE.1, true);
    desk.until("certificates are issued", |it| {
        let mut all = it.certificates.iter();
        !it.orders.is_empty() && it.certificates.len() > 1 && all.all(Certificate::is_ready)
    })
    .await;
    desk
}

/// What the menu says of a row that does this.
fn chosen(store: &Store, action: &Action) -> Chosen {
    let look = stage::look();
    let moment = Moment::new(Timestamp::UNIX_EPOCH, TimeZone::UTC);
    let keymap = Keymap::builtin().unwrap();
    let ctx = Ctx {
        store,
        theme: &look.themes[0],
        moment: &moment,
        keymap: &keymap,
        read_only: false,
    };
    let offer = Offer::act(('k', "do it"), "does it", action.clone(), &[]);
    Menu::new(vec![offer]).press('k', &ctx)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_one_right_the_offer_names_it_and_the_server_refuses() {
    let mut desk = desk().await;
    let subjects = subjects(&desk);
    let mut tried = 0;
    for subject in &subjects {
        for right in subject.action.needs() {
            lacking(&mut desk, subject, &right).await;
            tried += 1;
        }
    }
    // Those that go elsewhere need none of the cluster's rights; streams into pods have tests of their own.
    let named: Vec<Action> = every_action();
    let is_elsewhere = |it: &&Action| {
        it.needs().is_empty() || matches!(it, Action::Exec { .. } | Action::Forward { .. })
    };
    let elsewhere = named.iter().filter(is_elsewhere).count();
    assert_eq!(subjects.len() + elsewhere, named.len());
    assert_eq!(tried, subjects.len() + 2, "a drain needs three rights");
    desk.close().await;
}

async fn lacking(desk: &mut Desk, subject: &Subject, right: &Right) {
    let action = &subject.action;
    prepare(desk, action);
    desk.server()
        .withhold(&[[&right.verb, &right.group, &right.resource]]);
    desk.ask(Effect::Review(action.needs())).await;
    let needs = action.needs();
    desk.until("the rights are known", |it| {
        let others = needs.iter().filter(|it| *it != right);
        it.actions.permits(right) == Some(false)
            && others
                .clone()
                .all(|other| it.actions.permits(other) == Some(true))
    })
    .await;
    let barred = Chosen::Barred(format!("not permitted: {right}"));
    assert_eq!(chosen(&desk.store, action), barred, "{action:?}");

    let (before, asked) = (subject.object(desk), desk.asked(0).len());
    let why = refused(desk.act(action.clone()).await);
    let words = format!(
        "User \"operator\" cannot {} resource \"{}\" in API group \"{}\"",
        right.verb, right.resource, right.group
    );
    assert!(why.contains(&words), "{action:?}: {why}");
    let after = desk.asked(asked);
    let went: Vec<_> = after.iter().filter(|it| it.allowed).collect();
    if matches!(action, Action::Drain { .. }) && right.resource != "nodes" {
        // It is cordoned by then, as `kubectl drain` leaves it, and no pod has gone.
        assert!(went.iter().all(|it| it.resource == "nodes"), "{went:?}");
        let objects = desk.lab.objects().unwrap();
        objects.change("nodes", None, NODE, |node| {
            node["spec"]
                .as_object_mut()
                .unwrap()
                .remove("unschedulable");
        });
    } else {
        assert!(went.is_empty(), "{action:?}: {went:?}");
        assert_eq!(subject.object(desk), before, "{action:?}");
    }
    let marked = desk
        .store
        .actions
        .under_way(action.kind(), &action.target());
    assert_eq!(marked, None, "the row bears no mark any more");
}

/// Those whose first write goes to the object itself.
fn is_one_write(action: &Action) -> bool {
    !matches!(
        action,
        Action::Rollback { .. } | Action::Resume { .. } | Action::Uncordon { .. }
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_admission_webhook_denies_is_told_in_its_words() {
    let mut desk = desk().await;
    for subject in subjects(&desk).iter().filter(|it| is_one_write(&it.action)) {
        prepare(&desk, &subject.action);
        let before = subject.object(&desk);
        desk.fault(Fault::Vetoed);
        let why = refused(desk.act(subject.action.clone()).await);
        assert_eq!(
            why,
            "the server refused: admission webhook \"freeze.example.com\" denied the request: \
             you cannot change this during the freeze",
            "{:?}",
            subject.action
        );
        assert_eq!(subject.object(&desk), before, "{:?}", subject.action);
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_always_slower_is_told_so_and_changes_nothing() {
    let mut desk = desk().await;
    let is_merged =
        |it: &&Subject| is_one_write(&it.action) && !matches!(it.action, Action::Delete { .. });
    for subject in subjects(&desk).iter().filter(is_merged) {
        prepare(&desk, &subject.action);
        let before = subject.object(&desk);
        for _ in 0..6 {
            desk.fault(Fault::Overtaken);
        }
        let why = refused(desk.act(subject.action.clone()).await);
        assert!(
            why.starts_with("it changed meanwhile: ")
                && why.contains("Operation cannot be fulfilled on"),
            "{:?}: {why}",
            subject.action
        );
        assert_eq!(subject.object(&desk), before, "{:?}", subject.action);
    }
    desk.close().await;
}
