//! The only writer of the store.

use crate::domain::event::{Event, What};

use super::{Store, run};

/// Writes what was learnt into the store.
pub fn fold(store: &mut Store, event: Event) {
    let Event { at, what } = event;
    match what {
        What::Provision(event) => run::fold(&mut store.run, event, at),
        What::Source { id, status } => store.sources.set(id, status, at),
        What::Cluster(info) => store.cluster = Some(info),
        What::Log(line) => store.log.add(at, line),
        What::Problem(problem) => store.log.add_problem(at, problem),
        What::Node(change) => store.nodes.apply(change),
        What::Pod(change) => store.pods.apply(change),
        What::ClusterEvent(change) => store.events.apply(change),
        What::Application(change) => store.applications.apply(change),
        What::Certificate(change) => store.certificates.apply(change),
        What::CertificateRequest(change) => store.certificate_requests.apply(change),
        What::Order(change) => store.orders.apply(change),
        What::Challenge(change) => store.challenges.apply(change),
        What::GatewayClass(change) => store.gateway_classes.apply(change),
        What::Gateway(change) => store.gateways.apply(change),
        What::HttpRoute(change) => store.http_routes.apply(change),
        What::EndpointSlice(change) => store.endpoint_slices.apply(change),
        What::DnsEndpoint(change) => store.dns_endpoints.apply(change),
        What::Record(change) => store.records.apply(change),
        What::NodeUsage(change) => store.node_usage.apply(change),
        What::PodUsage(change) => store.pod_usage.apply(change),
    }
}
