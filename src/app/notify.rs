//! Calling a person when a hunt for capacity has come to something: what is said, and the command
//! that is run for it.
//!
//! The command is the operator's own (`notify_command` of a trusted file, or `--notify-command`). It is
//! run without a shell; a failure of it is worth a line in the log and nothing more.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::domain::event::Event;
use crate::domain::hunt::{HuntEnd, HuntEvent, LaunchAnswer};
use crate::domain::plan::ResourceKey;
use crate::domain::provision::ProvisionEvent;
use crate::domain::text;
use crate::store::run::Run;

/// The variable that tells the command what happened.
pub const MESSAGE: &str = "K3SCOPE_MESSAGE";
/// How long the command may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a person is told of an event, if it is one to be told of: a node was had while others are
/// still hunted for, or the hunt has ended. `run` has heard the event already.
pub fn words(event: &ProvisionEvent, run: &Run) -> Option<String> {
    let ProvisionEvent::Hunt(event) = event else {
        return None;
    };
    let hunt = run.hunt.as_ref()?;
    let lacking: Vec<&str> = hunt
        .nodes
        .iter()
        .filter(|key| !had(run, key))
        .map(|key| run.name(key))
        .collect();
    let (cluster, tried) = (&run.plan.cluster, hunt.tried);
    let told = match event {
        HuntEvent::Tried {
            key,
            place,
            answer: LaunchAnswer::Accepted,
            ..
        } if hunt.is_on() && !lacking.is_empty() => {
            let still = lacking.join(", ");
            format!(
                "{cluster}: a host was found for {} at {place}; still hunting for {still}",
                run.name(key)
            )
        }
        HuntEvent::Ended { end } => match end {
            HuntEnd::Found => {
                format!("{cluster}: capacity was found for every node, after {tried} tries")
            }
            HuntEnd::Deadline => format!(
                "{cluster}: no host was found in time for {}, after {tried} tries",
                lacking.join(", ")
            ),
            HuntEnd::Stopped => {
                format!(
                    "{cluster}: the hunt for {} was stopped, after {tried} tries",
                    lacking.join(", ")
                )
            }
            HuntEnd::Refused => {
                format!(
                    "{cluster}: the hunt for {} has ended: OCI refused it",
                    lacking.join(", ")
                )
            }
        },
        HuntEvent::Began { .. }
        | HuntEvent::Hinted { .. }
        | HuntEvent::Tried { .. }
        | HuntEvent::Next { .. } => return None,
    };
    Some(text::line(&told))
}

/// Whether a node was had: its launch was accepted, or its instance is there.
fn had(run: &Run, key: &ResourceKey) -> bool {
    let accepted = run.hunt.as_ref().and_then(|hunt| hunt.had(key));
    accepted.is_some() || run.step(key).is_some_and(|step| step.ocid.is_some())
}

/// Runs the operator's command. Cloning is cheap; all clones know what runs.
#[derive(Clone, Debug)]
pub struct Herald {
    command: Option<Vec<String>>,
    folder: PathBuf,
    clock: Clock,
    running: TaskTracker,
}

impl Herald {
    /// Runs `command` in `folder`; without a command, nothing.
    pub fn new(command: Option<Vec<String>>, folder: PathBuf) -> Self {
        Self {
            command,
            folder,
            clock: Clock::default(),
            running: TaskTracker::new(),
        }
    }

    /// Tells `words` and the event that they are about.
    pub fn tell(&self, words: &str, event: &Event) {
        let Some((program, arguments)) = self.command.as_ref().and_then(|it| it.split_first())
        else {
            return;
        };
        let line = match serde_json::to_string(event) {
            Ok(line) => line + "\n",
            Err(error) => return tracing::error!(%error, "an event is no JSON"),
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env(MESSAGE, words)
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let (program, clock) = (program.clone(), self.clock);
        self.running.spawn(async move {
            let failed = match clock.timeout(PATIENCE, ran(command, line)).await {
                Ok(Ok(status)) if status.success() => return,
                Ok(Ok(status)) => status.to_string(),
                Ok(Err(error)) => error.to_string(),
                Err(elapsed) => elapsed.to_string(),
            };
            tracing::warn!(program, failed, "the notify command did not do its work");
        });
    }

    /// Waits until what was told has been heard.
    pub async fn heard(&self) {
        self.running.close();
        self.running.wait().await;
    }
}

async fn ran(mut command: Command, line: String) -> io::Result<std::process::ExitStatus> {
    let mut child = command.spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // One that does not read its input is none the worse.
        let written = input.write_all(line.as_bytes()).await;
        tracing::debug!(?written, "the event was handed to the notify command");
    }
    child.wait().await
}
