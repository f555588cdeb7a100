//! `k3scope status`: how the cluster is, for a script, a cron job or a prompt.

use std::fmt::Write;
use std::time::Duration;

use jiff::Timestamp;

use super::signals::Stop;
use super::{Exit, Failure, Globals, output, reach};
use crate::app::{feeds, headless};
use crate::config::Loaded;
use crate::domain::object::Severity;
use crate::domain::problem::Problem;
use crate::domain::source::SourceId;
use crate::store::Store;
use crate::store::health::Unhealthy;
use crate::store::summary::{Count, SourceSummary, Summary, Verdict};

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Look at this namespace only, for rights that reach no further.
    #[arg(short, long, value_name = "NAME")]
    namespace: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// How long to wait until everything is known, such as `10s` or `1m`.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    timeout: Duration,
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text
        .parse()
        .map_err(|error: jiff::Error| error.to_string())?;
    Duration::try_from(span).map_err(|_| "a time before now is no time to wait".to_owned())
}

pub(super) async fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    // A kubeconfig is enough; a cluster.toml that is there has to be right.
    let configuration = globals
        .config
        .exists()
        .then(|| globals.load_trusted())
        .transpose()?;
    let mut stop = Stop::listen().map_err(Failure::other)?;
    let (summary, problems) = tokio::select! {
        looked = look(args, globals, configuration.as_ref()) => looked?,
        () = stop.received() => return Ok(Exit::Interrupted),
    };
    for problem in &problems {
        output::error_text(&format!("note: {}\n", output::problem(problem)))?;
    }
    if args.json {
        output::json_line(&summary)?;
    } else {
        output::text(&text(&summary))?;
    }
    Ok(match summary.verdict {
        Verdict::Well => Exit::Well,
        Verdict::Unhealthy => Exit::Failed,
        Verdict::Unknown => Exit::Unknown,
    })
}

async fn look(
    args: &Args,
    globals: &Globals,
    configuration: Option<&Loaded>,
) -> Result<(Summary, Vec<Problem>), Failure> {
    let clock = feeds::clock(configuration);
    let (target, way) = reach::cluster(globals, args.namespace.as_ref(), configuration).await?;
    let opened = feeds::open_by(&target, &way, configuration, false)
        .await
        .map_err(|error| Failure::configuration(format!("{error}\n{}", error.next)))?;
    let expected: Vec<SourceId> = opened.feeds.expected().collect();
    let known = |store: &Store| {
        let told = |id| store.sources.iter().any(|(known, _)| known == id);
        expected.iter().all(|id| told(*id)) && store.sources.are_settled()
    };
    let (store, _) = headless::follow(opened.feeds, clock, args.timeout, known).await;
    Ok((Summary::of(&store, clock.now()), opened.problems))
}

/// The longest reason that is shown, in characters; `--json` has it whole.
const LONGEST_WHY: usize = 140;

/// More lines than these are a list to page through, not a summary.
const MOST_LINES: usize = 20;

fn text(summary: &Summary) -> String {
    let mut lines = vec![heading(summary)];
    let shown = summary.unhealthy.iter().take(MOST_LINES);
    lines.extend(shown.map(|item| unhealthy(item, summary.at)));
    let hidden = summary.unhealthy.len().saturating_sub(MOST_LINES);
    if hidden > 0 {
        lines.push(format!("  … and {hidden} more; --json tells all"));
    }
    let counts: Vec<String> = summary
        .counts
        .iter()
        .map(|(name, count)| counted(name, *count))
        .collect();
    if !counts.is_empty() {
        lines.push(format!("  {}", counts.join(" · ")));
    }
    for (glyph, words, status) in [
        ('◌', "nothing heard yet", "connecting"),
        ('‖', "not permitted", "denied"),
        (' ', "not installed", "not_installed"),
    ] {
        let of_status = |source: &&SourceSummary| source.status == status;
        let found: Vec<String> = summary
            .sources
            .iter()
            .filter(of_status)
            .map(|source| source.id.to_string())
            .collect();
        if !found.is_empty() {
            lines.push(format!("{glyph} {words}: {}", found.join(", ")));
        }
    }
    lines.extend(way_out(summary));
    lines.push(String::new());
    lines.join("\n")
}

/// What to do about missing rights: the hint that offers most, once.
fn way_out(summary: &Summary) -> Option<String> {
    let denied = summary
        .sources
        .iter()
        .filter(|source| source.status == "denied");
    let hint = denied
        .map(|source| &source.detail)
        .max_by_key(|hint| hint.contains(" -n"))?;
    Some(format!("  {hint}"))
}

fn heading(summary: &Summary) -> String {
    let (critical, warnings) = (
        summary.count(Severity::Critical),
        summary.count(Severity::Warning),
    );
    let mut head = match summary.verdict {
        Verdict::Well if warnings == 0 => "✔ all well".to_owned(),
        Verdict::Well => format!("▲ {warnings} to look at"),
        Verdict::Unhealthy => format!("✖ {critical} failed"),
        Verdict::Unknown => "◌ not all is known".to_owned(),
    };
    if summary.verdict == Verdict::Unhealthy && warnings > 0 {
        // Writing into a String cannot fail.
        let _ = write!(head, ", {warnings} to look at");
    }
    if let Some(cluster) = &summary.cluster {
        let _ = write!(head, " · {} · {}", cluster.context, cluster.version);
        if !cluster.namespace.is_empty() {
            let _ = write!(head, " · namespace {}", cluster.namespace);
        }
    }
    head
}

fn unhealthy(item: &Unhealthy, now: Timestamp) -> String {
    let glyph = match item.severity {
        Severity::Critical => '✖',
        Severity::Warning => '▲',
    };
    let mut why: String = item.why.chars().take(LONGEST_WHY).collect();
    if why.len() < item.why.len() {
        why.push('…');
    }
    let age = item
        .since
        .map_or_else(String::new, |since| format!(" ({})", age(since, now)));
    format!("{glyph} {} {}: {why}{age}", item.kind, item.what)
}

fn counted(name: &str, count: Count) -> String {
    let name = name.replace('_', " ");
    if count.well == count.total {
        format!("{name} {}", count.total)
    } else {
        format!("{name} {}/{}", count.well, count.total)
    }
}

/// How long ago, in the largest unit that says something.
fn age(since: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(since).as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        86_400..172_800 => "1 day".to_owned(),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests;
