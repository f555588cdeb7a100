//! The health of resources, read from the objects themselves while the full view is open.

use k3scope::domain::application::{AppResource, Health};
use k3scope::domain::checkup::Vital;
use k3scope::domain::comparison::ResourceRef;
use k3scope::domain::object::ObjectRef;
use k3scope::kube::Access;
use k3scope::store::Store;
use k3scope::store::delivery::{self, Told};
use serde_json::json;

use super::desk::Desk;

fn resource(group: &str, kind: &str) -> AppResource {
    AppResource {
        group: group.into(),
        version: "v1".into(),
        kind: kind.into(),
        id: ObjectRef::new("docs", "docs"),
        ..AppResource::default()
    }
}

fn vital<'a>(store: &'a Store, of: &AppResource) -> Option<&'a Vital> {
    let found = store.checkups.get(&ResourceRef::from(of));
    found.map(|(_, vital)| vital)
}

async fn opened(user: &str) -> Desk {
    let mut desk = Desk::of(user, Access::ReadWrite).await;
    let id = ObjectRef::new("argocd", "docs-app");
    desk.until("the application is there", |it| {
        let app = it.applications.get(&id);
        app.is_some_and(|app| !app.resources.is_empty())
    })
    .await;
    // What is changed behind it is not put back.
    desk.hold("docs-app", true);
    desk.press("2 / d o c s enter enter").await;
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_read_as_long_as_the_view_is_open_and_forgotten_when_it_is_closed() {
    let mut desk = opened("admin").await;
    let deployment = resource("apps", "Deployment");
    let well = Told::Is(Health::Healthy, String::new());
    desk.until("the Deployment is Healthy", |it| {
        vital(it, &deployment).is_some() && delivery::health(it, &deployment) == well
    })
    .await;
    let service = resource("", "Service");
    desk.until("the Service is Healthy", |it| {
        vital(it, &service).is_some() && delivery::health(it, &service) == well
    })
    .await;
    assert_eq!(
        vital(&desk.store, &resource("", "ConfigMap")),
        None,
        "what has no rule is not read"
    );
    // Looked at again by itself, as long as it is open.
    desk.edit("deployments.apps", ("docs", "docs"), |it| {
        it["spec"]["paused"] = json!(true);
    });
    desk.until("that it is paused", |it| {
        matches!(
            delivery::health(it, &deployment),
            Told::Is(Health::Suspended, _)
        )
    })
    .await;
    let shown = desk.shown();
    assert!(
        shown.contains("Suspended: its rollout is paused"),
        "{shown}"
    );
    let objects = desk.lab.objects().unwrap();
    objects.remove("services", Some("docs"), "docs").unwrap();
    desk.until("that the Service is gone", |it| {
        vital(it, &service) == Some(&Vital::Missing)
    })
    .await;
    desk.press("esc").await;
    desk.until("nothing is kept of it", |it| {
        vital(it, &deployment).is_none()
    })
    .await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_lacks_is_named_for_each_resource() {
    let mut desk = opened("viewer").await;
    let deployment = resource("apps", "Deployment");
    desk.until("why it is not known", |it| vital(it, &deployment).is_some())
        .await;
    let told = delivery::health(&desk.store, &deployment);
    let words = "not permitted: get deployments (apps) in namespace docs";
    assert_eq!(told, Told::Unread(words.to_owned()));
    let shown = desk.shown();
    assert!(
        shown.contains(&format!("health not read: {words}")),
        "{shown}"
    );
    desk.close().await;
}
