//! `k3scope config`: check, show and document `cluster.toml`. Never connects, never executes.

mod check;
mod schema;
mod show;

use super::{Exit, Failure, Globals};

/// Arguments of `config`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Find every slip in cluster.toml.
    Check(check::Args),
    /// Show every key, what counts for it, and where that comes from.
    Show(show::Args),
    /// Print a JSON Schema.
    Schema(schema::Args),
}

pub(super) fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    match &args.command {
        Command::Check(args) => check::run(args, globals),
        Command::Show(args) => show::run(args, globals),
        Command::Schema(args) => schema::run(args),
    }
}
