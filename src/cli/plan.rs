//! `k3scope plan`: what `apply` would do, and what it would cost. Changes nothing.

use super::provision::{open, plan_text};
use super::{Exit, Failure, Globals, output};

/// Arguments of `plan`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Write one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    let cloud = open(globals)?;
    let (plan, _) = cloud.engine.plan().await?;
    if args.json {
        output::json_line(&plan)?;
    } else {
        output::text(&plan_text(&plan))?;
    }
    Ok(Exit::Well)
}
