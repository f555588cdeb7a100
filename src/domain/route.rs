//! The Gateway API: `GatewayClass`, Gateway and `ListenerSet` with their listeners, routes of every kind
//! with their rules.
//!
//! What each says of itself. Whether a route fits a listener is [`attachment`](super::attachment)'s.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Ailment, Condition, Object, ObjectRef, Truth, condition};

/// A kind of gateway, and the controller that serves it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GatewayClass {
    /// Its name.
    pub id: ObjectRef,
    /// The controller's name.
    pub controller: Line,
    /// `Accepted`.
    pub conditions: Vec<Condition>,
}

/// The namespaces that something is let in from.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::Display,
)]
pub enum Namespaces {
    /// Its own.
    #[default]
    Same,
    /// All.
    All,
    /// Those whose labels fit; labels of namespaces are not watched.
    Selector,
    /// None at all.
    None,
}

/// One port and host name that a gateway listens for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Listener {
    /// Its name within the gateway.
    pub name: Line,
    /// `HTTP`, `HTTPS`, …
    pub protocol: Line,
    /// Port.
    pub port: u16,
    /// Host name, with a wildcard perhaps; empty for any.
    pub hostname: Line,
    /// Secrets with its certificates.
    pub certificates: Vec<ObjectRef>,
    /// Whether TLS is passed on as it is; the listener then needs no certificate.
    #[serde(default)]
    pub passthrough: bool,
    /// From where routes may attach.
    #[serde(default)]
    pub admits: Namespaces,
    /// The kinds of routes that may attach; those of its protocol where there are none.
    #[serde(default)]
    pub admits_kinds: Vec<Line>,
    /// Routes that are attached.
    pub attached_routes: u32,
    /// `Accepted`, `Programmed`, `ResolvedRefs`, `Conflicted`.
    pub conditions: Vec<Condition>,
}

impl Listener {
    /// Whether it ends TLS itself, and so needs a certificate.
    pub fn ends_tls(&self) -> bool {
        self.protocol == "HTTPS" || self.protocol == "TLS" && !self.passthrough
    }

    /// What its controller complains about. `Programmed: Invalid` only points at the condition that
    /// says what is wrong.
    pub fn complaint(&self) -> Option<&Condition> {
        condition(&self.conditions, "ResolvedRefs")
            .filter(|condition| condition.status == Truth::False)
            .or_else(|| complaint(&self.conditions))
    }

    /// The kinds of routes that may attach.
    pub fn kinds(&self) -> Vec<&str> {
        if !self.admits_kinds.is_empty() {
            return self.admits_kinds.iter().map(Line::as_str).collect();
        }
        match self.protocol.as_str() {
            "HTTP" | "HTTPS" => vec!["HTTPRoute", "GRPCRoute"],
            "TLS" if self.passthrough => vec!["TLSRoute"],
            "TLS" => vec!["TLSRoute", "TCPRoute"],
            "TCP" => vec!["TCPRoute"],
            _ => Vec::new(),
        }
    }
}

/// A gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gateway {
    /// Its name.
    pub id: ObjectRef,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Its `GatewayClass`.
    pub class: Line,
    /// Addresses that were given to it.
    pub addresses: Vec<Line>,
    /// Listeners.
    pub listeners: Vec<Listener>,
    /// `Accepted`, `Programmed`.
    pub conditions: Vec<Condition>,
    /// Targets that annotations want published for its host names (external-dns).
    pub dns_targets: Vec<Line>,
    /// From where `ListenerSets` may add listeners; from nowhere where it is not said.
    #[serde(default)]
    pub admits_sets: Option<Namespaces>,
}

/// Listeners that somebody adds to a gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListenerSet {
    /// Its name.
    pub id: ObjectRef,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The gateway.
    pub parent: ObjectRef,
    /// Listeners.
    pub listeners: Vec<Listener>,
    /// `Accepted`, `Programmed`.
    pub conditions: Vec<Condition>,
}

/// Where a route wants to be attached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ParentRef {
    /// `Gateway`, or `ListenerSet`.
    pub kind: Line,
    /// The gateway.
    pub id: ObjectRef,
    /// One listener of it; empty for all that fit.
    pub section: Line,
    /// Its listeners at one port; nothing for all that fit.
    #[serde(default)]
    pub port: Option<u16>,
}

/// What a gateway's controller says about a route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ParentStatus {
    /// For which parent.
    pub parent: ParentRef,
    /// The controller's name.
    pub controller: Line,
    /// `Accepted`, `ResolvedRefs`, …
    pub conditions: Vec<Condition>,
}

/// Where a rule sends requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Backend {
    /// `Service`, or another kind that the controller knows.
    pub kind: Line,
    /// The Service.
    pub id: ObjectRef,
    /// Its port.
    pub port: Option<u16>,
    /// Its share.
    pub weight: u32,
}

/// One rule of a route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// Its matches, such as `PathPrefix /` or `GET Exact /health`.
    pub matches: Vec<Line>,
    /// Its filters, such as `RequestRedirect https 301`.
    pub filters: Vec<Line>,
    /// Where it sends requests.
    pub backends: Vec<Backend>,
}

impl Rule {
    /// Whether it answers by itself, with a redirect or a fixed answer, and needs no backend.
    pub fn answers_itself(&self) -> bool {
        // An extension may answer as well; only its controller knows.
        let answers = ["RequestRedirect", "DirectResponse", "ExtensionRef"];
        self.filters
            .iter()
            .any(|filter| answers.iter().any(|kind| filter.starts_with(kind)))
    }
}

