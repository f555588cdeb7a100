//! Discovery: which groups, versions and resources are served, plain and aggregated.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use super::kinds::{Kind, Kinds};
use super::status::json_response;

/// The media type of the aggregated form.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// Kinds that only answer a question and are never stored: group, kind, plural, namespaced.
pub(super) const REVIEWS: &[(&str, &str, &str, bool)] = &[
    (
        "authentication.k8s.io",
        "SelfSubjectReview",
        "selfsubjectreviews",
        false,
    ),
    (
        "authorization.k8s.io",
        "SelfSubjectAccessReview",
        "selfsubjectaccessreviews",
        false,
    ),
    (
        "authorization.k8s.io",
        "SelfSubjectRulesReview",
        "selfsubjectrulesreviews",
        false,
    ),
];

/// Answers a discovery path; none when it is not one.
pub(super) fn answer(kinds: &Kinds, path: &str, headers: &HeaderMap) -> Option<Response<Body>> {
    let segments = path.split('/').filter(|part| !part.is_empty());
    let segments = segments.collect::<Vec<_>>();
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or_default();
    let aggregated = accept.contains("g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
    let body = match segments.as_slice() {
        ["api" | "apis"] if aggregated => {
            let core = segments == ["api"];
            let mut response = json_response(StatusCode::OK, &aggregate(kinds, core));
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(AGGREGATED));
            response
                .headers_mut()
                .insert(header::VARY, HeaderValue::from_static("Accept"));
            return Some(response);
        }
        ["api"] => json!({"kind": "APIVersions", "versions": ["v1"],
                          "serverAddressByClientCIDRs": []}),
        ["apis"] => {
            let groups = groups(kinds)
                .into_iter()
                .map(|(name, versions)| group(&name, &versions));
            json!({"kind": "APIGroupList", "apiVersion": "v1",
                   "groups": groups.collect::<Vec<_>>()})
        }
        ["api", "v1"] => resources(kinds, "", "v1")?,
        ["apis", name] => {
            let groups = groups(kinds);
            let (name, versions) = groups.into_iter().find(|(known, _)| known == name)?;
            let mut body = group(&name, &versions);
            let map = super::meta::map(&mut body);
            map.insert("kind".into(), json!("APIGroup"));
            map.insert("apiVersion".into(), json!("v1"));
            body
        }
        ["apis", group, version] => resources(kinds, group, version)?,
        _ => return None,
    };
    Some(json_response(StatusCode::OK, &body))
}

fn groups(kinds: &Kinds) -> Vec<(String, Vec<String>)> {
    let mut groups = kinds.groups();
    for (group, ..) in REVIEWS {
        groups.insert((*group).to_owned(), vec!["v1".to_owned()]);
    }
    groups.into_iter().collect()
}

fn group(name: &str, versions: &[String]) -> Value {
    let version =
        |version: &String| json!({"groupVersion": format!("{name}/{version}"), "version": version});
    json!({
        "name": name,
        "versions": versions.iter().map(version).collect::<Vec<_>>(),
        "preferredVersion": versions.first().map(version),
    })
}

/// Custom kinds list their verbs in another order than core ones.
fn verbs(kind: &Kind) -> Value {
    if kind.read_only {
        json!(["get", "list"])
    } else if kind.custom {
        json!([
            "delete",
            "deletecollection",
            "get",
            "list",
            "patch",
            "create",
            "update",
            "watch"
        ])
    } else {
        json!([
            "create",
            "delete",
            "deletecollection",
            "get",
            "list",
            "patch",
            "update",
            "watch"
        ])
    }
}

fn served<'a>(
    kinds: &'a Kinds,
    group: &'a str,
    version: &'a str,
) -> impl Iterator<Item = &'a Kind> {
    kinds.all().map(AsRef::as_ref).filter(move |kind: &&Kind| {
        kind.group == group && kind.versions.iter().any(|v| v == version)
    })
}

