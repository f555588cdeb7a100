//! What a host presents over TLS at one address, and how that compares with the certificate that
//! should stand there. Who shakes hands, and when, is not known here.

mod comparison;

pub use comparison::{Comparison, Shown};

use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Object, ObjectRef};

/// One look at a host, at one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Handshake {
    /// The host, and `ADDRESS:PORT`; the port alone where no address was found.
    pub id: ObjectRef,
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: Outcome,
}

impl Handshake {
    /// How a look at `host` is called.
    pub fn name(host: &Line, address: Option<IpAddr>, port: u16) -> ObjectRef {
        let place = match address {
            Some(IpAddr::V6(address)) => format!("[{address}]:{port}"),
            Some(IpAddr::V4(address)) => format!("{address}:{port}"),
            None => format!(":{port}"),
        };
        ObjectRef::new(host.clone(), place)
    }

    /// The host.
    pub fn host(&self) -> &Line {
        &self.id.namespace
    }
}

impl Object for Handshake {
    fn id(&self) -> &ObjectRef {
        &self.id
    }
}

/// What came of a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "came", rename_all = "snake_case")]
pub enum Outcome {
    /// A certificate was presented.
    Presented(Box<Presented>),
    /// None was.
    Silent(Silence),
}

/// Why nothing was heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Silence {
    /// In which way.
    pub why: Failure,
    /// In the words of who found out.
    pub said: Line,
}

/// The ways in which no answer comes about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, strum::Display,
)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The name leads nowhere.
    #[strum(to_string = "the name has no address")]
    NoAddress,
    /// The resolver cannot be asked.
    #[strum(to_string = "the resolver does not answer")]
    Resolver,
    /// `[dial]` is set and does not name the address.
    #[strum(to_string = "the address is not in [dial]")]
    NotDialled,
    /// Nobody listens.
    #[strum(to_string = "the connection is refused")]
    Refused,
    /// No answer in time.
    #[strum(to_string = "no answer in time")]
    TimedOut,
    /// No way there.
    #[strum(to_string = "no way there")]
    Unreachable,
    /// Cut off by the other side.
    #[strum(to_string = "the connection is reset")]
    Reset,
    /// Closed without a word, as Envoy does where no listener is for the name.
    #[strum(to_string = "the connection is closed without a word")]
    Closed,
    /// What answers does not speak the protocol.
    #[strum(to_string = "another protocol answers")]
    Protocol,
    /// The other side gives a reason.
    #[strum(to_string = "the other side refuses")]
    Alert,
}

/// What was presented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Presented {
    /// The chain as it was sent, the host's own certificate first. Never empty.
    pub chain: Vec<PresentedCertificate>,
    /// Whether a browser would take it for the host, at that moment.
    pub trust: Trust,
    /// The version of TLS.
    pub tls: Line,
    /// How long connection and handshake took, in milliseconds.
    pub took_ms: u32,
}

/// One certificate of a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PresentedCertificate {
    /// Its serial number, in hexadecimal with colons.
    pub serial: Line,
    /// Whom it is for: the common name, or all that the subject says.
    pub subject: Line,
    /// DNS names and addresses that it is for.
    pub names: Vec<Line>,
    /// Who signed it.
    pub issuer: Line,
    /// Whether it names itself as its issuer.
    pub self_issued: bool,
    /// Valid from.
    pub not_before: Option<Timestamp>,
    /// Valid until.
    pub not_after: Option<Timestamp>,
}

impl PresentedCertificate {
    /// Whether it is for `host`.
    pub fn covers(&self, host: &str) -> bool {
        self.names.iter().any(|name| covers(name, host))
    }
}

/// Whether a name of a certificate, with a wildcard perhaps, is for `host` (RFC 6125: a star stands
/// for one label).
pub fn covers(name: &str, host: &str) -> bool {
    if name.eq_ignore_ascii_case(host) {
        return true;
    }
    let below = name.strip_prefix("*.");
    let parent = host.split_once('.').map(|(_, parent)| parent);
    below
        .zip(parent)
        .is_some_and(|(below, parent)| below.eq_ignore_ascii_case(parent))
}

/// Whether a chain is trusted for a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "trust", rename_all = "snake_case")]
pub enum Trust {
    /// It is.
    Trusted,
    /// It is not.
    Not {
        /// Why.
        why: Distrust,
        /// In the verifier's words.
        said: Line,
    },
}

impl Trust {
    /// Why it is not trusted.
    pub fn distrust(&self) -> Option<Distrust> {
        match self {
            Self::Trusted => None,
            Self::Not { why, .. } => Some(*why),
        }
    }
}

/// Why a chain is not trusted.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, strum::Display,
)]
#[serde(rename_all = "snake_case")]
pub enum Distrust {
    /// It vouches for itself.
    #[strum(to_string = "self-signed")]
    SelfSigned,
    /// An issuer for trials signed it.
    #[strum(to_string = "staging")]
    Staging,
    /// Its issuer is not known here.
    #[strum(to_string = "untrusted")]
    UnknownIssuer,
    /// Its time is over.
    #[strum(to_string = "expired")]
    Expired,
    /// Its time has not come.
    #[strum(to_string = "not yet valid")]
    NotYet,
    /// It is for other names.
    #[strum(to_string = "other name")]
    OtherName,
    /// It could not be judged.
    #[strum(to_string = "not judged")]
    Unjudged,
}
