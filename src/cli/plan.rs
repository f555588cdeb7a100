//! `k3scope plan`: what `apply` would do, and what it would cost. Changes nothing.

use super::provision::{open, other_engine, plan_text, planned};
use super::{Exit, Failure, Globals, output};
use crate::domain::plan::Operation;

/// Arguments of `plan`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Write one JSON object.
    #[arg(long)]
    json: bool,
    /// Show what it would be with this node or resource replaced. May be given more than once.
    #[arg(long, value_name = "NAME")]
    replace: Vec<String>,
}

pub(super) async fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    let mut cloud = open(globals)?.with_estimates();
    cloud.engine.direct.replace = cloud.keys_of(&args.replace);
    let planned = planned(&cloud, Operation::Apply).await?;
    if args.json {
        output::json_line(&planned.plan)?;
    } else {
        output::text(&plan_text(&planned.plan))?;
    }
    other_engine(&planned)?;
    Ok(Exit::Well)
}
