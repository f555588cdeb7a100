//! Comparing, syncing and stopping: what becomes of an Application and of what it manages.

use k3scope::domain::action::{Action, SyncResource, SyncWish};
use k3scope::domain::object::ObjectRef;
use k3scope::lab::kube::Fault;
use serde_json::{Value, json};

use super::desk::{APPLICATIONS, Desk};
use crate::seat::{done, refused};

const MINE: (&str, &str) = ("argocd", "mine");
const DEPLOYMENT: (&str, &str) = ("guestbook", "guestbook-ui");
const REFRESH: &str = "/metadata/annotations/argocd.argoproj.io~1refresh";

fn sync(app: &ObjectRef, wish: SyncWish) -> Action {
    Action::Sync {
        app: app.clone(),
        wish,
    }
}

fn service() -> SyncResource {
    SyncResource {
        group: "".into(),
        kind: "Service".into(),
        id: ObjectRef::new("guestbook", "guestbook-ui"),
    }
}

fn patched(desk: &Desk, before: usize) -> Vec<String> {
    let all = desk.asked(before);
    all.iter()
        .map(|it| format!("{} {} {}: {}", it.verb, it.resource, it.object, it.allowed))
        .collect()
}

const PATCHED: &str = "patch applications.argoproj.io argocd/mine: true";

