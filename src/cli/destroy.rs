//! `k3scope destroy`: removes all that bears the cluster's tag, and nothing else.
//!
//! What stays is said first and last. Records at Cloudflare that the cluster owns are offered: once
//! its external-dns is gone, nobody else removes them.

use jiff::Timestamp;

use super::provision::{Given, carry_out, confirm, offer, open_to_change, plan_text, planned};
use super::{Exit, Failure, Globals, output};
use crate::app::cloud::Cloud;
use crate::app::records::{self, Records};
use crate::domain::event::{Change, Event, What};
use crate::domain::plan::{Operation, Plan};

/// Arguments of `destroy`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Write every event as a line of JSON.
    #[arg(long)]
    json: bool,
    /// Do not ask (for scripts).
    #[arg(long)]
    yes: bool,
    /// Remove the records at Cloudflare that this cluster owns as well.
    #[arg(long)]
    records: bool,
}

pub(super) async fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    let cloud = open_to_change(globals)?.with_estimates();
    let planned = planned(&cloud, Operation::Destroy).await?;
    let plan = &planned.plan;
    output::error_text(&plan_text(plan))?;
    let kept = owned(globals).await?;
    let question = "This deletes the nodes with their boot volumes; nothing brings them back.";
    let asks = !planned.is_under_way() && !plan.is_empty() && !args.yes;
    if asks && !confirm(question, &plan.cluster)? {
        return Ok(Exit::Failed);
    }
    let remove = match &kept {
        Some(_) if args.records => true,
        Some(_) if !args.yes => offer("Remove these records at Cloudflare as well?", "records")?,
        _ => false,
    };
    let was_empty = plan.is_empty();
    let given = Given {
        json: args.json,
        recorder: globals.recorder()?,
        herald: cloud.herald(None),
        allow_paid: false,
    };
    let exit = carry_out(&cloud, planned, given).await?;
    if exit != Exit::Well {
        return Ok(exit);
    }
    // Only now: as long as its external-dns ran, it would have made them again.
    if let Some(records) = &kept {
        if remove {
            removed(records, args.json, cloud.engine.direct.clock.now()).await?;
        } else {
            output::error_text("the records stay; `k3scope destroy --records` removes them\n")?;
        }
    }
    if was_empty {
        return Ok(exit);
    }
    left_over(&cloud).await
}

/// The records that the cluster owns, shown; a zone that cannot be read keeps nothing from going.
async fn owned(globals: &Globals) -> Result<Option<Records>, Failure> {
    let loaded = globals.load_trusted()?;
    match records::look(&loaded, globals.access(Some(&loaded))).await {
        Ok(Some(records)) if !records.owned.is_empty() => {
            let cluster = &loaded.config.cluster.name;
            let title = format!("records at Cloudflare that external-dns keeps for {cluster}:");
            let lines = records.owned.iter().map(|one| format!("  - {}", one.words));
            let lines: Vec<String> = std::iter::once(title).chain(lines).collect();
            let text = lines.join("\n") + "\n";
            output::error_text(&text)?;
            Ok(Some(records))
        }
        Ok(_) => Ok(None),
        Err(problem) => {
            output::error_text(&format!("▲ {}\n", output::problem(&problem)))?;
            Ok(None)
        }
    }
}

async fn removed(records: &Records, json: bool, at: Timestamp) -> Result<(), Failure> {
    for one in &records.owned {
        records.remove(one).await?;
        output::error_text(&format!("✔ {} removed\n", one.words))?;
        if json {
            for part in &one.parts {
                let what = What::Record(Change::Removed(part.id.clone()));
                output::json_line(&Event { at, what })?;
            }
        }
    }
    Ok(())
}

/// Looks once more, and names what is still there.
async fn left_over(cloud: &Cloud) -> Result<Exit, Failure> {
    let left = cloud.engine.look(Operation::Destroy).await?.plan;
    let text = leftovers(&left);
    if text.is_empty() {
        return Ok(Exit::Well);
    }
    output::error_text(&format!("what is left:\n{text}"))?;
    Ok(if left.is_empty() {
        Exit::Well
    } else {
        Exit::Failed
    })
}

fn leftovers(left: &Plan) -> String {
    let steps = left.steps.iter().map(|step| {
        let id = step.id.as_deref().unwrap_or_default();
        format!("  ✖ {} {} {id}: {}\n", step.kind, step.name, step.summary)
    });
    let spared = left.spared.iter().map(|spared| {
        let id = spared.id.as_deref().unwrap_or_default();
        format!("  · {} {id}: {}\n", spared.what, spared.why)
    });
    steps.chain(spared).collect()
}
