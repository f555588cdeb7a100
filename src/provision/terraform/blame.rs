//! Complaints in a person's words: what did not work, where, and what to do.

use super::diagnostic::Diagnostic;
use super::state_lock::StateLock;
use super::trouble::Trouble;
use crate::domain::problem::Problem;
use crate::domain::text;
use crate::provision::direct;

/// The longest text that is shown, in characters.
const LONGEST: usize = 2_000;

/// How the program ended. What its status means is its caller's to know (`plan
/// -detailed-exitcode` ends well with 2 as well).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Well.
    Well,
    /// With a status that means failure.
    Failed(i32),
    /// By a signal.
    Killed(i32),
}

/// Why a command (`plan the cluster`) did not end well; nothing where it did. The status has the
/// last word: complaints of a command that ended well are warnings, and so is what stands on
/// standard error.
pub fn problem(
    what: &str,
    complaints: &[Diagnostic],
    ended: Ended,
    stderr: &str,
) -> Option<Problem> {
    if ended == Ended::Well {
        return None;
    }
    let mut errors: Vec<(Trouble, &Diagnostic)> = complaints
        .iter()
        .filter(|it| it.is_error())
        .map(|it| (Trouble::of(it), it))
        .collect();
    errors.sort_by_key(|(trouble, _)| trouble.rank());
    let Some((trouble, first)) = errors.first() else {
        return Some(speechless(what, ended, stderr));
    };
    let mut told = told(what, trouble, first);
    let variables: Vec<&str> = errors
        .iter()
        .filter_map(|(trouble, _)| variable(trouble))
        .collect();
    if variables.len() > 1 && matches!(trouble, Trouble::MissingVariable(_)) {
        told.title = format!(
            "could not {what}: {} variables have no value",
            variables.len()
        );
        told.detail = format!("without a value: {}", variables.join(", "));
        return Some(told);
    }
    let more = errors
        .iter()
        .skip(1)
        .filter(|(trouble, _)| !matches!(trouble, Trouble::Halted));
    let more: Vec<String> = more.map(|(_, it)| placed(it, &it.words())).collect();
    if !more.is_empty() {
        told.detail = text::block(&format!("{}\n{}", told.detail, more.join("\n")), LONGEST);
    }
    Some(told)
}

/// One complaint of what could not be done.
pub(super) fn told(what: &str, trouble: &Trouble, complaint: &Diagnostic) -> Problem {
    let (short, next) = match trouble {
        Trouble::Refused(error) => {
            let mut problem = direct::problem(what, error);
            problem.detail = placed(complaint, &problem.detail);
            return problem;
        }
        Trouble::StateLocked(lock) => return locked(what, lock, complaint),
        Trouble::StateUnsaved => (
            "the new state could not be written",
            "make room or mend the access to the state first; then, in tf-k3s/, run `terraform \
             state push errored.tfstate`: it holds what was just made",
        ),
        Trouble::StalePlan => (
            "the plan is older than the state",
            "something was changed after the plan was made: plan again",
        ),
        Trouble::Version => (
            "the program's version does not fit",
            "install a version that tf-k3s/ allows, or name another program in cluster.toml",
        ),
        Trouble::NotInitialised => (
            "tf-k3s/ is not initialised",
            "run it again with the network at hand: it begins with `init`; by hand, `terraform \
             init` in tf-k3s/",
        ),
        Trouble::RegistryUnreachable => (
            "the providers' registry cannot be reached",
            "check the network, the proxy's settings and the name server; where the registry is \
             closed off, lay a mirror (`terraform providers mirror`); nothing was changed",
        ),
        Trouble::NoProvider => (
            "there is no such provider",
            "compare required_providers in tf-k3s/ with what the registry or the mirror has; \
             nothing was changed",
        ),
        Trouble::ProviderBroken => (
            "the provider failed",
            "run it again; if it fails again, remove tf-k3s/.terraform, so that the provider is \
             fetched anew, or pin another version",
        ),
        Trouble::Credentials => (
            "the provider has no valid account",
            "compare the profile in the OCI configuration file with [oci] in cluster.toml; \
             nothing was changed",
        ),
        Trouble::MissingVariable(name) => return missing(what, name, complaint),
        Trouble::BadValue => (
            "a variable's value is refused",
            "correct the value in cluster.toml and render again",
        ),
        Trouble::Configuration => (
            "the configuration is wrong",
            "mend the line that it names; `k3scope render --check` tells whether it was edited",
        ),
        Trouble::Halted => (
            "it was stopped",
            "run it again: it goes on from what is in the state",
        ),
        Trouble::Other => return other(what, complaint),
    };
    Problem {
        title: text::line(&format!("could not {what}: {short}")),
        detail: placed(complaint, &complaint.words()),
        next: next.to_owned(),
        request_id: None,
    }
}

