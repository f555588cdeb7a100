//! What the client knows that OCI's refusals do not say: which of the things that a request names
//! were answered by an earlier request, and whose key signs.
//!
//! It remembers names only, never contents.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::client::{Method, Request};
use super::endpoints::Endpoints;
use super::profile::Profile;

/// Things that are remembered at most; what comes later is then taken for unproven.
const MOST_FACTS: usize = 20_000;

/// What stands beside a refusal whose cause OCI does not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Beside a 401: who signed.
    Signer(Signer),
    /// Beside a 404, or a 400 about an id in the body: what the request depends on.
    Reads {
        /// OCI answered for these before, in words: `the compartment ocid1.compartment…`.
        proven: Vec<String>,
        /// It has not answered for these yet.
        unproven: Vec<String>,
    },
}

/// The key that a request was signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The fingerprint that the profile gives, which names the key to OCI.
    pub fingerprint: String,
    /// The fingerprint of the key itself.
    pub computed: String,
    /// Whether a session's token stands for tenancy, user and fingerprint.
    pub session: bool,
    /// How far this machine's clock is from OCI's, where OCI gave its own.
    pub clock_off: Option<Duration>,
}

/// Something that a request depends on, and for which OCI answers 404 if it is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Region(String),
    Tenancy,
    Compartment(String),
    AvailabilityDomain(String),
    Shape { shape: String, domain: String },
    Resource(String),
}

/// What OCI has answered for so far.
#[derive(Debug, Default)]
pub(super) struct Proven {
    facts: Mutex<BTreeSet<Thing>>,
}

impl Proven {
    /// A request went well: what it names is right, and so is what its answer names.
    pub(super) fn learn(
        &self,
        request: &Request,
        body: &[u8],
        profile: &Profile,
        endpoints: &Endpoints,
    ) {
        let named = named(request, profile, endpoints);
        let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        if request.method == Method::Delete {
            // What was removed is no longer there to be relied upon.
            facts.retain(|fact| !matches!(fact, Thing::Resource(_)) || !named.contains(fact));
            return;
        }
        let told = answered(request, body, profile.tenancy());
        let room = MOST_FACTS.saturating_sub(facts.len());
        facts.extend(named.into_iter().chain(told).take(room));
    }

    /// What `request` depends on, told apart by whether OCI has answered for it.
    pub(super) fn beside(
        &self,
        request: &Request,
        profile: &Profile,
        endpoints: &Endpoints,
    ) -> Evidence {
        let facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        let (proven, unproven): (Vec<Thing>, Vec<Thing>) = named(request, profile, endpoints)
            .into_iter()
            .partition(|thing| facts.contains(thing));
        let words = |things: Vec<Thing>| things.iter().map(ToString::to_string).collect();
        Evidence::Reads {
            proven: words(proven),
            unproven: words(unproven),
        }
    }
}

impl Signer {
    pub(super) fn of(profile: &Profile, clock_off: Option<Duration>) -> Self {
        Self {
            fingerprint: profile.fingerprint().to_owned(),
            computed: profile.computed_fingerprint().to_owned(),
            session: profile.is_session(),
            clock_off,
        }
    }
}

/// What a request names in its host, signature, path, query and body.
fn named(request: &Request, profile: &Profile, endpoints: &Endpoints) -> BTreeSet<Thing> {
    let tenancy = profile.tenancy();
    let mut all = BTreeSet::from([
        Thing::Region(endpoints.region_name().to_owned()),
        Thing::Tenancy,
    ]);
    all.extend(request.path.split('/').filter_map(|id| ocid(id, tenancy)));
    let query = request.query.iter();
    all.extend(query.filter_map(|(name, value)| value_of(name, value, tenancy)));
    if let Some(body) = &request.body {
        walk(body, &mut |name, value| {
            all.extend(value_of(name, value, tenancy));
        });
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        if let (Some(shape), Some(domain)) = (text("shape"), text("availabilityDomain")) {
            all.insert(Thing::Shape { shape, domain });
        }
    }
    all
}

fn value_of(name: &str, value: &str, tenancy: &str) -> Option<Thing> {
    match name {
        "availabilityDomain" => Some(Thing::AvailabilityDomain(value.to_owned())),
        _ => ocid(value, tenancy),
    }
}

fn ocid(id: &str, tenancy: &str) -> Option<Thing> {
    if id == tenancy {
        Some(Thing::Tenancy)
    } else if id.starts_with("ocid1.compartment.") {
        Some(Thing::Compartment(id.to_owned()))
    } else if id.starts_with("ocid1.") {
        Some(Thing::Resource(id.to_owned()))
    } else {
        None
    }
}

/// Hands on every text in a body with the name of its field; what people wrote (tags, metadata) is
/// no reference.
fn walk(value: &Value, each: &mut impl FnMut(&str, &str)) {
    let Value::Object(members) = value else {
        return;
    };
    let references = members
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "freeformTags" | "definedTags" | "metadata"));
    for (name, value) in references {
        let several = value
            .as_array()
            .map_or(std::slice::from_ref(value), |all| all);
        for one in several {
            match one.as_str() {
                Some(text) => each(name, text),
                None => walk(one, each),
            }
        }
    }
}

/// What an answer proves beyond its request: ids, and the names in lists of places and shapes.
fn answered(request: &Request, body: &[u8], tenancy: &str) -> Vec<Thing> {
    let Ok(answer) = serde_json::from_slice::<Value>(body) else {
        return Vec::new();
    };
    let asked = |name: &str| {
        let found = request.query.iter().find(|(asked, _)| asked == name);
        found.map(|(_, value)| value.clone())
    };
    let each = |entry: &Value| -> Option<Thing> {
        let text = |name: &str| entry.get(name).and_then(Value::as_str);
        match request.path.as_str() {
            "availabilityDomains" => Some(Thing::AvailabilityDomain(text("name")?.to_owned())),
            "shapes" => Some(Thing::Shape {
                shape: text("shape")?.to_owned(),
                domain: asked("availabilityDomain")?,
            }),
            _ => ocid(text("id")?, tenancy),
        }
    };
    let entries = answer
        .as_array()
        .map_or(std::slice::from_ref(&answer), Vec::as_slice);
    entries.iter().filter_map(each).collect()
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region(name) => write!(f, "the region {name}"),
            Self::Tenancy => f.write_str("the tenancy"),
            Self::Compartment(id) => write!(f, "the compartment {id}"),
            Self::AvailabilityDomain(name) => write!(f, "the availability domain {name}"),
            Self::Shape { shape, domain } => write!(f, "the shape {shape} in {domain}"),
            Self::Resource(id) => f.write_str(id),
        }
    }
}
