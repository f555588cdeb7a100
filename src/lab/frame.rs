//! The lab as a whole: starts its parts, says where they are, and ends them together.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::cloudflare::CloudflareFault;
use super::cluster::{Cluster, ClusterSpec, Site, Standing, Surroundings};
use super::controllers::Authority;
use super::edge::{Edge, Network};
use super::folder::Folder;
use super::git;
use super::kube::{Objects, Server};
use super::nodes::{Founder, Lives, Machines, Troubles};
use super::oci::Oci;
use super::outside::Outside;
use super::provider::{Asked, Reattach};
use super::ready::Ready;
use super::scenario::Scenario;
use crate::clock::Clock;

/// Speeds that `cluster.toml` can name as its pace.
const SPEEDS: RangeInclusive<f64> = 1.0..=1000.0;

/// How a lab is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name of an embedded scenario.
    pub scenario: String,
    /// How many times as fast as the real world it goes, from 1 to 1000.
    pub speed: f64,
    /// Where its files go; a temporary folder that ends with it when absent.
    pub state_dir: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            scenario: "empty".to_owned(),
            speed: 1.0,
            state_dir: None,
        }
    }
}

/// Why a lab cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// No embedded scenario has this name.
    #[error("there is no scenario {name:?}; there are: {known}")]
    UnknownScenario {
        /// The name that was asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// A scenario's text is wrong.
    #[error("scenario {name}: {reason}")]
    Scenario {
        /// The scenario.
        name: String,
        /// The reader's message with its place.
        reason: String,
    },
    /// The speed is out of range.
    #[error("speed {0} is not a number from 1 to 1000")]
    Speed(f64),
    /// A file of the state folder cannot be written.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A key pair cannot be made.
    #[error("cannot make the {what}: {reason}")]
    Key {
        /// Which key.
        what: &'static str,
        /// What the library says.
        reason: String,
    },
    /// Something that a scenario lets stand already cannot be made.
    #[error("{what} cannot stand there already: {reason}")]
    Existing {
        /// The request or record.
        what: String,
        /// Why it was refused.
        reason: String,
    },
    /// The scenario's cluster cannot be made.
    #[error("cannot start the cluster: {0}")]
    Cluster(String),
    /// Nothing that can be broken has this name, or there is no cluster to break it in.
    #[error("cannot break {name:?}; what can be broken: {known}")]
    UnknownBreakage {
        /// The name that was asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// No listener on loopback.
    #[error("cannot listen on 127.0.0.1: {0}")]
    Listen(std::io::Error),
}

/// A running lab. It ends with [`Lab::stop`]; dropped without it, its tasks are told to end.
pub struct Lab {
    oci: Oci,
    site: Site,
    authority: Arc<Authority>,
    machines: Machines,
    network: Network,
    troubles: Troubles,
    terraform: Option<Reattach>,
    ready: Ready,
    folder: Folder,
    outside: Outside,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Lab {
    /// Starts every part of the lab.
    pub async fn start(options: Options) -> Result<Self, LabError> {
        let scenario = Scenario::named(&options.scenario)?;
        Self::start_with(scenario, options).await
    }

    /// Starts a lab with a scenario of one's own; the options' name is then only a name.
    pub async fn start_with(scenario: Scenario, options: Options) -> Result<Self, LabError> {
        if !SPEEDS.contains(&options.speed) {
            return Err(LabError::Speed(options.speed));
        }
        let clock = Clock::paced(options.speed);
        let tasks = TaskTracker::new();
        let stop = CancellationToken::new();
        let mut folder = Folder::open(options.state_dir)?;
        let key = folder.make_keys()?;
        let oci = Oci::start(&scenario.tenancy, key, clock, &tasks, &stop).await?;
        let outside = Outside::start(clock, &tasks, &stop)
            .await
            .map_err(LabError::Listen)?;
        outside.fill(&scenario.records, clock.now())?;
        outside.memory.switch(scenario.resolver.remembers);
        let authority = Arc::new(
            Authority::new(clock.now()).map_err(|error| LabError::Cluster(error.to_string()))?,
        );
        let git = git::Host::start(&authority, clock, &tasks, &stop)
            .await
            .map_err(LabError::Listen)?;
        let around = Surroundings {
            zone: outside.zone.clone(),
            tokens: outside.tokens.clone(),
            token: outside.token(),
            authority: Arc::clone(&authority),
        };
        let site = Site::new();
        if let Some(spec) = scenario.cluster {
            let standing = begin(spec, around.clone(), clock, &tasks, &stop).await?;
            site.set(Some(Arc::new(standing)));
        }
        let machines = Machines::new(site.clone());
        let network = Network::new(machines.clone(), site.clone(), clock, &tasks, &stop);
        let edge = Edge::bind().await.map_err(LabError::Listen)?;
        folder.write_configuration(&oci, options.speed)?;
        let standing = site.now();
        let api = standing.map(|standing| standing.server().address());
        let mut dial = edge.dial();
        dial.push(git.dial());
        let terraform = Reattach::serve(&oci, folder.path(), clock, &tasks, &stop);
        // A folder can be too deep for a socket; the rest of the lab does not need it.
        let terraform = terraform
            .inspect_err(|error| tracing::warn!(%error, "the lab has no provider for terraform"))
            .ok();
        let reattach = terraform.as_ref().map(Reattach::variable);
        folder.write_outside(&outside, (&authority.root_pem(), reattach), (&dial, api))?;
        let fixed = said(&oci, &outside, terraform.as_ref(), &folder);
        let ready = Ready::new(fixed, site.clone(), folder.files());
        ready.write()?;
        edge.serve(&network);
        let founder = Founder::new(scenario.birth, (around, site.clone()), clock, &tasks, &stop);
        let around = (&machines, network.switches());
        let troubles = Troubles::new(&scenario.troubles, around, (&oci, clock), &tasks, &stop);
        let lives = Lives::new(
            &machines,
            (founder, &troubles),
            (&oci, clock),
            &tasks,
            &stop,
        );
        tasks.spawn(lives.follow());
        tasks.spawn(ready.clone().follow(stop.clone()));
        tasks.close();
        Ok(Self {
            oci,
            site,
            authority,
            machines,
            network,
            troubles,
            terraform,
            ready,
            folder,
            outside,
            tasks,
            stop,
        })
    }

    /// Lets something go wrong with the next change of a record at Cloudflare.
    pub fn fault_at_cloudflare(&self, fault: CloudflareFault) {
        self.outside.faults.add(fault);
    }

    /// Cloudflare and the DNS of this lab.
    pub(super) fn outside(&self) -> &Outside {
        &self.outside
    }

    /// OCI in this lab.
    pub fn oci(&self) -> &Oci {
        &self.oci
    }

    /// The ready `cluster.toml` that points everything at this lab.
    pub fn cluster_toml(&self) -> PathBuf {
        self.folder.cluster_toml()
    }

    /// The OCI configuration file with the profile `LAB`.
    pub fn oci_config(&self) -> PathBuf {
        self.folder.oci_config()
    }

    /// What `k3scope lab` prints when it is ready. `kubernetes` is null while there is no cluster.
    pub fn ready(&self) -> Value {
        self.ready.json()
    }

    /// The kubeconfig of the cluster's administrator, where the scenario begins with a cluster.
    pub fn kubeconfig(&self) -> Option<PathBuf> {
        let path = self.folder.files().kubeconfig("admin");
        path.is_file().then_some(path)
    }

    /// The cluster's API server; none before there is a cluster.
    pub fn kubernetes(&self) -> Option<Arc<Server>> {
        Some(Arc::clone(self.site.now()?.server()))
    }

    /// The objects of the cluster, as its controllers see them.
    pub fn objects(&self) -> Option<Objects> {
        Some(self.site.now()?.world().objects.clone())
    }

    /// The root certificate of the authority that signs what the cluster serves, as PEM.
    pub fn authority(&self) -> String {
        self.authority.root_pem()
    }

    /// The value of `TF_REATTACH_PROVIDERS` with which terraform finds the lab's provider; none where
    /// the state folder is too deep for a socket.
    pub fn terraform(&self) -> Option<&str> {
        self.terraform.as_ref().map(Reattach::variable)
    }

    /// The requests that the lab's provider has made of OCI, oldest first.
    pub fn asked_by_terraform(&self) -> Vec<Asked> {
        let provider = self.terraform.as_ref();
        provider.map(Reattach::asked).unwrap_or_default()
    }

    /// Every machine.
    pub(super) fn machines(&self) -> &Machines {
        &self.machines
    }

    /// The ways to and between machines.
    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// What goes wrong with nodes.
    pub(super) fn troubles(&self) -> &Troubles {
        &self.troubles
    }

    /// Where a cluster can stand.
    pub(super) fn site(&self) -> &Site {
        &self.site
    }

    /// Ends every task, waits for them, and removes a temporary folder.
    pub async fn stop(self) -> Result<(), LabError> {
        self.stop.cancel();
        if let Some(server) = self.kubernetes() {
            server.stop().await;
        }
        self.tasks.wait().await;
        self.folder.close()
    }
}

impl std::fmt::Debug for Lab {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Lab")
            .field("oci", &self.oci)
            .finish_non_exhaustive()
    }
}

/// What the lab says of itself that stays the same while it runs.
fn said(oci: &Oci, outside: &Outside, terraform: Option<&Reattach>, folder: &Folder) -> Value {
    let place = oci.place();
    let terraform = terraform.map(|provider| json!({"reattach": provider.variable()}));
    json!({
        "ready": true,
        "oci": {
            "endpoint": oci.endpoint(),
            "config_file": folder.oci_config(),
            "profile": super::folder::PROFILE,
            "tenancy": place.tenancy,
            "compartment": place.compartment,
            "region": place.region,
        },
        "cloudflare": {
            "endpoint": outside.endpoint(),
            "token": outside.token(),
            "zone_id": outside.zone.id(),
            "scoped_tokens": Outside::scoped_tokens(),
        },
        "resolver": outside.resolver().to_string(),
        "ssh": {"private_key": folder.ssh_private_key()},
        "terraform": terraform,
        "cluster_toml": folder.cluster_toml(),
    })
}

/// Plays the scenario's cluster up to now, which takes a moment, and serves it.
async fn begin(
    spec: ClusterSpec,
    around: Surroundings,
    clock: Clock,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> Result<Standing, LabError> {
    let wrong = |error: &dyn std::fmt::Display| LabError::Cluster(error.to_string());
    let played = tokio::task::spawn_blocking(move || Cluster::new(&spec, &around, clock)).await;
    let cluster = played
        .map_err(|error| wrong(&error))?
        .map_err(|error| wrong(&error))?;
    let server = cluster
        .serve(Vec::new(), tasks, stop)
        .await
        .map_err(|error| wrong(&error))?;
    Ok(Standing::new(cluster, server))
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
