//! What a person can have done in the cluster, or for it at Cloudflare: plain data, free of secrets.
//!
//! How each is written is `kube`'s; when each may be offered is its pane's. Here stands what all have
//! to know of it: which object, which rights, how it is called, which command does the same.

mod event;
mod instance;
mod record;
mod right;
mod sync;
mod target;
mod words;

pub use event::{ActionEvent, ActionOutcome};
pub use instance::InstanceAct;
pub use record::{RecordAim, RecordStep, RecordWish};
pub use right::Right;
pub use sync::{SyncResource, SyncWish};
pub use target::{Deletable, Workload};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::ObjectRef;

/// Something to do in the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Action {
    /// Let Argo CD compare an Application with Git again.
    Refresh {
        /// Which.
        app: ObjectRef,
        /// Without what it remembers of the manifests.
        hard: bool,
    },
    /// Let Argo CD apply what Git says.
    Sync {
        /// Which.
        app: ObjectRef,
        /// What of it, and how.
        wish: SyncWish,
    },
    /// Stop the operation that runs.
    Terminate {
        /// Of which Application.
        app: ObjectRef,
    },
    /// Take away an operation that was asked for and is not taken up.
    DropOperation {
        /// Of which Application.
        app: ObjectRef,
    },
    /// Deploy what was deployed before. Automated sync, the parent's too where that would put it back,
    /// is paused first; which policy stood is kept on the object.
    Rollback {
        /// Which.
        app: ObjectRef,
        /// The number of the entry in its history.
        to: i64,
    },
    /// Put back the automated sync that a rollback paused, exactly as it was.
    Resume {
        /// Of which Application.
        app: ObjectRef,
    },
    /// Issue a certificate anew, now.
    Renew {
        /// Which.
        certificate: ObjectRef,
    },
    /// Let another issuer of the same kind issue a certificate.
    SwitchIssuer {
        /// Which.
        certificate: ObjectRef,
        /// The issuer's name.
        to: Line,
    },
    /// Delete an object, if it is the one that was seen.
    Delete {
        /// Its kind.
        kind: Deletable,
        /// Which.
        of: ObjectRef,
        /// When the one that was seen was made.
        made: Option<Timestamp>,
    },
    /// Replace the pods of a workload, one after the other.
    Restart {
        /// Its kind.
        kind: Workload,
        /// Which.
        of: ObjectRef,
    },
    /// Let no new pod be placed on a node.
    Cordon {
        /// Which.
        node: Line,
    },
    /// Let pods be placed on a node again.
    Uncordon {
        /// Which.
        node: Line,
    },
    /// Cordon a node and evict its pods, as far as disruption budgets permit.
    Drain {
        /// Which.
        node: Line,
    },
    /// Read a secret from its store again (external-secrets).
    RefreshSecret {
        /// Which.
        secret: ObjectRef,
    },
    /// Ask OCI for something for the instance that a node runs on.
    Instance {
        /// The node.
        node: Line,
        /// The instance's OCID.
        ocid: Line,
        /// What.
        #[serde(rename = "what")]
        act: InstanceAct,
    },
    /// Change what is published at Cloudflare.
    Record(Box<RecordWish>),
    /// Give the terminal to a shell in a container.
    Exec {
        /// In which pod.
        pod: ObjectRef,
        /// In which of its containers.
        container: Line,
    },
    /// Let a port of this machine lead to a port of a pod, until that is stopped.
    Forward {
        /// Which pod.
        pod: ObjectRef,
        /// Which of its ports.
        port: u16,
        /// When the pod that was seen was made.
        made: Option<Timestamp>,
    },
}

impl Action {
    /// The object that it is about.
    pub fn target(&self) -> ObjectRef {
        match self {
            Self::Refresh { app, .. }
            | Self::Sync { app, .. }
            | Self::Terminate { app }
            | Self::DropOperation { app }
            | Self::Rollback { app, .. }
            | Self::Resume { app } => app.clone(),
            Self::Renew { certificate } | Self::SwitchIssuer { certificate, .. } => {
                certificate.clone()
            }
            Self::Delete { of, .. } | Self::Restart { of, .. } => of.clone(),
            Self::RefreshSecret { secret } => secret.clone(),
            Self::Cordon { node }
            | Self::Uncordon { node }
            | Self::Drain { node }
            | Self::Instance { node, .. } => ObjectRef::cluster(node.clone()),
            Self::Record(wish) => wish.of.clone(),
            Self::Exec { pod, .. } | Self::Forward { pod, .. } => pod.clone(),
        }
    }

    /// The kind of that object, as people call it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Refresh { .. }
            | Self::Sync { .. }
            | Self::Terminate { .. }
            | Self::DropOperation { .. }
            | Self::Rollback { .. }
            | Self::Resume { .. } => "Application",
            Self::Renew { .. } | Self::SwitchIssuer { .. } => "Certificate",
            Self::Delete { kind, .. } => kind.kind(),
            Self::Restart { kind, .. } => kind.kind(),
            Self::Cordon { .. } | Self::Uncordon { .. } | Self::Drain { .. } => "Node",
            Self::RefreshSecret { .. } => "ExternalSecret",
            Self::Instance { .. } => "Instance",
            Self::Record(_) => "Record",
            Self::Exec { .. } | Self::Forward { .. } => "Pod",
        }
    }

    /// What one must be permitted for it in the cluster. What OCI permits, only OCI's answer tells.
    pub fn needs(&self) -> Vec<Right> {
        let of = self.target();
        let one = |verb: &str, group: &str, resource: &str| {
            vec![Right::new(verb, group, resource, &of.namespace)]
        };
        match self {
            Self::Refresh { .. }
            | Self::Sync { .. }
            | Self::Terminate { .. }
            | Self::DropOperation { .. }
            | Self::Rollback { .. }
            | Self::Resume { .. } => one("patch", "argoproj.io", "applications"),
            Self::Renew { .. } => one("patch", "cert-manager.io", "certificates/status"),
            Self::RefreshSecret { .. } => one("patch", "external-secrets.io", "externalsecrets"),
            Self::SwitchIssuer { .. } => one("patch", "cert-manager.io", "certificates"),
            Self::Delete { kind, .. } => one("delete", kind.group(), kind.resource()),
            Self::Restart { kind, .. } => one("patch", "apps", kind.resource()),
            Self::Cordon { .. } | Self::Uncordon { .. } => one("patch", "", "nodes"),
            Self::Drain { .. } => {
                let all = Line::default();
                let mut needs = one("patch", "", "nodes");
                needs.push(Right::new("list", "", "pods", &all));
                needs.push(Right::new("create", "", "pods/eviction", &all));
                needs
            }
            // What a key or a token may do, OCI and Cloudflare tell with their answers.
            Self::Instance { .. } | Self::Record(_) => Vec::new(),
            Self::Exec { .. } => one("create", "", "pods/exec"),
            Self::Forward { .. } => one("create", "", "pods/portforward"),
        }
    }
}

#[cfg(test)]
mod tests;
