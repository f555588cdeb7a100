//! From `cluster.toml` and OCI's own configuration file to an engine that is ready to look. How a run
//! of it begins is told in `begin`.
//!
//! What commands and the session share: how a person is asked and told is theirs.

mod account;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use account::{Account, Elsewhere};

use super::notify::Herald;
use crate::bootstrap::Target;
use crate::clock::Clock;
use crate::config::pin::{self, PinError};
use crate::config::{self, KeyFileError, Loaded, SecretError, SecretsBy, StateError, Workspace};
use crate::domain::hunt::HuntLeft;
use crate::domain::line::Line;
use crate::domain::plan::{Plan, ResourceKey};
use crate::domain::planning::Planning;
use crate::domain::topology::Node;
use crate::kube::Access;
use crate::oci::{self, Client, Endpoints, Observer, Profile, ProfileError, Retrying};
use crate::provision::estimates::Estimates;
use crate::provision::journal;
use crate::provision::onlooker::Onlooker;
use crate::provision::terraform::{Environment, Terraform};
use crate::provision::{Engine, direct};
use crate::render::FOLDER;
use crate::sources::Instances;

/// An engine and the workspace that it keeps its journal in.
#[derive(Clone)]
pub struct Cloud {
    /// What plans, makes and removes.
    pub engine: Engine,
    pub(super) loaded: Loaded,
    /// The folder of `cluster.toml`.
    pub workspace: Workspace,
    access: Access,
    pub(super) onlooker: Onlooker,
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
    /// A session's profile where Terraform's provider does not look for it.
    #[error(transparent)]
    Elsewhere(#[from] Elsewhere),
    /// This program's own path, which keeps what Terraform does.
    #[error("it is not known where k3scope's own program is: {0}")]
    Program(std::io::Error),
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
        let account = Account {
            loaded,
            profile: &profile,
            region: &region,
            passphrase,
        };
        let clock = Clock::paced(config.endpoints.pace.unwrap_or(1.0));
        let endpoints = match &config.endpoints.oci {
            Some(url) => Endpoints::at(url, &region),
            None => Endpoints::region(&region),
        };
        let workspace = Workspace::beside(&loaded.path);
        let terraform = terraform(loaded, &workspace, &account, clock)?;
        let client = Client::new(profile, endpoints, clock)?;
        let client = match observer {
            Some(observer) => client.on_retry(observer),
            None => client,
        };
        Ok(Self {
            engine: Engine {
                terraform,
                direct: direct::Engine {
                    client,
                    clock,
                    topology,
                    allowance: config.allowance.allowance(),
                    compartment: table.compartment.clone().unwrap_or(tenancy),
                    user_data: BTreeMap::new(),
                    replace: BTreeSet::new(),
                    hunt_for: config.provision.hunt_for(),
                    estimates: Estimates::default(),
                },
            },
            loaded: loaded.clone(),
            workspace,
            access: Access::default(),
            onlooker: Onlooker::default(),
        })
    }

    /// What may be changed.
    pub fn access(&self) -> Access {
        self.access
    }

    /// For a cluster that may be changed only as far as `access` says.
    #[must_use]
    pub fn with_access(self, access: Access) -> Self {
        Self { access, ..self }
    }

