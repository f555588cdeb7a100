//! `k3scope completions SHELL`: a completion script, made from the commands themselves.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Exit, Failure, output};

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell that will read the script.
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "k3scope", &mut script);
    output::text(&String::from_utf8(script).map_err(Failure::other)?)?;
    Ok(Exit::Well)
}
