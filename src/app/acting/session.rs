//! What is done in this session and not to an object: the terminal is given to a shell in a container,
//! a port of this machine leads to a pod. Whether that is permitted here was decided before.

use tokio::sync::oneshot;

use super::{Task, Ways, refused, unreached};
use crate::app::forwarding::{NotForwarded, Wish};
use crate::app::guest::{Guest, Opened};
use crate::domain::action::{Action, ActionEvent, ActionOutcome};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::problem::Problem;
use crate::kube::exec::{ExecError, Shell};
use crate::kube::forward::ForwardError;
use crate::kube::{WriteError, Writer};

impl Task {
    /// Does `action` where it is of this sort.
    pub(super) async fn here(&self, ways: &Ways, action: &Action) -> Option<ActionOutcome> {
        let writer = || {
            let connection = ways.connection.clone()?;
            Some(Writer::new(connection, ways.access))
        };
        let command = action.command();
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the rest is written to objects"
        )]
        match action {
            Action::Exec { pod, container } => Some(match writer() {
                Some(writer) => {
                    self.open_shell(ways, &writer, (pod, container, command))
                        .await
                }
                None => ActionOutcome::Failed(unreached()),
            }),
            Action::Forward { pod, port, made } => Some(match writer() {
                Some(writer) => {
                    let wish = Wish {
                        pod: pod.clone(),
                        port: *port,
                        made: *made,
                    };
                    self.forward(ways, &writer, (wish, command)).await
                }
                None => ActionOutcome::Failed(unreached()),
            }),
            _ => None,
        }
    }

    /// Opens a shell, gives it the terminal, and waits for its end.
    async fn open_shell(
        &self,
        ways: &Ways,
        writer: &Writer,
        (pod, container, command): (&ObjectRef, &Line, String),
    ) -> ActionOutcome {
        let Some(guests) = &ways.guests else {
            return failed(
                "there is no terminal to give to a shell",
                "",
                "copy the command, and use it elsewhere",
            );
        };
        let shell = match Shell::open(writer, (pod, container), self.clock).await {
            Ok(shell) => shell,
            Err(error) => return no_shell(&error),
        };
        let number = self.number;
        self.tell(ActionEvent::Wrote { number, command }).await;
        let place = format!("{container} of pod {pod}").into();
        let (told, ended) = oneshot::channel();
        let guest = Guest::Shell(Opened { shell, place, told });
        if guests.try_send(guest).is_err() {
            return failed("the terminal is given away already", "", "leave that first");
        }
        match ended.await {
            Ok(Ok(0)) => done(format!("the shell in {container} ended")),
            Ok(Ok(code)) => done(format!(
                "the shell in {container} ended with exit status {code}"
            )),
            Ok(Err(error)) => no_shell(&error),
            Err(_) => failed(
                "the shell ended",
                "the terminal was not free, or the session ended",
                "open it again",
            ),
        }
    }

    async fn forward(
        &self,
        ways: &Ways,
        writer: &Writer,
        (wish, command): (Wish, String),
    ) -> ActionOutcome {
        let begun = ways
            .forwards
            .begin(writer, wish, (&self.events, self.clock));
        match begun.await {
            Ok(said) => {
                let number = self.number;
                self.tell(ActionEvent::Wrote { number, command }).await;
                ActionOutcome::Done { said }
            }
            Err(error) => not_forwarded(&error),
        }
    }
}

fn done(said: String) -> ActionOutcome {
    ActionOutcome::Done { said: said.into() }
}

fn failed(title: &str, detail: &str, next: &str) -> ActionOutcome {
    ActionOutcome::Failed(Problem {
        title: title.to_owned(),
        detail: detail.to_owned(),
        next: next.to_owned(),
        request_id: None,
    })
}

fn no_shell(error: &ExecError) -> ActionOutcome {
    let (title, next) = match error {
        ExecError::ReadOnly => return ActionOutcome::Failed(refused(&WriteError::ReadOnly)),
        ExecError::Left => return done(error.to_string()),
        ExecError::Forbidden { .. } => ("not permitted", "ask for that right"),
        ExecError::Gone(_) => ("no shell", "look at the list again"),
        ExecError::NoShell { .. } => (
            "no shell",
            "add a container that has one: kubectl debug -it POD --image=busybox --target=CONTAINER",
        ),
        ExecError::NotRunning { .. } => ("no shell", "wait until its container runs"),
        ExecError::Lost(_) => ("the shell is lost", "open it again"),
        ExecError::Slow(_) | ExecError::Broken(_) | ExecError::Fault(_) => {
            ("no shell", "see the server's words; then try again")
        }
    };
    failed(title, &error.to_string(), next)
}

fn not_forwarded(error: &NotForwarded) -> ActionOutcome {
    let (title, next) = match error {
        NotForwarded::ReadOnly => return ActionOutcome::Failed(refused(&WriteError::ReadOnly)),
        NotForwarded::Pod(ForwardError::Forbidden { .. }) => {
            ("not permitted", "ask for that right")
        }
        NotForwarded::Gone(_) | NotForwarded::Pod(ForwardError::Gone(_)) => {
            ("not forwarded", "look at the list again")
        }
        NotForwarded::Pod(ForwardError::NotRunning { .. }) => {
            ("not forwarded", "wait until it runs")
        }
        NotForwarded::Already(_) => ("not forwarded again", "use that address"),
        NotForwarded::TooMany => ("not forwarded", "stop one of them first"),
        NotForwarded::Pod(ForwardError::Slow(_) | ForwardError::Fault(_)) => {
            ("not forwarded", "see the server's words; then try again")
        }
        NotForwarded::Listen(_) => ("not forwarded", "free a port of this machine"),
    };
    failed(title, &error.to_string(), next)
}
