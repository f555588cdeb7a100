//! `k3scope config check`: all that is wrong with the file, each with its place.

use crate::cli::{Exit, Failure, Globals, output};
use crate::config::{Config, Ignored, Loaded};

/// Arguments of `config check`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Print the problems as a JSON array.
    #[arg(long)]
    json: bool,
}

pub(in crate::cli) fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    match Config::load(&globals.config) {
        Ok(loaded) => {
            warn(globals, &loaded.untrusted)?;
            output::text(&if args.json {
                "[]\n".to_owned()
            } else {
                summary(&loaded)
            })?;
            Ok(Exit::Well)
        }
        Err(problems) if args.json => {
            output::json_line(&problems.problems)?;
            Ok(Exit::Usage)
        }
        Err(problems) => Err(Failure::configuration(problems)),
    }
}

/// Tells what does not count for want of trust.
pub(super) fn warn(globals: &Globals, untrusted: &[Ignored]) -> Result<(), Failure> {
    let file = globals.config.display();
    for Ignored { position, key } in untrusted {
        output::error_text(&format!(
            "{file}:{}:{}: {key}: does not take effect until `k3scope trust`\n",
            position.line, position.column
        ))?;
    }
    Ok(())
}

fn summary(loaded: &Loaded) -> String {
    let config = &loaded.config;
    let ocpus: u32 = config.node.iter().map(|node| node.ocpus).sum();
    let memory: u32 = config.node.iter().map(|node| node.memory_gb).sum();
    format!(
        "{}: layout {}, {} nodes, {ocpus} OCPU, {memory} GB\n",
        config.cluster.name,
        config.cluster.layout,
        config.node.len()
    )
}
