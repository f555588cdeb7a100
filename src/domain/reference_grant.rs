//! `ReferenceGrants`: who may refer to what in another namespace.
//!
//! Whether one lets a reference pass, and which one nearly does.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::advice::Advice;
use super::line::Line;
use super::object::{Object, ObjectRef};

/// The API group of routes and gateways.
pub const GATEWAY_API: &str = "gateway.networking.k8s.io";

/// Who may refer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GrantFrom {
    /// The group of its kind.
    pub group: Line,
    /// Its kind.
    pub kind: Line,
    /// Its namespace.
    pub namespace: Line,
}

/// What may be referred to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GrantTo {
    /// The group of its kind; empty for the core group.
    pub group: Line,
    /// Its kind.
    pub kind: Line,
    /// Its name; empty for all of the kind.
    pub name: Line,
}

/// Lets objects of other namespaces refer to objects of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReferenceGrant {
    /// Its name; it stands beside what is referred to.
    pub id: ObjectRef,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Who may refer.
    pub from: Vec<GrantFrom>,
    /// What may be referred to.
    pub to: Vec<GrantTo>,
}

impl Object for ReferenceGrant {
    fn id(&self) -> &ObjectRef {
        &self.id
    }
}

/// One object that refers to another.
#[derive(Clone, Copy, Debug)]
pub struct Reference<'a> {
    /// The kind of who refers, of the Gateway API.
    pub kind: &'a str,
    /// The namespace of who refers.
    pub namespace: &'a str,
    /// The kind of what is referred to, of the core group.
    pub to_kind: &'a str,
    /// What is referred to.
    pub to: &'a ObjectRef,
}

/// How near a grant comes to a reference; a later one is nearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Near {
    /// It is about something else.
    Not,
    /// It is for other kinds, groups or namespaces.
    From,
    /// It is for this one, and lets it refer to another kind or group.
    ToKind,
    /// All fits but the name.
    Name,
    /// It lets the reference pass.
    Passes,
}

impl ReferenceGrant {
    fn nearness(&self, reference: &Reference<'_>) -> Near {
        if self.id.namespace != reference.to.namespace {
            return Near::Not;
        }
        let kind_fits = |to: &&GrantTo| {
            to.kind == *reference.to_kind && matches!(to.group.as_str(), "" | "core")
        };
        let from = self.from.iter().any(|from| {
            from.group == *GATEWAY_API
                && from.kind == *reference.kind
                && from.namespace == *reference.namespace
        });
        let mut kinds = self.to.iter().filter(kind_fits).peekable();
        let is_about = kinds.peek().is_some();
        let named = kinds.any(|to| to.name.is_empty() || to.name == reference.to.name);
        match (from, is_about, named) {
            (true, _, true) => Near::Passes,
            (true, true, false) => Near::Name,
            (true, false, _) => Near::ToKind,
            (false, true, _) => Near::From,
            (false, false, _) => Near::Not,
        }
    }

    /// Who may refer to what, in one line.
    pub fn told(&self) -> String {
        let from: Vec<String> = (self.from.iter())
            .map(|from| format!("{} of {}", from.kind, from.namespace))
            .collect();
        let to: Vec<String> = (self.to.iter())
            .map(|to| match to.name.as_str() {
                "" => to.kind.to_string(),
                name => format!("{} {name}", to.kind),
            })
            .collect();
        format!("{} → {}", from.join(", "), to.join(", "))
    }
}

/// The grant that a reference lacks, ready to be applied: for this kind of who refers in its namespace, and
/// for this one object.
pub fn manifest(reference: &Reference<'_>) -> String {
    let (to, from) = (reference.to, reference.namespace);
    format!(
        "apiVersion: {GATEWAY_API}/v1beta1\n\
         kind: ReferenceGrant\n\
         metadata:\n  name: {from}-to-{}\n  namespace: {}\n\
         spec:\n  from:\n    - group: {GATEWAY_API}\n      kind: {}\n      namespace: {from}\n  \
         to:\n    - group: \"\"\n      kind: {}\n      name: {}\n",
        to.name, to.namespace, reference.kind, reference.to_kind, to.name
    )
}

/// The grant that lets a reference pass; within one namespace none is needed.
pub fn grant<'a>(
    mut grants: impl Iterator<Item = &'a ReferenceGrant>,
    reference: &Reference<'_>,
) -> Option<&'a ReferenceGrant> {
    grants.find(|grant| grant.nearness(reference) == Near::Passes)
}

