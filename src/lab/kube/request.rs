//! What a request asks for: path, query and method read once, as Kubernetes' request info is.

use std::collections::HashMap;

use axum::extract::Query;
use axum::http::{HeaderMap, Method, Uri, header};

/// The query, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Params(HashMap<String, String>);

impl Params {
    /// Reads the query of a URI.
    pub(super) fn of(uri: &Uri) -> Self {
        Self(
            Query::<Vec<(String, String)>>::try_from_uri(uri)
                .map(|Query(pairs)| pairs.into_iter().collect())
                .unwrap_or_default(),
        )
    }

    /// A parameter's text; empty when it is missing.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// `true` or `1`.
    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.text(name), "true" | "1" | "True")
    }

    /// A number, when it is one.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.text(name).parse().ok()
    }
}

/// A request for a resource: `/apis/GROUP/VERSION/namespaces/NAMESPACE/PLURAL/NAME/SUBRESOURCE`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Target {
    /// Empty for the core group.
    pub(super) group: String,
    /// `v1`.
    pub(super) version: String,
    /// None for cluster-scoped objects, and for all namespaces.
    pub(super) namespace: Option<String>,
    /// `pods`.
    pub(super) plural: String,
    /// One object.
    pub(super) name: Option<String>,
    /// `status`, `log`, `scale`.
    pub(super) subresource: Option<String>,
}

impl Target {
    /// Reads a path; none when it names no resource.
    pub(super) fn of(path: &str) -> Option<Self> {
        let segments = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(decode)
            .collect::<Vec<_>>();
        let segments = segments.iter().map(String::as_str).collect::<Vec<_>>();
        let (group, version, rest) = match segments.as_slice() {
            ["api", version, rest @ ..] => ("", version, rest),
            ["apis", group, version, rest @ ..] => (*group, version, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            ["namespaces", _, "status" | "finalize"] => (None, rest),
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some(*namespace), rest),
            _ => (None, rest),
        };
        let (plural, name, subresource) = match rest {
            [plural] => (plural, None, None),
            [plural, name] => (plural, Some(*name), None),
            [plural, name, subresource @ ..] => (plural, Some(*name), Some(subresource.join("/"))),
            [] => return None,
        };
        Some(Self {
            group: group.to_owned(),
            version: (*version).to_owned(),
            namespace: namespace.map(str::to_owned),
            plural: (*plural).to_owned(),
            name: name.map(str::to_owned),
            subresource,
        })
    }

    /// `pods/log`, `pods`.
    pub(super) fn resource(&self) -> String {
        match &self.subresource {
            Some(subresource) => format!("{}/{subresource}", self.plural),
            None => self.plural.clone(),
        }
    }

    /// The verb that authorisation knows this by.
    pub(super) fn verb(&self, method: &Method, params: &Params) -> &'static str {
        match (method.as_str(), self.name.is_some()) {
            ("GET" | "HEAD", true) => "get",
            ("GET" | "HEAD", false) if params.flag("watch") => "watch",
            ("GET" | "HEAD", false) => "list",
            ("POST", _) => "create",
            ("PUT", _) => "update",
            ("PATCH", _) => "patch",
            ("DELETE", true) => "delete",
            ("DELETE", false) => "deletecollection",
            _ => "",
        }
    }
}

/// Percent-decodes one path segment; what is not valid stays as it is.
fn decode(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(byte) = hex {
            bytes.push(byte);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| segment.to_owned())
}

/// How the answer is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The objects themselves.
    Plain,
    /// `meta.k8s.io/v1` Table.
    Table,
    /// `PartialObjectMetadata` and its list.
    Metadata,
}

/// Picks the first form that the client accepts and the lab speaks; none: not acceptable.
pub(super) fn form(headers: &HeaderMap) -> Option<Form> {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or("*/*");
    accept.split(',').find_map(|one| {
        let mut parts = one.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        if !matches!(media, "application/json" | "*/*" | "application/*" | "") {
            return None;
        }
        let wanted = |name: &str| {
            one.split(';')
                .filter_map(|part| part.trim().split_once('='))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value)
        };
        match wanted("as") {
            None => Some(Form::Plain),
            Some("Table") if wanted("v") == Some("v1") => Some(Form::Table),
            Some("PartialObjectMetadata" | "PartialObjectMetadataList") => Some(Form::Metadata),
            Some(_) => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_their_parts() {
        let target = Target::of("/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/a%20b");
        let target = target.unwrap();
        assert_eq!(target.group, "argoproj.io");
        assert_eq!(target.namespace.as_deref(), Some("argocd"));
        assert_eq!(target.plural, "applications");
        assert_eq!(target.name.as_deref(), Some("a b"));
        let target = Target::of("/api/v1/namespaces/docs").unwrap();
        assert_eq!(
            (target.namespace, target.name.as_deref()),
            (None, Some("docs"))
        );
        let target = Target::of("/api/v1/namespaces/docs/status").unwrap();
        assert_eq!(target.subresource.as_deref(), Some("status"));
        let target = Target::of("/api/v1/namespaces/docs/pods/p/log").unwrap();
        assert_eq!(target.resource(), "pods/log");
        assert_eq!(Target::of("/apis/apps/v1"), None);
    }

    #[test]
    fn the_first_known_form_is_taken() {
        let form_of = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            form(&headers)
        };
        let kubectl = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        assert_eq!(form_of(kubectl), Some(Form::Table));
        let typed = "application/vnd.kubernetes.protobuf,application/json";
        assert_eq!(form_of(typed), Some(Form::Plain));
        assert_eq!(form_of("application/xml"), None);
    }
}
