//! What a person can have done about a node.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Stage;
use crate::domain::line::Line;

/// The file with the join token, on every node of a cluster.
pub const JOIN_TOKEN: &str = "/etc/k3scope/agent-token";

/// Something to do on a node, or for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum NodeAct {
    /// Run its bootstrap script again.
    RunAgain {
        /// Which node.
        node: Line,
        /// From this stage on; from the first where absent.
        from: Option<Stage>,
    },
    /// Remove the certificates that an agent has of a server that is no more, and let it join anew.
    Rejoin {
        /// Which node.
        node: Line,
    },
    /// Give it the join token that the server has, and let its K3s read it.
    GiveToken {
        /// Which node.
        node: Line,
        /// The node that the token is read from.
        server: Line,
    },
    /// Delete the Node that a rebuilt machine left in the cluster, so that the new one may join.
    Forget {
        /// Which node.
        node: Line,
    },
    /// Believe the host key that a node shows from now on, in place of the pinned ones.
    Trust {
        /// Which node.
        node: Line,
        /// The fingerprint of that key, `SHA256:…`.
        offered: Line,
    },
    /// Open a shell on it.
    Shell {
        /// Which node.
        node: Line,
    },
    /// Write its whole log, secrets taken out, to a file.
    SaveLog {
        /// Which node.
        node: Line,
    },
}

impl NodeAct {
    /// The node that it is about.
    pub fn node(&self) -> &Line {
        match self {
            Self::RunAgain { node, .. }
            | Self::Rejoin { node }
            | Self::GiveToken { node, .. }
            | Self::Forget { node }
            | Self::Trust { node, .. }
            | Self::Shell { node }
            | Self::SaveLog { node } => node,
        }
    }

    /// Whether it changes anything outside of this machine.
    pub fn writes(&self) -> bool {
        match self {
            Self::RunAgain { .. }
            | Self::Rejoin { .. }
            | Self::GiveToken { .. }
            | Self::Forget { .. } => true,
            Self::Trust { .. } | Self::Shell { .. } | Self::SaveLog { .. } => false,
        }
    }

    /// What is being done, in a few words that follow the node's name and a colon.
    pub fn doing(&self) -> String {
        match self {
            Self::RunAgain { from: None, .. } => "running its bootstrap again".to_owned(),
            Self::RunAgain {
                from: Some(stage), ..
            } => format!("running its bootstrap again from {stage} on"),
            Self::Rejoin { .. } => "joining the cluster anew".to_owned(),
            Self::GiveToken { server, .. } => format!("giving it the join token of {server}"),
            Self::Forget { .. } => "deleting its Node".to_owned(),
            Self::Trust { .. } => "pinning the host key that it shows".to_owned(),
            Self::Shell { .. } => "opening a shell".to_owned(),
            Self::SaveLog { .. } => "saving its log".to_owned(),
        }
    }

    /// The command that does the same, for copying; nothing where there is none.
    pub fn command(&self) -> Option<String> {
        let script = "sudo k3scope-bootstrap";
        Some(match self {
            Self::RunAgain { node, from: None } => format!("k3scope ssh {node} -- {script}"),
            Self::RunAgain {
                node,
                from: Some(stage),
            } => format!("k3scope ssh {node} -- {script} --from {stage}"),
            Self::Rejoin { node } => format!("k3scope ssh {node} -- {script} --rejoin"),
            Self::GiveToken { node, server } => format!(
                "k3scope ssh {server} -- sudo cat {JOIN_TOKEN} | k3scope ssh {node} -- sudo tee \
                 {JOIN_TOKEN} >/dev/null && k3scope ssh {node} -- {script} --from {}",
                Stage::K3s
            ),
            Self::Forget { node } => format!("kubectl delete node {node}"),
            Self::Shell { node } => format!("k3scope ssh {node}"),
            Self::Trust { .. } | Self::SaveLog { .. } => return None,
        })
    }
}
