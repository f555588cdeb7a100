//! What a Gateway should have in Envoy against what Envoy has loaded.
//!
//! Names are those that Envoy Gateway gives; where a proxy has none of that form, host names alone
//! decide. Of what is not known, nothing is said: a feed that is silent or a dump that was never
//! read makes no difference.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{Store, views};
use crate::domain::line::Line;
use crate::domain::object::{Condition, ObjectRef, Truth, condition};
use crate::domain::proxy::{
    Cluster, Loaded, LoadedCertificate, LoadedRoute, Proxy, Target, Traffic,
};
use crate::domain::route::{Gateway, HttpRoute, Listener, ParentRef};
use crate::domain::source::{SourceId, SourceStatus};

#[cfg(test)]
mod tests;

/// What was accepted takes a moment to Envoy, and until it is read there.
const SETTLING: SignedDuration = SignedDuration::from_secs(60);
/// Envoy Gateway lets Envoy listen above 1024, so that it needs no privilege.
const SHIFT: u16 = 10_000;

/// Something that is not as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What is different.
    pub kind: DifferenceKind,
    /// The route that it is about, where it is about one.
    pub route: Option<ObjectRef>,
    /// It in a sentence.
    pub text: String,
}

/// What is different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// A listener is wanted, and Envoy does not listen.
    ListenerMissing,
    /// A route's host name is accepted, and Envoy does not have it.
    RouteMissing,
    /// Envoy has a route that nothing wants any more.
    RouteUnwanted,
    /// Envoy presents no certificate for a name, or another one than the Secret's.
    CertificateOther,
    /// Envoy sees no healthy host where endpoints are ready.
    NoHealthyHost,
}

/// The proxies that serve a Gateway: its pods, or the one behind the configured address.
pub fn proxies<'a>(store: &'a Store, gateway: &'a ObjectRef) -> impl Iterator<Item = &'a Proxy> {
    store.proxies.iter().filter(move |proxy| {
        let configured = proxy.id.namespace.is_empty();
        let pod = store.pods.get(&proxy.id);
        configured || pod.and_then(|pod| pod.gateway.as_ref()) == Some(gateway)
    })
}

/// What a proxy serves for one route: all its rules together. Nothing while no proxy has told.
pub fn route_traffic(store: &Store, route: &ObjectRef) -> Option<Traffic> {
    let told = store.proxy_traffic.iter().next()?;
    told.at?;
    let clusters = store.proxy_traffic.iter().flat_map(|it| &it.clusters);
    Some(
        clusters
            .filter(|(name, _)| is_of(name, route))
            .map(|(_, traffic)| *traffic)
            .sum(),
    )
}

/// What a Gateway's proxies serve together. Nothing while none has told.
pub fn gateway_traffic(store: &Store, gateway: &ObjectRef) -> Option<Traffic> {
    let told: Vec<Traffic> = proxies(store, gateway)
        .filter_map(|proxy| store.proxy_traffic.get(&proxy.id))
        .map(|traffic| traffic.whole)
        .collect();
    (!told.is_empty()).then(|| told.into_iter().sum())
}

/// Whether a cluster or route of Envoy was made for this route.
pub fn is_of(name: &str, route: &ObjectRef) -> bool {
    LoadedRoute::owner(name).is_some_and(|(kind, id, _)| kind == "httproute" && id == *route)
}

/// All differences of one Gateway, the gravest kinds first.
pub fn differences(store: &Store, gateway: &Gateway, now: Timestamp) -> Vec<Difference> {
    let loaded: Vec<&Loaded> = proxies(store, &gateway.id)
        .filter(|proxy| proxy.lost.is_none())
        .filter_map(|proxy| proxy.loaded.as_ref())
        .collect();
    if loaded.is_empty() {
        return Vec::new();
    }
    let judge = Judge {
        store,
        gateway,
        loaded,
        now,
    };
    let mut found = judge.listeners();
    found.extend(judge.routes());
    found.extend(judge.unwanted());
    found.extend(judge.certificates());
    found.extend(judge.clusters());
    found.sort_by(|one, other| (one.kind, &one.text).cmp(&(other.kind, &other.text)));
    found.dedup();
    found
}

struct Judge<'a> {
    store: &'a Store,
    gateway: &'a Gateway,
    loaded: Vec<&'a Loaded>,
    now: Timestamp,
}

