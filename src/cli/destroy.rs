//! `k3scope destroy`: removes all that bears the cluster's tag, and nothing else.

use super::provision::{carry_out, confirm, open, plan_text};
use super::{Exit, Failure, Globals, output};

/// Arguments of `destroy`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Write every event as a line of JSON.
    #[arg(long)]
    json: bool,
    /// Do not ask (for scripts).
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    let cloud = open(globals)?;
    let (plan, survey) = cloud.engine.plan_destroy().await?;
    output::error_text(&plan_text(&plan))?;
    let question = "This deletes the nodes with their boot volumes; nothing brings them back.";
    if !plan.is_empty() && !args.yes && !confirm(question, &plan.cluster)? {
        return Ok(Exit::Failed);
    }
    carry_out(&cloud, (plan, survey), args.json, globals.recorder()?).await
}
