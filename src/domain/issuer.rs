//! Who signs: cert-manager's Issuer, for one namespace, and `ClusterIssuer`, for all.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Ailment, Condition, Object, ObjectRef, Truth, condition};

/// An issuer of one namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Issuer {
    /// Its name.
    pub id: ObjectRef,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The directory of its ACME server (RFC 8555, 7.1.1); empty for an issuer of another sort.
    pub server: Line,
    /// `Ready`.
    pub conditions: Vec<Condition>,
}

/// An issuer for all namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ClusterIssuer(pub Issuer);

impl Issuer {
    /// Whether Let's Encrypt signs, for browsers to trust: its limits are strict.
    pub fn is_lets_encrypt(&self) -> bool {
        self.server.contains("letsencrypt.org") && !self.is_staging()
    }

    /// Whether it signs for trials only: no browser trusts it, and its limits are wide.
    pub fn is_staging(&self) -> bool {
        self.server.contains("staging")
    }

    /// Whether it can sign, as cert-manager says.
    pub fn is_ready(&self) -> bool {
        condition(&self.conditions, "Ready").is_some_and(|ready| ready.status == Truth::True)
    }
}

impl Object for Issuer {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        if self.is_ready() {
            return None;
        }
        let told = condition(&self.conditions, "Ready");
        let since = told.and_then(|condition| condition.since).or(self.created);
        let why = told.map_or_else(
            || "not yet seen by cert-manager".to_owned(),
            |condition| format!("{}: {}", condition.reason, condition.message),
        );
        Some(Ailment::critical(why, since).after(SignedDuration::from_mins(2)))
    }
}

impl Object for ClusterIssuer {
    fn id(&self) -> &ObjectRef {
        &self.0.id
    }

    fn ailment(&self) -> Option<Ailment> {
        self.0.ailment()
    }
}
