//! The Gateway API as it hangs together: who is below whom, and what keeps requests from their pods.
//!
//! [`Index`] is made once for each change; [`judge`] says in plain words what is not well, and never
//! contradicts what a controller says.

mod backend;
pub mod grants;
mod index;
pub mod judge;
mod listener;
mod reasons;
#[cfg(test)]
mod tests;

pub use backend::{Behind, behind};
pub use index::{Attached, Index, RouteKey, Verdict};
pub use listener::{ListenerOf, listener, listeners};
pub use reasons::next_step;

use super::{Store, Table};
use crate::domain::object::ObjectRef;
use crate::domain::policy::{Policy, PolicyKind};
use crate::domain::reference_grant::ReferenceGrant;
use crate::domain::route::{ListenerSet, Route, RouteKind};

/// Kinds of the Gateway API and Envoy Gateway that not every cluster serves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Routing {
    /// gRPC routes.
    pub grpc_routes: Table<Route>,
    /// TLS routes.
    pub tls_routes: Table<Route>,
    /// TCP routes.
    pub tcp_routes: Table<Route>,
    /// Grants of references.
    pub grants: Table<ReferenceGrant>,
    /// Listeners that are added to gateways.
    pub listener_sets: Table<ListenerSet>,
    /// Policies for traffic to backends.
    pub backend_traffic: Table<Policy>,
    /// Policies for traffic of clients.
    pub client_traffic: Table<Policy>,
    /// Policies of who may ask.
    pub security: Table<Policy>,
    /// Policies for TLS to backends.
    pub backend_tls: Table<Policy>,
}

impl Routing {
    /// The policies of a kind.
    pub fn policies(&self, kind: PolicyKind) -> &Table<Policy> {
        match kind {
            PolicyKind::BackendTraffic => &self.backend_traffic,
            PolicyKind::ClientTraffic => &self.client_traffic,
            PolicyKind::Security => &self.security,
            PolicyKind::BackendTls => &self.backend_tls,
        }
    }

    /// Rises when anything here has changed.
    pub fn revision(&self) -> u64 {
        let routes = [&self.grpc_routes, &self.tls_routes, &self.tcp_routes];
        let policies = [
            &self.backend_traffic,
            &self.client_traffic,
            &self.security,
            &self.backend_tls,
        ];
        routes.iter().map(|table| table.revision()).sum::<u64>()
            + policies.iter().map(|table| table.revision()).sum::<u64>()
            + self.grants.revision()
            + self.listener_sets.revision()
    }
}

/// The routes of a kind.
pub fn routes(store: &Store, kind: RouteKind) -> &Table<Route> {
    match kind {
        RouteKind::Http => &store.http_routes,
        RouteKind::Grpc => &store.routing.grpc_routes,
        RouteKind::Tls => &store.routing.tls_routes,
        RouteKind::Tcp => &store.routing.tcp_routes,
    }
}

/// Rises when anything that routes show or that is judged of them has changed.
pub fn revision(store: &Store) -> u64 {
    store.http_routes.revision()
        + store.gateways.revision()
        + store.gateway_classes.revision()
        + store.endpoint_slices.revision()
        + store.certificates.revision()
        + store.routing.revision()
        + (store.argo_settings).map_or(0, |it| 1 + u64::from(it.plain_http))
}

/// Another namespace, where it is another than `of`'s: `shared/api`, else `api`.
pub fn spoken(id: &ObjectRef, of: &ObjectRef) -> String {
    if id.namespace == of.namespace {
        id.name.to_string()
    } else {
        id.to_string()
    }
}
