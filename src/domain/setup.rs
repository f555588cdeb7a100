//! What the wizard asks of the world, and what it is told.
//!
//! Asks are effects, answers are events: the wizard itself does no I/O. Secrets stand only in asks,
//! never in an answer.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::problem::Problem;

/// A secret on its way from a masked field to the one that uses it. It never shows or serialises.
#[derive(Clone, Default)]
pub struct Hidden(SecretString);

impl Hidden {
    /// Hides a text.
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The secret itself.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl PartialEq for Hidden {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for Hidden {}

/// Something that the wizard wants to know or have done. Asking again replaces what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Which profiles does this OCI configuration file have? Connects to nothing.
    Profiles {
        /// The file.
        config_file: PathBuf,
    },
    /// Make an API key pair beside the configuration file, and a profile that uses it.
    MakeApiKey {
        /// The file that gets the profile; it and the key get mode 0600.
        config_file: PathBuf,
        /// The new profile's name.
        profile: String,
        /// The user's OCID.
        user: String,
        /// The tenancy's OCID.
        tenancy: String,
        /// The region to begin with.
        region: String,
    },
    /// Is there an SSH key pair?
    SshKey {
        /// The private key's file.
        private_key: PathBuf,
        /// The public key's file.
        public_key: PathBuf,
        /// Make one (Ed25519, 0600) where there is none. Never overwrites.
        make: bool,
    },
    /// Log in with a profile and look around.
    Account {
        /// The OCI configuration file.
        config_file: PathBuf,
        /// The profile.
        profile: String,
        /// The private key's passphrase, where it has one.
        passphrase: Option<Hidden>,
    },
    /// What may be used, and what is used, in a region?
    Limits {
        /// The region.
        region: String,
        /// The compartment in which the cluster is to stand.
        compartment: String,
    },
    /// Which Terraform or OpenTofu would be run? Runs it for its version, where the configuration that
    /// is there lets it.
    Program,
    /// Does the token open the zone?
    Zone {
        /// The zone's name.
        zone: String,
        /// The token that was typed; otherwise what `cluster.toml`'s reference leads to.
        token: Option<Hidden>,
    },
    /// Keep what was typed so far, for the next start. Holds no secret.
    Keep {
        /// The draft, as the wizard wrote it.
        draft: String,
    },
    /// Write a secret into the workspace's own folder (0600), where `cluster.toml` refers to it.
    KeepSecret {
        /// The file's name in `.k3scope/secrets/`.
        name: String,
        /// What it holds.
        secret: Hidden,
    },
    /// Run every check against the cluster that this `cluster.toml` would ask for. The checks are
    /// told as events of their own, the end as the answer.
    Preflight {
        /// Its text.
        text: String,
    },
    /// Write `cluster.toml`.
    Write {
        /// Its text.
        text: String,
    },
}

/// Which ask an answer or a failure belongs to.
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
pub enum Topic {
    /// Profiles of a configuration file.
    Profiles,
    /// The API key that was made.
    ApiKey,
    /// The SSH key pair.
    SshKey,
    /// The account.
    Account,
    /// Limits and use.
    Limits,
    /// Terraform or OpenTofu.
    Program,
    /// The zone.
    Zone,
    /// The draft.
    Draft,
    /// A kept secret.
    Secret,
    /// The checks before money or time is spent.
    Preflight,
    /// `cluster.toml`.
    Written,
}

impl Ask {
    /// What its answer is about.
    pub fn topic(&self) -> Topic {
        match self {
            Self::Profiles { .. } => Topic::Profiles,
            Self::MakeApiKey { .. } => Topic::ApiKey,
            Self::SshKey { .. } => Topic::SshKey,
            Self::Account { .. } => Topic::Account,
            Self::Limits { .. } => Topic::Limits,
            Self::Program => Topic::Program,
            Self::Zone { .. } => Topic::Zone,
            Self::Keep { .. } => Topic::Draft,
            Self::KeepSecret { .. } => Topic::Secret,
            Self::Preflight { .. } => Topic::Preflight,
            Self::Write { .. } => Topic::Written,
        }
    }
}

/// A profile of OCI's configuration file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileFound {
    /// Its name.
    pub name: Line,
    /// The region that it names.
    pub region: Line,
    /// The tenancy's OCID.
    pub tenancy: Line,
    /// Whether its private key is encrypted and no passphrase is at hand.
    pub needs_passphrase: bool,
    /// Why it cannot be used, where that is so.
    pub problem: Option<Line>,
}

