//! From `cluster.toml` and OCI's own configuration file to an engine that is ready to look.

use std::sync::Arc;

use crate::cli::{Failure, Globals, output};
use crate::clock::Clock;
use crate::config::{Config, Loaded, Workspace};
use crate::domain::plan::Operation;
use crate::domain::text;
use crate::oci::{Client, Endpoints, Profile, Retrying};
use crate::provision::direct::Engine;
use crate::provision::journal::Journal;
use crate::provision::lock::Lock;

/// An engine and the workspace that it keeps its journal in.
pub(in crate::cli) struct Session {
    pub(in crate::cli) engine: Engine,
    workspace: Workspace,
}

impl Session {
    /// Reads the configuration and the profile; connects to nothing yet.
    pub(in crate::cli) fn open(globals: &Globals) -> Result<Self, Failure> {
        let Loaded { config, path, .. } = globals.load_trusted()?;
        let topology = config.topology().map_err(Failure::configuration)?;
        let table = &config.oci;
        let passphrase = Globals::oci_passphrase();
        let profile = Profile::load(&table.config_file, &table.profile, passphrase.as_ref())
            .map_err(Failure::configuration)?;
        let region = table
            .region
            .as_deref()
            .or(profile.region())
            .ok_or_else(no_region)?
            .to_owned();
        let tenancy = profile.tenancy().to_owned();
        let clock = clock(&config);
        let endpoints = match &config.endpoints.oci {
            Some(url) => Endpoints::at(url, &region),
            None => Endpoints::region(&region),
        };
        let client = Client::new(profile, endpoints, clock).map_err(Failure::configuration)?;
        let client = client.on_retry(Arc::new(tell));
        Ok(Self {
            engine: Engine {
                client,
                clock,
                topology,
                allowance: config.allowance.allowance(),
                compartment: table.compartment.clone().unwrap_or_else(|| tenancy.clone()),
            },
            workspace: Workspace::beside(&path),
        })
    }

    /// Keeps other runs away and begins a journal.
    pub(in crate::cli) fn begin(&self, operation: Operation) -> Result<(Lock, Journal), Failure> {
        let state = self.workspace.state().map_err(Failure::configuration)?;
        let cluster = &self.engine.topology.cluster;
        let purpose = format!("{operation} of {cluster}");
        let lock = Lock::take(&state.join("lock"), &purpose).map_err(Failure::other)?;
        let now = self.engine.clock.now();
        let journal = Journal::begin(&state.join("runs"), cluster, operation, now);
        Ok((lock, journal.map_err(Failure::other)?))
    }
}

/// Waiting in silence looks like hanging.
fn tell(retrying: &Retrying<'_>) {
    let because = text::line(&retrying.because.to_string());
    let seconds = retrying.wait.as_secs_f64();
    if output::error_text(&format!("◌ {because}; again in {seconds:.0} s\n")).is_err() {
        tracing::debug!(because, "a retry could not be told");
    }
}

fn clock(config: &Config) -> Clock {
    Clock::paced(config.endpoints.pace.unwrap_or(1.0))
}

fn no_region() -> Failure {
    Failure::configuration(
        "neither cluster.toml ([oci] region) nor the profile of OCI's configuration file names a \
         region",
    )
}
