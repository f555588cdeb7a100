//! What provisioning is about to do: resources, and the order that follows from who needs whom.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::allowance::AllowanceCheck;

/// Names one resource of a cluster: the value of its tag `k3scope-key`.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct ResourceKey(pub String);

impl ResourceKey {
    /// The key with this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

/// What the key of the step begins with that removes the old one of a replacement.
pub const REPLACED: &str = "replaced-";

impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What a resource is.
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
    /// Reserved public address.
    #[strum(serialize = "public IP")]
    PublicIp,
    /// That the reserved address belongs to the ingress node: a setting of the address.
    #[strum(serialize = "IP assignment")]
    PublicIpAssignment,
    /// The private subnet's way to the internet, through the ingress node: a rule of the route table.
    #[strum(serialize = "default route")]
    DefaultRoute,
    /// Compartment quota: a guard against more than is free.
    Quota,
    /// Something that the operator's own configuration adds; its key is its address there.
    #[strum(serialize = "resource")]
    Other,
}

/// What is to happen to a resource.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "lowercase")]
pub enum Action {
    /// It is not there and will be made.
    Create,
    /// It is there and stays.
    Keep,
    /// It is there, and fields of it will be changed back in place.
    Update,
    /// It is there and stays, and Terraform's state will know it from then on.
    Import,
    /// It is there and will be removed.
    Delete,
}

/// A managed field that is not as the configuration says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// The field, as OCI's API names it: `routeRules`, `shapeConfig.ocpus`.
    pub field: String,
    /// What it is, in one line.
    pub found: String,
    /// What it should be, in one line.
    pub wanted: String,
    /// What it takes to restore it.
    pub remedy: Remedy,
}

/// What it takes to restore a field.
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
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Remedy {
    /// A change in place that interrupts nothing.
    Change,
    /// A change in place that restarts the instance.
    Restart,
    /// A new resource in place of this one; done only where it was agreed to.
    Replace,
    /// Nothing restores it: the configuration asks for nothing else there, or leaves it to others.
    Leave,
}

/// One resource of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// Managed fields that are not as they should be, or were changed outside. On a step that keeps,
    /// those that only a replacement would restore, and those that are left as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Drift>,
    /// How long it took in earlier runs, in seconds, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<u64>,
}

impl Step {
    fn waits_for_replacement(&self) -> bool {
        self.drift.iter().any(|it| it.remedy == Remedy::Replace)
    }
}

/// What the run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "lowercase")]
pub enum Operation {
    /// Make what is missing.
    Apply,
    /// Remove all that bears the cluster's tag.
    Destroy,
}

/// How many steps do what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// To create, or created.
    pub create: usize,
    /// To keep, or kept.
    pub keep: usize,
    /// To change, or changed.
    #[serde(default)]
    pub update: usize,
    /// To take into Terraform's state as it is, or taken.
    #[serde(default)]
    pub import: usize,
    /// To delete, or deleted.
    pub delete: usize,
}

impl Counts {
    /// Counts one step more.
    pub fn add(&mut self, action: Action) {
        match action {
            Action::Create => self.create += 1,
            Action::Keep => self.keep += 1,
            Action::Update => self.update += 1,
            Action::Import => self.import += 1,
            Action::Delete => self.delete += 1,
        }
    }
}

/// Something that bears the cluster's tag, or stands beside it, and that a run will not touch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spared {
    /// What it is, with its name.
    pub what: String,
    /// Its OCID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why it stays, and what to do about it.
    pub why: String,
}

/// All that one run will do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// The OCID of the image that new nodes start from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// What `destroy` will not delete.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spared: Vec<Spared>,
    /// What the engine only writes into its own records, such as Terraform's state and outputs:
    /// nothing in the cloud changes for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<String>,
    /// What else to know before it is carried out. Boxed: a plan stands in events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Box<str>>,
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

    /// Steps that keep what only a replacement, which nobody agreed to yet, would put right.
    pub fn unrestored(&self) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(|step| step.action == Action::Keep && step.waits_for_replacement())
    }

    /// Steps that keep what was changed outside, because nothing asks for another value.
    pub fn left(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| {
            let differs = step.action == Action::Keep && !step.drift.is_empty();
            differs && !step.waits_for_replacement()
        })
    }

    /// Whether the run would make a node, for the first time or anew.
    pub fn makes_nodes(&self) -> bool {
        self.instances().any(|step| step.action == Action::Create)
    }

    /// Whether the instance with this key is there, and the run neither makes nor removes it.
    pub fn leaves_standing(&self, key: &str) -> bool {
        let stays = |action| matches!(action, Action::Keep | Action::Update | Action::Import);
        self.instances()
            .any(|step| step.key.0 == key && stays(step.action))
    }

    fn instances(&self) -> impl Iterator<Item = &Step> {
        let is_instance = |step: &&Step| step.kind == ResourceKind::Instance;
        self.steps.iter().filter(is_instance)
    }

    /// Whether the run would change nothing in the cloud.
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| step.action == Action::Keep)
    }
}
