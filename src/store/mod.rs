//! What is known now.
//!
//! [`Store`] is what everything that shows or judges reads; [`fold`] is its only writer. Neither
//! asks the time nor anything outside: the same events give the same store.

pub mod actions;
pub mod bootstrap;
pub mod checkups;
pub mod comparisons;
pub mod delivery;
pub mod dns;
pub mod failures;
mod fold;
pub mod health;
pub mod hunt;
pub mod issues;
pub mod loaded;
pub mod log;
pub mod machines;
pub mod preflight;
pub mod presented;
pub mod proof;
pub mod reading;
pub mod routing;
pub mod run;
pub mod sought;
pub mod sources;
pub mod summary;
mod table;
pub mod views;

pub use fold::fold;
pub use table::Table;

use crate::domain::application::Application;
use crate::domain::argo_settings::ArgoSettings;
use crate::domain::certificate::Certificate;
use crate::domain::cluster_event::ClusterEvent;
use crate::domain::endpoints::EndpointSlice;
use crate::domain::event::ClusterInfo;
use crate::domain::external_secret::{ClusterSecretStore, ExternalSecret, SecretStore};
use crate::domain::forward::Forward;
use crate::domain::handshake::Handshake;
use crate::domain::hunt::HuntLeft;
use crate::domain::idle::Measured;
use crate::domain::instance::Instance;
use crate::domain::issuance::{CertificateRequest, Challenge, Order};
use crate::domain::issuer::{ClusterIssuer, Issuer};
use crate::domain::journey::Stage;
use crate::domain::node::Node;
use crate::domain::plan::Plan;
use crate::domain::planning::Planning;
use crate::domain::pod::Pod;
use crate::domain::proxy::{Proxy, ProxyTraffic};
use crate::domain::record::{DnsEndpoint, PublishedRecord};
use crate::domain::resolved::Resolved;
use crate::domain::route::{Gateway, GatewayClass, HttpRoute};
use crate::domain::setup::Facts;
use crate::domain::usage::Usage;

use actions::Actions;
use bootstrap::Bootstrap;
use checkups::Checkups;
use comparisons::Comparisons;
use log::Log;
use preflight::Preflight;
use reading::Open;
use routing::Routing;
use run::Run;
use sources::Sources;

/// All that is known now. Its parts are open to read; only [`fold`] can change what is in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Store {
    /// What cluster this is, once its API server has answered.
    pub cluster: Option<ClusterInfo>,
    /// How each live feed is.
    pub sources: Sources,
    /// Where the session stands, where it is one that leads somewhere.
    pub stage: Option<Stage>,
    /// What the wizard was told.
    pub setup: Box<Facts>,
    /// What is checked before money or time is spent, once it was asked for.
    pub preflight: Option<Preflight>,
    /// What is done at this moment to find out what `apply` would do. Boxed: it is there for moments.
    pub planning: Option<Box<Planning>>,
    /// What `apply` would do, as far as it is known.
    pub plan: Option<Plan>,
    /// A hunt for capacity that an earlier run left open.
    pub hunt_left: Option<HuntLeft>,
    /// How the nodes come up, once they are followed.
    pub bootstrap: Option<Bootstrap>,
    /// The run of `apply` or `destroy`, if there was one.
    pub run: Option<Run>,
    /// What was done in the cluster on a person's wish, and what is permitted.
    pub actions: Box<Actions>,
    /// Resources that were compared with what was applied.
    pub comparisons: Box<Comparisons>,
    /// What a person has open to read; apart, since it is seldom there.
    pub open: Box<Open>,
    /// Our own log and the problems met.
    pub log: Log,
    /// Nodes.
    pub nodes: Table<Node>,
    /// Pods.
    pub pods: Table<Pod>,
    /// Kubernetes events.
    pub events: Table<ClusterEvent>,
    /// Argo CD applications.
    pub applications: Table<Application>,
    /// Certificates.
    pub certificates: Table<Certificate>,
    /// Requests for certificates.
    pub certificate_requests: Table<CertificateRequest>,
    /// Issuers of one namespace.
    pub issuers: Table<Issuer>,
    /// Issuers for all namespaces.
    pub cluster_issuers: Table<ClusterIssuer>,
    /// ACME orders.
    pub orders: Table<Order>,
    /// ACME challenges.
    pub challenges: Table<Challenge>,
    /// Gateway classes.
    pub gateway_classes: Table<GatewayClass>,
    /// Gateways.
    pub gateways: Table<Gateway>,
    /// HTTP routes.
    pub http_routes: Table<HttpRoute>,
    /// What else the Gateway API has. Boxed: few clusters have any of it.
    pub routing: Box<Routing>,
    /// Endpoint slices.
    pub endpoint_slices: Table<EndpointSlice>,
    /// Wanted records.
    pub dns_endpoints: Table<DnsEndpoint>,
    /// Published records.
    pub records: Table<PublishedRecord>,
    /// Use of nodes.
    pub node_usage: Table<Usage>,
    /// Use of pods.
    pub pod_usage: Table<Usage>,
    /// What hosts present over TLS.
    pub handshakes: Table<Handshake>,
    /// Secrets that are kept as stores outside have them.
    pub external_secrets: Table<ExternalSecret>,
    /// Stores of one namespace.
    pub secret_stores: Table<SecretStore>,
    /// Stores for all namespaces.
    pub cluster_secret_stores: Table<ClusterSecretStore>,
    /// The cluster's instances at OCI.
    pub instances: Box<Table<Instance>>,
    /// What OCI measured of them.
    pub measured: Box<Table<Measured>>,
    /// What name servers answer, by type and name.
    pub resolved: Box<Table<Resolved>>,
    /// Proxies, and what they have loaded.
    pub proxies: Table<Proxy>,
    /// What proxies serve.
    pub proxy_traffic: Table<ProxyTraffic>,
    /// How Argo CD is set up, where that may be read.
    pub argo_settings: Option<ArgoSettings>,
    /// Ports of pods that can be reached on this machine. Boxed: most sessions have none.
    pub forwards: Box<Table<Forward>>,
    /// How resources are whose application somebody looks at.
    pub checkups: Box<Checkups>,
}

impl Store {
    /// Whether lists tell of this namespace. A session with `-n` sees that one alone: what is not seen
    /// elsewhere is not known to be missing.
    pub fn reaches(&self, namespace: &str) -> bool {
        let only = self.cluster.as_ref().map(|it| it.namespace.as_str());
        only.is_none_or(|only| only.is_empty() || only == namespace)
    }

    /// Whether lists tell of all namespaces.
    pub fn reaches_all(&self) -> bool {
        let only = self.cluster.as_ref().map(|it| it.namespace.as_str());
        only.is_none_or(str::is_empty)
    }
}
