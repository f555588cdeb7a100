//! Rolling back what syncs by itself below a parent that heals itself, and putting that back.

use k3scope::domain::action::Action;
use k3scope::domain::object::ObjectRef;
use serde_json::{Value, json};

use super::desk::{APPLICATIONS, Desk};
use crate::seat::{done, refused};

const APP: (&str, &str) = ("argocd", "docs-app");
const OLD: &str = "77c01b2e5d9f4a3816c0b7e2d4f8a91c35e6072d";

fn image(desk: &Desk) -> Value {
    let docs = desk.object("deployments.apps", ("docs", "docs")).unwrap();
    docs["spec"]["template"]["spec"]["containers"][0]["image"].clone()
}

/// Gives the history of docs-app an earlier deployment, number 7 before number 8.
fn remember(desk: &Desk) {
    desk.edit(APPLICATIONS, APP, |app| {
        let mut present = app["status"]["history"][0].clone();
        present["id"] = json!(8);
        let mut before = present.clone();
        before["id"] = json!(7);
        before["revision"] = json!(OLD);
        app["status"]["history"] = json!([before, present]);
    });
}

async fn compared(desk: &mut Desk, name: &str) {
    let app = ObjectRef::new("argocd", name);
    done(desk.act(Action::Refresh { app, hard: true }).await);
    let place = "/metadata/annotations/argocd.argoproj.io~1refresh";
    desk.settled("it is compared", |it| it.app(name).pointer(place).is_none())
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_stays_until_it_is_taken_back() {
    let mut desk = Desk::open().await;
    remember(&desk);
    let app = ObjectRef::new("argocd", "docs-app");
    let specs = |desk: &Desk| ["root", "docs-app"].map(|name| desk.app(name)["spec"].clone());
    let before = specs(&desk);
    assert_eq!(before[0]["syncPolicy"]["automated"]["selfHeal"], true);
    assert_eq!(image(&desk), "ghcr.io/example/docs:2.3.1");
    let asked = desk.asked(0).len();

    let to = |to| Action::Rollback {
        app: app.clone(),
        to,
    };
    let why = refused(desk.act(to(3)).await);
    assert_eq!(why, "not done: its history has no deployment 3 any more");
    assert_eq!(desk.asked(asked).len(), 0, "nothing was paused for it");

    let said = done(desk.act(to(7)).await);
    assert_eq!(
        said,
        "Argo CD was asked to roll back; automated sync is paused, that of root too"
    );
    let written: Vec<String> = desk.asked(asked).into_iter().map(|it| it.object).collect();
    assert_eq!(
        written,
        ["argocd/root", "argocd/docs-app", "argocd/docs-app"]
    );
    desk.settled("the earlier one is deployed", |it| {
        let last = it.app("docs-app");
        let last = last["status"]["history"]
            .as_array()
            .unwrap()
            .last()
            .cloned();
        let last = last.unwrap();
        last["id"] == 9 && last["revision"] == OLD
    })
    .await;
    assert_eq!(image(&desk), "ghcr.io/example/docs:2.2.0");
    for name in ["root", "docs-app", "root", "docs-app"] {
        compared(&mut desk, name).await;
    }
    assert_eq!(
        image(&desk),
        "ghcr.io/example/docs:2.2.0",
        "nothing undoes it"
    );
    for name in ["root", "docs-app"] {
        assert_eq!(
            desk.app(name)["spec"]["syncPolicy"]["automated"],
            Value::Null
        );
    }

    let said = done(desk.act(Action::Resume { app: app.clone() }).await);
    assert_eq!(said, "automated sync is back as it was, that of root too");
    assert_eq!(specs(&desk), before, "to the letter");
    desk.settled("Git's state is deployed", |it| {
        image(it) == "ghcr.io/example/docs:2.3.1"
            && it.app("docs-app")["status"]["sync"]["status"] == "Synced"
    })
    .await;
    let why = refused(desk.act(Action::Resume { app }).await);
    assert!(why.contains("keeps no policy to put back"), "{why}");
    desk.close().await;
}
