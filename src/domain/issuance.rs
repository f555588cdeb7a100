//! The links between a Certificate and the ACME server: `CertificateRequest`, Order, Challenge.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Ailment, Condition, Object, ObjectRef, Owner, Truth, condition};

/// One signing request for a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CertificateRequest {
    /// Its name.
    pub id: ObjectRef,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The Certificate.
    pub owner: Option<Owner>,
    /// The revision of the certificate that it is for.
    pub revision: u32,
    /// `Approved`, `Denied`, `Ready`.
    pub conditions: Vec<Condition>,
    /// When it failed for good.
    pub failed: Option<Timestamp>,
}

impl CertificateRequest {
    /// How far it is: the reason of its `Ready` condition (`Pending`, `Issued`, `Failed`, `Denied`).
    pub fn state(&self) -> &str {
        condition(&self.conditions, "Ready").map_or("", |ready| ready.reason.as_str())
    }

    /// cert-manager's sentence.
    pub fn message(&self) -> &str {
        condition(&self.conditions, "Ready").map_or("", |ready| ready.message.as_str())
    }

    /// Whether the certificate was signed.
    pub fn is_issued(&self) -> bool {
        condition(&self.conditions, "Ready").is_some_and(|ready| ready.status == Truth::True)
    }
}

/// The state of an ACME order or challenge (RFC 8555, 7.1.6, and cert-manager's `errored`).
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
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum AcmeState {
    /// Not yet sent.
    #[default]
    #[strum(to_string = "not sent")]
    New,
    /// Waiting for proof.
    Pending,
    /// Proven; the certificate can be asked for.
    Ready,
    /// The server is at work.
    Processing,
    /// Done.
    Valid,
    /// Refused.
    Invalid,
    /// Too old.
    Expired,
    /// The server answered with an error; it is not tried again.
    Errored,
}

impl AcmeState {
    /// Whether nothing more will happen to it.
    pub fn has_failed(self) -> bool {
        matches!(self, Self::Invalid | Self::Expired | Self::Errored)
    }
}

/// One order at the ACME server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// Its name.
    pub id: ObjectRef,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The `CertificateRequest`.
    pub owner: Option<Owner>,
    /// How far it is.
    pub state: AcmeState,
    /// Why.
    pub reason: Line,
    /// Names that it is for.
    pub dns_names: Vec<Line>,
    /// Its address at the ACME server.
    pub url: Line,
    /// When it failed.
    pub failed: Option<Timestamp>,
}

/// One proof for one name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Challenge {
    /// Its name.
    pub id: ObjectRef,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The Order.
    pub owner: Option<Owner>,
    /// How far it is.
    pub state: AcmeState,
    /// Why, such as what the self check got.
    pub reason: Line,
    /// `HTTP-01` or `DNS-01`.
    pub kind: Line,
    /// The name to prove.
    pub dns_name: Line,
    /// The token that the ACME server will ask for (public).
    pub token: Line,
    /// Whether the proof is laid out.
    pub presented: bool,
    /// Whether cert-manager works on it.
    pub processing: bool,
}

impl Object for CertificateRequest {
    fn id(&self) -> &ObjectRef {
        &self.id
    }
}

impl Object for Order {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        self.state.has_failed().then(|| {
            Ailment::critical(
                format!("{}: {}", self.state, self.reason),
                self.failed.or(self.created),
            )
        })
    }
}

impl Object for Challenge {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        if self.state.has_failed() {
            let why = format!("{}: {}", self.state, self.reason);
            return Some(Ailment::critical(why, self.created));
        }
        (!self.reason.is_empty() && self.state != AcmeState::Valid)
            .then(|| Ailment::warning(self.reason.clone(), self.created))
    }
}
