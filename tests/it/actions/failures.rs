//! What is broken on purpose in the lab is told in plain words, and what mends it makes the words go away.

use jiff::Timestamp;
use k3scope::domain::advice::Advice;
use k3scope::domain::certificate::Certificate;
use k3scope::domain::object::ObjectRef;
use k3scope::store::routing::judge;
use k3scope::store::{Store, failures, health, routing, views};
use serde_json::{Value, json};

use super::desk::Desk;
use crate::cockpit::world;

const EDGE: &str = "envoy-gateway-system";

/// Long after all that the lab has dated.
fn late() -> Timestamp {
    "2099-01-01T00:00:00Z".parse().unwrap()
}

fn says(found: &[Advice], words: &str) -> bool {
    found
        .iter()
        .any(|it| it.why.contains(words) || it.next.contains(words))
}

fn of_pods(store: &Store, words: &str) -> bool {
    let mut pods = store.pods.in_namespace(EDGE);
    pods.any(|pod| says(&failures::pod(store, pod), words))
}

fn of_certificate(store: &Store, words: &str) -> bool {
    let certificate = store.certificates.get(&ObjectRef::new(EDGE, "docs-tls"));
    let chain = certificate.map(|it| views::chain(store, it));
    chain.is_some_and(|chain| says(&failures::certificate(store, &chain, world::now()), words))
}

fn of_secret(store: &Store, name: &str, words: &str) -> bool {
    let secret = store.external_secrets.get(&ObjectRef::new("docs", name));
    secret.is_some_and(|it| says(&failures::secret(store, it), words))
}

fn of_second_listener(store: &Store, words: &str) -> bool {
    let Some(second) = store.gateways.get(&ObjectRef::new("docs", "second")) else {
        return false;
    };
    let mut listeners = routing::listeners(second, std::iter::empty());
    listeners.any(|of| says(&routing::listener(store, &of), words))
}

/// The label that `lost-label` took.
fn label_again(desk: &Desk) {
    let objects = desk.lab.objects().unwrap();
    objects.change("nodes", None, "k3s-ingress", |node: &mut Value| {
        node["metadata"]["labels"]["role"] = json!("ingress");
    });
}

#[tokio::test]
async fn the_proxy_says_who_has_its_ports_and_which_label_it_lacks() {
    let mut desk = Desk::open().await;
    desk.until("the proxy runs", |store| {
        store
            .pods
            .iter()
            .any(|pod| pod.gateway.is_some() && pod.status == "Running")
    })
    .await;
    desk.lab.break_it("second-gateway").await.unwrap();
    desk.until("two Gateways want one port", |store| {
        of_pods(store, "only one proxy can have it")
    })
    .await;
    desk.until("the certificate of another namespace is refused", |store| {
        of_second_listener(
            store,
            "no ReferenceGrant in envoy-gateway-system lets a Gateway of docs",
        ) && of_second_listener(store, "is a risk for all of Gateway docs/second")
    })
    .await;
    let objects = desk.lab.objects().unwrap();
    objects.remove("gateways.gateway.networking.k8s.io", Some("docs"), "second");
    desk.lab.break_it("lost-label").await.unwrap();
    let asks = "it asks for a node with role=ingress, and there is none";
    desk.until("the label is named", |store| of_pods(store, asks))
        .await;
    let told = health::unhealthy(&desk.store, late());
    assert!(told.iter().any(|it| it.kind == "pod"), "{told:?}");
    label_again(&desk);
    desk.until("it is mended", |store| !of_pods(store, asks))
        .await;
}

#[tokio::test]
async fn a_limit_and_secrets_are_told() {
    let mut desk = Desk::open().await;
    desk.until("the certificate is there", |store| {
        let docs = store.certificates.get(&ObjectRef::new(EDGE, "docs-tls"));
        docs.is_some_and(Certificate::is_ready)
    })
    .await;
    desk.lab.break_it("rate-limit").await.unwrap();
    desk.until("the limit is told", |store| {
        of_certificate(store, "the ACME server's limit is reached")
            && of_certificate(store, "switch to letsencrypt-staging for trials")
    })
    .await;
    desk.lab.break_it("secret-by-ocid").await.unwrap();
    desk.until("an OCID is no name", |store| {
        of_secret(
            store,
            "mailer",
            "write the secret's name into remoteRef.key",
        )
    })
    .await;
    desk.lab.break_it("store-refused").await.unwrap();
    desk.until("the store is blamed", |store| {
        of_secret(
            store,
            "mailer",
            "store oci-vault is not ready: the store cannot log in",
        )
    })
    .await;
}

#[tokio::test]
async fn settings_of_argo_cd_are_told() {
    let mut desk = Desk::open().await;
    desk.until("the settings are read", |store| {
        store
            .argo_settings
            .is_some_and(|it| it.plain_http && it.children_have_health)
    })
    .await;
    desk.lab.break_it("decorative-waves").await.unwrap();
    desk.lab.break_it("argo-tls").await.unwrap();
    desk.until("waves are decorative", |store| {
        let root = store.applications.get(&ObjectRef::new("argocd", "root"));
        root.is_some_and(|it| {
            says(
                &failures::application(store, it),
                "waves are decorative here",
            )
        })
    })
    .await;
    desk.until("the redirect is told", |store| {
        let mut routes = store.http_routes.iter();
        routes.any(|it| judge::endless_redirect(store, it).is_some())
    })
    .await;
    let told = health::unhealthy(&desk.store, late());
    assert!(
        told.iter()
            .any(|it| it.kind == "httproute" && it.why.contains("307")),
        "{told:?}"
    );
}
