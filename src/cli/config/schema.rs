//! `k3scope config schema`: the JSON Schema of `cluster.toml` and of what commands print.

use clap::ValueEnum;
use schemars::schema_for;

use crate::cli::trust::Trust;
use crate::cli::tunnel::Listening;
use crate::cli::{Exit, Failure, output};
use crate::config::{Config, Problem, Setting};

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
        Subject::Trust => schema_for!(Trust),
        Subject::Tunnel => schema_for!(Listening),
    };
    let text = serde_json::to_string_pretty(&schema).map_err(Failure::other)?;
    output::text(&format!("{text}\n"))?;
    Ok(Exit::Well)
}
