//! The kinds that are watched: what each is called in the API, and what it becomes.

use serde::de::DeserializeOwned;

use super::routing::{
    BackendTlsPolicies, BackendTrafficPolicies, ClientTrafficPolicies, GrpcRoutes,
    SecurityPolicies, TcpRoutes, TlsRoutes,
};
use super::wire;
use crate::domain::application::Application;
use crate::domain::certificate::Certificate;
use crate::domain::cluster_event::ClusterEvent;
use crate::domain::endpoints::EndpointSlice;
use crate::domain::event::{Change, What};
use crate::domain::external_secret::{ClusterSecretStore, ExternalSecret, SecretStore};
use crate::domain::issuance::{CertificateRequest, Challenge, Order};
use crate::domain::issuer::{ClusterIssuer, Issuer};
use crate::domain::node::Node;
use crate::domain::object::Object;
use crate::domain::pod::Pod;
use crate::domain::record::DnsEndpoint;
use crate::domain::reference_grant::ReferenceGrant;
use crate::domain::route::{Gateway, GatewayClass, HttpRoute, ListenerSet};
use crate::domain::source::SourceId;

/// How a kind is called in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiName {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// Versions that can be read, the preferred one first.
    pub versions: &'static [&'static str],
    /// The kind.
    pub kind: &'static str,
    /// The resource, as in the address.
    pub plural: &'static str,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Who brings it, for a cluster that does not serve it.
    pub brought_by: &'static str,
}

impl ApiName {
    /// The group and the preferred version, as `apiVersion` has them.
    pub fn group_version(&self) -> String {
        let version = self.versions.first().copied().unwrap_or_default();
        match self.group {
            "" => version.to_owned(),
            group => format!("{group}/{version}"),
        }
    }

    /// The resource with its group, as messages name it: `orders.acme.cert-manager.io`.
    pub fn resource(&self) -> String {
        self.grouped(self.plural)
    }

    /// The kind as kubectl takes it: `order.acme.cert-manager.io`.
    pub fn spoken(&self) -> String {
        self.grouped(&self.kind.to_lowercase())
    }

    pub(super) fn grouped(&self, name: &str) -> String {
        match self.group {
            "" => name.to_owned(),
            group => format!("{name}.{group}"),
        }
    }
}

/// A kind that can be watched.
pub(crate) trait Kind: 'static {
    /// What such an object becomes. Kinds that say the same become the same.
    type Object: Object + Send + 'static;

    /// The body of such an object on the wire.
    type Wire: DeserializeOwned + Clone + std::fmt::Debug + Send + 'static;

    /// How the API calls it.
    const API: ApiName;

    /// The feed that tells of it.
    const SOURCE: SourceId;

    /// An object, as it was read.
    fn object(meta: wire::Meta, body: Self::Wire) -> Self::Object;

    /// A change to it, as an event.
    fn what(change: Change<Self::Object>) -> What;
}

macro_rules! kind {
    ($domain:ident, $wire:ty, $source:ident, $api:expr) => {
        impl Kind for $domain {
            type Object = Self;
            type Wire = $wire;
            const API: ApiName = $api;
            const SOURCE: SourceId = SourceId::$source;

            fn object(meta: wire::Meta, body: $wire) -> Self {
                (meta, body).into()
            }

            fn what(change: Change<Self>) -> What {
                What::$domain(change)
            }
        }
    };
}

const fn core(kind: &'static str, plural: &'static str, namespaced: bool) -> ApiName {
    ApiName {
        group: "",
        versions: &["v1"],
        kind,
        plural,
        namespaced,
        brought_by: "Kubernetes",
    }
}

/// Nodes of the cluster.
pub const NODE: ApiName = core("Node", "nodes", false);
/// Pods.
pub const POD: ApiName = core("Pod", "pods", true);
/// Namespaces.
pub const NAMESPACE: ApiName = core("Namespace", "namespaces", false);
/// Secrets.
pub const SECRET: ApiName = core("Secret", "secrets", true);
/// Services.
pub const SERVICE: ApiName = core("Service", "services", true);
/// `ConfigMaps`.
pub const CONFIG_MAP: ApiName = core("ConfigMap", "configmaps", true);
/// Claims of volumes.
pub const VOLUME_CLAIM: ApiName = core("PersistentVolumeClaim", "persistentvolumeclaims", true);

const fn cert_manager(group: &'static str, kind: &'static str, plural: &'static str) -> ApiName {
    ApiName {
        group,
        versions: &["v1"],
        kind,
        plural,
        namespaced: true,
        brought_by: "cert-manager",
    }
}

pub(super) const fn gateway_api(
    kind: &'static str,
    plural: &'static str,
    namespaced: bool,
) -> ApiName {
    ApiName {
        group: "gateway.networking.k8s.io",
        versions: &["v1", "v1beta1"],
        kind,
        plural,
        namespaced,
        brought_by: "the Gateway API",
    }
}

kind!(Node, wire::node::NodeBody, Nodes, NODE);
kind!(Pod, wire::pod::PodBody, Pods, POD);
kind!(
    ClusterEvent,
    wire::cluster_event::EventBody,
    Events,
    core("Event", "events", true)
);
/// Argo CD's Applications.
pub const APPLICATION: ApiName = ApiName {
    group: "argoproj.io",
    versions: &["v1alpha1"],
    kind: "Application",
    plural: "applications",
    namespaced: true,
    brought_by: "Argo CD",
};
/// cert-manager's Certificates.
pub const CERTIFICATE: ApiName = cert_manager("cert-manager.io", "Certificate", "certificates");
/// cert-manager's requests.
pub const CERTIFICATE_REQUEST: ApiName = cert_manager(
    "cert-manager.io",
    "CertificateRequest",
    "certificaterequests",
);
/// cert-manager's ACME orders.
pub const ORDER: ApiName = cert_manager("acme.cert-manager.io", "Order", "orders");
/// cert-manager's issuers of one namespace.
pub const ISSUER: ApiName = cert_manager("cert-manager.io", "Issuer", "issuers");
/// cert-manager's issuers for all namespaces.
pub const CLUSTER_ISSUER: ApiName = ApiName {
    namespaced: false,
    ..cert_manager("cert-manager.io", "ClusterIssuer", "clusterissuers")
};

