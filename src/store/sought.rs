//! What follows from the store for those who look outside of the cluster.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::IpAddr;

use jiff::Timestamp;

use super::Store;
use super::dns::{self, RecordRow};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::sought::{Host, MOST, Name, Sought};

/// Types of records that lead to an address.
const LEADING: &[&str] = &["A", "AAAA", "CNAME"];

/// Rises when what is looked for may be another.
pub fn revision(store: &Store) -> u64 {
    let tables = store.dns_endpoints.revision()
        + store.records.revision()
        + store.http_routes.revision()
        + store.gateways.revision()
        + store.certificates.revision();
    tables.wrapping_add(digest(store))
}

/// Pods change often, those of proxies seldom.
fn digest(store: &Store) -> u64 {
    let digest = |id: ObjectRef| {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        hasher.finish()
    };
    proxies(store).map(digest).fold(0, u64::wrapping_add)
}

/// What is to be looked for, as far as it is known.
pub fn sought(store: &Store) -> Sought {
    Sought {
        names: names(store).into_iter().take(MOST).collect(),
        hosts: hosts(store).into_iter().take(MOST).collect(),
        proxies: proxies(store).take(MOST).collect(),
    }
}

/// Names that are wanted or published. A host name of a route or listener alone wants an address.
fn names(store: &Store) -> BTreeSet<Name> {
    let rows = dns::records(store).into_iter();
    rows.filter(|row| row.kind.is_empty() || LEADING.contains(&row.kind.as_str()))
        .filter(|row| !row.name.contains('*'))
        .map(name)
        .collect()
}

fn name(row: RecordRow<'_>) -> Name {
    let zone = row.published.first();
    let mut published: Vec<Line> = row
        .published
        .iter()
        .map(|record| {
            // The proxy's addresses are not told: that it answers is all there is to wait for.
            if record.proxied {
                "proxied".into()
            } else {
                record.content.clone()
            }
        })
        .collect();
    published.sort();
    Name {
        zone: zone.map_or_else(Line::default, |record| record.id.namespace.clone()),
        kind: if row.kind.is_empty() {
            "A".into()
        } else {
            row.kind
        },
        name: row.name,
        published,
    }
}

/// Pods that run Envoy for a Gateway. Unready ones are asked as well: that is when it matters.
fn proxies(store: &Store) -> impl Iterator<Item = ObjectRef> {
    let proxies = store.pods.iter().filter(|pod| pod.gateway.is_some());
    proxies
        .filter(|pod| pod.containers.iter().any(|it| it.state == "Running"))
        .map(|pod| pod.id.clone())
}

/// Host names of listeners with TLS, and for those that take any, of the routes that name them.
fn hosts(store: &Store) -> BTreeSet<Host> {
    let mut hosts = BTreeSet::new();
    for gateway in store.gateways.iter() {
        let secured = gateway.listeners.iter();
        for listener in secured.filter(|listener| matches!(&*listener.protocol, "HTTPS" | "TLS")) {
            let routes = store.http_routes.iter().filter(|route| {
                let mut parents = route.parents.iter();
                parents.any(|parent| {
                    parent.id == gateway.id
                        && (parent.section.is_empty() || parent.section == listener.name)
                })
            });
            let of_routes = routes.flat_map(|route| &route.hostnames);
            let names = std::iter::once(&listener.hostname).chain(of_routes);
            for name in names.filter(|name| !name.is_empty() && !name.contains('*')) {
                hosts.insert(Host {
                    name: name.clone(),
                    port: listener.port,
                    addresses: published(store, name),
                    issued: issued(store, &listener.certificates),
                });
            }
        }
    }
    hosts
}

/// From when on the newest certificate is valid that a listener has.
fn issued(store: &Store, secrets: &[ObjectRef]) -> Option<Timestamp> {
    let certificates = store.certificates.iter();
    let of_listener = certificates.filter(|certificate| {
        secrets.iter().any(|secret| {
            secret.name == certificate.secret && secret.namespace == certificate.id.namespace
        })
    });
    of_listener
        .filter_map(|certificate| certificate.not_before)
        .max()
}

/// The addresses that are published for a name and lead there without a proxy.
fn published(store: &Store, name: &Line) -> Vec<IpAddr> {
    let records = store.records.iter();
    let direct = records.filter(|record| record.name == *name && !record.proxied);
    let addresses: BTreeSet<IpAddr> = direct
        .filter_map(|record| record.content.parse().ok())
        .collect();
    addresses.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{Change, Event, What};
    use crate::domain::record::PublishedRecord;
    use crate::domain::route::{Gateway, HttpRoute, Listener, ParentRef};
    use crate::store::fold;

    fn store(all: impl IntoIterator<Item = What>) -> Store {
        let mut store = Store::default();
        for what in all {
            let at = Timestamp::UNIX_EPOCH;
            fold(&mut store, Event { at, what });
        }
        store
    }

    fn gateway() -> What {
        let listener = |name: &str, protocol: &str, hostname: &str| Listener {
            name: name.into(),
            protocol: protocol.into(),
            port: if protocol == "HTTP" { 80 } else { 443 },
            hostname: hostname.into(),
            ..Listener::default()
        };
        What::Gateway(Change::Applied(Box::new(Gateway {
            id: ObjectRef::new("edge", "public-gateway"),
            listeners: vec![
                listener("http", "HTTP", ""),
                listener("https-docs", "HTTPS", "docs.example.com"),
                listener("https-any", "HTTPS", "*.example.com"),
            ],
            ..Gateway::default()
        })))
    }

    fn route(hostname: &str, section: &str) -> What {
        What::HttpRoute(Change::Applied(Box::new(HttpRoute {
            id: ObjectRef::new("docs", hostname),
            hostnames: vec![hostname.into()],
            parents: vec![ParentRef {
                kind: "Gateway".into(),
                id: ObjectRef::new("edge", "public-gateway"),
                section: section.into(),
                port: None,
            }],
            ..HttpRoute::default()
        })))
    }

    fn record(name: &str, content: &str, proxied: bool) -> What {
        What::Record(Change::Applied(Box::new(PublishedRecord {
            id: ObjectRef::new("example.com", name),
            name: name.into(),
            kind: "A".into(),
            content: content.into(),
            proxied,
            ..PublishedRecord::default()
        })))
    }

    #[test]
    fn hosts_are_those_that_are_served_over_tls() {
        let store = store([
            gateway(),
            route("wiki.example.com", "https-any"),
            route("plain.example.com", "http"),
            record("docs.example.com", "203.0.113.7", false),
            record("wiki.example.com", "104.16.0.1", true),
        ]);
        let found = sought(&store).hosts;
        let said: Vec<String> = found
            .iter()
            .map(|host| format!("{}:{} {:?}", host.name, host.port, host.addresses))
            .collect();
        assert_eq!(
            said,
            [
                "docs.example.com:443 [203.0.113.7]",
                "wiki.example.com:443 []"
            ]
        );
    }

    #[test]
    fn names_are_those_that_lead_to_an_address() {
        let store = store([
            gateway(),
            route("wiki.example.com", "https-any"),
            record("docs.example.com", "203.0.113.7", false),
        ]);
        let found = sought(&store).names;
        let said: Vec<String> = found
            .iter()
            .map(|name| format!("{} {} {}", name.name, name.kind, name.zone))
            .collect();
        assert!(
            said.contains(&"docs.example.com A example.com".to_owned()),
            "{said:?}"
        );
        assert!(!said.iter().any(|name| name.contains('*')), "{said:?}");
    }
}
