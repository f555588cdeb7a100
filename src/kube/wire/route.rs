//! `gateway.networking.k8s.io` `HTTPRoute`, `GRPCRoute`, `TLSRoute` and `TCPRoute`: one body, of which each
//! kind has its part.

use serde::Deserialize;

use super::dns_annotations::{dns_annotations, dns_targets};
use super::fields::{Condition, conditions, nullable};
use super::object::Meta;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::route::{Backend, ParentRef, ParentStatus, Route, Rule};

/// The body of a route.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RouteBody {
    spec: Spec,
    status: Status,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    #[serde(deserialize_with = "nullable")]
    hostnames: Vec<Line>,
    #[serde(deserialize_with = "nullable")]
    parent_refs: Vec<Reference>,
    #[serde(deserialize_with = "nullable")]
    rules: Vec<WireRule>,
}

/// A reference to a parent or a backend.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Reference {
    kind: Line,
    namespace: Line,
    name: Line,
    section_name: Line,
    port: Option<u16>,
    weight: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireRule {
    #[serde(deserialize_with = "nullable")]
    matches: Vec<Match>,
    #[serde(deserialize_with = "nullable")]
    filters: Vec<Filter>,
    #[serde(deserialize_with = "nullable")]
    backend_refs: Vec<Reference>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Match {
    method: Method,
    path: Option<Path>,
    #[serde(deserialize_with = "nullable")]
    headers: Vec<serde_json::Value>,
}

/// The method of a request, or of a call.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Method {
    Request(Option<String>),
    Call(Call),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Call {
    service: String,
    method: String,
}

impl Default for Method {
    fn default() -> Self {
        Self::Request(None)
    }
}

impl Method {
    fn told(&self) -> Option<String> {
        let told = match self {
            Self::Request(method) => method.clone().unwrap_or_default(),
            Self::Call(Call { service, method }) if method.is_empty() => service.clone(),
            Self::Call(Call { service, method }) => format!("{service}/{method}"),
        };
        (!told.is_empty()).then_some(told)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Path {
    r#type: String,
    value: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    r#type: String,
    request_redirect: Option<Redirect>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Redirect {
    scheme: String,
    hostname: String,
    status_code: Option<u16>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    #[serde(deserialize_with = "nullable")]
    parents: Vec<WireParentStatus>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireParentStatus {
    parent_ref: Reference,
    controller_name: Line,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
}

impl From<(Meta, RouteBody)> for Route {
    fn from((meta, body): (Meta, RouteBody)) -> Self {
        let RouteBody { spec, status } = body;
        let id = meta.id();
        let parents = spec
            .parent_refs
            .into_iter()
            .map(|parent| parent.parent(&id.namespace));
        let rules = spec
            .rules
            .into_iter()
            .map(|rule| rule.into_domain(&id.namespace));
        let statuses = status.parents.into_iter().map(|told| ParentStatus {
            parent: told.parent_ref.parent(&id.namespace),
            controller: told.controller_name,
            conditions: conditions(told.conditions),
        });
        Self {
            created: meta.created(),
            hostnames: spec.hostnames,
            parents: parents.collect(),
            rules: rules.collect(),
            statuses: statuses.collect(),
            dns_targets: dns_targets(&meta),
            dns: dns_annotations(&meta),
            id: meta.id(),
            ..Self::default()
        }
    }
}

impl Reference {
    pub(super) fn parent(self, namespace: &Line) -> ParentRef {
        ParentRef {
            kind: self.kind.or(&"Gateway".into()),
            id: ObjectRef {
                namespace: self.namespace.or(namespace),
                name: self.name,
            },
            section: self.section_name,
            port: self.port,
        }
    }

    fn backend(self, namespace: &Line) -> Backend {
        Backend {
            kind: self.kind.or(&"Service".into()),
            id: ObjectRef {
                namespace: self.namespace.or(namespace),
                name: self.name,
            },
            port: self.port,
            weight: self.weight.unwrap_or(1),
        }
    }
}

impl WireRule {
    fn into_domain(self, namespace: &Line) -> Rule {
        let backends = self
            .backend_refs
            .into_iter()
            .map(|backend| backend.backend(namespace));
        Rule {
            matches: self.matches.iter().map(Match::to_line).collect(),
            filters: self.filters.iter().map(Filter::to_line).collect(),
            backends: backends.collect(),
        }
    }
}

impl Match {
    fn to_line(&self) -> Line {
        let path = self
            .path
            .as_ref()
            .map(|path| format!("{} {}", path.r#type, path.value));
        let headers =
            (!self.headers.is_empty()).then(|| format!("+{} headers", self.headers.len()));
        let parts: Vec<String> = (self.method.told().into_iter())
            .chain(path)
            .chain(headers)
            .collect();
        Line::new(&parts.join(" "))
    }
}

impl Filter {
    fn to_line(&self) -> Line {
        let Some(redirect) = &self.request_redirect else {
            return Line::new(&self.r#type);
        };
        let code = redirect.status_code.unwrap_or(302).to_string();
        let parts = [
            self.r#type.as_str(),
            &redirect.scheme,
            &redirect.hostname,
            &code,
        ];
        let told: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Line::new(&told.join(" "))
    }
}
