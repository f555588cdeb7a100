//! From `cluster.toml` and OCI's own configuration file to an engine that is ready to look, and to
//! a run that nobody else disturbs.
//!
//! What commands and the session share: how a person is asked and told is theirs.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::bootstrap::Target;
use crate::clock::Clock;
use crate::config::{AgentToken, Config, KeyFileError, Loaded, StateError, TokenError, Workspace};
use crate::domain::plan::{Operation, Plan};
use crate::oci::{self, Client, Endpoints, Observer, Profile, ProfileError};
use crate::provision::direct::Engine;
use crate::provision::journal::{Journal, JournalError};
use crate::provision::lock::{Lock, LockError};
use crate::render::{self, RenderError};

/// An engine and the workspace that it keeps its journal in.
#[derive(Clone)]
pub struct Cloud {
    /// What plans, makes and removes.
    pub engine: Engine,
    config: Config,
    /// The folder of `cluster.toml`.
    pub workspace: Workspace,
}

/// A run that may begin: nobody else runs, and all that it needs is at hand.
pub struct Begun {
    /// What carries the plan out.
    pub engine: Engine,
    /// Where it is written down.
    pub journal: Journal,
    /// Keeps others away for as long as it is held.
    pub lock: Lock,
}

/// What is wrong with the configuration or the profile.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The public SSH key.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// No region.
    #[error(
        "neither cluster.toml ([oci] region) nor the profile of OCI's configuration file names a \
         region"
    )]
    NoRegion,
    /// The endpoint or the region.
    #[error(transparent)]
    Client(#[from] oci::Error),
}

impl OpenError {
    /// Whether only a passphrase is missing, or is another one.
    pub fn wants_passphrase(&self) -> bool {
        matches!(self, Self::Profile(error) if error.wants_passphrase())
    }
}

/// Why a run cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// `.k3scope/` is not fit for use.
    #[error(transparent)]
    State(#[from] StateError),
    /// Another run is at work.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal cannot be kept.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The agents' join token cannot be kept or read.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// What the nodes are told at their first boot cannot be made.
    #[error(transparent)]
    Render(#[from] RenderError),
}

/// Why a plan is not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    /// It is over the tenancy's limits: each in words.
    #[error("the plan is over the tenancy's limits")]
    Limits(Vec<String>),
    /// It costs money, and nobody allowed that: how much more than free, in words.
    #[error("the plan is over the free allowance")]
    Price(String),
}

impl Barred {
    /// The evidence.
    pub fn detail(&self) -> String {
        match self {
            Self::Limits(beyond) => beyond.join("; "),
            Self::Price(excess) => excess.clone(),
        }
    }
}

impl Cloud {
    /// Reads the profile and the key; connects to nothing yet.
    pub fn open(
        loaded: &Loaded,
        passphrase: Option<&SecretString>,
        observer: Option<Observer>,
    ) -> Result<Self, OpenError> {
        let config = &loaded.config;
        let topology = config.topology()?;
        let table = &config.oci;
        let profile = Profile::load(&table.config_file, &table.profile, passphrase)?;
        let region = table
            .region
            .as_deref()
            .or(profile.region())
            .ok_or(OpenError::NoRegion)?
            .to_owned();
        let tenancy = profile.tenancy().to_owned();
        let clock = Clock::paced(config.endpoints.pace.unwrap_or(1.0));
        let endpoints = match &config.endpoints.oci {
            Some(url) => Endpoints::at(url, &region),
            None => Endpoints::region(&region),
        };
        let client = Client::new(profile, endpoints, clock)?;
        let client = match observer {
            Some(observer) => client.on_retry(observer),
            None => client,
        };
        Ok(Self {
            engine: Engine {
                client,
                clock,
                topology,
                allowance: config.allowance.allowance(),
                compartment: table.compartment.clone().unwrap_or(tenancy),
                user_data: BTreeMap::new(),
            },
            config: config.clone(),
            workspace: Workspace::beside(&loaded.path),
        })
    }

    /// What following the nodes is about. `passphrase` opens the SSH key; without it the environment
    /// or an agent does.
    pub fn target(
        &self,
        loaded: &Loaded,
        passphrase: Option<SecretString>,
    ) -> Result<Target, StateError> {
        Ok(Target::of(
            loaded,
            (self.engine.client.clone(), self.engine.compartment.clone()),
            self.engine.topology.clone(),
            self.workspace.state()?,
            passphrase,
        ))
    }

    /// Keeps other runs away and begins a journal. A run that makes nodes gets what they are told at
    /// their first boot; the join token in it is made here if the workspace has none yet.
    pub fn begin(&self, operation: Operation) -> Result<Begun, BeginError> {
        let state = self.workspace.state()?;
        let cluster = &self.engine.topology.cluster;
        let purpose = format!("{operation} of {cluster}");
        let lock = Lock::take(&state.join("lock"), &purpose)?;
        let mut engine = self.engine.clone();
        if operation == Operation::Apply {
            let token = AgentToken::of_workspace(&state)?;
            engine.user_data = render::user_data(&self.config, &token)?;
        }
        let now = self.engine.clock.now();
        let journal = Journal::begin(&state.join("runs"), cluster, operation, now)?;
        Ok(Begun {
            engine,
            journal,
            lock,
        })
    }
}

/// Whether `plan` may be carried out: within the tenancy's limits always, and beyond what is free
/// only where that is allowed.
pub fn permit(plan: &Plan, allow_paid: bool) -> Result<(), Barred> {
    let check = &plan.allowance;
    let beyond = check.beyond_limits();
    if !beyond.is_empty() {
        return Err(Barred::Limits(beyond));
    }
    if check.costs_more() && !allow_paid {
        let excess = check.excess();
        return Err(Barred::Price(format!(
            "{}, {} and {} of boot volume more than is free: about {}",
            excess.ocpus,
            excess.memory,
            excess.boot_volumes,
            check.price()
        )));
    }
    Ok(())
}
