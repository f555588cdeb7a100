//! What status says, word for word.

use super::*;
use crate::domain::application::{Application, Health, Sync};
use crate::domain::event::{Change, ClusterInfo, Event, What};
use crate::domain::object::ObjectRef;
use crate::domain::source::SourceStatus;
use crate::store::fold;
use rstest::rstest;

#[rstest]
#[case("10s", Some(10))]
#[case("1m", Some(60))]
#[case("-1s", None)]
#[case("soon", None)]
fn times(#[case] text: &str, #[case] seconds: Option<u64>) {
    assert_eq!(duration(text).ok(), seconds.map(Duration::from_secs));
}

#[rstest]
#[case(59, "59 s")]
#[case(61, "1 min")]
#[case(7_300, "2 h")]
#[case(90_000, "1 day")]
#[case(200_000, "2 days")]
fn ages(#[case] seconds: i64, #[case] shown: &str) {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    assert_eq!(
        age(now - jiff::SignedDuration::from_secs(seconds), now),
        shown
    );
}

/// A cluster with one of everything that status has a word for.
fn busy() -> Summary {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let mut store = Store::default();
    let mut tell = |what| fold(&mut store, Event { at: now, what });
    tell(What::Cluster(ClusterInfo {
        context: "k3s".into(),
        server: "https://10.0.2.10:6443/".into(),
        version: "v1.36.4+k3s1".into(),
        namespace: "".into(),
    }));
    for (id, status) in [
        (SourceId::Cluster, SourceStatus::Live),
        (SourceId::Applications, SourceStatus::Live),
        (
            SourceId::Pods,
            SourceStatus::Denied {
                hint: "may not list pods".into(),
            },
        ),
        (
            SourceId::Certificates,
            SourceStatus::NotInstalled {
                what: "cert-manager".into(),
            },
        ),
    ] {
        tell(What::Source { id, status });
    }
    tell(What::Application(Change::Relisting));
    for (name, health, sync) in [
        ("docs-app", Health::Degraded, Sync::Synced),
        ("envoy-gateway", Health::Healthy, Sync::OutOfSync),
        ("root", Health::Healthy, Sync::Synced),
    ] {
        tell(What::Application(Change::Applied(Box::new(Application {
            id: ObjectRef::new("argocd", name),
            health,
            sync,
            health_since: Some(now - jiff::SignedDuration::from_mins(12)),
            ..Application::default()
        }))));
    }
    tell(What::Application(Change::Relisted));
    Summary::of(&store, now)
}

#[test]
fn the_text_says_what_is_wrong_first() {
    insta::assert_snapshot!(text(&busy()), @r#"
    ✖ 1 failed, 1 to look at · k3s · v1.36.4+k3s1
    ✖ application argocd/docs-app: Degraded (12 min)
    ▲ application argocd/envoy-gateway: OutOfSync (12 min)
      applications 1/3
    ‖ not permitted: pods
      not installed: certificates
      may not list pods
    "#);
}

#[test]
fn the_names_in_the_json_are_a_contract() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&busy()).unwrap(), @r#"
    {
      "verdict": "unhealthy",
      "at": "2026-11-22T12:00:00Z",
      "cluster": {
        "context": "k3s",
        "server": "https://10.0.2.10:6443/",
        "version": "v1.36.4+k3s1",
        "namespace": ""
      },
      "sources": [
        {
          "id": "cluster",
          "status": "live",
          "since": "2026-11-22T12:00:00Z"
        },
        {
          "id": "pods",
          "status": "denied",
          "detail": "may not list pods",
          "since": "2026-11-22T12:00:00Z"
        },
        {
          "id": "applications",
          "status": "live",
          "since": "2026-11-22T12:00:00Z"
        },
        {
          "id": "certificates",
          "status": "not_installed",
          "detail": "cert-manager is not installed",
          "since": "2026-11-22T12:00:00Z"
        }
      ],
      "counts": {
        "applications": {
          "total": 3,
          "well": 1
        }
      },
      "unhealthy": [
        {
          "severity": "critical",
          "kind": "application",
          "namespace": "argocd",
          "name": "docs-app",
          "why": "Degraded",
          "since": "2026-11-22T11:48:00Z"
        },
        {
          "severity": "warning",
          "kind": "application",
          "namespace": "argocd",
          "name": "envoy-gateway",
          "why": "OutOfSync",
          "since": "2026-11-22T11:48:00Z"
        }
      ]
    }
    "#);
}
