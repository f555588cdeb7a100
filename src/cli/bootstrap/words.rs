//! What is said of stages: how they ended, why they do not, and what is waited for.

use jiff::Timestamp;

use crate::app::headless::Verdict;
use crate::domain::bootstrap::{Diagnosis, NodeAct, Pace, Progress, Remedy, Stage, Subject};
use crate::domain::problem::Problem;
use crate::domain::topology::Role;
use crate::store::bootstrap::{Bootstrap, StageRun};

/// What each line of a further explanation stands behind.
const INDENT: &str = "    ";

/// Whose stage it is.
pub(super) fn who(of: &Subject) -> &str {
    match of {
        Subject::Cluster => "cluster",
        Subject::Node(name) => name,
    }
}

/// A length in the two largest units that say something.
pub(super) fn length(seconds: u64) -> String {
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// `✔ k3s-worker  K3s runs  41 s`.
pub(super) fn done(of: &Subject, run: &StageRun, now: Timestamp) -> String {
    let took = run.seconds(now).filter(|seconds| *seconds > 0);
    let took = took.map_or_else(String::new, |seconds| format!("  {}", length(seconds)));
    format!("✔ {}  {}{took}", who(of), run.stage.label())
}

/// A failure with its command and the last lines.
pub(super) fn failed(of: &Subject, stage: Stage, problem: &Problem) -> String {
    let mut lines = vec![format!("✖ {}  {}", who(of), stage.label())];
    lines.extend(problem.detail.lines().map(|line| format!("{INDENT}{line}")));
    lines.join("\n")
}

/// What was found: the meaning, the evidence, the next step, and the command that does it.
pub(super) fn diagnosed(
    of: &Subject,
    stage: Stage,
    found: &Diagnosis,
    bootstrap: &Bootstrap,
) -> String {
    let mut lines = vec![format!(
        "▲ {}  {}: {} ({})",
        who(of),
        stage.label(),
        found.meaning,
        found.cause
    )];
    lines.extend(found.evidence.iter().map(|line| format!("{INDENT}{line}")));
    lines.push(format!("  ▸ {}", found.next));
    let command = command(&found.remedy, bootstrap);
    lines.extend(command.map(|command| format!("{INDENT}{command}")));
    lines.join("\n")
}

/// The command that mends it, as it can be run here: the cluster's API is behind the server's SSH.
fn command(remedy: &Remedy, bootstrap: &Bootstrap) -> Option<String> {
    match remedy {
        Remedy::Act(act @ NodeAct::Forget { .. }) => {
            let mut nodes = bootstrap.nodes.iter();
            let server = nodes.find(|node| node.node.role == Role::Server)?;
            let command = act.command()?;
            let server = &server.node.name;
            Some(format!("k3scope ssh {server} -- sudo k3s {command}"))
        }
        Remedy::Act(act) => act.command(),
        Remedy::Apply => Some("k3scope apply".to_owned()),
        Remedy::Person => None,
    }
}

/// That a stage takes longer than usual; nothing while it does not.
pub(super) fn late(
    of: &Subject,
    run: &StageRun,
    (pace, took, usual): (Pace, u64, u64),
) -> Option<String> {
    let (who, stage) = (who(of), run.stage.label());
    let (took, usual) = (length(took), length(usual));
    let waits = match &run.progress {
        Progress::Running { waits_for } if !waits_for.is_empty() => {
            format!("; it waits for {waits_for}")
        }
        Progress::Running { .. } | Progress::Waiting | Progress::Done | Progress::Failed { .. } => {
            String::new()
        }
    };
    match pace {
        Pace::Usual => None,
        Pace::Slow => Some(format!(
            "◌ {who}  {stage} is slow: {took}, usually {usual}{waits}"
        )),
        Pace::Stuck => Some(format!(
            "▲ {who}  {stage} is stuck: {took}, usually {usual}{waits}"
        )),
    }
}

/// What is waited for, one line for each node and the cluster, and since when.
pub(super) fn waits(bootstrap: &Bootstrap, now: Timestamp) -> String {
    let nodes = bootstrap.nodes.iter().filter_map(|node| {
        let is_ready = node.stage(Stage::Ready).is_some_and(StageRun::is_done);
        let run = node.current().filter(|_| !is_ready)?;
        Some((node.node.name.as_str(), run))
    });
    let cluster = bootstrap.cluster.iter().find(|run| !run.is_done());
    let all = nodes.chain(cluster.map(|run| ("the cluster", run)));
    let lines: Vec<String> = all.map(|(who, run)| waiting(who, run, now)).collect();
    if lines.is_empty() {
        bootstrap.waiting_for().unwrap_or_default().to_string()
    } else {
        lines.join("\n")
    }
}

fn waiting(who: &str, run: &StageRun, now: Timestamp) -> String {
    let label = run.stage.label();
    let what = match &run.progress {
        Progress::Running { waits_for } if !waits_for.is_empty() => {
            format!("{who}: {label}, waits for {waits_for}")
        }
        Progress::Failed { problem } => format!("{who}: {label} failed: {}", problem.title),
        Progress::Waiting => return format!("{who}: {label}, which has not begun"),
        Progress::Running { .. } | Progress::Done => format!("{who}: {label}"),
    };
    let Some(since) = run.started else {
        return what;
    };
    let passed = u64::try_from(now.duration_since(since).as_secs()).unwrap_or(0);
    format!(
        "{what}, since {} ({})",
        since.strftime("%T UTC"),
        length(passed)
    )
}

/// What is waited for when the time is over, after a stage that has failed and is not given up.
pub(super) fn unsettled(failed: Option<&Verdict>, waits: String) -> String {
    let Some(Verdict {
        of, stage, problem, ..
    }) = failed
    else {
        return waits;
    };
    let (who, label) = (who(of), stage.label());
    format!(
        "{who}: {label} has failed and may yet come about: {}\n{waits}",
        problem.title
    )
}

/// The last words on a stage that failed for good: what was found, and which stage it is.
pub(super) fn verdict(verdict: Verdict, bootstrap: Option<&Bootstrap>) -> Problem {
    let Verdict {
        of,
        stage,
        mut problem,
        diagnosis,
    } = verdict;
    if let Some(found) = diagnosis {
        let evidence = found.evidence.iter().map(ToString::to_string);
        let said = std::iter::once(found.meaning.to_string()).chain(evidence);
        let said: Vec<String> = said.collect();
        problem.detail = format!("{}\n{}", problem.detail, said.join("\n"));
        problem.next = match bootstrap.and_then(|it| command(&found.remedy, it)) {
            Some(command) => format!("{}: {command}", found.next),
            None => found.next.to_string(),
        };
    }
    let named = format!("{}: {} ({stage}) failed", who(&of), stage.label());
    if !problem.title.contains(stage.label()) {
        problem.detail = format!("{}\n{named}", problem.detail);
    }
    problem.detail = problem.detail.trim().into();
    problem
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, "0 s")]
    #[case(59, "59 s")]
    #[case(60, "1 min")]
    #[case(201, "3 min 21 s")]
    #[case(3_700, "1 h 1 min")]
    fn lengths_are_short(#[case] seconds: u64, #[case] said: &str) {
        assert_eq!(length(seconds), said);
    }
}