fn other(what: &str, complaint: &Diagnostic) -> Problem {
    let first = complaint.summary.lines().next().unwrap_or_default();
    let title = match first {
        "" => format!("could not {what}"),
        first => format!("could not {what}: {first}"),
    };
    Problem {
        title: text::line(&title),
        detail: placed(complaint, &complaint.words()),
        next: "mend what it names, then run it again: it goes on from what is in the state"
            .to_owned(),
        request_id: None,
    }
}

fn missing(what: &str, name: &str, complaint: &Diagnostic) -> Problem {
    Problem {
        title: text::line(&format!(
            "could not {what}: the variable {name} has no value"
        )),
        detail: placed(complaint, &complaint.words()),
        next: "run `k3scope render`, which writes terraform.tfvars.json and \
               secrets.auto.tfvars.json; give what you added yourself a default or a value there"
            .to_owned(),
        request_id: None,
    }
}

fn locked(what: &str, lock: &StateLock, complaint: &Diagnostic) -> Problem {
    let or = |told: &str, other: &str| if told.is_empty() { other } else { told }.to_owned();
    let (id, who) = (or(&lock.id, "ID"), or(&lock.who, "who holds it"));
    let mut detail = format!("the lock's ID is {id}");
    if !lock.version.is_empty() {
        let version = format!("; it was taken by version {}", lock.version);
        detail.push_str(&version);
    }
    // The first line tells why; the rest repeats what is told here.
    let why = complaint.detail.lines().next().unwrap_or_default();
    if !why.trim().is_empty() {
        detail = format!("{why}\n{detail}");
    }
    Problem {
        title: text::line(&format!(
            "could not {what}: {}",
            lock.in_words(complaint.at)
        )),
        detail: text::block(&detail, LONGEST),
        next: text::line(&format!(
            "wait until that run has ended, then try again; one that k3scope began in this \
             workspace is followed by `k3scope apply`. A local lock ends with the program that holds \
             it. Only a remote state can stay locked when nothing runs any more: make sure of that \
             with {who}, then `terraform force-unlock {id}` in tf-k3s/. It takes the lock from \
             whoever has it, and two that write at once ruin the state"
        )),
        request_id: None,
    }
}

/// The program ended badly without a complaint: all that is left is what it wrote beside.
fn speechless(what: &str, ended: Ended, stderr: &str) -> Problem {
    let how = match ended {
        Ended::Well => "ended well".to_owned(),
        Ended::Failed(status) => format!("ended with status {status}"),
        Ended::Killed(signal) => format!("was ended by signal {signal}"),
    };
    let wrote = text::block(stderr.trim(), LONGEST);
    let detail = if wrote.is_empty() {
        format!("the program {how} and did not say why")
    } else {
        format!("the program {how}; it wrote:\n{wrote}")
    };
    let next = match ended {
        Ended::Killed(_) => {
            "run it again: it begins by looking. What was under way may exist in the cloud and not \
             in the state; the tags tell, and `k3scope render --import` takes it over"
        }
        Ended::Well | Ended::Failed(_) => "mend what it names, then run it again",
    };
    Problem {
        title: text::line(&format!("could not {what}")),
        detail,
        next: next.to_owned(),
        request_id: None,
    }
}

/// The words with the resource and the place that they are about.
fn placed(complaint: &Diagnostic, words: &str) -> String {
    let address = Some(complaint.address.to_string()).filter(|address| !address.is_empty());
    let at: Vec<String> = address.into_iter().chain(complaint.place()).collect();
    let words = match at.as_slice() {
        [] => words.to_owned(),
        at => format!("{words}\nat {}", at.join(", ")),
    };
    text::block(&words, LONGEST)
}

fn variable(trouble: &Trouble) -> Option<&str> {
    if let Trouble::MissingVariable(name) = trouble {
        Some(name)
    } else {
        None
    }
}
