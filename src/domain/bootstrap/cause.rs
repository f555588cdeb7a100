//! Why a stage fails or does not end, in kinds that call for different acts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NodeAct;
use crate::domain::line::Line;

/// What keeps a node or the cluster from coming up.
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
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Cause {
    /// The ingress node does not forward packets (`net.ipv4.ip_forward`).
    NoForwarding,
    /// The ingress node's firewall refuses what it should forward.
    ForwardRejected,
    /// The ingress node does not masquerade what leaves the VCN.
    NoMasquerade,
    /// It masquerades on another network card than the one that leads out.
    WrongCard,
    /// The ingress node's VNIC drops packets that are not its own (source/destination check).
    SourceCheck,
    /// The private subnet's route table has no default route to the ingress node.
    NoDefaultRoute,
    /// A node's firewall refuses what nodes say to each other.
    InputRejected,
    /// The VCN's security lists refuse what nodes say to each other.
    SecurityList,
    /// Pods of two nodes do not reach each other: UDP 8472 (VXLAN) does not pass.
    VxlanBlocked,
    /// The agent's join token is not the server's.
    WrongToken,
    /// The agent has certificates of a server that is no more.
    StaleCertificates,
    /// The server knows another machine by this node's name.
    NodePassword,
    /// A label of the node is one that agents may not give themselves.
    LabelRefused,
    /// The server's API does not answer.
    ServerDown,
    /// There is no such release of K3s.
    NoSuchRelease,
    /// What was downloaded is not the pinned release.
    WrongChecksum,
    /// Names do not resolve on the node.
    NoNames,
    /// Another side does not answer in time, and nothing of ours is in its way.
    Slow,
    /// The node's clock is wrong.
    Clock,
    /// The node's disk is full.
    DiskFull,
    /// The node ran out of memory.
    OutOfMemory,
    /// An image is not made for arm64.
    WrongArchitecture,
    /// cloud-init ended and the bootstrap script never began.
    NeverStarted,
    /// The node shows another host key than the pinned one.
    HostKeyChanged,
    /// SSH does not let us in; the node is known by its console only.
    NoSsh,
}

/// What mends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "remedy", rename_all = "snake_case")]
pub enum Remedy {
    /// One act on a node.
    Act(NodeAct),
    /// `k3scope apply`, which restores what was changed in the cloud.
    Apply,
    /// A person, who is told what to do.
    Person,
}

/// What was found by looking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnosis {
    /// What keeps it.
    pub cause: Cause,
    /// What it comes from, in one sentence that names the node and the thing.
    pub meaning: Line,
    /// What was seen: a rule, an answer, a setting.
    pub evidence: Vec<Line>,
    /// The next step, in one sentence.
    pub next: Line,
    /// What mends it.
    pub remedy: Remedy,
}