/// A region that the tenancy is subscribed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegionFound {
    /// Such as `eu-frankfurt-1`.
    pub name: Line,
    /// Whether it is the home region, the only one with Always Free resources.
    pub home: bool,
}

/// A compartment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CompartmentFound {
    /// Its OCID.
    pub id: Line,
    /// Its name; the tenancy's own for the root.
    pub name: Line,
}

/// What an account is, seen with a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountFound {
    /// The profile.
    pub profile: Line,
    /// The tenancy's name.
    pub tenancy: Line,
    /// Its regions.
    pub regions: Vec<RegionFound>,
    /// Its compartments, the root first.
    pub compartments: Vec<CompartmentFound>,
    /// The availability domains of the profile's region.
    pub availability_domains: Vec<Line>,
}

/// What may be used of Ampere A1 and of volumes, and what is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LimitsFound {
    /// The region.
    pub region: Line,
    /// A1 processors: used and allowed in the region (none where no limit is told).
    pub ocpus: (u32, Option<u32>),
    /// A1 memory in GB: used and allowed.
    pub memory_gb: (u32, Option<u32>),
    /// Boot and block volumes in GB: used and allowed.
    pub volume_gb: (u32, Option<u32>),
}

/// A program that makes the cluster from the rendered folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProgramFound {
    /// `Terraform` or `OpenTofu`.
    pub product: Line,
    /// Its version.
    pub version: Line,
    /// Where it is.
    pub path: Line,
}

/// An SSH key pair.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SshKeyFound {
    /// The public key in OpenSSH's one-line format; empty where there is no pair.
    pub public: Line,
    /// Its SHA-256 fingerprint.
    pub fingerprint: Line,
    /// Whether the private key asks for a passphrase.
    pub encrypted: bool,
    /// Whether it was made just now.
    pub made: bool,
}

/// An API key that was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApiKeyMade {
    /// The profile that uses it.
    pub profile: Line,
    /// The public key in PEM, a line each: what is pasted into the console.
    pub public: Vec<Line>,
    /// OCI's fingerprint of it (MD5).
    pub fingerprint: Line,
    /// The private key's file.
    pub file: Line,
}

/// What the wizard is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "told", rename_all = "snake_case")]
pub enum Told {
    /// An ask is being answered.
    Asked {
        /// Which.
        #[serde(rename = "about")]
        topic: Topic,
    },
    /// An ask failed.
    Failed {
        /// Which.
        #[serde(rename = "about")]
        topic: Topic,
        /// Why.
        problem: Problem,
    },
    /// The profiles of the file; none when it is missing.
    Profiles {
        /// All of them.
        profiles: Vec<ProfileFound>,
    },
    /// An API key was made.
    ApiKey {
        /// It.
        key: ApiKeyMade,
    },
    /// The SSH key pair.
    SshKey {
        /// It.
        key: SshKeyFound,
    },
    /// The account.
    Account {
        /// It.
        account: AccountFound,
    },
    /// Limits and use.
    Limits {
        /// They.
        limits: LimitsFound,
    },
    /// The program that would be run, and that it is of a version that suits.
    Program {
        /// It.
        program: ProgramFound,
    },
    /// The zone is there and the token may change its records.
    Zone {
        /// Its name.
        name: Line,
        /// Its identifier at Cloudflare.
        id: Line,
    },
    /// The draft is kept.
    Draft,
    /// A secret is kept, in this file.
    Secret {
        /// The file, as `cluster.toml` may name it.
        file: Line,
    },
    /// Every check has ended.
    Preflight {
        /// How many block.
        blocks: usize,
        /// How many warn.
        warns: usize,
    },
    /// `cluster.toml` is written.
    Written {
        /// Its path.
        path: Line,
    },
}

impl Told {
    /// The ask that this ends.
    fn answers(&self) -> Option<Topic> {
        Some(match self {
            Self::Asked { .. } => return None,
            Self::Failed { topic, .. } => *topic,
            Self::Profiles { .. } => Topic::Profiles,
            Self::ApiKey { .. } => Topic::ApiKey,
            Self::SshKey { .. } => Topic::SshKey,
            Self::Account { .. } => Topic::Account,
            Self::Limits { .. } => Topic::Limits,
            Self::Program { .. } => Topic::Program,
            Self::Zone { .. } => Topic::Zone,
            Self::Draft => Topic::Draft,
            Self::Secret { .. } => Topic::Secret,
            Self::Preflight { .. } => Topic::Preflight,
            Self::Written { .. } => Topic::Written,
        })
    }
}

