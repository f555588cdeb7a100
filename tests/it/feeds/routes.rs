//! The Gateway API as clusters serve it: every kind, old versions only, and the lab's own day.

use std::time::Duration;

use k3scope::app::headless::{self, Ended};
use k3scope::clock::Clock;
use k3scope::domain::object::{ObjectRef, Severity};
use k3scope::domain::route::{Namespaces, RouteKind};
use k3scope::domain::source::{SourceId, SourceStatus};
use k3scope::kube::{Connection, Target};
use k3scope::lab::{Lab, Options};
use k3scope::sources::Feeds;
use k3scope::store::Store;
use k3scope::store::routing::{Index, listeners, routes};
use k3scope::store::summary::{Summary, Verdict};
use serde_json::{Value, json};

use super::api::Api;
use super::session::Session;

const VERSION: &str = "v1.36.4+k3s1";

/// A store that has read these objects: group and version, resource, object.
async fn read(objects: &[(&str, &str, Value)]) -> Store {
    let api = Api::start(VERSION).await;
    for (group_version, plural, object) in objects {
        api.serve(group_version, plural);
        api.put(plural, object.clone());
    }
    let mut session = Session::with(&api, None).await;
    let expected = 31;
    session
        .until("all is settled", |store| {
            store.sources.iter().count() == expected && store.sources.are_settled()
        })
        .await;
    let store = session.store.clone();
    session.stop().await;
    store
}

fn old_cluster() -> Vec<(&'static str, &'static str, Value)> {
    let beta = "gateway.networking.k8s.io/v1beta1";
    let gateway = json!({
        "metadata": {"name": "public", "namespace": "edge"},
        "spec": {"gatewayClassName": "eg", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]},
    });
    let route = json!({
        "metadata": {"name": "docs", "namespace": "edge"},
        "spec": {"parentRefs": [{"name": "public"}], "rules": [{"backendRefs": [{"name": "docs", "port": 80, "namespace": "docs"}]}]},
    });
    let grant = json!({
        "metadata": {"name": "g", "namespace": "docs"},
        "spec": {"from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "edge"}],
            "to": [{"group": "", "kind": "Service"}]},
    });
    vec![
        (beta, "gateways", gateway),
        (beta, "httproutes", route),
        (beta, "referencegrants", grant),
    ]
}

#[tokio::test]
async fn a_cluster_that_serves_only_v1beta1_is_read_and_well() {
    let store = read(&old_cluster()).await;
    assert_eq!((store.gateways.len(), store.http_routes.len()), (1, 1));
    let grant = store.routing.grants.iter().next().unwrap();
    assert_eq!(grant.told(), "HTTPRoute of edge → Service");
    let status = |id| store.sources.status(id);
    assert_eq!(*status(SourceId::ReferenceGrants), SourceStatus::Live);
    for id in [
        SourceId::GrpcRoutes,
        SourceId::TlsRoutes,
        SourceId::TcpRoutes,
        SourceId::ListenerSets,
        SourceId::BackendTlsPolicies,
        SourceId::SecurityPolicies,
    ] {
        assert!(
            matches!(status(id), SourceStatus::NotInstalled { .. }),
            "{id}: {:?}",
            status(id)
        );
    }
    let summary = Summary::of(&store, "2026-11-22T12:30:00Z".parse().unwrap());
    assert_ne!(
        summary.verdict,
        Verdict::Unknown,
        "what is not installed keeps nothing from being known"
    );
    assert!(
        summary.unhealthy.iter().all(|it| it.kind != "source"),
        "{:#?}",
        summary.unhealthy
    );
}