fn resources(kinds: &Kinds, group: &str, version: &str) -> Option<Value> {
    let mut list = Vec::new();
    for kind in served(kinds, group, version) {
        let mut one = json!({
            "name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced,
            "kind": kind.kind, "verbs": verbs(kind),
        });
        names(&mut one, kind);
        list.push(one);
        for (name, subkind, verbs) in subresources(kind) {
            let mut one = json!({
                "name": format!("{}/{name}", kind.plural), "singularName": "",
                "namespaced": kind.namespaced, "kind": subkind, "verbs": verbs,
            });
            if let Some(group) = home(name) {
                let map = super::meta::map(&mut one);
                map.insert("group".into(), json!(group));
                map.insert("version".into(), json!("v1"));
            }
            list.push(one);
        }
    }
    for (_, kind, plural, namespaced) in reviews(group, version) {
        list.push(json!({
            "name": plural, "singularName": kind.to_lowercase(), "namespaced": namespaced,
            "kind": kind, "verbs": ["create"],
        }));
    }
    let group_version = if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    };
    (!list.is_empty()).then(|| {
        json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version,
               "resources": list})
    })
}

fn reviews(
    group: &str,
    version: &str,
) -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str, bool)> {
    REVIEWS
        .iter()
        .filter(move |(of, ..)| *of == group && version == "v1")
}

fn names(one: &mut Value, kind: &Kind) {
    let map = super::meta::map(one);
    for (name, list) in [
        ("shortNames", &kind.short),
        ("categories", &kind.categories),
    ] {
        if !list.is_empty() {
            map.insert(name.into(), json!(list));
        }
    }
}

fn subresources(kind: &Kind) -> Vec<(&'static str, String, Value)> {
    let change = || json!(["get", "patch", "update"]);
    let mut list = Vec::new();
    if kind.resource() == "pods" {
        for (name, part, verb) in [
            ("eviction", "Eviction", "create"),
            ("log", "Pod", "get"),
            ("portforward", "PodPortForwardOptions", "get"),
        ] {
            list.push((name, part.to_owned(), json!([verb])));
        }
    }
    if kind.scale {
        list.push(("scale", "Scale".to_owned(), change()));
    }
    if kind.status {
        list.push(("status", kind.kind.clone(), change()));
    }
    list
}

/// The group of a subresource whose kind is not its resource's.
fn home(subresource: &str) -> Option<&'static str> {
    match subresource {
        "scale" => Some("autoscaling"),
        "eviction" => Some("policy"),
        _ => None,
    }
}

fn aggregate(kinds: &Kinds, core: bool) -> Value {
    let groups = if core {
        vec![(String::new(), vec!["v1".to_owned()])]
    } else {
        groups(kinds)
    };
    let items = groups.iter().map(|(group, versions)| {
        let versions = versions.iter().map(|version| {
            json!({"version": version, "freshness": "Current",
                   "resources": aggregated_resources(kinds, group, version)})
        });
        let mut metadata = Map::new();
        if !group.is_empty() {
            metadata.insert("name".into(), json!(group));
        }
        json!({"metadata": metadata, "versions": versions.collect::<Vec<_>>()})
    });
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {},
           "items": items.collect::<Vec<_>>()})
}

fn aggregated_resources(kinds: &Kinds, group: &str, version: &str) -> Vec<Value> {
    let scope = |namespaced| if namespaced { "Namespaced" } else { "Cluster" };
    let response_kind = |kind: &str, custom: bool| {
        let (group, version) = if custom { (group, version) } else { ("", "") };
        json!({"group": group, "version": version, "kind": kind})
    };
    let mut list = Vec::new();
    for kind in served(kinds, group, version) {
        let mut one = json!({
            "resource": kind.plural, "responseKind": response_kind(&kind.kind, kind.custom),
            "scope": scope(kind.namespaced), "singularResource": kind.singular,
            "verbs": verbs(kind),
        });
        names(&mut one, kind);
        let parts = subresources(kind)
            .into_iter()
            .map(|(name, subkind, verbs)| {
                let shown = if name == "scale" {
                    json!({"group": "autoscaling", "version": "v1", "kind": "Scale"})
                } else {
                    response_kind(&subkind, kind.custom)
                };
                json!({"subresource": name, "responseKind": shown, "verbs": verbs})
            });
        let parts = parts.collect::<Vec<_>>();
        if !parts.is_empty() {
            super::meta::map(&mut one).insert("subresources".into(), json!(parts));
        }
        list.push(one);
    }
    for (_, kind, plural, namespaced) in reviews(group, version) {
        list.push(json!({
            "resource": plural, "responseKind": response_kind(kind, false),
            "scope": scope(*namespaced), "singularResource": kind.to_lowercase(),
            "verbs": ["create"],
        }));
    }
    list
}