const fn apps(kind: &'static str, plural: &'static str) -> ApiName {
    ApiName {
        group: "apps",
        ..core(kind, plural, true)
    }
}

/// Deployments.
pub const DEPLOYMENT: ApiName = apps("Deployment", "deployments");
/// `StatefulSets`.
pub const STATEFUL_SET: ApiName = apps("StatefulSet", "statefulsets");
/// `DaemonSets`.
pub const DAEMON_SET: ApiName = apps("DaemonSet", "daemonsets");
/// `ReplicaSets`.
pub const REPLICA_SET: ApiName = apps("ReplicaSet", "replicasets");
/// Jobs.
pub const JOB: ApiName = ApiName {
    group: "batch",
    ..core("Job", "jobs", true)
};

/// Every kind that can be looked at by its name.
pub const ALL: &[ApiName] = &[
    NODE,
    POD,
    NAMESPACE,
    SECRET,
    SERVICE,
    CONFIG_MAP,
    VOLUME_CLAIM,
    DEPLOYMENT,
    STATEFUL_SET,
    DAEMON_SET,
    REPLICA_SET,
    JOB,
    APPLICATION,
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    ORDER,
    ISSUER,
    CLUSTER_ISSUER,
    <Challenge as Kind>::API,
    <EndpointSlice as Kind>::API,
    <GatewayClass as Kind>::API,
    <Gateway as Kind>::API,
    <HttpRoute as Kind>::API,
    <DnsEndpoint as Kind>::API,
    <GrpcRoutes as Kind>::API,
    <TlsRoutes as Kind>::API,
    <TcpRoutes as Kind>::API,
    <ReferenceGrant as Kind>::API,
    <ListenerSet as Kind>::API,
    <BackendTrafficPolicies as Kind>::API,
    <ClientTrafficPolicies as Kind>::API,
    <SecurityPolicies as Kind>::API,
    <BackendTlsPolicies as Kind>::API,
    <ClusterEvent as Kind>::API,
    <ExternalSecret as Kind>::API,
    <SecretStore as Kind>::API,
    <ClusterSecretStore as Kind>::API,
];

kind!(
    EndpointSlice,
    wire::endpoint_slice::EndpointSliceBody,
    EndpointSlices,
    ApiName {
        group: "discovery.k8s.io",
        ..core("EndpointSlice", "endpointslices", true)
    }
);
kind!(
    Application,
    wire::application::ApplicationBody,
    Applications,
    APPLICATION
);
kind!(
    Certificate,
    wire::certificate::CertificateBody,
    Certificates,
    CERTIFICATE
);
kind!(
    CertificateRequest,
    wire::issuance::RequestBody,
    CertificateRequests,
    CERTIFICATE_REQUEST
);
kind!(Issuer, wire::issuer::IssuerBody, Issuers, ISSUER);
kind!(
    ClusterIssuer,
    wire::issuer::IssuerBody,
    ClusterIssuers,
    CLUSTER_ISSUER
);
kind!(Order, wire::issuance::OrderBody, Orders, ORDER);
kind!(
    Challenge,
    wire::issuance::ChallengeBody,
    Challenges,
    cert_manager("acme.cert-manager.io", "Challenge", "challenges")
);
kind!(
    GatewayClass,
    wire::gateway::GatewayClassBody,
    GatewayClasses,
    gateway_api("GatewayClass", "gatewayclasses", false)
);
kind!(
    Gateway,
    wire::gateway::GatewayBody,
    Gateways,
    gateway_api("Gateway", "gateways", true)
);
kind!(
    HttpRoute,
    wire::route::RouteBody,
    HttpRoutes,
    gateway_api("HTTPRoute", "httproutes", true)
);
kind!(
    ReferenceGrant,
    wire::reference_grant::GrantBody,
    ReferenceGrants,
    gateway_api("ReferenceGrant", "referencegrants", true)
);
kind!(
    ListenerSet,
    wire::gateway::ListenerSetBody,
    ListenerSets,
    ApiName {
        versions: &["v1"],
        ..gateway_api("ListenerSet", "listenersets", true)
    }
);
kind!(
    DnsEndpoint,
    wire::dns_endpoint::DnsEndpointBody,
    DnsEndpoints,
    ApiName {
        group: "externaldns.k8s.io",
        versions: &["v1alpha1"],
        kind: "DNSEndpoint",
        plural: "dnsendpoints",
        namespaced: true,
        brought_by: "external-dns",
    }
);

const fn external_secrets(kind: &'static str, plural: &'static str) -> ApiName {
    ApiName {
        group: "external-secrets.io",
        versions: &["v1", "v1beta1"],
        kind,
        plural,
        namespaced: true,
        brought_by: "external-secrets",
    }
}

kind!(
    ExternalSecret,
    wire::external_secret::ExternalSecretBody,
    ExternalSecrets,
    external_secrets("ExternalSecret", "externalsecrets")
);
kind!(
    SecretStore,
    wire::external_secret::StoreBody,
    SecretStores,
    external_secrets("SecretStore", "secretstores")
);
kind!(
    ClusterSecretStore,
    wire::external_secret::StoreBody,
    ClusterSecretStores,
    ApiName {
        namespaced: false,
        ..external_secrets("ClusterSecretStore", "clustersecretstores")
    }
);