fn every_kind() -> Vec<(&'static str, &'static str, Value)> {
    let v1 = "gateway.networking.k8s.io/v1";
    let envoy = "gateway.envoyproxy.io/v1alpha1";
    let parent = json!([{"group": "gateway.networking.k8s.io", "kind": "ListenerSet", "name": "more", "namespace": "docs", "port": 8443}]);
    let grpc = json!({
        "metadata": {"name": "calls", "namespace": "docs", "creationTimestamp": "2026-11-20T12:00:00Z"},
        "spec": {"hostnames": ["calls.example.com"], "parentRefs": parent, "rules": [{
            "matches": [{"method": {"type": "Exact", "service": "shop.Cart", "method": "Add"}, "headers": [{"name": "x", "value": "y"}]},
                {"method": {"service": "shop.Cart"}}],
            "backendRefs": [{"group": "", "kind": "Service", "name": "cart", "port": 9090, "weight": 0}]}]},
        "status": {"parents": [{"parentRef": parent[0], "controllerName": "eg",
            "conditions": [{"type": "Accepted", "status": "True", "reason": "Accepted"}]}]},
    });
    let tls = json!({"metadata": {"name": "db", "namespace": "docs"}, "spec": {"hostnames": ["db.example.com"],
        "parentRefs": [{"name": "public", "namespace": "edge"}], "rules": [{"backendRefs": [{"name": "db", "port": 5432}]}]}});
    let tcp = json!({"metadata": {"name": "raw", "namespace": "docs"}, "spec": {
        "parentRefs": [{"name": "public", "namespace": "edge"}], "rules": [{"name": "all", "backendRefs": [{"name": "db", "port": 5432}]}]}});
    let set = json!({
        "metadata": {"name": "more", "namespace": "docs"},
        "spec": {"parentRef": {"name": "public", "namespace": "edge"}, "listeners": [{"name": "calls", "port": 8443, "protocol": "HTTPS",
            "tls": {"mode": "Terminate", "certificateRefs": [{"name": "calls-tls"}]},
            "allowedRoutes": {"namespaces": {"from": "Selector", "selector": {"matchLabels": {"a": "b"}}}, "kinds": [{"kind": "GRPCRoute"}]}}]},
        "status": {"conditions": [{"type": "Accepted", "status": "True"}], "listeners": [{"name": "calls", "attachedRoutes": 1, "conditions": []}]},
    });
    let policy = |target: Value| {
        json!({"metadata": {"name": "p", "namespace": "docs"}, "spec": target,
        "status": {"ancestors": [{"ancestorRef": {"kind": "Gateway", "name": "public", "namespace": "edge"}, "controllerName": "eg",
            "conditions": [{"type": "Accepted", "status": "False", "reason": "Conflicted", "message": "another is older"}]}]}})
    };
    let target = json!({"targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "GRPCRoute", "name": "calls", "sectionName": "one"}]});
    let older = json!({"targetRef": {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "public"}});
    let labels = json!({"targetSelectors": [{"kind": "HTTPRoute", "matchLabels": {"a": "b"}}]});
    vec![
        (v1, "grpcroutes", grpc),
        ("gateway.networking.k8s.io/v1alpha3", "tlsroutes", tls),
        ("gateway.networking.k8s.io/v1alpha2", "tcproutes", tcp),
        (v1, "listenersets", set),
        (v1, "backendtlspolicies", policy(target.clone())),
        (envoy, "backendtrafficpolicies", policy(target)),
        (envoy, "clienttrafficpolicies", policy(older)),
        (envoy, "securitypolicies", policy(labels)),
    ]
}

#[tokio::test]
async fn every_kind_is_read_in_the_version_that_is_served() {
    let store = read(&every_kind()).await;
    let only = |kind| routes(&store, kind).iter().next().unwrap();
    let calls = only(RouteKind::Grpc);
    assert_eq!(calls.kind, RouteKind::Grpc);
    assert_eq!(
        calls.rules[0].matches,
        ["shop.Cart/Add +1 headers", "shop.Cart"]
    );
    assert_eq!(calls.rules[0].backends[0].weight, 0);
    assert_eq!(calls.parents[0].port, Some(8443));
    assert!(calls.status_of(&calls.parents[0]).is_some());
    assert_eq!(only(RouteKind::Tls).hostnames, ["db.example.com"]);
    assert_eq!(only(RouteKind::Tcp).parents[0].kind, "Gateway");
    let set = store.routing.listener_sets.iter().next().unwrap();
    assert_eq!(set.parent, ObjectRef::new("edge", "public"));
    let listener = &set.listeners[0];
    assert_eq!(listener.admits, Namespaces::Selector);
    assert_eq!(listener.kinds(), ["GRPCRoute"]);
    assert_eq!(listener.certificates, [ObjectRef::new("docs", "calls-tls")]);
    assert_eq!(listener.attached_routes, 1);
    let routing = &store.routing;
    for table in [
        &routing.backend_tls,
        &routing.backend_traffic,
        &routing.client_traffic,
        &routing.security,
    ] {
        let policy = table.iter().next().unwrap();
        assert_eq!(policy.complaint().unwrap().reason, "Conflicted");
        assert_eq!(policy.by_labels, policy.targets.is_empty());
    }
    let target = &routing.backend_traffic.iter().next().unwrap().targets[0];
    assert_eq!((&*target.kind, &*target.section), ("GRPCRoute", "one"));
    let index = Index::of(&store);
    let attached = index.policies(&store, "GRPCRoute", &calls.id);
    assert_eq!(attached.len(), 2);
    let through = index.policies(&store, "Gateway", &ObjectRef::new("edge", "public"));
    assert_eq!(through.len(), 1, "by labels, at the gateway that is named");
}

/// What an administrator of the lab's cluster is told once `known` holds.
async fn seen(lab: &Lab, known: impl FnMut(&Store) -> bool) -> Store {
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
        ..Feeds::default()
    };
    let clock = Clock::default();
    let (store, ended) = headless::follow(feeds, clock, Duration::from_mins(2), known).await;
    assert_eq!(ended, Ended::Reached, "{:#?}", store.sources);
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_controller_refuses_is_told_in_plain_words() {
    let options = Options {
        scenario: "running".to_owned(),
        speed: 40.0,
        state_dir: None,
    };
    let lab = Lab::start(options).await.unwrap();
    for what in ["strange-host", "missing-grant", "plain-http"] {
        lab.break_it(what).await.unwrap();
    }
    let names = ["strange", "borrowed", "open"];
    let told = |store: &Store, name: &str| {
        let route = store.http_routes.get(&ObjectRef::new("docs", name));
        route.is_some_and(|route| !route.statuses.is_empty())
    };
    let store = seen(&lab, |store| {
        store.sources.are_settled()
            && store.sources.iter().count() == 29
            && names.iter().all(|name| told(store, name))
    })
    .await;
    let index = Index::of(&store);
    let verdict = |name: &str| {
        let route = store.http_routes.get(&ObjectRef::new("docs", name));
        let verdict = index.verdict(route.unwrap()).unwrap();
        (verdict.severity, verdict.why.to_string())
    };
    let (severity, why) = verdict("strange");
    assert_eq!(severity, Some(Severity::Critical));
    assert!(why.starts_with("NoMatchingListenerHostname"), "{why}");
    let (severity, why) = verdict("borrowed");
    assert_eq!(severity, Some(Severity::Critical));
    assert!(why.starts_with("RefNotPermitted"), "{why}");
    let (severity, why) = verdict("open");
    assert_eq!(severity, Some(Severity::Warning));
    assert!(why.contains("plain HTTP"), "{why}");
    assert_eq!(verdict("docs"), (None, String::new()));
    let gateway = store.gateways.iter().next().unwrap();
    let shown: Vec<&str> = listeners(gateway, index.sets(&store, gateway))
        .flat_map(|of| index.below(&store, &of))
        .map(|(route, _)| route.id.name.as_str())
        .collect();
    assert!(
        shown.contains(&"docs") && shown.contains(&"open"),
        "{shown:?}"
    );
    lab.stop().await.unwrap();
}
