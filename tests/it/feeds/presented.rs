//! What a whole lab presents, beside what its cert-manager says.

use std::time::Duration;

use k3scope::app::headless::{self, Ended};
use k3scope::clock::Clock;
use k3scope::domain::handshake::Shown;
use k3scope::domain::object::ObjectRef;
use k3scope::kube::{Connection, Target};
use k3scope::lab::{Lab, Options};
use k3scope::sources::Feeds;
use k3scope::store::{Store, presented};

use super::visiting::visitor;

const LIMIT: Duration = Duration::from_mins(2);
const SPACE: &str = "envoy-gateway-system";

/// Follows the lab until `enough`.
async fn seen(lab: &Lab, why: &str, enough: impl FnMut(&Store) -> bool) -> Store {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    let text = lab.kubernetes().unwrap().kubeconfig("admin").unwrap();
    std::fs::write(&path, text).unwrap();
    let target = Target {
        kubeconfig: Some(path),
        context: None,
        namespace: None,
    };
    let feeds = Feeds {
        kubernetes: Some(Connection::open(&target).await.unwrap()),
        visitor: Some(visitor(lab)),
        ..Feeds::default()
    };
    let (store, ended) = headless::follow(feeds, Clock::paced(200.0), LIMIT, enough).await;
    let all: Vec<_> = store.handshakes.iter().collect();
    assert_eq!(ended, Ended::Reached, "{why}: {all:#?}");
    store
}

fn shown(store: &Store, name: &str) -> Option<Shown> {
    let certificate = store.certificates.get(&ObjectRef::new(SPACE, name))?;
    if !certificate.is_ready() || certificate.is_issuing() {
        return None;
    }
    presented::worst(store, certificate).map(|found| found.shown)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_takes_no_update_is_told_from_one_that_has_the_new_certificate() {
    // Another test of this binary may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = Options {
        scenario: "running".to_owned(),
        speed: 40.0,
        state_dir: None,
    };
    let lab = Lab::start(options).await.unwrap();
    let all = |store: &Store, wanted| {
        shown(store, "docs-tls") == Some(wanted) && shown(store, "argocd-tls") == Some(Shown::Same)
    };
    let store = seen(&lab, "both are presented", |store| all(store, Shown::Same)).await;
    let certificate = store.certificates.iter().next().unwrap();
    let worst = presented::worst(&store, certificate).unwrap();
    assert!(worst.is_well(), "the lab's authority is trusted: {worst:?}");
    lab.break_it("stale-proxy").await.unwrap();
    seen(&lab, "the old one is still presented", |store| {
        all(store, Shown::Older)
    })
    .await;
    // What a proxy holds is gone with its pod.
    let objects = lab.objects().unwrap();
    for pod in objects.list("pods") {
        let labels = &pod["metadata"]["labels"];
        if labels["gateway.envoyproxy.io/owning-gateway-name"].is_string() {
            let name = pod["metadata"]["name"].as_str().unwrap();
            objects.remove("pods", Some(SPACE), name);
        }
    }
    seen(&lab, "the new one is presented", |store| {
        all(store, Shown::Same)
    })
    .await;
    lab.stop().await.unwrap();
}