/// Why a reference may not leave its namespace, and what to do; nothing where it may.
pub fn missing<'a>(
    grants: impl Iterator<Item = &'a ReferenceGrant>,
    reference: &Reference<'_>,
) -> Option<Advice> {
    if *reference.to.namespace == *reference.namespace {
        return None;
    }
    let nearest = grants
        .map(|grant| (grant.nearness(reference), grant))
        .max_by_key(|(near, _)| *near);
    let wanted = format!(
        "group {GATEWAY_API}, kind {} and namespace {}",
        reference.kind, reference.namespace
    );
    let (target, place) = (
        format!("{} {}", reference.to_kind, reference.to.name),
        &reference.to.namespace,
    );
    let why = format!(
        "no ReferenceGrant in {place} lets a {} of {} refer to {target}",
        reference.kind, reference.namespace
    );
    let next = match nearest {
        Some((Near::Passes, _)) => return None,
        Some((Near::Name, grant)) => format!(
            "ReferenceGrant {} names another {}: let spec.to name {}",
            grant.id, reference.to_kind, reference.to.name
        ),
        Some((Near::ToKind, grant)) => format!(
            "ReferenceGrant {} is for other kinds: let spec.to have kind {} of the core group",
            grant.id, reference.to_kind
        ),
        Some((Near::From, grant)) => format!(
            "ReferenceGrant {} is for others: let spec.from have {wanted}",
            grant.id
        ),
        Some((Near::Not, _)) | None => {
            format!(
                "Make one in {place}: from {wanted}, to kind {}",
                reference.to_kind
            )
        }
    };
    Some(Advice::critical(why, next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn a_grant(from: (&str, &str, &str), to: (&str, &str, &str)) -> ReferenceGrant {
        ReferenceGrant {
            id: ObjectRef::new("shared", "grant"),
            from: vec![GrantFrom {
                group: from.0.into(),
                kind: from.1.into(),
                namespace: from.2.into(),
            }],
            to: vec![GrantTo {
                group: to.0.into(),
                kind: to.1.into(),
                name: to.2.into(),
            }],
            ..ReferenceGrant::default()
        }
    }

    const FROM: (&str, &str, &str) = (GATEWAY_API, "HTTPRoute", "docs");

    #[rstest]
    #[case::all(a_grant(FROM, ("", "Service", "")), None)]
    #[case::named(a_grant(FROM, ("", "Service", "api")), None)]
    #[case::core(a_grant(FROM, ("core", "Service", "")), None)]
    #[case::name(a_grant(FROM, ("", "Service", "apii")), Some("names another Service"))]
    #[case::to_kind(a_grant(FROM, ("", "Secret", "")), Some("is for other kinds"))]
    #[case::group(a_grant(("", "HTTPRoute", "docs"), ("", "Service", "")), Some("is for others"))]
    #[case::kind(a_grant((GATEWAY_API, "GRPCRoute", "docs"), ("", "Service", "")), Some("is for others"))]
    #[case::namespace(a_grant((GATEWAY_API, "HTTPRoute", "wiki"), ("", "Service", "")), Some("is for others"))]
    #[case::nothing(a_grant(("", "Pod", "x"), ("", "Secret", "")), Some("Make one in shared"))]
    fn a_grant_lets_a_reference_pass(
        #[case] given: ReferenceGrant,
        #[case] expected: Option<&str>,
    ) {
        let to = ObjectRef::new("shared", "api");
        let reference = Reference {
            kind: "HTTPRoute",
            namespace: "docs",
            to_kind: "Service",
            to: &to,
        };
        let found = missing([&given].into_iter(), &reference);
        assert_eq!(
            found.is_none(),
            grant([&given].into_iter(), &reference).is_some()
        );
        match (expected, found) {
            (None, found) => assert_eq!(found, None),
            (Some(part), Some(found)) => assert!(found.next.contains(part), "{}", found.next),
            (Some(part), None) => panic!("passes, though {part}"),
        }
    }

    #[test]
    fn within_a_namespace_and_from_elsewhere() {
        let to = ObjectRef::new("docs", "docs");
        let reference = Reference {
            kind: "HTTPRoute",
            namespace: "docs",
            to_kind: "Service",
            to: &to,
        };
        assert_eq!(missing(std::iter::empty(), &reference), None);
        let elsewhere = ObjectRef::new("other", "docs");
        let reference = Reference {
            to: &elsewhere,
            ..reference
        };
        let beside = a_grant(FROM, ("", "Service", ""));
        let said = missing([&beside].into_iter(), &reference).unwrap();
        assert_eq!(
            said.why,
            "no ReferenceGrant in other lets a HTTPRoute of docs refer to Service docs"
        );
    }
}
