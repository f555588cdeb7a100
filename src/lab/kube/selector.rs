//! Label and field selectors.

use serde_json::Value;

use super::kinds::Kind;
use super::meta::text;
use super::request::Params;
use super::status::Failure;

/// What a list or watch is narrowed to.
#[derive(Clone, Debug, Default)]
pub(super) struct Selector {
    namespace: Option<String>,
    labels: Vec<LabelTerm>,
    fields: Vec<FieldTerm>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum LabelTerm {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Present(String),
    Absent(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct FieldTerm {
    path: String,
    value: String,
    equal: bool,
}

/// Fields that a core kind can be selected by, besides its name and namespace.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "pods",
        &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
    ),
    (
        "events",
        &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
    ),
    ("nodes", &["spec.unschedulable"]),
    ("namespaces", &["status.phase"]),
    ("secrets", &["type"]),
    ("services", &["spec.clusterIP", "spec.type"]),
    ("jobs.batch", &["status.successful"]),
    ("replicasets.apps", &["status.replicas"]),
];

impl Selector {
    /// Reads a request's selectors.
    pub(super) fn of(
        kind: &Kind,
        namespace: Option<&str>,
        params: &Params,
    ) -> Result<Self, Failure> {
        let fields = field_terms(params.text("fieldSelector"))
            .and_then(|terms| supported(kind, terms))
            .map_err(Failure::bad_request)?;
        let labels = label_terms(params.text("labelSelector")).map_err(Failure::bad_request)?;
        Ok(Self {
            namespace: namespace.map(str::to_owned),
            labels,
            fields,
        })
    }

    /// Whether everything in the namespace is meant.
    pub(super) fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether an object is meant.
    pub(super) fn matches(&self, object: &Value) -> bool {
        let here = self
            .namespace
            .as_deref()
            .is_none_or(|namespace| text(object, "/metadata/namespace") == namespace);
        here && self.labels.iter().all(|term| term.matches(object))
            && self.fields.iter().all(|term| term.matches(object))
    }
}

impl LabelTerm {
    fn matches(&self, object: &Value) -> bool {
        let label = |key: &str| {
            let labels = object.pointer("/metadata/labels")?;
            labels.get(key)?.as_str()
        };
        match self {
            Self::In(key, values) => {
                label(key).is_some_and(|have| values.iter().any(|v| v == have))
            }
            Self::NotIn(key, values) => {
                !label(key).is_some_and(|have| values.iter().any(|v| v == have))
            }
            Self::Present(key) => label(key).is_some(),
            Self::Absent(key) => label(key).is_none(),
        }
    }
}

impl FieldTerm {
    fn matches(&self, object: &Value) -> bool {
        let pointer = format!("/{}", self.path.replace('.', "/"));
        let have = match object.pointer(&pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None if self.path == "spec.unschedulable" => "false".into(),
            Some(Value::Null) | None => String::new(),
            Some(Value::Object(source)) => source
                .get("component")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            Some(other) => other.to_string(),
        };
        (have == self.value) == self.equal
    }
}

fn supported(kind: &Kind, terms: Vec<FieldTerm>) -> Result<Vec<FieldTerm>, String> {
    let resource = kind.resource();
    let more = FIELDS
        .iter()
        .find(|(name, _)| *name == resource)
        .map_or(&[][..], |(_, fields)| *fields);
    for term in &terms {
        let always = match term.path.as_str() {
            "metadata.name" => true,
            "metadata.namespace" => kind.namespaced,
            path => more.contains(&path),
        };
        if !always {
            return Err(format!("field label not supported: {}", term.path));
        }
    }
    Ok(terms)
}

fn field_terms(selector: &str) -> Result<Vec<FieldTerm>, String> {
    selector
        .split(',')
        .filter(|term| !term.is_empty())
        .map(|term| {
            let (path, value, equal) = if let Some((path, value)) = term.split_once("!=") {
                (path, value, false)
            } else if let Some((path, value)) = term.split_once("==") {
                (path, value, true)
            } else if let Some((path, value)) = term.split_once('=') {
                (path, value, true)
            } else {
                return Err(format!(
                    "invalid selector: '{selector}'; can't understand '{term}'"
                ));
            };
            Ok(FieldTerm {
                path: path.trim().to_owned(),
                value: value.trim().to_owned(),
                equal,
            })
        })
        .collect()
}

fn label_terms(selector: &str) -> Result<Vec<LabelTerm>, String> {
    let mut terms = Vec::new();
    for term in top_level_commas(selector) {
        let term = term.trim();
        if term.is_empty() {
            continue;
        }
        terms.push(label_term(term).ok_or_else(|| {
            format!("unable to parse requirement: found '{term}', expected: identifier")
        })?);
    }
    Ok(terms)
}

fn label_term(term: &str) -> Option<LabelTerm> {
    if let Some(key) = term.strip_prefix('!') {
        return Some(LabelTerm::Absent(key.trim().to_owned()));
    }
    if let Some(open) = term.strip_suffix(')') {
        let (head, values) = open.split_once('(')?;
        let (key, operator) = head.trim().rsplit_once(char::is_whitespace)?;
        let key = key.trim().to_owned();
        let values = values.split(',').map(|value| value.trim().to_owned());
        return match operator {
            "in" => Some(LabelTerm::In(key, values.collect())),
            "notin" => Some(LabelTerm::NotIn(key, values.collect())),
            _ => None,
        };
    }
    let one = |key: &str, value: &str| (key.trim().to_owned(), vec![value.trim().to_owned()]);
    if let Some((key, value)) = term.split_once("!=") {
        let (key, values) = one(key, value);
        return Some(LabelTerm::NotIn(key, values));
    }
    if let Some((key, value)) = term.split_once('=') {
        let (key, values) = one(key, value.trim_start_matches('='));
        return Some(LabelTerm::In(key, values));
    }
    (!term.contains(char::is_whitespace)).then(|| LabelTerm::Present(term.to_owned()))
}

/// Splits at commas that are outside parentheses.
fn top_level_commas(selector: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_usize;
    for c in selector.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if c == ',' && depth == 0 {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("app=web", true)]
    #[case("app==web,tier", true)]
    #[case("app!=web", false)]
    #[case("app in (api, web),!gone", true)]
    #[case("app notin (api,web)", false)]
    #[case("other notin (x)", true)]
    #[case("!tier", false)]
    fn labels(#[case] selector: &str, #[case] expected: bool) {
        let object = json!({"metadata": {"labels": {"app": "web", "tier": "front"}}});
        let terms = label_terms(selector).unwrap();
        assert_eq!(terms.iter().all(|term| term.matches(&object)), expected);
    }

    #[rstest]
    #[case("spec.nodeName=a,status.phase!=Failed", true)]
    #[case("status.phase=Failed", false)]
    #[case("metadata.name==web", true)]
    fn fields(#[case] selector: &str, #[case] expected: bool) {
        let object = json!({"metadata": {"name": "web"}, "spec": {"nodeName": "a"},
                            "status": {"phase": "Running"}});
        let terms = field_terms(selector).unwrap();
        assert_eq!(terms.iter().all(|term| term.matches(&object)), expected);
    }

    #[test]
    fn broken_selectors_are_refused() {
        assert!(label_terms("a b").is_err());
        assert!(field_terms("status.phase").is_err());
    }
}
