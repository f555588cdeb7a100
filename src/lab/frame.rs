//! The lab as a whole: starts its parts, says where they are, and ends them together.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use serde_json::{Value, json};
use strum::IntoEnumIterator as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::cluster::{Breakage, Cluster, ClusterSpec};
use super::folder::Folder;
use super::kube::{Objects, Server};
use super::oci::Oci;
use super::outside::Outside;
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
    outside: Outside,
    cluster: Option<(Cluster, Server)>,
    folder: Folder,
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
        let oci = Oci::start(&scenario.tenancy, key, clock, &tasks, &stop)
            .await
            .map_err(LabError::Listen)?;
        let outside = Outside::start(clock, &tasks, &stop)
            .await
            .map_err(LabError::Listen)?;
        let cluster = match scenario.cluster {
            Some(spec) => Some(begin(spec, &outside, clock, &tasks, &stop).await?),
            None => None,
        };
        folder.write_configuration(&oci, options.speed)?;
        folder.write_outside(&outside, cluster.as_ref().map(|(_, server)| server))?;
        tasks.close();
        let lab = Self {
            oci,
            outside,
            cluster,
            folder,
            tasks,
            stop,
        };
        lab.folder.write_ready(&lab.ready())?;
        Ok(lab)
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

    /// What `k3scope lab` prints when it is ready. Parts that this lab does not run are null.
    pub fn ready(&self) -> Value {
        let place = self.oci.place();
        json!({
            "ready": true,
            "oci": {
                "endpoint": self.oci.endpoint(),
                "config_file": self.folder.oci_config(),
                "profile": super::folder::PROFILE,
                "tenancy": place.tenancy,
                "compartment": place.compartment,
                "region": place.region,
            },
            "kubernetes": self.cluster.as_ref().map(|(_, server)| json!({
                "server": format!("https://{}", server.address()),
                "kubeconfig": self.folder.kubeconfig("admin"),
                "kubeconfig_viewer": self.folder.kubeconfig("viewer"),
            })),
            "cloudflare": {"endpoint": self.outside.endpoint(), "token": self.outside.token()},
            "resolver": self.outside.resolver().to_string(),
            "ssh": {"private_key": self.folder.ssh_private_key()},
            "cluster_toml": self.folder.cluster_toml(),
        })
    }

    /// The cluster's API server; none before the scenario has a cluster.
    pub fn kubernetes(&self) -> Option<&Server> {
        self.cluster.as_ref().map(|(_, server)| server)
    }

    /// The objects of the cluster, as its controllers see them.
    pub fn objects(&self) -> Option<&Objects> {
        self.cluster
            .as_ref()
            .map(|(cluster, _)| &cluster.world.objects)
    }

    /// The root certificate of the authority that signs what the cluster serves, as PEM.
    pub fn authority(&self) -> Option<String> {
        let (cluster, _) = self.cluster.as_ref()?;
        Some(cluster.world.authority.root_pem())
    }

    /// Breaks something on purpose: a name of [`Breakage`], `kube-down` or `kube-up`.
    pub async fn break_it(&self, name: &str) -> Result<(), LabError> {
        let unknown = || LabError::UnknownBreakage {
            name: name.to_owned(),
            known: Self::breakages()
                .iter()
                .map(|(name, _)| *name)
                .collect::<Vec<_>>()
                .join(", "),
        };
        let (cluster, server) = self.cluster.as_ref().ok_or_else(unknown)?;
        match name {
            "kube-down" => server.stop().await,
            "kube-up" => server
                .restart()
                .await
                .map_err(|error| LabError::Cluster(error.to_string()))?,
            _ => cluster.break_it(name.parse::<Breakage>().map_err(|_| unknown())?),
        }
        Ok(())
    }

    /// Everything that [`Lab::break_it`] knows, with a line of description each.
    pub fn breakages() -> Vec<(&'static str, &'static str)> {
        let server = [
            ("kube-down", "stop the Kubernetes API server"),
            ("kube-up", "start the Kubernetes API server again"),
        ];
        Breakage::iter()
            .map(|one| (one.name(), one.description()))
            .chain(server)
            .collect()
    }

    /// Ends every task, waits for them, and removes a temporary folder.
    pub async fn stop(self) -> Result<(), LabError> {
        self.stop.cancel();
        if let Some((_, server)) = &self.cluster {
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

/// Plays the scenario's cluster up to now, which takes a moment, and serves it.
async fn begin(
    spec: ClusterSpec,
    outside: &Outside,
    clock: Clock,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> Result<(Cluster, Server), LabError> {
    let place = (outside.zone.clone(), outside.tokens.clone());
    let token = outside.token();
    let played =
        tokio::task::spawn_blocking(move || Cluster::new(&spec, place, token, clock)).await;
    let cluster = played
        .map_err(|error| LabError::Cluster(error.to_string()))?
        .map_err(|error| LabError::Cluster(error.to_string()))?;
    let server = cluster
        .serve(tasks, stop)
        .await
        .map_err(|error| LabError::Cluster(error.to_string()))?;
    Ok((cluster, server))
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