#[tokio::test(flavor = "multi_thread")]
async fn refreshing_sets_an_annotation_that_the_controller_takes_away() {
    let mut desk = Desk::open().await;
    let app = desk.mine().await;
    for (hard, how) in [(false, "normal"), (true, "hard")] {
        let before = desk.asked(0).len();
        desk.hold("mine", true);
        let action = Action::Refresh {
            app: app.clone(),
            hard,
        };
        assert_eq!(done(desk.act(action).await), "Argo CD was asked to compare");
        assert_eq!(desk.app("mine").pointer(REFRESH), Some(&json!(how)));
        assert_eq!(patched(&desk, before), [PATCHED]);
        desk.hold("mine", false);
        desk.settled("the annotation is taken away", |it| {
            it.app("mine").pointer(REFRESH).is_none()
        })
        .await;
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_changes_nothing_and_a_sync_makes_all() {
    let mut desk = Desk::open().await;
    let app = desk.mine().await;
    let dry_run = SyncWish {
        dry_run: true,
        ..SyncWish::default()
    };
    let said = done(desk.act(sync(&app, dry_run)).await);
    assert_eq!(said, "Argo CD was asked to try a sync");
    let state = desk.ended("mine").await;
    assert_eq!(state["phase"], "Succeeded");
    let results = state["syncResult"]["resources"].as_array().unwrap().clone();
    let tried = |it: &Value| {
        it["message"]
            .as_str()
            .unwrap()
            .ends_with("(server dry run)")
    };
    assert!(results.len() == 2 && results.iter().all(tried), "{state:#}");
    assert_eq!(desk.object("deployments.apps", DEPLOYMENT), None);
    assert_eq!(desk.app("mine")["status"]["history"], Value::Null);

    let before = desk.asked(0).len();
    done(desk.act(sync(&app, SyncWish::default())).await);
    assert_eq!(patched(&desk, before), [PATCHED]);
    desk.settled("all is there", |it| {
        it.app("mine")["status"]["sync"]["status"] == "Synced"
    })
    .await;
    assert!(desk.object("deployments.apps", DEPLOYMENT).is_some());
    let mine = desk.app("mine");
    assert_eq!(
        mine["status"]["history"][0]["initiatedBy"]["username"],
        "k3scope"
    );
    assert_eq!(mine["status"]["history"][0]["source"]["path"], "guestbook");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_of_one_resource_leaves_the_others() {
    let mut desk = Desk::open().await;
    let app = desk.mine().await;
    let wish = SyncWish {
        resources: vec![service()],
        ..SyncWish::default()
    };
    done(desk.act(sync(&app, wish)).await);
    let state = desk.ended("mine").await;
    assert_eq!(state["phase"], "Succeeded");
    assert_eq!(
        state["syncResult"]["resources"].as_array().unwrap().len(),
        1
    );
    assert!(desk.object("services", DEPLOYMENT).is_some());
    assert_eq!(desk.object("deployments.apps", DEPLOYMENT), None);
    assert_eq!(desk.app("mine")["status"]["history"], Value::Null);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_git_no_longer_has_goes_only_where_that_was_asked_for() {
    let mut desk = Desk::open().await;
    let app = desk.mine().await;
    done(desk.act(sync(&app, SyncWish::default())).await);
    desk.ended("mine").await;
    let extra = ("guestbook", "extra");
    let tracked = json!({"argocd.argoproj.io/tracking-id": "mine:/ConfigMap:guestbook/extra"});
    desk.lab.objects().unwrap().put(
        "configmaps",
        json!({"metadata": {"name": "extra", "namespace": "guestbook", "annotations": tracked}}),
    );
    desk.edit(APPLICATIONS, MINE, |mine| {
        let row = json!({"version": "v1", "kind": "ConfigMap", "namespace": "guestbook", "name": "extra"});
        mine["status"]["resources"].as_array_mut().unwrap().push(row);
    });
    desk.settled("it is seen as surplus", |it| {
        let mine = it.app("mine");
        let rows = mine["status"]["resources"].as_array().unwrap();
        rows.iter().any(|row| row["requiresPruning"] == true)
    })
    .await;

    done(desk.act(sync(&app, SyncWish::default())).await);
    let state = desk.ended("mine").await;
    let results = state["syncResult"]["resources"].as_array().unwrap().clone();
    assert!(
        results.iter().any(|it| it["status"] == "PruneSkipped"),
        "{state:#}"
    );
    assert!(desk.object("configmaps", extra).is_some());

    let prune = SyncWish {
        prune: true,
        ..SyncWish::default()
    };
    done(desk.act(sync(&app, prune)).await);
    desk.settled("it is deleted", |it| {
        it.object("configmaps", extra).is_none()
    })
    .await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn force_makes_anew_what_cannot_be_changed_in_place() {
    let mut desk = Desk::open().await;
    let app = desk.mine().await;
    done(desk.act(sync(&app, SyncWish::default())).await);
    desk.ended("mine").await;
    desk.edit("deployments.apps", DEPLOYMENT, |deployment| {
        deployment["spec"]["selector"] = json!({"matchLabels": {"app": "other"}});
    });
    let uid = |desk: &Desk| {
        desk.object("deployments.apps", DEPLOYMENT).unwrap()["metadata"]["uid"].clone()
    };
    let first = uid(&desk);
    done(desk.act(sync(&app, SyncWish::default())).await);
    let state = desk.ended("mine").await;
    assert_eq!(state["phase"], "Failed");
    let message = state["message"].as_str().unwrap();
    assert!(message.contains("field is immutable"), "{message}");
    assert_eq!(uid(&desk), first);

    let force = SyncWish {
        force: true,
        ..SyncWish::default()
    };
    done(desk.act(sync(&app, force)).await);
    let state = desk.ended("mine").await;
    assert_eq!(state["phase"], "Succeeded", "{state:#}");
    assert_ne!(uid(&desk), first);
    desk.close().await;
}

/// An operation that fails and tries again for long.
async fn retrying(desk: &Desk) {
    desk.edit("deployments.apps", DEPLOYMENT, |deployment| {
        deployment["spec"]["selector"] = json!({"matchLabels": {"app": "other"}});
    });
    desk.edit(APPLICATIONS, MINE, |mine| {
        mine["operation"] = json!({
            "sync": {}, "initiatedBy": {"username": "ann"}, "retry": {"limit": 100},
        });
    });
    desk.settled("it waits for its next try", |it| {
        it.app("mine")["status"]["operationState"]["retryCount"].is_number()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_is_stopped_and_nothing_is_asked_for_meanwhile() {
    let mut desk = Desk::open().await;
    let app = desk.mine().await;
    done(desk.act(sync(&app, SyncWish::default())).await);
    desk.ended("mine").await;
    retrying(&desk).await;
    let before = desk.asked(0).len();
    let why = refused(desk.act(sync(&app, SyncWish::default())).await);
    assert_eq!(why, "not done: an operation of ann is under way");
    let drop_it = Action::DropOperation { app: app.clone() };
    assert_eq!(
        refused(desk.act(drop_it).await),
        "not done: its operation runs"
    );
    assert!(patched(&desk, before).is_empty(), "something was written");

    let stop = Action::Terminate { app: app.clone() };
    done(desk.act(stop.clone()).await);
    desk.settled("it is stopped", |it| {
        it.app("mine")["status"]["operationState"]["message"] == "Operation terminated"
    })
    .await;
    let mine = desk.app("mine");
    assert_eq!(mine["status"]["operationState"]["phase"], "Failed");
    assert!(mine.get("operation").is_none());
    assert_eq!(refused(desk.act(stop).await), "not done: no operation runs");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_nobody_takes_up_is_taken_away() {
    let mut desk = Desk::open().await;
    let app = desk.mine().await;
    desk.hold("mine", true);
    done(desk.act(sync(&app, SyncWish::default())).await);
    assert!(desk.app("mine")["operation"].is_object());
    let why = refused(desk.act(sync(&app, SyncWish::default())).await);
    assert_eq!(why, "not done: an operation of k3scope is under way");
    let before = desk.asked(0).len();
    done(desk.act(Action::DropOperation { app }).await);
    assert!(desk.app("mine").get("operation").is_none());
    assert_eq!(patched(&desk, before), [PATCHED]);
    assert_eq!(desk.object("deployments.apps", DEPLOYMENT), None);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_somebody_overtook_is_made_anew() {
    let mut desk = Desk::open().await;
    let app = desk.mine().await;
    desk.hold("mine", true);
    let before = desk.asked(0).len();
    desk.fault(Fault::Overtaken);
    done(desk.act(sync(&app, SyncWish::default())).await);
    assert_eq!(patched(&desk, before), [PATCHED, PATCHED]);
    let mine = desk.app("mine");
    assert_eq!(
        mine["metadata"]["annotations"]["example.com/overtaken"],
        "true"
    );
    assert_eq!(mine["operation"]["initiatedBy"]["username"], "k3scope");
    desk.close().await;
}
