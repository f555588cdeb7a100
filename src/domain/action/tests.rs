//! Actions are named, said as commands, and need rights where their objects live.

use super::*;

fn docs() -> ObjectRef {
    ObjectRef::new("argocd", "docs-app")
}

#[test]
fn a_sync_says_what_it_does_and_which_command_does_the_same() {
    let wish = SyncWish {
        resources: vec![SyncResource {
            group: "apps".into(),
            kind: "Deployment".into(),
            id: ObjectRef::new("docs", "docs"),
        }],
        prune: true,
        ..SyncWish::default()
    };
    let sync = Action::Sync { app: docs(), wish };
    assert_eq!(sync.doing(), "syncing one resource, pruning");
    assert_eq!(
        sync.command(),
        "argocd app sync argocd/docs-app --prune --resource apps:Deployment:docs/docs"
    );
}

#[test]
fn a_name_from_outside_stays_one_word_of_the_command() {
    let of = ObjectRef::new("docs", "x'; rm -rf ~ #");
    let delete = Action::Delete {
        kind: Deletable::Order,
        of,
        made: None,
    };
    assert_eq!(
        delete.command(),
        r"kubectl -n docs delete order.acme.cert-manager.io 'x'\''; rm -rf ~ #'"
    );
}

#[test]
fn rights_are_asked_where_the_object_lives() {
    let renew = Action::Renew {
        certificate: ObjectRef::new("docs", "docs-tls"),
    };
    let said: Vec<String> = renew.needs().iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        ["patch certificates/status (cert-manager.io) in namespace docs"]
    );
    let drain = Action::Drain {
        node: "k3s-worker".into(),
    };
    let said: Vec<String> = drain.needs().iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "patch nodes in the cluster",
            "list pods in the cluster",
            "create pods/eviction in the cluster"
        ]
    );
}
