//! What is said in place of the footer when something has come about, in a sentence each.

use crate::domain::action::{Action, ActionOutcome};
use crate::domain::bootstrap::{NodeAct, Outcome};
use crate::domain::event::{Change, What};
use crate::domain::hunt::HuntLeft;
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::store::Store;
use crate::ui::panes::signs::{self, Sign};

/// How far something is that was asked to be done about a node.
pub(super) fn acted(act: &NodeAct, outcome: &Outcome) -> (Sign, String) {
    let node = act.node();
    match outcome {
        Outcome::Begun => (signs::BUSY, format!("{node}: {}", act.doing())),
        Outcome::Done { said } => (signs::OK, format!("{node}: {said}")),
        Outcome::Failed { problem } if problem.next.is_empty() => {
            (signs::BAD, problem.title.clone())
        }
        Outcome::Failed { problem } => (signs::BAD, format!("{}: {}", problem.title, problem.next)),
    }
}

/// Where something was saved, or why not.
pub(super) fn saved(path: &Line, failed: Option<&Problem>) -> (Sign, String) {
    match failed {
        None => (signs::OK, format!("saved to {path}")),
        Some(problem) => (
            signs::BAD,
            format!("{}: {path} {}", problem.title, problem.detail),
        ),
    }
}

/// How an action on the cluster ended.
pub(super) fn changed(action: &Action, outcome: &ActionOutcome) -> (Sign, String) {
    let name = action.target().name;
    match outcome {
        ActionOutcome::Done { said } => (signs::OK, format!("{name}: {said}")),
        ActionOutcome::Failed(problem) => (
            signs::BAD,
            format!("{name}: {}: {}", problem.title, problem.detail),
        ),
        ActionOutcome::Unknown(problem) => (
            signs::WARN,
            format!("{name}: {}: {}", problem.title, problem.next),
        ),
    }
}

/// That a forwarded port leads nowhere any more, and why.
pub(super) fn over(what: &What) -> Option<(Sign, String)> {
    let What::Forward(Change::Applied(forward)) = what else {
        return None;
    };
    let why = forward.over.as_ref()?;
    let address = &forward.id.name;
    Some((
        signs::WARN,
        format!("{address} leads nowhere any more: {why}"),
    ))
}

/// That a hunt may go on, in a sentence.
pub(super) fn left_open(left: &HuntLeft) -> String {
    let until = left.until.strftime("%F %H:%M UTC");
    format!("a hunt for capacity was cut short: apply goes on with it until {until}")
}

/// The end of the way, in a sentence.
pub(super) fn arrival(store: &Store) -> String {
    let hosts = store.bootstrap.iter().flat_map(|run| &run.hosts);
    let pages: Vec<String> = hosts.map(|each| format!("https://{}", each.host)).collect();
    match pages.as_slice() {
        [] => "the cluster is healthy".to_owned(),
        [page] => format!("the cluster is healthy: {page} answers"),
        pages => format!("the cluster is healthy: {} answer", pages.join(" and ")),
    }
}
