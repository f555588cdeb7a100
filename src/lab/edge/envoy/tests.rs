//! Which route a request meets, from objects alone.

use axum::http::Request;
use axum::http::request::Parts;
use rstest::rstest;
use serde_json::{Value, json};

use super::listener::{Fit, fit, for_name};
use super::route::choose;
use crate::clock::Clock;
use crate::lab::controllers::object::name;
use crate::lab::kube::Objects;

const ROUTES: &str = "httproutes.gateway.networking.k8s.io";

fn gateway() -> Value {
    json!({
        "metadata": {"name": "public", "namespace": "edge"},
        "spec": {"listeners": [
            {"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}},
            {"name": "own", "port": 80, "protocol": "HTTP", "hostname": "own.example.com"},
        ]},
    })
}

/// A route that is accepted at all listeners of the Gateway that let it.
fn route(name: &str, hosts: &[&str], path: (&str, &str), more: &Value) -> Value {
    let parent = json!({"name": "public", "namespace": "edge"});
    let mut matched = json!({"path": {"type": path.0, "value": path.1}});
    for (key, value) in more.as_object().into_iter().flatten() {
        matched[key] = value.clone();
    }
    json!({
        "metadata": {"name": name, "namespace": "apps"},
        "spec": {"parentRefs": [parent], "hostnames": hosts, "rules": [{"matches": [matched]}]},
        "status": {"parents": [{
            "parentRef": parent, "controllerName": "gateway.envoyproxy.io/gatewayclass-controller",
            "conditions": [{"type": "Accepted", "status": "True"}],
        }]},
    })
}

fn objects() -> Objects {
    let objects = Objects::new(Clock::default());
    objects.install("gateway.networking.k8s.io");
    let get = json!({"method": "POST"});
    let header = json!({"headers": [{"name": "x-kind", "value": "odd"}]});
    let mut refused = route(
        "refused",
        &["refused.example.com"],
        ("PathPrefix", "/"),
        &json!({}),
    );
    refused["status"]["parents"][0]["conditions"][0]["status"] = json!("False");
    for one in [
        route("any", &[], ("PathPrefix", "/"), &json!({})),
        route("wide", &["*.example.com"], ("PathPrefix", "/"), &json!({})),
        route(
            "docs",
            &["docs.example.com"],
            ("PathPrefix", "/"),
            &json!({}),
        ),
        route(
            "guide",
            &["docs.example.com"],
            ("PathPrefix", "/guide"),
            &json!({}),
        ),
        route(
            "page",
            &["docs.example.com"],
            ("Exact", "/guide/page"),
            &json!({}),
        ),
        route(
            "form",
            &["docs.example.com"],
            ("PathPrefix", "/guide"),
            &get,
        ),
        route("odd", &["docs.example.com"], ("PathPrefix", "/"), &header),
        route("own", &["own.example.com"], ("PathPrefix", "/"), &json!({})),
        refused,
    ] {
        objects.put(ROUTES, one);
    }
    objects
}

fn request(method: &str, path: &str, kind: &str) -> Parts {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("x-kind", kind);
    request.body(()).unwrap().into_parts().0
}

#[rstest]
#[case::exact_host("docs.example.com", "GET", "/", "", "docs")]
#[case::longer_prefix("docs.example.com", "GET", "/guide/x", "", "guide")]
#[case::whole_elements("docs.example.com", "GET", "/guidebook", "", "docs")]
#[case::exact_path("docs.example.com", "GET", "/guide/page", "", "page")]
#[case::method("docs.example.com", "POST", "/guide", "", "form")]
#[case::header("docs.example.com", "GET", "/", "odd", "odd")]
#[case::path_before_header("docs.example.com", "GET", "/guide", "odd", "guide")]
#[case::wildcard("other.example.com", "GET", "/", "", "wide")]
#[case::no_host_of_its_own("elsewhere.net", "GET", "/", "", "any")]
#[case::not_accepted("refused.example.com", "GET", "/", "", "wide")]
fn a_request_meets_the_closest_route(
    #[case] host: &str,
    #[case] method: &str,
    #[case] path: &str,
    #[case] kind: &str,
    #[case] expected: &str,
) {
    let (objects, gateway) = (objects(), gateway());
    let listeners: Vec<&Value> = gateway["spec"]["listeners"]
        .as_array()
        .unwrap()
        .iter()
        .collect();
    let asked = request(method, path, kind);
    let chosen = choose(&objects, &gateway, &listeners, (host, &asked)).unwrap();
    assert_eq!(name(&chosen.route), expected);
}

#[test]
fn a_listener_of_another_namespace_does_not_take_a_route() {
    let (objects, gateway) = (objects(), gateway());
    let own = &gateway["spec"]["listeners"][1];
    let asked = request("GET", "/", "");
    assert!(choose(&objects, &gateway, &[own], ("own.example.com", &asked)).is_none());
    assert!(choose(&objects, &gateway, &[own], ("docs.example.com", &asked)).is_none());
}

#[test]
fn the_closest_name_chooses_the_listener() {
    let listeners = ["", "*.example.com", "docs.example.com"].map(|host| json!({"hostname": host}));
    let all: Vec<&Value> = listeners.iter().collect();
    assert_eq!(for_name(&all, Some("DOCS.example.com")), Some(all[2]));
    assert_eq!(for_name(&all, Some("a.b.example.com")), Some(all[1]));
    assert_eq!(for_name(&all, Some("example.com")), Some(all[0]));
    assert_eq!(for_name(&all[1..], Some("example.com")), None);
    assert_eq!(for_name(&all[1..], None), None);
    assert_eq!(fit("*.example.com", ".example.com"), None);
    assert!(Fit::Exact > Fit::Wildcard(60) && Fit::Wildcard(2) > Fit::Any);
}
