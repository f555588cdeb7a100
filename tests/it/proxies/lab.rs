//! What the lab's Envoy tells, held against what its cluster wants.

use k3scope::clock::Clock;
use k3scope::domain::object::ObjectRef;
use k3scope::domain::source::{SourceId, SourceStatus};
use k3scope::lab::{Lab, Options, Scenario};
use k3scope::store::Store;
use k3scope::store::loaded::{DifferenceKind, differences, route_traffic};

use super::{gateway, is_known, lab, seen};

fn told(store: &Store) -> Vec<(DifferenceKind, String)> {
    let gateway = store.gateways.get(&gateway()).unwrap();
    let found = differences(store, gateway, Clock::default().now());
    found.into_iter().map(|one| (one.kind, one.text)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_loaded_where_all_is_well() {
    let lab = lab("running").await;
    let store = seen(&lab, is_known).await;
    assert_eq!(told(&store), []);
    assert_eq!(*store.sources.status(SourceId::Proxies), SourceStatus::Live);
    let proxy = store.proxies.iter().next().unwrap();
    assert_eq!((&*proxy.version, &*proxy.state), ("1.39.0", "LIVE"));
    let loaded = proxy.loaded.as_ref().unwrap();
    let ports: Vec<u16> = loaded.listeners.iter().map(|it| it.port).collect();
    assert_eq!(ports, [10_080, 10_443]);
    assert!(
        loaded
            .hosts
            .iter()
            .any(|it| it.domains == ["docs.example.com"])
    );
    let docs = loaded.cluster("httproute/docs/docs/rule/0").unwrap();
    assert!(docs.healthy > 0, "{docs:?}");
    for certificate in store.certificates.iter().filter(|it| it.is_ready()) {
        let own = loaded
            .certificates
            .iter()
            .find(|it| it.names == certificate.dns_names);
        let own = own.unwrap();
        assert_eq!(own.until, certificate.not_after, "{}", certificate.id);
        assert!(own.serial.len() >= 16, "{own:?}");
    }
    let steady = route_traffic(&store, &ObjectRef::new("docs", "docs")).unwrap();
    assert!(steady.requests > 10_000 && steady.failed > 0, "{steady:?}");
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_that_envoy_does_not_have_is_told() {
    let lab = lab("envoy-behind").await;
    let store = seen(&lab, is_known).await;
    let told = told(&store);
    assert!(!told.is_empty());
    let expected =
        "docs/feedback is accepted, but Envoy has none of its rules for docs.example.com";
    for (kind, text) in &told {
        assert_eq!(
            (*kind, text.as_str()),
            (DifferenceKind::RouteMissing, expected)
        );
    }
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_that_envoy_does_not_present_is_told() {
    let lab = lab("certificate-not-loaded").await;
    let store = seen(&lab, is_known).await;
    let told = told(&store);
    let other = DifferenceKind::CertificateOther;
    let certificates: Vec<_> = told.iter().filter(|(kind, _)| *kind == other).collect();
    assert_eq!(certificates.len(), 1, "{told:?}");
    assert!(
        certificates[0]
            .1
            .starts_with("Envoy presents another certificate for docs.example.com"),
        "{told:?}"
    );
    lab.stop().await.unwrap();
}

/// Requests that the lab's data plane answers are counted, and no others where none are steady.
#[tokio::test(flavor = "multi_thread")]
async fn requests_that_were_served_are_counted() {
    let text = include_str!("../../../assets/lab/scenarios/running.toml");
    let quiet = text.replace("per_minute = 90", "per_minute = 0");
    let scenario = Scenario::parse("quiet", &quiet).unwrap();
    let lab = Lab::start_with(scenario, Options::default()).await.unwrap();
    let docs = ObjectRef::new("docs", "docs");
    let before = seen(&lab, is_known).await;
    assert_eq!(route_traffic(&before, &docs).unwrap().requests, 0);
    let text = std::fs::read_to_string(lab.cluster_toml()).unwrap();
    let configuration: toml::Table = text.parse().unwrap();
    let at = configuration["dial"]["203.0.113.10:443"].as_str().unwrap();
    let at: std::net::SocketAddr = at.parse().unwrap();
    let root = reqwest::Certificate::from_pem(lab.authority().as_bytes()).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([root])
        .no_proxy()
        .resolve("docs.example.com", at)
        .build()
        .unwrap();
    for _ in 0..7 {
        let url = format!("https://docs.example.com:{}/", at.port());
        let answer = client.get(url).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
    }
    let after = seen(&lab, is_known).await;
    assert_eq!(route_traffic(&after, &docs).unwrap().requests, 7);
    let whole = after.proxy_traffic.iter().next().unwrap().whole;
    assert!(whole.requests >= 7, "{whole:?}");
    lab.stop().await.unwrap();
}
