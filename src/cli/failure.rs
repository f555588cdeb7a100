//! How a command ends, well or not, and what a person is told then.

use std::fmt::Display;
use std::process::ExitCode;

use crate::domain::problem::Problem;
use crate::domain::text;
use crate::provision::direct::Unplanned;
use crate::ssh::SshError;

use super::output;

/// The longest message that is shown of an error, in characters.
const MAX_DETAIL: usize = 20_000;

/// The program's exit status: a contract with scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// All is well.
    Well,
    /// It failed, or what was asked about is in a critical state.
    Failed,
    /// Usage or configuration.
    Usage,
    /// Something needed could not be reached, or is not yet known.
    Unknown,
    /// Interrupted; everything is left resumable.
    Interrupted,
    /// With the status of a command that was run elsewhere.
    Command(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Well => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Unknown => 3,
            Exit::Interrupted => 130,
            Exit::Command(status) => status,
        })
    }
}

/// Why a command could not do what it is for.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    problem: Option<Problem>,
}

impl Failure {
    /// Something in a file or an argument that the operator must mend.
    pub(super) fn configuration(error: impl Display) -> Self {
        Self::with(Exit::Usage, &error.to_string(), "", "")
    }

    /// Anything else.
    pub(super) fn other(error: impl Display) -> Self {
        Self::with(Exit::Failed, &error.to_string(), "", "")
    }

    /// It could be done, but not as it was asked.
    pub(super) fn refused(title: &str, detail: &str, next: &str) -> Self {
        Self::with(Exit::Failed, title, detail, next)
    }

    /// What was asked for needs another argument.
    pub(super) fn usage(title: &str, detail: &str, next: &str) -> Self {
        Self::with(Exit::Usage, title, detail, next)
    }

    /// A question would have to be asked, and there is no terminal.
    pub(super) fn nobody_to_ask() -> Self {
        Self::with(
            Exit::Usage,
            "this asks before it goes on, and there is no terminal to ask on",
            "",
            "give --yes",
        )
    }

    /// The configuration redirects or executes, and nobody said that it may.
    pub(super) fn untrusted(keys: &str) -> Self {
        Self::with(
            Exit::Usage,
            "cluster.toml has keys that redirect or execute, and they are not trusted",
            keys,
            "look at them (k3scope trust --show), then let them take effect (k3scope trust) or \
             remove them",
        )
    }

    /// What was waited for has not come in its time.
    pub(super) fn timed_out(title: &str, detail: &str, next: &str) -> Self {
        Self::with(Exit::Unknown, title, detail, next)
    }

    /// The same, because something could not be reached.
    pub(super) fn unreached(self) -> Self {
        Self {
            exit: Exit::Unknown,
            ..self
        }
    }

    /// Nobody reads the output any more: not worth a word.
    pub(super) fn unheard() -> Self {
        Self {
            exit: Exit::Well,
            problem: None,
        }
    }

    fn with(exit: Exit, title: &str, detail: &str, next: &str) -> Self {
        let problem = Problem {
            title: text::block(title, MAX_DETAIL),
            detail: text::block(detail, MAX_DETAIL),
            next: next.to_owned(),
            request_id: None,
        };
        Self {
            exit,
            problem: Some(problem),
        }
    }

    /// Tells it on standard error.
    pub(super) fn show(self) -> Exit {
        if let Some(problem) = &self.problem {
            let told = output::error_text(&format!("error: {}\n", output::problem(problem)));
            if let Err(error) = told {
                tracing::debug!(?error, "the error could not be told");
            }
        }
        self.exit
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self {
            exit: Exit::Failed,
            problem: Some(problem),
        }
    }
}

impl From<Unplanned> for Failure {
    fn from(unplanned: Unplanned) -> Self {
        Self {
            exit: if unplanned.reached {
                Exit::Failed
            } else {
                Exit::Unknown
            },
            problem: Some(unplanned.problem),
        }
    }
}

impl From<SshError> for Failure {
    fn from(error: SshError) -> Self {
        Self {
            exit: if error.may_pass() {
                Exit::Unknown
            } else {
                Exit::Failed
            },
            problem: Some(error.problem()),
        }
    }
}
