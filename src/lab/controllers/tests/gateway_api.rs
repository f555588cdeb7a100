//! Routes of every kind, sets of listeners, grants and policies, as Envoy Gateway judges them.

use rstest::rstest;
use serde_json::{Value, json};

use super::super::object::{condition, items, push};
use super::super::{World, gateway};
use super::{at, route, with_gateway};

fn grant(world: &World, kind: &str, name: &str) {
    let mut to = json!({"group": "", "kind": "Service"});
    if !name.is_empty() {
        to["name"] = json!(name);
    }
    world.objects.put(
        "referencegrants.gateway.networking.k8s.io",
        json!({
            "metadata": {"name": "g", "namespace": "edge"},
            "spec": {
                "from": [{"group": "gateway.networking.k8s.io", "kind": kind, "namespace": "docs"}],
                "to": [to],
            },
        }),
    );
}

#[rstest]
#[case::of_another_kind("GRPCRoute", "", "RefNotPermitted")]
#[case::of_another_name("HTTPRoute", "y", "RefNotPermitted")]
#[case::of_its_name("HTTPRoute", "x", "BackendNotFound")]
#[case::of_all("HTTPRoute", "", "BackendNotFound")]
fn a_grant_lets_a_route_refer_elsewhere(
    #[case] kind: &str,
    #[case] name: &str,
    #[case] resolved: &str,
) {
    let world = with_gateway();
    grant(&world, kind, name);
    let backend = json!({"namespace": "edge", "name": "x", "port": 80});
    let conditions = route(&world, "http", &backend)["status"]["parents"][0]["conditions"].clone();
    assert_eq!(conditions[1]["reason"], resolved, "{conditions:#}");
}

#[rstest]
#[case::grpc("grpcroutes", "http", "Accepted")]
#[case::tcp("tcproutes", "http", "NotAllowedByListeners")]
#[case::tls("tlsroutes", "passes", "Accepted")]
#[case::tls_to_tcp("tlsroutes", "tcp", "NotAllowedByListeners")]
#[case::tcp_to_tcp("tcproutes", "tcp", "Accepted")]
fn a_route_of_each_kind_needs_a_listener_of_its_protocol(
    #[case] plural: &str,
    #[case] section: &str,
    #[case] accepted: &str,
) {
    let world = with_gateway();
    let gateways = "gateways.gateway.networking.k8s.io";
    let all = json!({"namespaces": {"from": "All"}});
    world.objects.change(gateways, Some("edge"), "public", |it| {
        for more in [
            json!({"name": "passes", "port": 6443, "protocol": "TLS", "tls": {"mode": "Passthrough"}, "allowedRoutes": all}),
            json!({"name": "tcp", "port": 5432, "protocol": "TCP", "allowedRoutes": all}),
        ] {
            push(it, "/spec/listeners", more);
        }
    });
    let resource = format!("{plural}.gateway.networking.k8s.io");
    world.objects.put(
        &resource,
        json!({
            "metadata": {"name": "r", "namespace": "docs"},
            "spec": {
                "parentRefs": [{"name": "public", "namespace": "edge", "sectionName": section}],
                "rules": [{"backendRefs": [{"name": "docs", "port": 80}]}],
            },
        }),
    );
    at(&world, 0, gateway::reconcile);
    let route = world.objects.get(&resource, Some("docs"), "r").unwrap();
    let conditions = &route["status"]["parents"][0]["conditions"];
    assert_eq!(conditions[0]["reason"], accepted, "{conditions:#}");
    at(&world, 1, gateway::reconcile);
    let gateway = world.objects.get(gateways, Some("edge"), "public").unwrap();
    let told = items(&gateway, "/status/listeners");
    let listener = told.iter().find(|it| it["name"] == section).unwrap();
    let attached = u32::from(accepted == "Accepted");
    assert_eq!(listener["attachedRoutes"], attached, "{listener:#}");
}

#[rstest]
#[case::not_asked(json!(null), "NotAllowed", None)]
#[case::same(json!({"namespaces": {"from": "Same"}}), "NotAllowed", None)]
#[case::all(json!({"namespaces": {"from": "All"}}), "Accepted", Some("Accepted"))]
fn a_set_adds_listeners_where_its_gateway_lets_it(
    #[case] allowed: Value,
    #[case] accepted: &str,
    #[case] listener: Option<&str>,
) {
    let world = with_gateway();
    let gateways = "gateways.gateway.networking.k8s.io";
    world
        .objects
        .change(gateways, Some("edge"), "public", |it| {
            it["spec"]["allowedListeners"] = allowed;
        });
    let sets = "listenersets.gateway.networking.k8s.io";
    world.objects.put(
        sets,
        json!({
            "metadata": {"name": "more", "namespace": "docs"},
            "spec": {
                "parentRef": {"name": "public", "namespace": "edge"},
                "listeners": [{"name": "more", "port": 8081, "protocol": "HTTP"}],
            },
        }),
    );
    world.objects.put(
        "grpcroutes.gateway.networking.k8s.io",
        json!({
            "metadata": {"name": "calls", "namespace": "docs"},
            "spec": {
                "parentRefs": [{"kind": "ListenerSet", "name": "more"}],
                "rules": [{"backendRefs": [{"name": "docs", "port": 80}]}],
            },
        }),
    );
    at(&world, 0, gateway::reconcile);
    let set = world.objects.get(sets, Some("docs"), "more").unwrap();
    let found = condition(&set, "Accepted").unwrap();
    assert_eq!(found["reason"], accepted, "{set:#}");
    let told = &set["status"]["listeners"][0]["conditions"][1];
    assert_eq!(told["reason"].as_str(), listener, "{set:#}");
    if listener.is_some() {
        assert_eq!(set["status"]["listeners"][0]["attachedRoutes"], 1);
    }
}

#[test]
fn a_policy_is_accepted_through_its_gateway() {
    let world = with_gateway();
    let policies = "clienttrafficpolicies.gateway.envoyproxy.io";
    for (name, target) in [("there", "public"), ("lost", "gone")] {
        world.objects.put(
            policies,
            json!({
                "metadata": {"name": name, "namespace": "edge"},
                "spec": {"targetRefs": [
                    {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": target},
                ]},
            }),
        );
    }
    at(&world, 0, gateway::reconcile);
    let there = world.objects.get(policies, Some("edge"), "there").unwrap();
    let told = &there["status"]["ancestors"][0];
    assert_eq!(told["ancestorRef"]["name"], "public");
    assert_eq!(told["conditions"][0]["status"], "True");
    let lost = world.objects.get(policies, Some("edge"), "lost").unwrap();
    assert_eq!(lost.get("status"), None);
}
