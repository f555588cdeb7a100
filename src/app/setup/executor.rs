//! One task a question, answered on the session's channel; asking again replaces the one before.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::FutureExt;
use secrecy::SecretString;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::desk::{Desk, Ground, problem};
use super::{account, api_key, limits, preflight, profiles, program, ssh_key, workspace, zone};
use crate::domain::event::{Event, What};
use crate::domain::problem::Problem;
use crate::domain::setup::{Ask, Told, Topic};

/// Answers the wizard.
#[derive(Debug)]
pub struct Executor {
    desk: Arc<Desk>,
    events: mpsc::Sender<Event>,
    running: BTreeMap<Topic, JoinHandle<()>>,
}

impl Executor {
    /// One that has been asked nothing yet.
    pub fn new(ground: Ground, events: mpsc::Sender<Event>) -> Self {
        Self {
            desk: Arc::new(Desk::new(ground)),
            events,
            running: BTreeMap::new(),
        }
    }

    /// Begins to answer.
    pub fn ask(&mut self, ask: Ask) {
        let topic = ask.topic();
        let before = self.running.remove(&topic);
        let (desk, events) = (Arc::clone(&self.desk), self.events.clone());
        let task = tokio::spawn(async move {
            if let Some(before) = before {
                before.abort();
                // Files are written without a pause, so what was begun is whole by now.
                let _ = before.await;
            }
            let clock = desk.ground.clock;
            let tell = |told| {
                let what = What::Setup(told);
                events.send(Event {
                    at: clock.now(),
                    what,
                })
            };
            if tell(Told::Asked { topic }).await.is_err() {
                return;
            }
            let answered = AssertUnwindSafe(answer(&desk, ask, &events))
                .catch_unwind()
                .await;
            let told = match answered.unwrap_or_else(|_| Err(broken_down(topic))) {
                Ok(told) => told,
                Err(problem) => {
                    tracing::info!(%topic, problem = problem.title, "the wizard's question failed");
                    Told::Failed { topic, problem }
                }
            };
            // Nobody listens any more: the session has ended.
            let _ = tell(told).await;
        });
        self.running.insert(topic, task);
    }

    /// The passphrase with which this profile was opened here, or the environment's.
    pub fn passphrase(&self, config_file: &Path, profile: &str) -> Option<SecretString> {
        self.desk.passphrase(config_file, profile)
    }

    /// Ends what is being answered; files that are being written are whole.
    pub async fn stop(self) {
        for (_, task) in self.running {
            task.abort();
            let _ = task.await;
        }
    }
}

async fn answer(desk: &Desk, ask: Ask, events: &mpsc::Sender<Event>) -> Result<Told, Problem> {
    let at = |typed: PathBuf| desk.ground.resolve(&typed);
    match ask {
        Ask::Profiles { config_file } => profiles::read(desk, &at(config_file)),
        Ask::MakeApiKey {
            config_file,
            profile,
            user,
            tenancy,
            region,
        } => {
            let wanted = api_key::Wanted {
                config_file: at(config_file),
                profile,
                user,
                tenancy,
                region,
            };
            api_key::make(desk, &wanted).await
        }
        Ask::SshKey {
            private_key,
            public_key,
            make,
        } => ssh_key::find(desk, &at(private_key), &at(public_key), make),
        Ask::Account {
            config_file,
            profile,
            passphrase,
        } => account::look(desk, &at(config_file), &profile, passphrase).await,
        Ask::Limits {
            region,
            compartment,
        } => limits::read(desk, &region, &compartment).await,
        Ask::Program => program::find(desk).await,
        Ask::Zone { zone, token } => zone::find(desk, &zone, token).await,
        Ask::Keep { draft } => workspace::keep(desk, &draft),
        Ask::KeepSecret { name, secret } => workspace::keep_secret(desk, &name, &secret),
        Ask::Preflight { text } => preflight::run(desk, &text, events).await,
        Ask::Write { text } => workspace::write(desk, &text),
    }
}

fn broken_down(topic: Topic) -> Problem {
    problem(
        "A mistake in k3scope",
        format!("answering the question about {topic} broke down"),
        "Please report this with the log.",
    )
}
