//! What can be filled in: the names of steps and fields, and the key of `cluster.toml` below each.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumProperty, IntoEnumIterator, IntoStaticStr};

use super::steps;

/// A step, in the order in which they stand.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Who is at work: OCI profile and SSH key.
    #[default]
    Credentials,
    /// Where: region, compartment, availability domain.
    Place,
    /// The machines, and what they cost.
    Nodes,
    /// Addresses, and who may reach them.
    Network,
    /// Names, certificates, and the repository.
    Names,
    /// What will be written, and the start.
    Review,
}

impl Step {
    /// The step after this one.
    pub fn next(self) -> Option<Self> {
        Self::iter().find(|step| *step > self)
    }

    /// The step before this one.
    pub fn previous(self) -> Option<Self> {
        Self::iter().rev().find(|step| *step < self)
    }
}

/// A field that there is once. `path` is the key of `cluster.toml` that it edits, `form` what the
/// key holds where that is no text, and an `optional` key is left out where the field is empty.
/// They stand in the order of the steps.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    EnumProperty,
    IntoStaticStr,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Key {
    /// OCI's configuration file.
    #[strum(props(path = "oci.config_file"))]
    ConfigFile,
    /// Whether a profile is used that is there, or a new key is made.
    Access,
    /// The profile.
    #[strum(props(path = "oci.profile"))]
    Profile,
    /// The passphrase of the profile's key.
    Passphrase,
    /// The user that a new key is for.
    User,
    /// The tenancy that a new key is for.
    Tenancy,
    /// The region of the new profile.
    KeyRegion,
    /// Makes a new key.
    MakeApiKey,
    /// Copies the new public key.
    CopyApiKey,
    /// Asks the account again.
    CheckAccount,
    /// The private SSH key's file.
    #[strum(props(path = "ssh.private_key"))]
    SshPrivate,
    /// The public SSH key's file.
    #[strum(props(path = "ssh.public_key"))]
    SshPublic,
    /// Makes an SSH key.
    MakeSshKey,
    /// The region.
    #[strum(props(path = "oci.region", optional = "yes"))]
    Region,
    /// The compartment.
    #[strum(props(path = "oci.compartment", optional = "yes"))]
    Compartment,
    /// The availability domain, by name or number.
    #[strum(props(
        path = "oci.availability_domain",
        optional = "yes",
        form = "number or text"
    ))]
    AvailabilityDomain,
    /// What makes the network and the nodes.
    #[strum(props(path = "provision.engine"))]
    Engine,
    /// Looks for Terraform again.
    CheckProgram,
    /// The cluster's name.
    #[strum(props(path = "cluster.name"))]
    ClusterName,
    /// The layout.
    #[strum(props(path = "cluster.layout"))]
    Layout,
    /// What costs nothing.
    #[strum(props(path = "allowance.preset"))]
    Allowance,
    /// Adds a worker.
    AddWorker,
    /// The VCN.
    #[strum(props(path = "network.vcn"))]
    Vcn,
    /// The public subnet.
    #[strum(props(path = "network.public_subnet"))]
    PublicSubnet,
    /// The private subnet.
    #[strum(props(path = "network.private_subnet"))]
    PrivateSubnet,
    /// From where SSH is allowed.
    #[strum(props(path = "network.ssh_from", form = "list"))]
    SshFrom,
    /// From where node ports are allowed.
    #[strum(props(path = "network.nodeports_from", optional = "yes", form = "list"))]
    NodeportsFrom,
    /// Who keeps the DNS records.
    #[strum(props(path = "dns.provider"))]
    Provider,
    /// The zone.
    #[strum(props(path = "dns.zone", optional = "yes"))]
    Zone,
    /// How the token is found.
    TokenFrom,
    /// The token's environment variable.
    TokenEnv,
    /// The token's file.
    TokenFile,
    /// The token itself.
    Token,
    /// Tries the token again.
    CheckZone,
    /// The documentation site's host.
    #[strum(props(path = "dns.hosts.docs", optional = "yes"))]
    HostDocs,
    /// Argo CD's host.
    #[strum(props(path = "dns.hosts.argocd", optional = "yes"))]
    HostArgocd,
    /// Whom Let's Encrypt writes to.
    #[strum(props(path = "certificates.email", optional = "yes"))]
    Email,
    /// Which of Let's Encrypt's services signs.
    #[strum(props(path = "certificates.issuer"))]
    Issuer,
    /// The Git repository.
    #[strum(props(path = "gitops.repository", optional = "yes"))]
    Repository,
    /// What of the repository counts.
    #[strum(props(path = "gitops.revision"))]
    Revision,
    /// Writes the file and begins.
    Begin,
    /// Runs every check again.
    CheckAll,
}

/// What a key of `cluster.toml` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    NumberOrText,
    List,
}

impl Key {
    /// The key of `cluster.toml` that it edits.
    pub fn path(self) -> Option<&'static str> {
        self.get_str("path")
    }

    pub(super) fn form(self) -> Form {
        match self.get_str("form") {
            Some("list") => Form::List,
            Some("number or text") => Form::NumberOrText,
            _ => Form::Text,
        }
    }

    pub(super) fn is_optional(self) -> bool {
        self.get_str("optional").is_some()
    }

    /// Whether what is typed must not be seen or kept.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Passphrase | Self::Token)
    }

    /// The step that it stands in.
    pub fn step(self) -> Step {
        let row = steps::STEPS.iter().rev().find(|row| row.first <= self);
        row.map_or(Step::Credentials, |row| row.step)
    }
}

/// A column of the table of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Column {
    /// The node's name.
    Name,
    /// Processors.
    Ocpus,
    /// Memory in GB.
    MemoryGb,
    /// Boot volume in GB.
    BootVolumeGb,
    /// The address inside its subnet.
    PrivateIp,
    /// Takes the node away.
    Remove,
}

impl Column {
    /// What stands above it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Ocpus => "OCPU",
            Self::MemoryGb => "GB",
            Self::BootVolumeGb => "boot GB",
            Self::PrivateIp => "address",
            Self::Remove => "",
        }
    }
}

/// One field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldId {
    /// One that there is once.
    Key(Key),
    /// A cell of the table of nodes.
    Node(usize, Column),
}

impl From<Key> for FieldId {
    fn from(key: Key) -> Self {
        Self::Key(key)
    }
}

impl FieldId {
    /// The step that it stands in.
    pub fn step(self) -> Step {
        match self {
            Self::Key(key) => key.step(),
            Self::Node(..) => Step::Nodes,
        }
    }

    /// Whether what is typed must not be seen or kept.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Key(key) if key.is_secret())
    }
}
