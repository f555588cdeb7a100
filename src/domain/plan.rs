//! What provisioning is about to do: resources, and the order that follows from who needs whom.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::allowance::AllowanceCheck;

/// Names one resource of a cluster: the value of its tag `k3scope-key`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceKey(pub String);

impl ResourceKey {
    /// The key with this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What a resource is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "lowercase")]
pub enum ResourceKind {
    /// Virtual cloud network.
    #[strum(serialize = "VCN")]
    Vcn,
    /// Internet gateway.
    #[strum(serialize = "internet gateway")]
    InternetGateway,
    /// Route table.
    #[strum(serialize = "route table")]
    RouteTable,
    /// Security list.
    #[strum(serialize = "security list")]
    SecurityList,
    /// Subnet.
    Subnet,
    /// Instance: a virtual machine with its boot volume and its network interface.
    Instance,
}

/// What is to happen to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "lowercase")]
pub enum Action {
    /// It is not there and will be made.
    Create,
    /// It is there and stays.
    Keep,
    /// It is there and will be removed.
    Delete,
}

/// One resource of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which resource.
    pub key: ResourceKey,
    /// What it is.
    pub kind: ResourceKind,
    /// Its display name.
    pub name: String,
    /// What will happen to it.
    pub action: Action,
    /// Its OCID, where it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Steps that must have ended before this one begins.
    pub needs: Vec<ResourceKey>,
    /// What is special about it, in a few words (size, address range).
    pub summary: String,
}

/// What the run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "lowercase")]
pub enum Operation {
    /// Make what is missing.
    Apply,
    /// Remove all that bears the cluster's tag.
    Destroy,
}

/// How many steps do what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// To create, or created.
    pub create: usize,
    /// To keep, or kept.
    pub keep: usize,
    /// To delete, or deleted.
    pub delete: usize,
}

impl Counts {
    /// Counts one step more.
    pub fn add(&mut self, action: Action) {
        match action {
            Action::Create => self.create += 1,
            Action::Keep => self.keep += 1,
            Action::Delete => self.delete += 1,
        }
    }
}

/// All that one run will do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The cluster's name.
    pub cluster: String,
    /// What for.
    pub operation: Operation,
    /// The region it happens in.
    pub region: String,
    /// The steps; each stands after those that it needs.
    pub steps: Vec<Step>,
    /// What it uses of what is free.
    pub allowance: AllowanceCheck,
}

impl Plan {
    /// How many steps do what.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for step in &self.steps {
            counts.add(step.action);
        }
        counts
    }

    /// Whether the run would change nothing.
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| step.action == Action::Keep)
    }
}
