//! The whole way of an action: keys, question, effect, the cluster, and the screen again.

use k3scope::domain::application::{Phase, Sync};
use k3scope::domain::object::ObjectRef;
use k3scope::store::Store;

use super::desk::Desk;

fn is(store: &Store, name: &str, sync: Sync) -> bool {
    let app = store.applications.get(&ObjectRef::new("argocd", name));
    app.is_some_and(|app| app.sync == sync && !app.is_syncing())
}

async fn filtered(desk: &mut Desk, name: &str) {
    let letters: Vec<String> = name.chars().map(String::from).collect();
    desk.press(&format!("2 / {} enter", letters.join(" ")))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_lead_to_a_sync_and_its_end_is_on_the_screen() {
    let mut desk = Desk::open().await;
    desk.mine().await;
    desk.until("it is listed", |it| is(it, "mine", Sync::OutOfSync))
        .await;
    filtered(&mut desk, "mine").await;
    desk.press("a s").await;
    let asked = desk.shown();
    assert!(asked.contains("Sync mine?"), "{asked}");
    assert!(asked.contains("argocd app sync argocd/mine"), "{asked}");
    assert_eq!(desk.asked(0), [], "nothing without a yes");
    let effects = desk.press("y").await;
    assert_eq!(effects.len(), 1);
    desk.outcome().await;
    desk.until("it is synced", |it| is(it, "mine", Sync::Synced))
        .await;
    let shown = desk.shown();
    assert!(shown.contains("✔ Synced"), "{shown}");
    desk.press("z a").await;
    let log = desk.shown();
    assert!(log.contains("Application argocd/mine: syncing"), "{log}");
    assert!(
        log.contains("kubectl -n argocd patch application.argoproj.io mine"),
        "{log}"
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_resource_of_the_page_is_synced_and_then_compared() {
    let mut desk = Desk::open().await;
    desk.mine().await;
    desk.until("it is listed", |it| is(it, "mine", Sync::OutOfSync))
        .await;
    filtered(&mut desk, "mine").await;
    // The first spot of the page is the first resource, which is the Deployment.
    desk.press("enter down a").await;
    let menu = desk.shown();
    assert!(menu.contains("sync only this"), "{menu}");
    desk.press("s y").await;
    desk.outcome().await;
    let state = desk.ended("mine").await;
    let results = state["syncResult"]["resources"].as_array().unwrap();
    assert_eq!(results.len(), 1);
    assert_eq!(results[0]["kind"], "Deployment");
    assert_eq!(desk.object("services", ("guestbook", "guestbook-ui")), None);
    desk.until("the page tells of it", |it| {
        let mine = it.applications.get(&ObjectRef::new("argocd", "mine"));
        let operation = mine.and_then(|it| it.operation.as_ref());
        operation.is_some_and(|it| it.phase == Phase::Succeeded && it.chosen == 1)
    })
    .await;
    desk.press("enter").await;
    desk.until("it is compared", |it| {
        let mine = it
            .applications
            .get(&ObjectRef::new("argocd", "mine"))
            .unwrap();
        let deployment = mine.resources.iter().find(|it| it.kind == "Deployment");
        it.comparisons.get(&deployment.unwrap().into()).is_some()
    })
    .await;
    let shown = desk.shown();
    assert!(
        shown.contains("nobody but Argo CD has set a field of it"),
        "{shown}"
    );
    desk.close().await;
}
