//! `k3scope apply`: makes what is missing of the cluster's network and nodes.

use super::provision::{Session, carry_out, confirm, plan_text};
use super::{Exit, Failure, Globals, output};
use crate::domain::plan::Plan;

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
    let session = Session::open(globals)?;
    let (plan, survey) = session.engine.plan().await?;
    output::error_text(&plan_text(&plan))?;
    let limits = plan.allowance.beyond_limits();
    if !limits.is_empty() {
        return Err(Failure::refused(
            "the plan is over the tenancy's limits",
            &limits.join("; "),
            "use the compact layout (k3scope init --layout compact), or ask Oracle for more",
        ));
    }
    if plan.allowance.costs_more() && !args.allow_paid {
        return Err(costs_money(&plan));
    }
    if !plan.is_empty() && !args.yes && !confirm("Make this?", "yes")? {
        return Ok(Exit::Failed);
    }
    carry_out(&session, (plan, survey), args.json, globals.recorder()?).await
}

fn costs_money(plan: &Plan) -> Failure {
    let check = &plan.allowance;
    let excess = check.excess();
    Failure::refused(
        "the plan is over the free allowance",
        &format!(
            "{}, {} and {} of boot volume more than is free: about {}",
            excess.ocpus,
            excess.memory,
            excess.boot_volumes,
            check.price()
        ),
        "the compact layout (k3scope init --layout compact) fits 2 OCPU and 12 GB; --allow-paid \
         permits the cost",
    )
}