/// What a route is for.
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
#[serde(rename_all = "lowercase")]
pub enum RouteKind {
    /// Requests.
    #[default]
    Http,
    /// Calls.
    Grpc,
    /// Connections with TLS, by the name that they ask for.
    Tls,
    /// Connections.
    Tcp,
}

impl RouteKind {
    /// The kind, as the API calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "HTTPRoute",
            Self::Grpc => "GRPCRoute",
            Self::Tls => "TLSRoute",
            Self::Tcp => "TCPRoute",
        }
    }
}

/// A route of HTTP requests, which is what a route is where it does not say otherwise.
pub type HttpRoute = Route;

/// A route of any kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Route {
    /// What it is for.
    #[serde(default)]
    pub kind: RouteKind,
    /// Its name.
    pub id: ObjectRef,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Host names; none for all of the listener's.
    pub hostnames: Vec<Line>,
    /// Where it wants to be attached.
    pub parents: Vec<ParentRef>,
    /// Rules, in order.
    pub rules: Vec<Rule>,
    /// What the controllers say; none for a parent that nobody serves.
    pub statuses: Vec<ParentStatus>,
    /// Targets that annotations want published for its host names (external-dns).
    pub dns_targets: Vec<Line>,
    /// What else annotations tell external-dns.
    #[serde(default, skip_serializing_if = "DnsAnnotations::are_silent")]
    pub dns: DnsAnnotations,
}

/// What annotations on a route tell external-dns; targets it reads from the Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DnsAnnotations {
    /// Further host names.
    pub hostnames: Vec<Line>,
    /// Which host names count: `annotation-only`, `defined-hosts-only`, or both where it is empty.
    pub hostnames_from: Line,
    /// Seconds.
    pub ttl: Option<u32>,
    /// Whether it wants Cloudflare's proxy, where it says.
    pub proxied: Option<bool>,
    /// For which controller it is; empty for all.
    pub controller: Line,
}

impl DnsAnnotations {
    /// Whether nothing is told.
    pub fn are_silent(&self) -> bool {
        *self == Self::default()
    }

    /// Whether another controller than external-dns shall act on the object.
    pub fn is_for_others(&self) -> bool {
        !self.controller.is_empty() && self.controller != "dns-controller"
    }
}

impl Route {
    /// What the controllers say about one parent.
    pub fn status_of(&self, parent: &ParentRef) -> Option<&ParentStatus> {
        self.statuses.iter().find(|status| status.parent == *parent)
    }

    /// Backends of all rules.
    pub fn backends(&self) -> impl Iterator<Item = &Backend> {
        self.rules.iter().flat_map(|rule| &rule.backends)
    }
}

/// How long a controller may take to say something.
const SETTLING: SignedDuration = SignedDuration::from_secs(30);

/// Conditions that are complaints when they hold, not when they do not.
const BAD_WHEN_TRUE: &[&str] = &[
    "Conflicted",
    "PartiallyInvalid",
    "OverlappingTLSConfig",
    "RouteRulesOverlap",
];

/// The first condition that is a complaint.
pub fn complaint(conditions: &[Condition]) -> Option<&Condition> {
    conditions.iter().find(|condition| {
        let bad = if BAD_WHEN_TRUE.contains(&condition.kind.as_str()) {
            Truth::True
        } else {
            Truth::False
        };
        condition.status == bad
    })
}

fn ailing(subject: &str, bad: &Condition) -> Ailment {
    let why = format!("{subject}{}: {}", bad.reason, bad.message);
    if BAD_WHEN_TRUE.contains(&bad.kind.as_str()) {
        Ailment::warning(why, bad.since)
    } else {
        Ailment::critical(why, bad.since)
    }
}

impl Object for GatewayClass {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        complaint(&self.conditions).map(|bad| ailing("", bad))
    }
}

/// What is wrong with a gateway or a set of listeners: a listener that says so, or the whole.
fn listening(listeners: &[Listener], conditions: &[Condition]) -> Option<Ailment> {
    let listener = listeners.iter().find_map(|listener| {
        listener
            .complaint()
            .map(|bad| ailing(&format!("listener {}: ", listener.name), bad))
    });
    listener.or_else(|| complaint(conditions).map(|bad| ailing("", bad)))
}

impl Object for Gateway {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        listening(&self.listeners, &self.conditions).or_else(|| {
            self.conditions.is_empty().then(|| {
                let why = format!("no controller serves its class `{}`", self.class);
                Ailment::warning(why, self.created).after(SETTLING)
            })
        })
    }
}

impl Object for ListenerSet {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        listening(&self.listeners, &self.conditions).or_else(|| {
            self.conditions.is_empty().then(|| {
                let why = format!("no controller takes it for Gateway {}", self.parent);
                Ailment::warning(why, self.created).after(SETTLING)
            })
        })
    }
}

impl Object for Route {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        let told = self
            .statuses
            .iter()
            .find_map(|status| complaint(&status.conditions));
        told.map(|bad| ailing("", bad)).or_else(|| {
            let unserved = self
                .parents
                .iter()
                .find(|parent| self.status_of(parent).is_none())?;
            let why = format!(
                "no controller answers for its parent {} {}",
                unserved.kind, unserved.id
            );
            Some(Ailment::warning(why, self.created).after(SETTLING))
        })
    }
}
