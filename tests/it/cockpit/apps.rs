//! Applications at work: syncing, failed, asked for, as a tree, and with their page opened.

use k3scope::domain::action::{Action, ActionEvent, ActionOutcome};
use k3scope::domain::application::{
    AppCondition, AppResource, Application, Deployment, Health, Operation, Phase, Sync, SyncResult,
};
use k3scope::domain::comparison::{Basis, Compared, Comparison, Difference};
use k3scope::domain::event::{Change, Event, What};
use k3scope::domain::object::ObjectRef;
use k3scope::store::fold;

use super::stage::{Stage, text};
use super::world;

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 42)];

fn applied(app: Application) -> Event {
    world::told(What::Application(Change::Applied(Box::new(app))))
}

fn resource(group: &str, kind: &str, id: ObjectRef, wave: i32) -> AppResource {
    AppResource {
        group: group.into(),
        version: "v1".into(),
        kind: kind.into(),
        id,
        sync: Sync::Synced,
        wave,
        ..AppResource::default()
    }
}

fn child(name: &str, wave: i32) -> AppResource {
    let id = ObjectRef::new("argocd", name);
    resource("argoproj.io", "Application", id, wave)
}

fn root() -> Application {
    let result = |name: &str| SyncResult {
        group: "argoproj.io".into(),
        kind: "Application".into(),
        id: ObjectRef::new("argocd", name),
        status: "Synced".into(),
        message: format!("application.argoproj.io/{name} serverside-applied").into(),
    };
    let mut late = child("tools", 5);
    late.sync = Sync::OutOfSync;
    Application {
        id: ObjectRef::new("argocd", "root"),
        sync: Sync::OutOfSync,
        health: Health::Progressing,
        revisions: vec!["a41f0c9d2b7e5863f1c4a9d07e3b6258c0f1d2e3".into()],
        resources: vec![child("cert-manager", 1), child("docs-app", 4), late],
        operation: Some(Operation {
            phase: Phase::Running,
            message: "waiting for healthy state of argoproj.io/Application/docs-app".into(),
            revision: "a41f0c9d2b7e5863f1c4a9d07e3b6258c0f1d2e3".into(),
            results: vec![result("cert-manager"), result("docs-app")],
            ..Operation::default()
        }),
        ..Application::default()
    }
}

fn docs() -> Application {
    let docs = || ObjectRef::new("docs", "docs");
    let mut surplus = resource("", "ConfigMap", ObjectRef::new("docs", "old"), 1);
    surplus.sync = Sync::OutOfSync;
    surplus.requires_pruning = true;
    let mut deployment = resource("apps", "Deployment", docs(), 1);
    deployment.sync = Sync::OutOfSync;
    Application {
        id: ObjectRef::new("argocd", "docs-app"),
        wave: 4,
        parent: Some("root".into()),
        sync: Sync::OutOfSync,
        health: Health::Progressing,
        revisions: vec![
            "1.21.1".into(),
            "77c01b2e5d9f4a3816c0b7e2d4f8a91c35e6072d".into(),
        ],
        resources: vec![
            resource("", "Namespace", ObjectRef::cluster("docs"), -1),
            deployment,
            resource("", "Service", docs(), 1),
            surplus,
        ],
        history: vec![
            Deployment {
                id: 11,
                revision: "1.21.0".into(),
                others: vec!["77c01b2e5d9f4a3816c0b7e2d4f8a91c35e6072d".into()],
                by: "ann".into(),
                ..Deployment::default()
            },
            Deployment {
                id: 12,
                revision: "1.21.1".into(),
                ..Deployment::default()
            },
        ],
        ..Application::default()
    }
}

fn failed() -> Application {
    let why = "The Kubernetes API could not find cert-manager.io/ClusterIssuer for requested resource \
        /letsencrypt. Make sure the \"ClusterIssuer\" CRD is installed on the destination cluster.";
    let mut app = docs();
    app.conditions = vec![AppCondition {
        kind: "SyncError".into(),
        message: format!("Failed last sync attempt to [77c01b2]: {why}").into(),
        since: None,
    }];
    app.operation = Some(Operation {
        phase: Phase::Failed,
        message: format!("one or more synchronization tasks are not valid: {why}").into(),
        retries: 5,
        results: vec![SyncResult {
            kind: "ClusterIssuer".into(),
            id: ObjectRef::cluster("letsencrypt"),
            status: "SyncFailed".into(),
            message: why.into(),
            ..SyncResult::default()
        }],
        ..Operation::default()
    });
    app
}