/// How far an ask is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Answer<T> {
    /// Nobody asked.
    #[default]
    Unasked,
    /// It is being found out.
    Asked,
    /// Known.
    Known(T),
    /// It could not be found out.
    Failed(Problem),
}

impl<T> Answer<T> {
    /// The answer, once there is one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(answer) => Some(answer),
            Self::Unasked | Self::Asked | Self::Failed(_) => None,
        }
    }
}

/// All that the wizard was told, the newest answer to each ask.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Profiles.
    pub profiles: Answer<Vec<ProfileFound>>,
    /// The API key that was made.
    pub api_key: Answer<ApiKeyMade>,
    /// The SSH key pair.
    pub ssh_key: Answer<SshKeyFound>,
    /// The account.
    pub account: Answer<AccountFound>,
    /// Limits and use.
    pub limits: Answer<LimitsFound>,
    /// Terraform or OpenTofu.
    pub program: Answer<ProgramFound>,
    /// The zone: its name and identifier.
    pub zone: Answer<(Line, Line)>,
    /// The file of the kept secret.
    pub secret: Answer<Line>,
    /// How many checks block and how many warn, once all have ended.
    pub preflight: Answer<(usize, usize)>,
    /// The path of the written `cluster.toml`.
    pub written: Answer<Line>,
    /// The draft.
    pub draft: Answer<()>,
    /// Rises with every answer, so that a reader sees that there is something new.
    pub revision: u64,
    /// How often each ask was answered, or has failed: an answer that is like the one before it is
    /// seen to be another one.
    pub answers: BTreeMap<Topic, u64>,
}

impl Facts {
    /// Takes in what was told.
    pub fn learn(&mut self, told: Told) {
        self.revision += 1;
        if let Some(topic) = told.answers() {
            *self.answers.entry(topic).or_default() += 1;
        }
        match told {
            Told::Asked { topic } => self.set_asked(topic),
            Told::Failed { topic, problem } => self.set_failed(topic, problem),
            Told::Profiles { profiles } => self.profiles = Answer::Known(profiles),
            Told::ApiKey { key } => self.api_key = Answer::Known(key),
            Told::SshKey { key } => self.ssh_key = Answer::Known(key),
            Told::Account { account } => self.account = Answer::Known(account),
            Told::Limits { limits } => self.limits = Answer::Known(limits),
            Told::Program { program } => self.program = Answer::Known(program),
            Told::Zone { name, id } => self.zone = Answer::Known((name, id)),
            Told::Draft => self.draft = Answer::Known(()),
            Told::Secret { file } => self.secret = Answer::Known(file),
            Told::Preflight { blocks, warns } => self.preflight = Answer::Known((blocks, warns)),
            Told::Written { path } => self.written = Answer::Known(path),
        }
    }

    fn set_asked(&mut self, topic: Topic) {
        match topic {
            Topic::Profiles => self.profiles = Answer::Asked,
            Topic::ApiKey => self.api_key = Answer::Asked,
            Topic::SshKey => self.ssh_key = Answer::Asked,
            Topic::Account => self.account = Answer::Asked,
            Topic::Limits => self.limits = Answer::Asked,
            Topic::Program => self.program = Answer::Asked,
            Topic::Zone => self.zone = Answer::Asked,
            Topic::Draft => self.draft = Answer::Asked,
            Topic::Secret => self.secret = Answer::Asked,
            Topic::Preflight => self.preflight = Answer::Asked,
            Topic::Written => self.written = Answer::Asked,
        }
    }

    fn set_failed(&mut self, topic: Topic, problem: Problem) {
        match topic {
            Topic::Profiles => self.profiles = Answer::Failed(problem),
            Topic::ApiKey => self.api_key = Answer::Failed(problem),
            Topic::SshKey => self.ssh_key = Answer::Failed(problem),
            Topic::Account => self.account = Answer::Failed(problem),
            Topic::Limits => self.limits = Answer::Failed(problem),
            Topic::Program => self.program = Answer::Failed(problem),
            Topic::Zone => self.zone = Answer::Failed(problem),
            Topic::Draft => self.draft = Answer::Failed(problem),
            Topic::Secret => self.secret = Answer::Failed(problem),
            Topic::Preflight => self.preflight = Answer::Failed(problem),
            Topic::Written => self.written = Answer::Failed(problem),
        }
    }
}
