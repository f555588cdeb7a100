//! Who may change nothing, by `--read-only` or by rights that lack.

use k3scope::domain::action::{
    Action, Deletable, InstanceAct, RecordAim, RecordWish, SyncWish, Workload,
};
use k3scope::domain::object::ObjectRef;
use k3scope::kube::Access;

use super::desk::Desk;
use crate::seat::refused;

/// One of every action, on something that is there.
pub(super) fn every_action() -> Vec<Action> {
    let app = || ObjectRef::new("argocd", "docs-app");
    let certificate = || ObjectRef::new("envoy-gateway-system", "docs-tls");
    let delete = |kind| Action::Delete {
        kind,
        of: ObjectRef::new("docs", "docs"),
        made: None,
    };
    let restart = |kind| Action::Restart {
        kind,
        of: ObjectRef::new("docs", "docs"),
    };
    let node = || "k3s-worker".into();
    let all = vec![
        Action::Refresh {
            app: app(),
            hard: false,
        },
        Action::Sync {
            app: app(),
            wish: SyncWish::default(),
        },
        Action::Terminate { app: app() },
        Action::DropOperation { app: app() },
        Action::Rollback { app: app(), to: 0 },
        Action::Resume { app: app() },
        Action::Renew {
            certificate: certificate(),
        },
        Action::SwitchIssuer {
            certificate: certificate(),
            to: "letsencrypt-staging".into(),
        },
        delete(Deletable::Pod),
        delete(Deletable::CertificateRequest),
        delete(Deletable::Order),
        restart(Workload::Deployment),
        restart(Workload::StatefulSet),
        restart(Workload::DaemonSet),
        Action::Cordon { node: node() },
        Action::Uncordon { node: node() },
        Action::Drain { node: node() },
        Action::RefreshSecret {
            secret: ObjectRef::new("argocd", "argocd-github-app"),
        },
        Action::Instance {
            node: node(),
            ocid: "ocid1.instance.oc1..worker".into(),
            act: InstanceAct::Start,
        },
        Action::Record(Box::new(RecordWish {
            of: ObjectRef::new("A", "docs.example.com"),
            aim: RecordAim::Delete,
            steps: Vec::new(),
        })),
        Action::Exec {
            pod: ObjectRef::new("docs", "docs"),
            container: "docs".into(),
        },
        Action::Forward {
            pod: ObjectRef::new("docs", "docs"),
            port: 8080,
            made: None,
        },
    ];
    all.iter().for_each(is_known);
    all
}

/// An action that is added has to be added to the list above as well.
fn is_known(action: &Action) {
    match action {
        Action::Refresh { .. }
        | Action::Sync { .. }
        | Action::Terminate { .. }
        | Action::DropOperation { .. }
        | Action::Rollback { .. }
        | Action::Resume { .. }
        | Action::Renew { .. }
        | Action::SwitchIssuer { .. }
        | Action::Delete { .. }
        | Action::Restart { .. }
        | Action::Cordon { .. }
        | Action::Uncordon { .. }
        | Action::Drain { .. }
        | Action::RefreshSecret { .. }
        | Action::Instance { .. }
        | Action::Record(_)
        | Action::Exec { .. }
        | Action::Forward { .. } => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_refuses_every_action_before_anything_is_asked() {
    let mut desk = Desk::of("admin", Access::ReadOnly).await;
    for action in every_action() {
        let why = refused(desk.act(action.clone()).await);
        assert_eq!(
            why, "nothing is changed with --read-only: --read-only changes nothing",
            "{action:?}"
        );
    }
    assert_eq!(desk.asked(0), []);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_lacks_is_named_and_the_row_dimmed_beforehand() {
    let mut desk = Desk::of("viewer", Access::ReadWrite).await;
    desk.until("applications are there", |it| it.applications.len() > 5)
        .await;
    let app = ObjectRef::new("argocd", "docs-app");
    let sync = Action::Sync {
        app,
        wish: SyncWish::default(),
    };
    let why = refused(desk.act(sync.clone()).await);
    let words = "not permitted: not permitted: patch applications.argoproj.io in namespace argocd";
    assert!(why.starts_with(words), "{why}");
    let asked = desk.asked(0);
    assert!(asked.len() == 1 && !asked[0].allowed, "{asked:?}");

    let right = sync.needs().remove(0);
    desk.press("2 a").await;
    desk.until("the right is known", |it| {
        it.actions.permits(&right) == Some(false)
    })
    .await;
    let shown = desk.shown();
    assert!(
        shown.contains("‖ not permitted: patch applications (argoproj.io) in namespace"),
        "{shown}"
    );
    assert_eq!(desk.press("s").await, [], "it cannot be chosen");
    assert_eq!(desk.asked(0).len(), 1);
    desk.close().await;
}
