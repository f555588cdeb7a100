//! What every object of a cluster has: a name, an owner, conditions, and perhaps an ailment.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;

/// Names one object of a kind. Cluster-wide objects have an empty namespace.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct ObjectRef {
    /// Where it lives.
    pub namespace: Line,
    /// What it is called there.
    pub name: Line,
}

impl ObjectRef {
    /// The object `name` in `namespace`.
    pub fn new(namespace: impl Into<Line>, name: impl Into<Line>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    /// The cluster-wide object `name`.
    pub fn cluster(name: impl Into<Line>) -> Self {
        Self::new(Line::default(), name)
    }
}

/// Labels of an object, in order of their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Labels(Vec<(Line, Line)>);

impl Labels {
    /// The value of a label; nothing where the object does not have it.
    pub fn get(&self, key: &str) -> Option<&Line> {
        let at = self.0.binary_search_by(|(each, _)| each.as_str().cmp(key));
        self.0.get(at.ok()?).map(|(_, value)| value)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&Line, &Line)> {
        self.0.iter().map(|(key, value)| (key, value))
    }
}

impl<K: Into<Line>, V: Into<Line>> FromIterator<(K, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(labels: I) -> Self {
        let labels = labels.into_iter();
        let mut labels: Vec<(Line, Line)> = labels.map(|(k, v)| (k.into(), v.into())).collect();
        labels.sort();
        Self(labels)
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            self.name.fmt(f)
        } else {
            write!(f, "{}/{}", self.namespace, self.name)
        }
    }
}

/// The controller that made an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Owner {
    /// Its kind, such as `ReplicaSet`.
    pub kind: Line,
    /// Its name, in the same namespace.
    pub name: Line,
}

/// The status of a condition.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// The controller cannot tell, or has not told.
    #[default]
    Unknown,
}

/// One entry of `status.conditions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Condition {
    /// Its type, such as `Ready`.
    pub kind: Line,
    /// Whether it holds.
    pub status: Truth,
    /// The controller's word for why.
    pub reason: Line,
    /// The controller's sentence for why.
    pub message: Line,
    /// Since when it has this status.
    pub since: Option<Timestamp>,
}

/// The condition of type `kind`.
pub fn condition<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.kind == kind)
}

/// How much something matters to the person on call.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Severity {
    /// Not as it should be, nothing is down.
    Warning,
    /// Something is degraded or has failed.
    Critical,
}

/// Why an object is not well, from what it says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ailment {
    /// How much it matters.
    pub severity: Severity,
    /// In words.
    pub why: Line,
    /// Since when, where the object tells.
    pub since: Option<Timestamp>,
    /// How long this state is ordinary (a starting pod), counted from `since`.
    pub patience: SignedDuration,
}

impl Ailment {
    /// Something is degraded or failed.
    pub fn critical(why: impl Into<Line>, since: Option<Timestamp>) -> Self {
        Self {
            severity: Severity::Critical,
            why: why.into(),
            since,
            patience: SignedDuration::ZERO,
        }
    }

    /// Something is not as it should be.
    pub fn warning(why: impl Into<Line>, since: Option<Timestamp>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::critical(why, since)
        }
    }

    /// The same, unless it is younger than `patience`.
    #[must_use]
    pub fn after(self, patience: SignedDuration) -> Self {
        Self { patience, ..self }
    }

    /// Whether it has lasted longer than is ordinary.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.since
            .is_none_or(|since| now.duration_since(since) >= self.patience)
    }
}

/// What a table of the store holds.
pub trait Object: PartialEq {
    /// Its name.
    fn id(&self) -> &ObjectRef;

    /// Why it is not well, if it is not.
    fn ailment(&self) -> Option<Ailment> {
        None
    }
}
