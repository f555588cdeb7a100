//! `k3scope apply`: makes what is missing of the cluster's network and nodes.

use super::provision::{carry_out, confirm, open, plan_text};
use super::{Exit, Failure, Globals, output};
use crate::app::cloud::{Barred, permit};

/// Arguments of `apply`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Write every event as a line of JSON.
    #[arg(long)]
    json: bool,
    /// Do not ask (for scripts).
    #[arg(long)]
    yes: bool,
    /// Allow what exceeds the free allowance and costs money.
    #[arg(long)]
    allow_paid: bool,
}

pub(super) async fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    let cloud = open(globals)?;
    let (plan, survey) = cloud.engine.plan().await?;
    output::error_text(&plan_text(&plan))?;
    permit(&plan, args.allow_paid).map_err(|barred| refused(&barred))?;
    if !plan.is_empty() && !args.yes && !confirm("Make this?", "yes")? {
        return Ok(Exit::Failed);
    }
    carry_out(&cloud, (plan, survey), args.json, globals.recorder()?).await
}

fn refused(barred: &Barred) -> Failure {
    let next = match barred {
        Barred::Limits(_) => {
            "use the compact layout (k3scope init --layout compact), or ask Oracle for more"
        }
        Barred::Price(_) => {
            "the compact layout (k3scope init --layout compact) fits 2 OCPU and 12 GB; \
             --allow-paid permits the cost"
        }
    };
    Failure::refused(&barred.to_string(), &barred.detail(), next)
}
