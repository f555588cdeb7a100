//! `k3scope config schema`: the JSON Schema of `cluster.toml` and of what commands print.

use clap::ValueEnum;
use schemars::schema_for;

use crate::app::rendered::RenderReport;
use crate::cli::trust::Trust;
use crate::cli::tunnel::Listening;
use crate::cli::{Exit, Failure, output};
use crate::config::{Config, Problem, Setting};
use crate::domain::event::Event;
use crate::domain::plan::Plan;
use crate::store::summary::Summary;

/// Arguments of `config schema`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// What to describe.
    #[arg(long, value_enum, value_name = "NAME", default_value = "cluster")]
    of: Subject,
}

/// What has a published schema.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Subject {
    /// The file cluster.toml.
    Cluster,
    /// What `config check --json` prints.
    ConfigCheck,
    /// What `config show --json` prints.
    ConfigShow,
    /// What `render --json` prints.
    Render,
    /// A line of what `preflight --json` prints.
    Preflight,
    /// What `plan --json` prints.
    Plan,
    /// A line of what `apply --json` prints.
    Apply,
    /// A line of what `bootstrap --json` prints.
    Bootstrap,
    /// What `status --json` prints.
    Status,
    /// What `trust --json` prints.
    Trust,
    /// What `tunnel --json` prints.
    Tunnel,
}

pub(in crate::cli) fn run(args: &Args) -> Result<Exit, Failure> {
    let schema = match args.of {
        Subject::Cluster => schema_for!(Config),
        Subject::ConfigCheck => schema_for!(Vec<Problem>),
        Subject::ConfigShow => schema_for!(Vec<Setting>),
        // One format for all that is told on the way, and for recordings of it.
        Subject::Preflight | Subject::Apply | Subject::Bootstrap => schema_for!(Event),
        Subject::Render => schema_for!(RenderReport),
        Subject::Plan => schema_for!(Plan),
        Subject::Status => schema_for!(Summary),
        Subject::Trust => schema_for!(Trust),
        Subject::Tunnel => schema_for!(Listening),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(Failure::other)?;
    output::text(&format!("{text}\n"))?;
    Ok(Exit::Well)
}
