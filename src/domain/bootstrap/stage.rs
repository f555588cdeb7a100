//! The stages of coming up, by node and by cluster.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::topology::Role;

/// A stage of coming up, in the order in which they become possible.
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
    strum::EnumString,
    strum::EnumIter,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Stage {
    /// The instance runs, says OCI.
    Instance,
    /// Its serial console shows that it boots.
    Console,
    /// Its SSH host keys stood on the console and are pinned.
    HostKeys,
    /// SSH lets us in.
    Login,
    /// The script: packets of the VCN pass the firewall, pods do not reach the metadata service.
    Firewall,
    /// The script, ingress node: traffic of the private nodes is forwarded and masqueraded.
    Nat,
    /// The script, private nodes: the way out through the ingress node works.
    Route,
    /// The script: K3s at the pinned version is there and its checksum is right.
    Download,
    /// The script, server: what K3s lays down by itself at its start is in place.
    Manifests,
    /// The script, agents: the API server is reached.
    ApiServer,
    /// The script: K3s runs, as server or as agent.
    K3s,
    /// cloud-init has ended.
    CloudInit,
    /// Kubernetes says that the node is Ready.
    Ready,
    /// The cluster: the Kubernetes API answers through the tunnel.
    Api,
    /// The cluster: the Secrets that cannot stand in Git are placed.
    Secrets,
    /// The cluster: Argo CD runs.
    ArgoCd,
    /// The cluster: the root Application is Synced.
    Root,
    /// The cluster: the root and its applications are Synced and Healthy.
    Applications,
    /// The cluster: every certificate is valid.
    Certificates,
    /// The cluster: every record is published and resolves.
    Records,
    /// The cluster: every configured host answers 200 over verified TLS.
    Hosts,
}

impl Stage {
    /// The stages that the bootstrap script of this role goes through, by the names that its
    /// markers bear.
    pub fn of_script(role: Role) -> &'static [Self] {
        match role {
            Role::Ingress => &[
                Self::Firewall,
                Self::Nat,
                Self::Download,
                Self::ApiServer,
                Self::K3s,
            ],
            Role::Server => &[
                Self::Firewall,
                Self::Route,
                Self::Download,
                Self::Manifests,
                Self::K3s,
            ],
            Role::Worker => &[
                Self::Firewall,
                Self::Route,
                Self::Download,
                Self::ApiServer,
                Self::K3s,
            ],
        }
    }

    /// All stages of a node of this role.
    pub fn of_node(role: Role) -> Vec<Self> {
        let before = [Self::Instance, Self::Console, Self::HostKeys, Self::Login];
        let after = [Self::CloudInit, Self::Ready];
        let script = Self::of_script(role).iter().copied();
        before.into_iter().chain(script).chain(after).collect()
    }

    /// The stages of the cluster up to this goal.
    pub fn of_cluster(goal: Goal) -> Vec<Self> {
        let mut stages = vec![Self::Api];
        if goal.places {
            stages.push(Self::Secrets);
        }
        stages.push(Self::ArgoCd);
        if goal.delivers {
            stages.extend([Self::Root, Self::Applications]);
            if goal.named {
                stages.extend([Self::Certificates, Self::Records, Self::Hosts]);
            }
        }
        stages
    }

    /// What it is called on a screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Instance => "instance runs",
            Self::Console => "boots",
            Self::HostKeys => "host keys pinned",
            Self::Login => "SSH login",
            Self::Firewall => "firewall",
            Self::Nat => "NAT",
            Self::Route => "route out",
            Self::Download => "K3s download",
            Self::Manifests => "manifests",
            Self::ApiServer => "API server reached",
            Self::K3s => "K3s runs",
            Self::CloudInit => "cloud-init ended",
            Self::Ready => "node Ready",
            Self::Api => "API through tunnel",
            Self::Secrets => "secrets placed",
            Self::ArgoCd => "Argo CD",
            Self::Root => "root Application",
            Self::Applications => "applications",
            Self::Certificates => "certificates",
            Self::Records => "DNS records",
            Self::Hosts => "hosts answer",
        }
    }

    /// How long it takes, in seconds, as far as nothing is known of earlier runs (see
    /// [`Usual`](super::Usual)).
    pub(super) fn expected_seconds(self) -> u64 {
        match self {
            Self::Console | Self::Login | Self::Nat | Self::Manifests | Self::Secrets => 10,
            Self::HostKeys | Self::Firewall | Self::Hosts => 20,
            Self::Download | Self::Ready | Self::Api | Self::Root => 30,
            Self::Instance => 45,
            Self::Route | Self::CloudInit | Self::K3s | Self::Records => 60,
            Self::ApiServer | Self::Certificates => 120,
            Self::ArgoCd => 150,
            Self::Applications => 240,
        }
    }
}

/// What a cluster is to come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Goal {
    /// Whether a Git repository delivers its content; without one Argo CD is the end.
    pub delivers: bool,
    /// Whether there is a domain, with names to wait for.
    pub named: bool,
    /// Whether Secrets are placed by the Kubernetes API.
    pub places: bool,
}
