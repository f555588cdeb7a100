//! What `cloud-init status --format json` says, and what cloud-init's own lines tell.

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
}

/// How far cloud-init is on `node`; nothing when the answer is none of its.
pub(super) fn progress(answer: &str, node: &str) -> Option<Progress> {
    let status: Status = serde_json::from_str(answer).ok()?;
    let word = if status.extended.is_empty() {
        &status.word
    } else {
        &status.extended
    };
    Some(match word.as_str() {
        // A warning of a module is not our failure; the log has it.
        "done" | "degraded done" | "disabled" => Progress::Done,
        word if word.starts_with("error") => Progress::Failed {
            problem: failed(&status, word, node),
        },
        word => Progress::Running {
            waits_for: Line::new(status.stage.as_deref().unwrap_or(word)),
        },
    })
}

fn failed(status: &Status, word: &str, node: &str) -> Problem {
    let errors = if status.errors.is_empty() {
        word.to_owned()
    } else {
        status.errors.join("\n")
    };
    Problem {
        title: format!("cloud-init failed on {node}"),
        detail: text::block(&errors, LONGEST),
        next: format!(
            "k3scope ssh {node} -- sudo cat /var/log/cloud-init.log tells which module it was; \
             rebuild the node after a change of its user data"
        ),
        request_id: None,
    }
}

/// Whether a line of the console is cloud-init's last word.
pub(super) fn has_finished(line: &str) -> bool {
    line.split_once("Cloud-init v. ")
        .is_some_and(|(_, rest)| rest.contains(" finished at ") && rest.contains("Datasource "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn status(word: &str, extended: &str, stage: &str) -> String {
        serde_json::json!({
            "status": word,
            "extended_status": extended,
            "stage": if stage.is_empty() { serde_json::Value::Null } else { stage.into() },
            "errors": if word == "error" { vec!["('scripts_user', RuntimeError('1 failures'))"] } else { vec![] },
        })
        .to_string()
    }

    #[rstest]
    #[case::done(status("done", "done", ""), Progress::Done)]
    #[case::degraded(status("done", "degraded done", ""), Progress::Done)]
    #[case::old(r#"{"status":"done"}"#.to_owned(), Progress::Done)]
    #[case::running(status("running", "running", "modules-final"), Progress::Running { waits_for: "modules-final".into() })]
    #[case::not_started(status("not started", "not started", ""), Progress::Running { waits_for: "not started".into() })]
    fn the_extended_status_counts(#[case] answer: String, #[case] expected: Progress) {
        assert_eq!(progress(&answer, "k3s-worker"), Some(expected));
    }

    #[rstest]
    #[case("error - done")]
    #[case("error - running")]
    fn an_error_says_whose_and_what(#[case] extended: &str) {
        let Some(Progress::Failed { problem }) =
            progress(&status("error", extended, ""), "k3s-worker")
        else {
            panic!("not a failure");
        };
        assert!(problem.title.contains("k3s-worker"));
        assert!(problem.detail.contains("scripts_user"));
    }

    #[test]
    fn what_is_no_status_says_nothing() {
        assert_eq!(progress("sh: 1: cloud-init: not found", "k3s-worker"), None);
    }

    #[rstest]
    #[case(
        "[   41.990200] cloud-init[934]: Cloud-init v. 26.1-0ubuntu1~24.04.1 finished at Sun, 22 Nov 2026 11:02:41 +0000. Datasource DataSourceOracle.  Up 41.88 seconds",
        true
    )]
    #[case(
        "[   29.188310] cloud-init[934]: Cloud-init v. 26.1-0ubuntu1~24.04.1 running 'modules:final' at Sun, 22 Nov 2026 11:02:28 +0000. Up 29.01 seconds.",
        false
    )]
    fn its_last_word_is_known(#[case] line: &str, #[case] expected: bool) {
        assert_eq!(has_finished(line), expected);
    }
}
