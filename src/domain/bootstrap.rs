//! How nodes come up and become a cluster: the stages, and what is told of them.

use serde::{Deserialize, Serialize};

use super::line::Line;
use super::problem::Problem;
use super::topology::Role;

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

    /// All stages of the cluster. Without a Git repository (`delivers` false) Argo CD is the end of
    /// it; without a domain (`named` false) it has no names to wait for.
    pub fn of_cluster(delivers: bool, named: bool) -> &'static [Self] {
        const ALL: &[Stage] = &[
            Stage::Api,
            Stage::ArgoCd,
            Stage::Root,
            Stage::Applications,
            Stage::Certificates,
            Stage::Records,
            Stage::Hosts,
        ];
        match (delivers, named) {
            (false, _) => ALL.split_at(2).0,
            (true, false) => ALL.split_at(4).0,
            (true, true) => ALL,
        }
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
            Self::ArgoCd => "Argo CD",
            Self::Root => "root Application",
            Self::Applications => "applications",
            Self::Certificates => "certificates",
            Self::Records => "DNS records",
            Self::Hosts => "hosts answer",
        }
    }

    /// How long it usually takes, in seconds: what slow is measured against.
    pub fn expected_seconds(self) -> u64 {
        match self {
            Self::Console | Self::Login | Self::Nat | Self::Manifests => 10,
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

/// How far a stage is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Progress {
    /// Its turn has not come.
    #[default]
    Waiting,
    /// It is under way; what it waits for, where it says so.
    Running {
        /// In a few words, such as `route to 10.0.2.10:6443`.
        waits_for: Line,
    },
    /// Done.
    Done,
    /// It failed: the command, its last lines, what it means and what to do.
    Failed {
        /// All of that.
        problem: Problem,
    },
}

/// Whose stage it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The cluster as a whole.
    Cluster,
    /// The node of this name.
    Node(Line),
}

/// A node that is followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    /// Its name.
    pub name: Line,
    /// What it does.
    pub role: Role,
}

/// Where a line of a node's log stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum LogOrigin {
    /// On the serial console.
    Console,
    /// In `/var/log/cloud-init-output.log`.
    CloudInit,
    /// In `/var/log/k3scope-bootstrap.log`.
    Script,
}

/// One thing that was learnt while following the nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum BootstrapEvent {
    /// Following begins.
    Started {
        /// Whom.
        nodes: Vec<Followed>,
        /// Whether a Git repository delivers the cluster's content.
        delivers: bool,
        /// The hosts that must answer in the end; none without a domain.
        hosts: Vec<Line>,
    },
    /// A stage is further than before.
    Stage {
        /// Whose.
        of: Subject,
        /// Which.
        stage: Stage,
        /// How far.
        progress: Progress,
    },
    /// Lines of a node's log.
    Log {
        /// Which node.
        node: Line,
        /// Where they stood.
        origin: LogOrigin,
        /// The lines, oldest first.
        lines: Vec<Line>,
    },
    /// A host was asked for its page.
    Host {
        /// Which.
        host: Line,
        /// Whether it answered 200 over verified TLS.
        well: bool,
        /// The answer, or what is in its way.
        answer: Line,
    },
    /// Following has ended.
    Finished {
        /// Whether the cluster is healthy.
        healthy: bool,
    },
}

/// The word that opens a marker on the serial console and in the script's log.
pub const MARKER_START: &str = "@k3scope ";
/// What closes it, so that a line that the kernel tore is noticed.
pub const MARKER_END: &str = " @end";
