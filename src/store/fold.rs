//! The only writer of the store.

use crate::domain::bootstrap::BootstrapEvent;
use crate::domain::event::{Change, Event, What};

use super::{Store, bootstrap, preflight, run};

/// Writes what was learnt into the store.
pub fn fold(store: &mut Store, event: Event) {
    let Event { at, what } = event;
    let evidence = is_evidence(&what);
    match what {
        What::Stage { stage } => store.stage = Some(stage),
        What::Setup(told) => store.setup.learn(told),
        What::Preflight(event) => preflight::fold(&mut store.preflight, event),
        What::Planning { now } => store.planning = now.map(Box::new),
        What::Planned(plan) => store.plan = Some(*plan),
        What::Bootstrap(event) => bootstrap::fold(store, event, at),
        What::HuntLeft(left) => store.hunt_left = Some(left),
        What::Provision(event) => run::fold(&mut store.run, event, at),
        What::Action(event) => store.actions.learn(event, at),
        What::Compared(comparison) => store.comparisons.learn(*comparison, at),
        What::Reading(reading) => store.open.learn(reading),
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
        What::Issuer(change) => store.issuers.apply(change),
        What::ClusterIssuer(change) => store.cluster_issuers.apply(change),
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
    if evidence {
        bootstrap::weigh(store, at);
    }
}

/// Whether the stages of a bootstrap may follow from it.
fn is_evidence(what: &What) -> bool {
    match what {
        What::Bootstrap(event) => !matches!(event, BootstrapEvent::Log { .. }),
        What::Cluster(_)
        | What::Node(_)
        | What::Pod(_)
        | What::Application(_)
        | What::Certificate(_)
        | What::Record(Change::Relisted) => true,
        What::Stage { .. }
        | What::Setup(_)
        | What::Preflight(_)
        | What::Planning { .. }
        | What::Planned(_)
        | What::HuntLeft(_)
        | What::Action(_)
        | What::Compared(_)
        | What::Reading(_)
        | What::Provision(_)
        | What::Source { .. }
        | What::Log(_)
        | What::Problem(_)
        | What::ClusterEvent(_)
        | What::CertificateRequest(_)
        | What::Issuer(_)
        | What::ClusterIssuer(_)
        | What::Order(_)
        | What::Challenge(_)
        | What::GatewayClass(_)
        | What::Gateway(_)
        | What::HttpRoute(_)
        | What::EndpointSlice(_)
        | What::DnsEndpoint(_)
        | What::Record(_)
        | What::NodeUsage(_)
        | What::PodUsage(_) => false,
    }
}
