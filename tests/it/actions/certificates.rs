//! Issuing a certificate anew, by another issuer, and taking a failed order away.

use k3scope::domain::action::{Action, Deletable};
use k3scope::domain::object::ObjectRef;
use serde_json::{Value, json};

use super::desk::Desk;
use crate::seat::{done, refused};

const CERTIFICATES: &str = "certificates.cert-manager.io";
const ORDERS: &str = "orders.acme.cert-manager.io";
const TLS: (&str, &str) = ("envoy-gateway-system", "argocd-tls");

fn tls() -> ObjectRef {
    ObjectRef::new(TLS.0, TLS.1)
}

/// What was asked of authorisation for it.
fn patched(desk: &Desk, before: usize) -> Vec<(String, String)> {
    let all = desk.asked(before).into_iter();
    all.map(|it| (it.verb, it.resource)).collect()
}

/// The certificate that is served.
fn served(desk: &Desk) -> Value {
    let secret = desk.object("secrets", TLS).unwrap_or_default();
    secret["data"]["tls.crt"].clone()
}

fn is_issued(desk: &Desk, revision: u64) -> bool {
    let certificate = desk.object(CERTIFICATES, TLS).unwrap_or_default();
    certificate["status"]["revision"] == json!(revision) && !is_issuing(&certificate)
}

fn is_issuing(certificate: &Value) -> bool {
    let conditions = certificate["status"]["conditions"].as_array();
    conditions
        .into_iter()
        .flatten()
        .any(|it| it["type"] == "Issuing" && it["status"] == "True")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_issued_anew_by_its_condition() {
    let mut desk = Desk::open().await;
    desk.settled("it is issued", |it| is_issued(it, 1)).await;
    let (before, old) = (desk.asked(0).len(), served(&desk));
    let renew = Action::Renew { certificate: tls() };
    let said = done(desk.act(renew).await);
    assert_eq!(said, "cert-manager was asked to issue it anew");
    let verbs = patched(&desk, before);
    assert_eq!(verbs.len(), 1, "{verbs:?}");
    assert!(
        verbs[0].0 == "patch" && verbs[0].1.contains("certificates/status"),
        "{verbs:?}"
    );
    desk.settled("another one is issued", |it| is_issued(it, 2))
        .await;
    assert_ne!(served(&desk), old);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_issuer_takes_over_if_it_exists() {
    let mut desk = Desk::open().await;
    desk.settled("it is issued", |it| is_issued(it, 1)).await;
    // It stands in Git: Argo CD would put the issuer back.
    desk.hold("envoy-gateway", true);
    let switch = |to: &str| Action::SwitchIssuer {
        certificate: tls(),
        to: to.into(),
    };
    let why = refused(desk.act(switch("nobody")).await);
    assert!(why.starts_with("it is not there"), "{why}");
    assert!(is_issued(&desk, 1));
    let said = done(desk.act(switch("letsencrypt-staging")).await);
    assert_eq!(said, "letsencrypt-staging issues it from now on");
    desk.settled("the other one issues it", |it| is_issued(it, 2))
        .await;
    let secret = desk.object("secrets", TLS).unwrap();
    let by = &secret["metadata"]["annotations"]["cert-manager.io/issuer-name"];
    assert_eq!(by, "letsencrypt-staging");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_order_that_was_seen_is_deleted() {
    let mut desk = Desk::open().await;
    let failed = json!({
        "metadata": {
            "name": "failed", "namespace": TLS.0, "creationTimestamp": "2026-01-02T00:00:00Z",
        },
        "spec": {
            "dnsNames": ["a.example"], "request": "",
            "issuerRef": {"kind": "ClusterIssuer", "name": "letsencrypt-production"},
        },
        "status": {"state": "errored"},
    });
    let put = desk.lab.objects().unwrap().put(ORDERS, failed);
    let made = put["metadata"]["creationTimestamp"].as_str().unwrap();
    let delete = |made: &str| Action::Delete {
        kind: Deletable::Order,
        of: ObjectRef::new(TLS.0, "failed"),
        made: made.parse().ok(),
    };
    let why = refused(desk.act(delete("2025-12-31T00:00:00Z")).await);
    assert_eq!(
        why,
        "not done: another one of this name has taken its place meanwhile"
    );
    assert!(desk.object(ORDERS, (TLS.0, "failed")).is_some());
    assert_eq!(done(desk.act(delete(made)).await), "the Order is deleted");
    assert!(desk.object(ORDERS, (TLS.0, "failed")).is_none());
    desk.close().await;
}
