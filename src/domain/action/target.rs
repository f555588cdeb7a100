//! Kinds of objects that actions are for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What can be deleted because its controller then makes it anew, and better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Deletable {
    /// A pod: its controller makes another one.
    Pod,
    /// cert-manager's request: the certificate makes another one.
    CertificateRequest,
    /// cert-manager's ACME order: the request makes another one.
    Order,
}

impl Deletable {
    /// The kind.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Pod => "Pod",
            Self::CertificateRequest => "CertificateRequest",
            Self::Order => "Order",
        }
    }

    /// Its API group.
    pub fn group(self) -> &'static str {
        match self {
            Self::Pod => "",
            Self::CertificateRequest => "cert-manager.io",
            Self::Order => "acme.cert-manager.io",
        }
    }

    /// The resource, in the plural.
    pub fn resource(self) -> &'static str {
        match self {
            Self::Pod => "pods",
            Self::CertificateRequest => "certificaterequests",
            Self::Order => "orders",
        }
    }
}

/// What keeps pods of one template (group `apps`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Workload {
    /// A Deployment.
    Deployment,
    /// A StatefulSet.
    StatefulSet,
    /// A DaemonSet.
    DaemonSet,
}

impl Workload {
    /// The kind.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
        }
    }

    /// The resource, in the plural.
    pub fn resource(self) -> &'static str {
        match self {
            Self::Deployment => "deployments",
            Self::StatefulSet => "statefulsets",
            Self::DaemonSet => "daemonsets",
        }
    }

    /// The workload of this kind, where it is one.
    pub fn of_kind(kind: &str) -> Option<Self> {
        [Self::Deployment, Self::StatefulSet, Self::DaemonSet]
            .into_iter()
            .find(|workload| workload.kind() == kind)
    }
}