fn stage(more: Vec<Event>) -> Stage {
    Stage::new([world::cluster(false), more].concat())
}

fn begun(number: u32) -> What {
    let action = Action::Refresh {
        app: ObjectRef::new("argocd", "docs-app"),
        hard: false,
    };
    What::Action(ActionEvent::Begun { number, action })
}

#[test]
fn applications_that_sync_and_that_failed() {
    let syncing = vec![applied(root()), applied(docs()), world::told(begun(1))];
    for (name, events, keys) in [
        ("syncing", syncing.clone(), "2"),
        ("tree", syncing.clone(), "2 t"),
        ("waiting", syncing, "2 / r o o t enter enter"),
        ("failed", vec![applied(failed())], "2 / d o c s enter"),
        (
            "failed_page",
            vec![applied(failed())],
            "2 / d o c s enter enter",
        ),
    ] {
        let mut stage = stage(events);
        stage.press(keys);
        for (width, height) in SIZES {
            let shown = stage.snapshot(width, height);
            insta::assert_snapshot!(format!("apps_{name}_{width}x{height}"), shown);
        }
    }
}

#[test]
fn a_page_opens_in_place_and_tells_what_differs() {
    let comparison = Comparison {
        of: (&docs().resources[1]).into(),
        found: Compared::Fields {
            basis: Basis::LastApplied,
            differences: vec![Difference {
                field: "spec.replicas".into(),
                applied: Some("2".into()),
                live: Some("3".into()),
                ..Difference::default()
            }],
        },
    };
    let compared = world::told(What::Compared(Box::new(comparison)));
    let mut stage = stage(vec![applied(root()), applied(docs()), compared]);
    // Of root's page: the child docs-app, opened, then its Deployment.
    stage.press("2 / r o o t enter enter down down enter down down down enter");
    insta::assert_snapshot!("apps_opened", text(&stage.draw(140, 42)));
    stage.press("a");
    insta::assert_snapshot!("apps_spot_menu", text(&stage.draw(100, 30)));
}

#[test]
fn what_was_asked_for_is_marked_until_it_has_ended() {
    let mut stage = stage(vec![applied(docs())]);
    stage.press("2");
    let row = |stage: &mut Stage| {
        let shown = text(&stage.draw(100, 30));
        let row = shown.lines().find(|line| line.contains("docs-app"));
        row.unwrap().to_owned()
    };
    assert!(row(&mut stage).contains("▲ OutOfSync"));
    fold(&mut stage.store, world::told(begun(1)));
    let marked = row(&mut stage);
    assert!(
        marked.contains("⟳ asked") && marked.contains("comparing again"),
        "{marked}"
    );
    let ended = ActionEvent::Ended {
        number: 1,
        outcome: ActionOutcome::Done {
            said: "asked".into(),
        },
    };
    fold(&mut stage.store, world::told(What::Action(ended)));
    assert!(row(&mut stage).contains("▲ OutOfSync"));
}

#[test]
fn several_sources_show_several_revisions() {
    let mut stage = stage(vec![applied(docs())]);
    stage.press("2 / d o c s enter");
    let shown = text(&stage.draw(120, 42));
    assert!(shown.contains("1.21.1 +1"), "{shown}");
    stage.press("enter");
    let shown = text(&stage.draw(120, 42));
    assert!(
        shown.contains("11  ") && shown.contains("1.21.0, 77c01b2  ann"),
        "{shown}"
    );
}

#[test]
fn any_deployment_of_the_history_can_be_chosen() {
    let mut stage = stage(vec![applied(docs())]);
    stage.press("2 / d o c s enter enter G up a");
    let menu = text(&stage.draw(100, 40));
    assert!(menu.contains("roll back to this"), "{menu}");
    stage.press("b");
    let asked = text(&stage.draw(100, 40));
    assert!(
        asked.contains("Roll docs-app back to deployment 11?"),
        "{asked}"
    );
}

#[test]
fn the_way_to_argo_cd_is_a_key_away() {
    let mut stage = stage(Vec::new());
    stage.press("2 / d o c s enter a");
    let menu = text(&stage.draw(100, 40));
    assert!(menu.contains("copy how to log in"), "{menu}");
}
