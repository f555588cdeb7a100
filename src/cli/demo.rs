//! `k3scope demo`: the session against a lab that ends with it. Nothing is left behind.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use tokio::sync::mpsc;

use super::lab::refused;
use super::screen::{look, on_terminal, runtime};
use super::session::{Parts, ground, lead, wizard};
use super::{Exit, Failure, Globals};
use crate::app::journey::Start;
use crate::config::Config;
use crate::domain::event::{Event, What};
use crate::domain::problem::Problem;
use crate::domain::text;
use crate::kube::Target;
use crate::lab::{Lab, LabError, Options};
use crate::sources::CHANNEL;
use crate::telemetry;
use crate::wizard::Base;

/// Things that wait to be broken.
const BREAKING: usize = 8;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many times as fast as the real world it goes, from 1 to 1000.
    #[arg(long, default_value_t = 8.0, value_name = "N")]
    speed: f64,
    /// What makes the cluster.
    #[arg(long, default_value = "direct", value_name = "ENGINE")]
    engine: Engine,
    /// What the world is like when it starts.
    #[arg(long, default_value = "empty", value_name = "NAME")]
    scenario: String,
}

/// What makes the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Engine {
    /// Signed requests to OCI.
    Direct,
    /// Terraform or OpenTofu, where one is installed.
    Terraform,
}

pub(super) fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    on_terminal("demo", "`k3scope lab` runs the lab alone, for scripts")?;
    let look = look(globals)?;
    let recorder = globals.recorder()?;
    runtime()?.block_on(async {
        let telemetry = telemetry::start(None, globals.verbose).map_err(Failure::other)?;
        let lab = Lab::start(Options {
            scenario: args.scenario.clone(),
            speed: args.speed,
            state_dir: None,
        })
        .await
        .map_err(refused)?;
        if args.engine == Engine::Terraform {
            by_terraform(&lab.cluster_toml()).map_err(Failure::other)?;
        }
        let (breaker, breaks) = mpsc::channel(BREAKING);
        let channel = mpsc::channel(CHANNEL);
        let told = channel.0.clone();
        let start = start(&lab, globals, breaker)?;
        // The lab's own file is not a person's choice: the wizard is free to propose.
        let wizard = Base {
            exists: false,
            ..wizard(&start.ground)?
        };
        let mut look = look;
        look.badges.lab = true;
        look.breakages = Lab::breakages()
            .into_iter()
            .map(|(name, does)| (name.to_owned(), does.to_owned()))
            .collect();
        let led = Box::pin(lead(Parts {
            start,
            wizard,
            look,
            recorder,
            telemetry,
            channel,
        }));
        let end = broken_meanwhile(&lab, breaks, told, led).await;
        lab.stop().await.map_err(Failure::other)?;
        end
    })
}

/// Names Terraform in the lab's own `cluster.toml`, which names no engine.
fn by_terraform(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).open(path)?;
    file.write_all(b"\n[provision]\nengine = \"terraform\"\n")
}

/// The session begins with the wizard; where the scenario has a cluster, with that cluster.
fn start(lab: &Lab, globals: &Globals, breaker: mpsc::Sender<String>) -> Result<Start, Failure> {
    let loaded = Config::load(&lab.cluster_toml()).map_err(Failure::other)?;
    let standing = lab.kubeconfig().map(|kubeconfig| Target {
        kubeconfig: Some(kubeconfig),
        ..Target::default()
    });
    Ok(Start {
        ground: ground(globals, Some(loaded))?,
        setup_first: true,
        standing,
        breaker: Some(breaker),
        guests: None,
        sought: None,
    })
}

/// Breaks what is asked for while `session` goes on.
async fn broken_meanwhile<T>(
    lab: &Lab,
    mut breaks: mpsc::Receiver<String>,
    told: mpsc::Sender<Event>,
    mut session: impl Future<Output = T> + Unpin,
) -> T {
    loop {
        let name = tokio::select! {
            end = &mut session => return end,
            Some(name) = breaks.recv() => name,
        };
        if let Err(error) = lab.break_it(&name).await {
            let at = crate::clock::Clock::default().now();
            let what = What::Problem(unbroken(&error));
            // Nobody listens any more: the session is ending.
            let _ = told.send(Event { at, what }).await;
        }
    }
}

fn unbroken(error: &LabError) -> Problem {
    Problem {
        title: "That cannot be broken now".to_owned(),
        detail: text::line(&error.to_string()),
        next: "Some things can be broken only once the cluster has them.".to_owned(),
        request_id: None,
    }
}
