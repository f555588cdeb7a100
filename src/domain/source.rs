//! Where live data comes from, and how each of those feeds is.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;

/// One live feed.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
    strum::EnumIter,
    strum::IntoStaticStr,
    strum::EnumCount,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum SourceId {
    /// The Kubernetes API server itself.
    Cluster,
    /// Nodes.
    Nodes,
    /// Pods.
    Pods,
    /// Kubernetes events.
    Events,
    /// Argo CD applications.
    Applications,
    /// cert-manager certificates.
    Certificates,
    /// cert-manager requests.
    CertificateRequests,
    /// cert-manager's issuers of one namespace.
    Issuers,
    /// cert-manager's issuers for all namespaces.
    ClusterIssuers,
    /// ACME orders.
    Orders,
    /// ACME challenges.
    Challenges,
    /// Gateway classes.
    GatewayClasses,
    /// Gateways.
    Gateways,
    /// HTTP routes.
    HttpRoutes,
    /// Endpoint slices.
    EndpointSlices,
    /// external-dns' wanted records.
    DnsEndpoints,
    /// Use of nodes (metrics server).
    NodeMetrics,
    /// Use of pods (metrics server).
    PodMetrics,
    /// Records published at Cloudflare.
    Cloudflare,
    /// What hosts present over TLS.
    Handshakes,
    /// Secrets that are kept as stores outside have them (external-secrets).
    ExternalSecrets,
    /// external-secrets' stores of one namespace.
    SecretStores,
    /// external-secrets' stores for all namespaces.
    ClusterSecretStores,
    /// The cluster's instances at OCI.
    Instances,
    /// What OCI measures of them.
    InstanceMetrics,
    /// What name servers answer.
    Resolvers,
    /// gRPC routes.
    GrpcRoutes,
    /// TLS routes.
    TlsRoutes,
    /// TCP routes.
    TcpRoutes,
    /// Grants of references (Gateway API).
    ReferenceGrants,
    /// Listeners that are added to gateways.
    ListenerSets,
    /// Envoy Gateway's policies for traffic to backends.
    BackendTrafficPolicies,
    /// Envoy Gateway's policies for traffic of clients.
    ClientTrafficPolicies,
    /// Envoy Gateway's policies of who may ask.
    SecurityPolicies,
    /// Policies for TLS to backends (Gateway API).
    BackendTlsPolicies,
    /// Envoy's admin interface.
    Proxies,
}

/// How a feed is.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr,
)]
#[serde(tag = "state", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SourceStatus {
    /// Not wanted, or not set up.
    #[default]
    Off,
    /// Nothing was heard yet.
    Connecting,
    /// What is shown is what is.
    Live,
    /// What is shown is old; it tries again by itself.
    Stale {
        /// Since when nothing is heard.
        since: Timestamp,
        /// Why.
        error: Line,
        /// When it tries again.
        retry_at: Timestamp,
    },
    /// These rights do not reach it.
    Denied {
        /// The verb, the resource and the place that the rights lack, and what to do.
        hint: Line,
    },
    /// The cluster does not serve this kind.
    NotInstalled {
        /// What would have to be installed.
        what: Line,
    },
}

impl SourceStatus {
    /// A word or two for it, to be read; to be kept, it converts into its name in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Stale { .. } => "stale",
            Self::Denied { .. } => "denied",
            Self::NotInstalled { .. } => "not installed",
        }
    }

    /// Whether there is nothing more to wait for: its data are there, or will not come.
    pub fn is_settled(&self) -> bool {
        match self {
            Self::Off | Self::Live | Self::Denied { .. } | Self::NotInstalled { .. } => true,
            Self::Connecting | Self::Stale { .. } => false,
        }
    }
}
