//! `k3scope apply`: makes what is missing of the cluster's network and nodes, and puts right what has
//! drifted.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::time::Duration;

use super::provision::{
    Given, carry_out, confirm, offer, open_to_change, other_engine, plan_text, planned,
    somebody_to_ask,
};
use super::{Exit, Failure, Globals, output};
use crate::app::cloud::Cloud;
use crate::app::permit::{Barred, permit};
use crate::config::{HUNT_LENGTH, hunt_length};
use crate::domain::plan::{Operation, Plan, ResourceKey, Step};
use crate::domain::tree::{name, predecessor};
use crate::provision::Planned;

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
    /// Hunt for capacity at most this long where no host has room; `0s` gives up at once. Without
    /// it, as long as cluster.toml says.
    #[arg(long, value_name = "TIME", value_parser = until)]
    until: Option<Duration>,
    /// Run this command line when a hunt has come to something; quotes count as in a shell, which it
    /// is not run by. The words are in `K3SCOPE_MESSAGE`, the event is on its standard input. Instead
    /// of cluster.toml's `notify_command`.
    #[arg(long, value_name = "COMMAND")]
    notify_command: Option<CommandLine>,
    /// Replace this node, or the resource with this key, where nothing else puts it right. May be
    /// given more than once.
    #[arg(long, value_name = "NAME")]
    replace: Vec<String>,
}

/// A program and its arguments, written in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct CommandLine(Vec<String>);

impl FromStr for CommandLine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match shell_words::split(text) {
            Ok(words) if words.is_empty() => Err("expected a program and its arguments".to_owned()),
            Ok(words) => Ok(Self(words)),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn until(text: &str) -> Result<Duration, String> {
    hunt_length(text).ok_or_else(|| format!("expected {HUNT_LENGTH}"))
}

pub(super) async fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    let mut cloud = open_to_change(globals)?.with_estimates();
    cloud.engine.direct.replace = cloud.keys_of(&args.replace);
    if let Some(until) = args.until {
        cloud.engine.direct.hunt_for = until;
    }
    let planned = agreed_to(&mut cloud, args).await?;
    if planned.is_under_way() {
        output::error_text("this is under way already; it is followed from here\n")?;
    } else {
        let plan = &planned.plan;
        permit(plan, args.allow_paid).map_err(|barred| refused(&barred))?;
        if !plan.is_empty() && !args.yes && !confirm("Make this?", "yes")? {
            return Ok(Exit::Failed);
        }
    }
    if let Some(left) = cloud.hunt_left() {
        let until = left.until.strftime("%F %H:%M UTC");
        let launches = left.launches;
        output::error_text(&format!(
            "an earlier run hunted for capacity until {until}, with {launches} launches so far\n"
        ))?;
    }
    let given = Given {
        json: args.json,
        recorder: globals.recorder()?,
        herald: cloud.herald(args.notify_command.clone().map(|line| line.0)),
        allow_paid: args.allow_paid,
    };
    carry_out(&cloud, planned, given).await
}

/// What is to be done, shown, with the replacements that were agreed to.
async fn agreed_to(cloud: &mut Cloud, args: &Args) -> Result<Planned, Failure> {
    let first = planned(cloud, Operation::Apply).await?;
    let plan = &first.plan;
    output::error_text(&plan_text(plan))?;
    other_engine(&first)?;
    if first.is_under_way() {
        return Ok(first);
    }
    known(&cloud.engine.direct.replace, plan)?;
    for key in &cloud.engine.direct.replace {
        heeded(key, plan)?;
    }
    let agreed = if args.yes {
        BTreeSet::new()
    } else {
        agreed(plan)?
    };
    if agreed.is_empty() {
        return Ok(first);
    }
    cloud.engine.direct.replace.extend(agreed);
    let second = planned(cloud, Operation::Apply).await?;
    output::error_text(&plan_text(&second.plan))?;
    Ok(second)
}

/// Refuses names that nothing bears: a slip must not look like consent.
fn known(replace: &BTreeSet<ResourceKey>, plan: &Plan) -> Result<(), Failure> {
    let is_there = |key: &ResourceKey| plan.steps.iter().any(|step| step.key == *key);
    let Some(unknown) = replace.iter().find(|key| !is_there(key)) else {
        return Ok(());
    };
    let names: Vec<&str> = plan.steps.iter().map(name).collect();
    Err(Failure::configuration(format!(
        "--replace {unknown}: this cluster has no such node or resource; it has {}",
        names.join(", ")
    )))
}

/// Refuses a consent that is too small, and tells of one that nothing calls for.
fn heeded(key: &ResourceKey, plan: &Plan) -> Result<(), Failure> {
    let Some(step) = plan.steps.iter().find(|step| step.key == *key) else {
        return Ok(());
    };
    if plan.unrestored().any(|left| left.key == *key) {
        let what = format!("--replace {} does not suffice", name(step));
        let next = "agree to all of it, or to none";
        return Err(Failure::refused(&what, &step.summary, next));
    }
    if predecessor(plan, step).is_none() {
        output::error_text(&format!(
            "nothing calls for a new {}: it is left as it is\n",
            name(step)
        ))?;
    }
    Ok(())
}

/// Asks for each thing that only a replacement would put right, where there is somebody to ask.
fn agreed(plan: &Plan) -> Result<BTreeSet<ResourceKey>, Failure> {
    let mut agreed = BTreeSet::new();
    for step in plan.unrestored().filter(|_| somebody_to_ask()) {
        if offer(&question(step), name(step))? {
            agreed.insert(step.key.clone());
        }
    }
    Ok(agreed)
}

fn question(step: &Step) -> String {
    let name = name(step);
    let fields: Vec<&str> = step
        .drift
        .iter()
        .map(|drift| drift.field.as_str())
        .collect();
    let fields = fields.join(", ");
    format!(
        "\nOnly a new one restores {fields} of {name}. {}\n",
        step.summary
    ) + &format!("Replace {name}, with all that stands on it, and lose what is on its disk?")
}

fn refused(barred: &Barred) -> Failure {
    let next = barred.next("give --allow-paid to pay for it");
    Failure::refused(&barred.to_string(), &barred.evidence.join("\n"), &next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_words_with_quotes() {
        let line = |text: &str| text.parse::<CommandLine>();
        let words = ["sh", "-c", "echo found"].map(str::to_owned).to_vec();
        assert_eq!(line("sh -c 'echo found'"), Ok(CommandLine(words)));
        assert!(line("").is_err());
        assert!(line("echo 'open").unwrap_err().contains("quote"));
    }
}
