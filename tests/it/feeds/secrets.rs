//! external-secrets' objects in both versions that clusters serve, and what they say in plain words.

use k3scope::domain::external_secret::Refreshes;
use k3scope::domain::object::{Object, ObjectRef};
use k3scope::domain::source::{SourceId, SourceStatus};
use k3scope::store::Store;
use k3scope::store::health::unhealthy;
use rstest::rstest;
use serde_json::{Value, json};

use super::api::Api;
use super::session::Session;

fn failing() -> Value {
    json!({
        "metadata": {"name": "registry", "namespace": "docs", "creationTimestamp": "2026-11-22T10:00:00Z"},
        "spec": {
            "refreshInterval": "30m0s",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": "oci-vault"},
            "target": {"name": "registry", "creationPolicy": "Owner"},
            "data": [{"secretKey": "token", "remoteRef": {"key": "registry-token"}}],
            "dataFrom": [{"extract": {"key": "registry-all"}}, {"find": {"name": {"regexp": ".*"}}}],
        },
        "status": {
            "refreshTime": "2026-11-22T12:00:00Z",
            "conditions": [{
                "type": "Ready", "status": "False", "reason": "SecretSyncedError",
                "message": "could not get secret data from provider",
                "lastTransitionTime": "2026-11-22T12:00:00Z",
            }],
        },
    })
}

fn store(message: &str) -> Value {
    json!({
        "metadata": {"name": "oci-vault"},
        "spec": {"provider": {"oracle": {"vault": "ocid1.vault.x", "region": "eu-frankfurt-1"}}},
        "status": {"conditions": [{
            "type": "Ready", "status": "True", "reason": "ValidationUnknown", "message": message,
        }]},
    })
}

#[rstest]
#[case("external-secrets.io/v1")]
#[case("external-secrets.io/v1beta1")]
#[tokio::test]
async fn secrets_and_stores_are_read_in_either_version(#[case] version: &str) {
    let api = Api::start("v1.36.4+k3s1").await;
    for (plural, object) in [
        ("externalsecrets", failing()),
        (
            "clustersecretstores",
            store("could not determine validation status"),
        ),
    ] {
        api.serve(version, plural);
        api.put(plural, object);
    }
    let mut session = Session::with(&api, None).await;
    session
        .until("both are there", |store| {
            store.external_secrets.is_complete() && store.cluster_secret_stores.len() == 1
        })
        .await;
    let known = &session.store;
    let id = ObjectRef::new("docs", "registry");
    let secret = known.external_secrets.get(&id).unwrap();
    assert_eq!(secret.keys, ["registry-token", "registry-all"]);
    assert_eq!(secret.refreshes, Refreshes::Every { seconds: 1_800 });
    let next = secret.next_refresh().unwrap();
    assert_eq!(next.to_string(), "2026-11-22T12:30:00Z");
    assert!(!secret.is_synced());
    let oci = ObjectRef::cluster("oci-vault");
    let vault = &known.cluster_secret_stores.get(&oci).unwrap().0;
    assert_eq!(vault.provider, "oracle");
    assert!(vault.is_ready() && vault.is_unproven() && vault.ailment().is_none());
    let now = "2026-11-22T12:10:00Z".parse().unwrap();
    let unwell = unhealthy(known, now);
    let said = unwell
        .iter()
        .find(|it| it.kind == "externalsecret")
        .unwrap();
    assert!(
        said.why.starts_with("the store did not give it"),
        "{}",
        said.why
    );
    session.stop().await;
}

#[tokio::test]
async fn a_cluster_without_external_secrets_is_not_alarmed() {
    let api = Api::start("v1.36.4+k3s1").await;
    let mut session = Session::with(&api, None).await;
    let absent = |store: &Store, id| matches!(store.sources.status(id), SourceStatus::NotInstalled { what } if *what == "external-secrets");
    session
        .until("it is known to be absent", |store| {
            absent(store, SourceId::ExternalSecrets) && absent(store, SourceId::SecretStores)
        })
        .await;
    let now = "2026-11-22T12:10:00Z".parse().unwrap();
    let unwell = unhealthy(&session.store, now);
    assert!(
        unwell.iter().all(|it| !it.kind.contains("secret")),
        "{unwell:?}"
    );
    session.stop().await;
}
