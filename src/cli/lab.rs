//! `k3scope lab`: the simulated outside world in the foreground.

use std::path::PathBuf;

use super::signals::Stop;
use super::{Exit, Failure, output};
use crate::lab::{Lab, LabError, Options, Scale, Scenario};

/// Arguments of `lab`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What the world is like when it starts.
    #[arg(long, default_value = "empty", value_name = "NAME")]
    scenario: String,
    /// How many times as fast as the real world it goes, from 1 to 1000.
    #[arg(long, default_value_t = 1.0, value_name = "N")]
    speed: f64,
    /// Where its files go; by default a temporary folder that ends with it.
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
    #[command(flatten)]
    counts: Counts,
}

/// How many of each the scenario `scale` has.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "With --scenario scale")]
struct Counts {
    /// Applications.
    #[arg(long, value_name = "N")]
    apps: Option<u32>,
    /// Pods.
    #[arg(long, value_name = "N")]
    pods: Option<u32>,
    /// Routes.
    #[arg(long, value_name = "N")]
    routes: Option<u32>,
    /// Certificates.
    #[arg(long, value_name = "N")]
    certs: Option<u32>,
    /// Events.
    #[arg(long, value_name = "N")]
    events: Option<u32>,
    /// Objects that change each second, in turn.
    #[arg(long, value_name = "N")]
    changes: Option<u32>,
}

impl Counts {
    /// Puts these counts in place of the scenario's.
    fn apply(&self, scenario: &mut Scenario) -> Result<(), Failure> {
        let scale = scenario
            .cluster
            .as_mut()
            .and_then(|cluster| cluster.scale.as_mut());
        let wanted = [
            self.apps,
            self.pods,
            self.routes,
            self.certs,
            self.events,
            self.changes,
        ];
        let Some(scale) = scale else {
            if wanted.iter().any(Option::is_some) {
                return Err(Failure::configuration(
                    "--apps, --pods, --routes, --certs, --events and --changes go with --scenario scale only",
                ));
            }
            return Ok(());
        };
        let Scale {
            apps,
            pods,
            routes,
            certs,
            events,
            changes,
        } = scale;
        let counts = [apps, pods, routes, certs, events, changes];
        for (count, wanted) in counts.into_iter().zip(wanted) {
            *count = wanted.unwrap_or(*count);
        }
        Ok(())
    }
}

/// Prints one line of JSON when the lab is ready, and runs it until a signal asks it to end.
pub(super) async fn run(args: &Args) -> Result<Exit, Failure> {
    // Before anything is started, so that no signal comes too early to be heard.
    let mut stop = Stop::listen().map_err(Failure::other)?;
    let mut scenario = Scenario::named(&args.scenario).map_err(refused)?;
    args.counts.apply(&mut scenario)?;
    let options = Options {
        scenario: args.scenario.clone(),
        speed: args.speed,
        state_dir: args.state_dir.clone(),
    };
    let lab = Lab::start_with(scenario, options).await.map_err(refused)?;
    output::json_line(&lab.ready())?;
    stop.received().await;
    lab.stop().await.map_err(Failure::other)?;
    Ok(Exit::Well)
}

pub(super) fn refused(error: LabError) -> Failure {
    match error {
        LabError::UnknownScenario { .. }
        | LabError::Speed(_)
        | LabError::UnknownBreakage { .. } => Failure::configuration(error),
        LabError::Scenario { .. }
        | LabError::Existing { .. }
        | LabError::File { .. }
        | LabError::Key { .. }
        | LabError::Cluster(_)
        | LabError::Listen(_) => Failure::other(error),
    }
}
