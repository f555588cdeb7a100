//! What follows from several tables at once, computed when it is asked for.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::application::Application;
use crate::domain::certificate::Certificate;
use crate::domain::issuance::{CertificateRequest, Challenge, Order};
use crate::domain::line::Line;
use crate::domain::object::{Object, ObjectRef, Owner};
use crate::domain::record::{PublishedRecord, Registration, WantedRecord};
use crate::domain::route::Backend;

use super::{Store, Table};

/// Applications by wave, in order of wave and name. A parent is left out: the waves are its
/// children's, and it is well only when all of them are.
pub fn waves(store: &Store) -> BTreeMap<i32, Vec<&Application>> {
    let mut waves: BTreeMap<i32, Vec<&Application>> = BTreeMap::new();
    let has_no_children = |it: &&Application| it.children().next().is_none();
    for application in store.applications.iter().filter(has_no_children) {
        waves.entry(application.wave).or_default().push(application);
    }
    waves
}

/// All that was done for one certificate's present issue, link by link.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// Its newest request.
    pub request: Option<&'a CertificateRequest>,
    /// That request's order.
    pub order: Option<&'a Order>,
    /// That order's challenges.
    pub challenges: Vec<&'a Challenge>,
}

/// The chain of one certificate, followed by owner references.
pub fn chain<'a>(store: &'a Store, certificate: &'a Certificate) -> Chain<'a> {
    let request = owned(
        &store.certificate_requests,
        "Certificate",
        &certificate.id,
        |r| r.owner.as_ref(),
    )
    .max_by_key(|request| (request.revision, request.created));
    let order = request.and_then(|request| {
        owned(&store.orders, "CertificateRequest", &request.id, |order| {
            order.owner.as_ref()
        })
        .max_by_key(|order| order.created)
    });
    let challenges = order.map_or_else(Vec::new, |order| {
        owned(&store.challenges, "Order", &order.id, |challenge| {
            challenge.owner.as_ref()
        })
        .collect()
    });
    Chain {
        certificate,
        request,
        order,
        challenges,
    }
}

fn owned<'a, T: Object>(
    table: &'a Table<T>,
    kind: &'static str,
    of: &'a ObjectRef,
    owner: impl Fn(&T) -> Option<&Owner> + 'a,
) -> impl Iterator<Item = &'a T> {
    table.in_namespace(&of.namespace).filter(move |object| {
        owner(object).is_some_and(|owner| owner.kind == kind && owner.name == of.name)
    })
}

/// Who wants a name published.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wish {
    /// `DNSEndpoint`, `HTTPRoute` or `Gateway`.
    pub kind: &'static str,
    /// That object.
    pub id: ObjectRef,
}

/// One name and type: what is wanted beside what is published.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordRow<'a> {
    /// The full name.
    pub name: Line,
    /// `A`, `CNAME`, …; empty for a host name of a route that no record covers.
    pub kind: Line,
    /// Who wants it.
    pub wishes: Vec<Wish>,
    /// What a `DNSEndpoint` wants, where one does.
    pub wanted: Option<&'a WantedRecord>,
    /// What Cloudflare has, more than one for several addresses.
    pub published: Vec<&'a PublishedRecord>,
    /// Who keeps it.
    pub registration: Option<Registration>,
}

/// How wanted and published agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum Agreement {
    /// As wanted.
    Same,
    /// Published, but not as wanted.
    Different,
    /// Wanted and not published.
    Missing,
    /// Published and wanted by nothing in the cluster.
    Unwanted,
    /// Wanted; what is published is not known.
    Unknown,
}

impl RecordRow<'_> {
    /// How wanted and published agree. `known` says whether the published records were read.
    pub fn agreement(&self, known: bool) -> Agreement {
        if self.published.is_empty() {
            return if known {
                Agreement::Missing
            } else {
                Agreement::Unknown
            };
        }
        if self.wishes.is_empty() {
            return Agreement::Unwanted;
        }
        let Some(wanted) = self.wanted else {
            return Agreement::Same;
        };
        let contents: BTreeSet<&str> = self
            .published
            .iter()
            .map(|record| record.content.as_str())
            .collect();
        let targets: BTreeSet<&str> = wanted.targets.iter().map(Line::as_str).collect();
        let proxied = self
            .published
            .iter()
            .all(|record| wanted.proxied.is_none_or(|p| p == record.proxied));
        if contents == targets && proxied {
            Agreement::Same
        } else {
            Agreement::Different
        }
    }
}

