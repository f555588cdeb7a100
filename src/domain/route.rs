//! The Gateway API: `GatewayClass`, Gateway with its listeners, `HTTPRoute` with its rules.

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
    /// Routes that are attached.
    pub attached_routes: u32,
    /// `Accepted`, `Programmed`, `ResolvedRefs`, `Conflicted`.
    pub conditions: Vec<Condition>,
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

/// An HTTP route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HttpRoute {
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
}

impl HttpRoute {
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

impl Object for Gateway {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        let listener = self.listeners.iter().find_map(|listener| {
            // `Programmed: Invalid` only points at the condition that says what is wrong.
            let told = condition(&listener.conditions, "ResolvedRefs")
                .filter(|c| c.status == Truth::False);
            told.or_else(|| complaint(&listener.conditions))
                .map(|bad| ailing(&format!("listener {}: ", listener.name), bad))
        });
        listener
            .or_else(|| complaint(&self.conditions).map(|bad| ailing("", bad)))
            .or_else(|| {
                self.conditions.is_empty().then(|| {
                    let why = format!("no controller serves its class `{}`", self.class);
                    Ailment::warning(why, self.created).after(SETTLING)
                })
            })
    }
}

impl Object for HttpRoute {
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
