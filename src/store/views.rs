//! What follows from several tables at once, computed when it is asked for.

use std::collections::BTreeMap;

use crate::domain::application::Application;
use crate::domain::certificate::Certificate;
use crate::domain::issuance::{CertificateRequest, Challenge, Order};
use crate::domain::object::{Object, ObjectRef, Owner};
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