    /// For somebody who waits for a plan: told what is done for it, refusals that are waited out as
    /// well.
    #[must_use]
    pub fn watched_by(mut self, onlooker: Onlooker) -> Self {
        let told = onlooker.clone();
        let retries = Arc::new(move |retrying: &Retrying<'_>| {
            told.tell(Planning::Retrying {
                because: Line::new(&retrying.because.to_string()),
                seconds: retrying.wait.as_secs(),
            });
        });
        self.engine.direct.client = self.engine.direct.client.on_retry(retries);
        if let Some(terraform) = &mut self.engine.terraform {
            terraform.onlooker = onlooker.clone();
        }
        self.onlooker = onlooker;
        self
    }

    /// With what earlier runs tell of how long things take. Reads all journals: for who plans.
    #[must_use]
    pub fn with_estimates(mut self) -> Self {
        let cluster = &self.engine.direct.topology.cluster;
        match Estimates::from_journals(&self.workspace.runs(), cluster) {
            Ok(estimates) => self.engine.direct.estimates = estimates,
            Err(error) => tracing::warn!(%error, "how long things took before is not known"),
        }
        self
    }

    /// The hunt for capacity that an earlier run left open, if its deadline has not passed.
    pub fn hunt_left(&self) -> Option<HuntLeft> {
        let cluster = &self.engine.direct.topology.cluster;
        hunt_left(&self.workspace, cluster, self.engine.direct.clock.now())
    }

    /// The path of `cluster.toml`.
    pub fn file(&self) -> &Path {
        &self.loaded.path
    }

    /// Who tells the operator's command of a hunt: `given`, or the one that `cluster.toml` names.
    pub fn herald(&self, given: Option<Vec<String>>) -> Herald {
        let command = given.or_else(|| self.loaded.config.notify_command.clone());
        Herald::new(command, self.workspace.root.clone())
    }

    /// Writes the image that new nodes start from into `cluster.toml`, where none is named there, so
    /// that later nodes start from the same. Tells which, if it was written.
    pub fn pin_image(&self, plan: &Plan) -> Result<Option<String>, PinError> {
        let Some(image) = plan.image.as_ref().filter(|_| plan.makes_nodes()) else {
            return Ok(None);
        };
        if self.loaded.config.image.ocid.is_some() {
            return Ok(None);
        }
        Ok(pin::image_in(&self.loaded.path, image)?.then(|| image.clone()))
    }

    /// The keys of the resources that `names` mean: a node by its name, anything by its key.
    pub fn keys_of(&self, names: &[String]) -> BTreeSet<ResourceKey> {
        let key = |name: &String| {
            let node = self
                .engine
                .direct
                .topology
                .nodes
                .iter()
                .find(|node| node.name == *name);
            ResourceKey::new(node.map_or_else(|| name.clone(), Node::key))
        };
        names.iter().map(key).collect()
    }

    /// What following the nodes is about. `passphrase` opens the SSH key; without it the environment
    /// or an agent does.
    pub fn target(
        &self,
        loaded: &Loaded,
        passphrase: Option<SecretString>,
    ) -> Result<Target, StateError> {
        let target = Target::of(
            loaded,
            (
                self.engine.direct.client.clone(),
                self.engine.direct.compartment.clone(),
            ),
            self.engine.direct.topology.clone(),
            self.workspace.state()?,
            passphrase,
        );
        Ok(target.with_access(self.access))
    }

    /// The cluster's instances.
    pub fn instances(&self) -> Instances {
        let direct = &self.engine.direct;
        Instances {
            client: direct.client.clone(),
            compartment: direct.compartment.clone(),
            cluster: direct.topology.cluster.clone(),
        }
    }

    /// The token that reads the Git repository, where user data is to hold it.
    pub(super) fn repository_token(&self) -> Result<Option<SecretString>, SecretError> {
        let config = &self.loaded.config;
        let reference = match config.bootstrap.secrets {
            SecretsBy::UserData => config.gitops.token.as_ref(),
            SecretsBy::KubernetesApi => None,
        };
        reference.map(|found| self.loaded.secret(found)).transpose()
    }
}

/// Terraform, where `cluster.toml` names it.
fn terraform(
    loaded: &Loaded,
    workspace: &Workspace,
    account: &Account<'_>,
    clock: Clock,
) -> Result<Option<Terraform>, OpenError> {
    if loaded.config.provision.engine != config::Engine::Terraform {
        return Ok(None);
    }
    let account = account.variables(std::env::home_dir().as_deref())?;
    let terraform = on_workspace(loaded, workspace, account, clock);
    terraform.map(Some).map_err(OpenError::Program)
}

/// Terraform in the folder of a workspace, whichever engine makes the cluster.
pub(super) fn on_workspace(
    loaded: &Loaded,
    workspace: &Workspace,
    account: impl IntoIterator<Item = (String, SecretString)>,
    clock: Clock,
) -> std::io::Result<Terraform> {
    let reattach = loaded.config.endpoints.terraform_reattach.as_deref();
    let reattach = reattach.map(|it| ("TF_REATTACH_PROVIDERS".to_owned(), SecretString::from(it)));
    Ok(Terraform {
        folder: workspace.root.join(FOLDER),
        runs: workspace.runs(),
        named: loaded.config.provision.terraform.clone(),
        environment: Environment::with(account.into_iter().chain(reattach)),
        keeper: std::env::current_exe()?,
        clock,
        force: CancellationToken::new(),
        onlooker: Onlooker::default(),
    })
}

/// The hunt for capacity that an earlier run left open, if its deadline has not passed.
pub fn hunt_left(workspace: &Workspace, cluster: &str, now: Timestamp) -> Option<HuntLeft> {
    let past = match journal::hunt(&workspace.runs(), cluster) {
        Ok(past) => past,
        Err(error) => {
            tracing::warn!(%error, "whether a hunt was left open is not known");
            return None;
        }
    };
    let open = past.open.filter(|open| open.until > now)?;
    Some(HuntLeft {
        since: open.since,
        until: open.until,
        launches: past.launches,
    })
}