impl Judge<'_> {
    /// Whether a condition holds, for long enough that Envoy should know.
    fn holds(&self, conditions: &[Condition], kind: &str) -> bool {
        condition(conditions, kind).is_some_and(|it| {
            let settled = |since| self.now.duration_since(since) >= SETTLING;
            it.status == Truth::True && it.since.is_none_or(settled)
        })
    }

    fn is_known(&self, source: SourceId) -> bool {
        *self.store.sources.status(source) == SourceStatus::Live
    }

    fn listeners(&self) -> Vec<Difference> {
        let missing = |listener: &&Listener| {
            let ports = [listener.port, listener.port.saturating_add(SHIFT)];
            self.holds(&listener.conditions, "Programmed")
                && !self.loaded.iter().any(|loaded| {
                    let mut bound = loaded.listeners.iter();
                    bound.any(|bound| ports.contains(&bound.port))
                })
        };
        let listeners = self.gateway.listeners.iter().filter(missing);
        listeners
            .map(|listener| Difference {
                kind: DifferenceKind::ListenerMissing,
                route: None,
                text: format!(
                    "listener {} is programmed, but Envoy does not listen for port {}",
                    listener.name, listener.port
                ),
            })
            .collect()
    }

    /// Routes that this Gateway has accepted for a while, with the parent by which they hang on it.
    fn accepted(&self) -> impl Iterator<Item = (&HttpRoute, &ParentRef)> {
        self.store.http_routes.iter().filter_map(|route| {
            let parent = route.statuses.iter().find(|status| {
                let ours = status.parent.id == self.gateway.id;
                ours && self.holds(&status.conditions, "Accepted")
            })?;
            Some((route, &parent.parent))
        })
    }

    fn routes(&self) -> Vec<Difference> {
        let mut found = Vec::new();
        for (route, parent) in self.accepted() {
            for host in self.hosts(route, parent) {
                if let Some(text) = self.missing(route, &host) {
                    found.push(Difference {
                        kind: DifferenceKind::RouteMissing,
                        route: Some(route.id.clone()),
                        text,
                    });
                }
            }
        }
        found
    }

    /// The host names that a route has at the listeners that it is meant for.
    fn hosts(&self, route: &HttpRoute, parent: &ParentRef) -> BTreeSet<Line> {
        let any = [Line::default()];
        let own = if route.hostnames.is_empty() {
            &any[..]
        } else {
            &route.hostnames
        };
        let listeners = self.gateway.listeners.iter();
        let meant = listeners.filter(|one| parent.section.is_empty() || parent.section == one.name);
        meant
            .flat_map(|listener| {
                own.iter()
                    .filter_map(|host| common(&listener.hostname, host))
            })
            .collect()
    }

    fn missing(&self, route: &HttpRoute, host: &Line) -> Option<String> {
        let mut has_host = false;
        for virtual_host in self.loaded.iter().flat_map(|loaded| &loaded.hosts) {
            if !virtual_host.domains.iter().any(|it| bare(it) == &**host) {
                continue;
            }
            has_host = true;
            let mut routes = virtual_host.routes.iter();
            // A proxy without Envoy Gateway's names is believed by its host names.
            let unnamed = routes
                .clone()
                .all(|it| LoadedRoute::owner(&it.name).is_none());
            if unnamed || routes.any(|it| is_of(&it.name, &route.id)) {
                return None;
            }
        }
        Some(if has_host {
            format!(
                "{} is accepted, but Envoy has none of its rules for {host}",
                route.id
            )
        } else {
            format!("{} is accepted, but Envoy does not have {host}", route.id)
        })
    }

    fn unwanted(&self) -> Vec<Difference> {
        if !self.is_known(SourceId::HttpRoutes) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for host in self.loaded.iter().flat_map(|loaded| &loaded.hosts) {
            let owners: BTreeSet<ObjectRef> = host
                .routes
                .iter()
                .filter_map(|route| LoadedRoute::owner(&route.name))
                .filter(|(kind, _, _)| *kind == "httproute")
                .map(|(_, id, _)| id)
                .collect();
            let domains = words(&host.domains);
            for owner in owners {
                let text = match self.store.http_routes.get(&owner) {
                    None if !self.store.reaches(&owner.namespace) => continue,
                    None => format!("Envoy still serves {domains} for {owner}, which is gone"),
                    Some(route) if names_none(route, &host.domains) => format!(
                        "Envoy still serves {domains} for {owner}, which no longer names it"
                    ),
                    Some(_) => continue,
                };
                found.push(Difference {
                    kind: DifferenceKind::RouteUnwanted,
                    route: Some(owner),
                    text,
                });
            }
        }
        found
    }

    fn certificates(&self) -> Vec<Difference> {
        let secured = self.gateway.listeners.iter();
        let secrets: BTreeSet<&ObjectRef> = secured
            .filter(|listener| self.holds(&listener.conditions, "Programmed"))
            .flat_map(|listener| &listener.certificates)
            .collect();
        let wanted = self.store.certificates.iter().filter(|certificate| {
            let mut secrets = secrets.iter();
            let own = secrets.any(|secret| {
                secret.namespace == certificate.id.namespace && secret.name == certificate.secret
            });
            own && certificate.is_ready() && !certificate.is_issuing()
        });
        let mut found = Vec::new();
        for certificate in wanted {
            let Some(until) = certificate.not_after else {
                continue;
            };
            let names = &certificate.dns_names;
            for loaded in &self.loaded {
                let same: Vec<&LoadedCertificate> = loaded
                    .certificates
                    .iter()
                    .filter(|one| names.iter().all(|name| one.names.contains(name)))
                    .collect();
                let text = match same.iter().find_map(|one| one.until) {
                    _ if same.iter().any(|one| one.until == Some(until)) => continue,
                    None => format!("Envoy has no certificate for {}", words(names)),
                    Some(other) => format!(
                        "Envoy presents another certificate for {}: it ends {}, the one in Secret {} ends {}",
                        words(names),
                        day(other),
                        certificate.secret,
                        day(until)
                    ),
                };
                found.push(Difference {
                    kind: DifferenceKind::CertificateOther,
                    route: None,
                    text,
                });
            }
        }
        found
    }

    fn clusters(&self) -> Vec<Difference> {
        if !self.is_known(SourceId::EndpointSlices) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (route, _) in self.accepted() {
            for (number, rule) in route.rules.iter().enumerate() {
                let ready: usize = rule
                    .backends
                    .iter()
                    .filter_map(|backend| views::endpoints(self.store, backend))
                    .map(|count| count.ready)
                    .sum();
                let mut of_rule = self
                    .loaded
                    .iter()
                    .flat_map(|loaded| &loaded.clusters)
                    .filter(|cluster| is_rule(cluster, &route.id, number))
                    .peekable();
                if ready > 0 && of_rule.peek().is_some() && of_rule.all(|it| it.healthy == 0) {
                    found.push(Difference {
                        kind: DifferenceKind::NoHealthyHost,
                        route: Some(route.id.clone()),
                        text: format!(
                            "Envoy sees no healthy host for {} rule {number}, though {ready} endpoints are ready",
                            route.id
                        ),
                    });
                }
            }
        }
        found
    }
}

