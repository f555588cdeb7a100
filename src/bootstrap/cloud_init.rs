//! What `cloud-init status --format json` says.

use std::time::Duration;

use serde::Deserialize;

use crate::domain::bootstrap::Progress;
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::text;

/// The command. Its exit status is not looked at: it differs between Ubuntu's releases.
pub(super) const COMMAND: &str = "cloud-init status --format json";

/// Errors that are shown of one node, in characters.
const LONGEST: usize = 4_000;

#[derive(Deserialize)]
struct Status {
    #[serde(default, rename = "status")]
    word: String,
    /// Since 23.4; older ones have `status` alone.
    #[serde(default, rename = "extended_status")]
    extended: String,
    #[serde(default)]
    stage: Option<String>,
    #[serde(default)]
    errors: Vec<String>,
    #[serde(default, rename = "init-local")]
    first: Option<Span>,
    #[serde(default, rename = "modules-final")]
    last: Option<Span>,
}

/// When one of its own stages ran: seconds of uptime, or of the Unix epoch before 24.2. Only their
/// difference counts here, which is the same.
#[derive(Clone, Copy, Deserialize)]
struct Span {
    start: Option<f64>,
    finished: Option<f64>,
}

/// cloud-init as it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// How far.
    pub(super) progress: Progress,
    /// How many seconds it took by the node's clock, once it has ended.
    pub(super) took: Option<u64>,
}

/// How far cloud-init is on `node`; nothing when the answer is none of its.
pub(super) fn read(answer: &str, node: &str) -> Option<Answer> {
    let status: Status = serde_json::from_str(answer).ok()?;
    let progress = progress(&status, node);
    let took = status.took().filter(|_| progress == Progress::Done);
    Some(Answer { progress, took })
}

impl Status {
    fn took(&self) -> Option<u64> {
        let (from, to) = (self.first?.start?, self.last?.finished?);
        let took = Duration::try_from_secs_f64(to - from).ok()?;
        Some(took.as_secs())
    }
}

fn progress(status: &Status, node: &str) -> Progress {
    let word = if status.extended.is_empty() {
        &status.word
    } else {
        &status.extended
    };
    match word.as_str() {
        // A warning of a module is not our failure; the log has it.
        "done" | "degraded done" | "disabled" => Progress::Done,
        word if word.starts_with("error") => Progress::Failed {
            problem: failed(status, word, node),
        },
        word => Progress::Running {
            waits_for: Line::new(status.stage.as_deref().unwrap_or(word)),
        },
    }
}

fn failed(status: &Status, word: &str, node: &str) -> Problem {
    if status.errors.is_empty() {
        problem(node, word)
    } else {
        problem(node, &status.errors.join("\n"))
    }
}

/// cloud-init failed on `node` with these errors.
pub(super) fn problem(node: &str, errors: &str) -> Problem {
    Problem {
        title: format!("cloud-init failed on {node}"),
        detail: text::block(errors, LONGEST),
        next: format!(
            "k3scope ssh {node} -- sudo cat /var/log/cloud-init.log tells which module it was; \
             rebuild the node after a change of its user data"
        ),
        request_id: None,
    }
}

#[cfg(test)]
mod tests;
