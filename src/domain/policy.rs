//! Policies that are attached to gateways, listeners, routes or Services: what they are for, and what a
//! controller says about each.
//!
//! What they ask for is not read: it is shown as YAML to who wants to know.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Ailment, Condition, Object, ObjectRef};
use super::route::{ParentStatus, complaint};

/// Which policy.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// How Envoy Gateway speaks with backends.
    #[default]
    BackendTraffic,
    /// How Envoy Gateway speaks with clients.
    ClientTraffic,
    /// Who may ask.
    Security,
    /// TLS to backends.
    BackendTls,
}

impl PolicyKind {
    /// The kind, as the API calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BackendTraffic => "BackendTrafficPolicy",
            Self::ClientTraffic => "ClientTrafficPolicy",
            Self::Security => "SecurityPolicy",
            Self::BackendTls => "BackendTLSPolicy",
        }
    }
}

/// What a policy is for: an object of its own namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// `Gateway`, `HTTPRoute`, `Service`, …
    pub kind: Line,
    /// Its name.
    pub name: Line,
    /// One listener, rule or port of it; empty for all.
    pub section: Line,
}

/// A policy of any kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Policy {
    /// Which policy.
    pub kind: PolicyKind,
    /// Its name.
    pub id: ObjectRef,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// What it is for.
    pub targets: Vec<Target>,
    /// Whether it is for whatever bears certain labels as well.
    pub by_labels: bool,
    /// What controllers say, for each gateway through which it acts.
    pub ancestors: Vec<ParentStatus>,
}

impl Policy {
    /// What a controller complains about: the first condition that does.
    pub fn complaint(&self) -> Option<&Condition> {
        self.ancestors
            .iter()
            .find_map(|ancestor| complaint(&ancestor.conditions))
    }
}

impl Object for Policy {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        let bad = self.complaint()?;
        let why = format!("{}: {}", bad.reason, bad.message);
        Some(Ailment::warning(why, bad.since))
    }
}
