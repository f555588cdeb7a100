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
        What::Handshake(change) => store.handshakes.apply(change),
        What::ExternalSecret(change) => store.external_secrets.apply(change),
        What::SecretStore(change) => store.secret_stores.apply(change),
        What::ClusterSecretStore(change) => store.cluster_secret_stores.apply(change),
        What::Instance(change) => store.instances.apply(change),
        What::Measured(change) => store.measured.apply(change),
        What::Resolved(change) => store.resolved.apply(change),
        What::GrpcRoute(change) => store.routing.grpc_routes.apply(change),
        What::TlsRoute(change) => store.routing.tls_routes.apply(change),
        What::TcpRoute(change) => store.routing.tcp_routes.apply(change),
        What::ReferenceGrant(change) => store.routing.grants.apply(change),
        What::ListenerSet(change) => store.routing.listener_sets.apply(change),
        What::BackendTrafficPolicy(change) => store.routing.backend_traffic.apply(change),
        What::ClientTrafficPolicy(change) => store.routing.client_traffic.apply(change),
        What::SecurityPolicy(change) => store.routing.security.apply(change),
        What::BackendTlsPolicy(change) => store.routing.backend_tls.apply(change),
        What::Proxy(change) => store.proxies.apply(change),
        What::ProxyTraffic(change) => store.proxy_traffic.apply(change),
        What::Forward(change) => store.forwards.apply(change),
        What::Checkup(checkup) => store.checkups.learn(checkup, at),
        What::ArgoSettings(settings) => store.argo_settings = Some(settings),
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
        | What::PodUsage(_)
        | What::Handshake(_)
        | What::ExternalSecret(_)
        | What::SecretStore(_)
        | What::ClusterSecretStore(_)
        | What::Instance(_)
        | What::Measured(_)
        | What::Resolved(_)
        | What::GrpcRoute(_)
        | What::TlsRoute(_)
        | What::TcpRoute(_)
        | What::ReferenceGrant(_)
        | What::ListenerSet(_)
        | What::BackendTrafficPolicy(_)
        | What::ClientTrafficPolicy(_)
        | What::SecurityPolicy(_)
        | What::BackendTlsPolicy(_)
        | What::Proxy(_)
        | What::ProxyTraffic(_)
        | What::Forward(_)
        | What::Checkup(_)
        | What::ArgoSettings(_) => false,
    }
}