/// The clusters that a loaded route sends requests to.
pub fn targets(route: &LoadedRoute) -> &[Line] {
    match &route.to {
        Target::Clusters(names) => names,
        Target::Other | Target::Redirect | Target::Status(_) => &[],
    }
}

fn is_rule(cluster: &Cluster, route: &ObjectRef, number: usize) -> bool {
    LoadedRoute::owner(&cluster.name)
        .is_some_and(|(kind, id, rule)| kind == "httproute" && id == *route && rule == number)
}

/// A domain without the port that may stand behind it.
fn bare(domain: &str) -> &str {
    domain.rsplit_once(':').map_or(domain, |(host, _)| host)
}

/// The narrower of a listener's and a route's host name, as Envoy has it; nothing where they have
/// none in common.
fn common(listener: &Line, host: &Line) -> Option<Line> {
    match (listener.is_empty(), host.is_empty()) {
        (true, true) => Some("*".into()),
        (true, false) => Some(host.clone()),
        (false, true) => Some(listener.clone()),
        (false, false) if covers(listener, host) => Some(host.clone()),
        (false, false) => covers(host, listener).then(|| listener.clone()),
    }
}

/// Whether a name, with a star at its beginning perhaps, takes another one.
fn covers(pattern: &str, name: &str) -> bool {
    let tail = pattern.strip_prefix('*');
    pattern == name || tail.is_some_and(|tail| name.len() > tail.len() && name.ends_with(tail))
}

fn names_none(route: &HttpRoute, domains: &[Line]) -> bool {
    !route.hostnames.is_empty()
        && domains.iter().all(|domain| {
            let domain = bare(domain);
            let mut own = route.hostnames.iter();
            !own.any(|host| covers(host, domain) || covers(domain, host))
        })
}

fn words(names: &[Line]) -> String {
    let names: Vec<&str> = names.iter().map(Line::as_str).collect();
    names.join(", ")
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}