/// Names wanted and published, side by side, in order of name and type. TXT records of the registry
/// show as the owner of the record that they are about.
pub fn records(store: &Store) -> Vec<RecordRow<'_>> {
    let mut rows: BTreeMap<(Line, Line), RecordRow<'_>> = BTreeMap::new();
    for endpoint in store.dns_endpoints.iter() {
        for wanted in &endpoint.records {
            let row = row(&mut rows, &wanted.name, &wanted.kind);
            row.wanted = Some(wanted);
            row.wishes.push(Wish {
                kind: "DNSEndpoint",
                id: endpoint.id.clone(),
            });
        }
    }
    let mut registrations = Vec::new();
    for record in store.records.iter() {
        match record.registration() {
            Some(registration) => registrations.push(registration),
            None => row(&mut rows, &record.name, &record.kind)
                .published
                .push(record),
        }
    }
    for (hostname, wish) in hostnames(store) {
        let mut covered = false;
        for ((name, _), row) in rows.range_mut((hostname.clone(), Line::default())..) {
            if name != hostname {
                break;
            }
            row.wishes.push(wish.clone());
            covered = true;
        }
        if !covered {
            row(&mut rows, hostname, &Line::default()).wishes.push(wish);
        }
    }
    for registration in registrations {
        let from = (registration.name.clone(), Line::default());
        for ((name, kind), row) in rows.range_mut(from..) {
            if *name != registration.name {
                break;
            }
            if registration.kind.as_ref().is_none_or(|of| of == kind) {
                row.registration = Some(registration.clone());
            }
        }
    }
    rows.into_values().collect()
}

fn row<'a, 'b>(
    rows: &'b mut BTreeMap<(Line, Line), RecordRow<'a>>,
    name: &Line,
    kind: &Line,
) -> &'b mut RecordRow<'a> {
    rows.entry((name.clone(), kind.clone()))
        .or_insert_with(|| RecordRow {
            name: name.clone(),
            kind: kind.clone(),
            wishes: Vec::new(),
            wanted: None,
            published: Vec::new(),
            registration: None,
        })
}

/// Host names that routes and listeners serve: each has to be in the DNS for a visitor to get there.
fn hostnames(store: &Store) -> impl Iterator<Item = (&Line, Wish)> {
    let routes = store.http_routes.iter().flat_map(|route| {
        route.hostnames.iter().map(|hostname| {
            let id = route.id.clone();
            (
                hostname,
                Wish {
                    kind: "HTTPRoute",
                    id,
                },
            )
        })
    });
    let listeners = store.gateways.iter().flat_map(|gateway| {
        gateway.listeners.iter().map(|listener| {
            let id = gateway.id.clone();
            (
                &listener.hostname,
                Wish {
                    kind: "Gateway",
                    id,
                },
            )
        })
    });
    routes.chain(listeners.filter(|(hostname, _)| !hostname.is_empty()))
}

/// Endpoints behind a backend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndpointCount {
    /// Those that take requests.
    pub ready: usize,
    /// All.
    pub total: usize,
}

/// The endpoints behind one backend; nothing when it is no Service.
pub fn endpoints(store: &Store, backend: &Backend) -> Option<EndpointCount> {
    (backend.kind == "Service").then(|| {
        store
            .endpoint_slices
            .in_namespace(&backend.id.namespace)
            .filter(|slice| slice.service == backend.id.name)
            .fold(EndpointCount::default(), |count, slice| EndpointCount {
                ready: count.ready + slice.ready(),
                total: count.total + slice.endpoints.len(),
            })
    })
}

/// Pods on each node.
pub fn pods_by_node(store: &Store) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for pod in store.pods.iter().filter(|pod| !pod.is_completed()) {
        *counts.entry(pod.node.as_str()).or_default() += 1;
    }
    counts
}
