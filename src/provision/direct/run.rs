//! Carries a plan out and tells how it goes.
//!
//! One worker is shared by all steps: it knows the OCIDs made so far, keeps the journal and sends the
//! events. A stop begins nothing new and abandons waits, never a request that was sent.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::domain::event::{Event, What};
use crate::domain::hunt::Place;
use crate::domain::plan::{Action, Counts, Plan, ResourceKey, ResourceKind, Step};
use crate::domain::problem::Problem;
use crate::domain::provision::{Outcome, ProvisionEvent};
use crate::domain::text;
use crate::oci;
use crate::provision::journal::{Entry, Journal, JournalError};
use crate::provision::schedule;

use super::hunt::Launches;
use super::kinds::{Life, Model, is_setting, life, with_model};
use super::meaning::problem;
use super::{Engine, Survey};

/// Retry tokens that one create may go through; their numbers grow in doubled steps, so this passes
/// over what a day's hunt on another computer may have used.
pub(super) const MOST_TOKENS: usize = 40;

/// Why a step did not end well.
pub(super) enum Halt {
    /// It failed.
    Failed(Problem),
    /// The run was asked to stop.
    Stopped,
}

impl From<Problem> for Halt {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

/// A resource that a create was answered with.
pub(super) struct Made {
    pub(super) id: String,
    /// Whether it is usable already.
    pub(super) ready: bool,
    /// When the request went out that made it.
    pub(super) begun: Instant,
}

impl Made {
    pub(super) fn of<M: Model>(resource: &M, begun: Instant) -> Self {
        Self {
            id: resource.id().to_owned(),
            ready: life(resource.state()) == Life::Ready,
            begun,
        }
    }
}

/// A step that ended well: its OCID, and how long what was done to it took.
struct Ended {
    id: String,
    took: Option<Duration>,
}

pub(super) struct Worker {
    pub(super) engine: Engine,
    pub(super) survey: Survey,
    steps: BTreeMap<ResourceKey, Step>,
    made: Mutex<BTreeMap<ResourceKey, String>>,
    pub(super) launches: Launches,
    journal: Mutex<Journal>,
    events: mpsc::Sender<Event>,
    pub(super) stop: CancellationToken,
}

impl Engine {
    /// Carries `plan` out, which followed from `survey`. The events go to `events` as they happen,
    /// the last is [`ProvisionEvent::Finished`].
    pub async fn execute(
        &self,
        (plan, survey): (Plan, Survey),
        journal: Journal,
        events: mpsc::Sender<Event>,
        stop: CancellationToken,
    ) -> Outcome {
        let run = journal.run().to_owned();
        let needs = plan.steps.iter();
        let needs = needs.map(|step| (step.key.clone(), step.needs.iter().cloned().collect()));
        let needs = needs.collect();
        let existing = plan
            .steps
            .iter()
            .filter_map(|step| Some((step.key.clone(), step.id.clone()?)));
        let launches = Launches::of(self, (&plan, &survey), journal.hunt());
        let worker = Arc::new(Worker {
            engine: self.clone(),
            survey,
            launches,
            steps: plan
                .steps
                .iter()
                .map(|step| (step.key.clone(), step.clone()))
                .collect(),
            made: Mutex::new(existing.collect()),
            journal: Mutex::new(journal),
            events,
            stop: stop.clone(),
        });
        worker.tell(ProvisionEvent::Started { run, plan }).await;
        let running = schedule::run(needs, &stop, |key| {
            let worker = Arc::clone(&worker);
            async move { worker.step(&key).await }
        });
        let tally = worker.told_of_a_stop(running).await;
        worker.leave_hunt().await;
        let undone: Vec<ResourceKey> = tally.failed.union(&tally.skipped).cloned().collect();
        let outcome = match (undone.is_empty(), stop.is_cancelled()) {
            (true, _) => Outcome::Done,
            (false, true) => Outcome::Interrupted,
            (false, false) => Outcome::Failed,
        };
        let mut done = Counts::default();
        for step in tally.done.iter().filter_map(|key| worker.steps.get(key)) {
            done.add(step.action);
        }
        if let Err(error) = worker.note(Entry::Finished { outcome }) {
            tracing::error!(%error, "the end of the run is not in its journal");
        }
        worker
            .tell(ProvisionEvent::Finished {
                outcome,
                done,
                undone,
            })
            .await;
        outcome
    }
}

impl Worker {
    /// Waits for `running`, and tells when it is asked to stop before it is over.
    async fn told_of_a_stop<T>(&self, running: impl Future<Output = T>) -> T {
        let mut running = pin!(running);
        tokio::select! {
            biased;
            ended = &mut running => ended,
            () = self.stop.cancelled() => {
                let can_force = false;
                self.tell(ProvisionEvent::Stopping { can_force }).await;
                running.await
            }
        }
    }

    async fn step(self: &Arc<Self>, key: &ResourceKey) -> bool {
        let Some(step) = self.steps.get(key) else {
            return false;
        };
        self.tell(ProvisionEvent::StepStarted { key: key.clone() })
            .await;
        let ended = match self.carry_out(step).await {
            Ok(ended) => self.ready(step, &ended).map(|()| ended.id),
            Err(halt) => Err(halt),
        };
        match ended {
            Ok(id) => {
                self.tell(ProvisionEvent::StepFinished {
                    key: key.clone(),
                    id,
                })
                .await;
                true
            }
            Err(Halt::Failed(problem)) => {
                self.tell(ProvisionEvent::StepFailed {
                    key: key.clone(),
                    problem,
                })
                .await;
                false
            }
            Err(Halt::Stopped) => false,
        }
    }

    async fn carry_out(self: &Arc<Self>, step: &Step) -> Result<Ended, Halt> {
        let begun = self.engine.clock.instant();
        let (id, took) = match step.action {
            // This engine has no state to take anything into, and plans no such step.
            Action::Keep | Action::Import => (self.keep(step).await?, None),
            Action::Update => (self.change(step).await?, Some(begun.elapsed())),
            // A setting of another resource is made by changing that one.
            Action::Create if is_setting(step.kind) => {
                (self.change(step).await?, Some(begun.elapsed()))
            }
            Action::Create => {
                let made = self.create(step).await?;
                (made.id, Some(made.begun.elapsed()))
            }
            Action::Delete => (self.delete(step).await?, Some(begun.elapsed())),
        };
        Ok(Ended { id, took })
    }

    /// A change needs no token: a run that follows a killed one reads what there is, and changes
    /// what is not as it should be yet.
    async fn change(&self, step: &Step) -> Result<String, Halt> {
        let key = step.key.clone();
        let fields = step.drift.iter().map(|drift| drift.field.clone());
        let fields = fields.collect();
        self.note(Entry::Changing { key, fields })
            .map_err(unwritten)?;
        let id = self.update(step).await?;
        let key = step.key.clone();
        self.note(Entry::Changed { key }).map_err(unwritten)?;
        Ok(id)
    }

    /// Writes down how long it took, for the estimates of later runs.
    fn ready(&self, step: &Step, ended: &Ended) -> Result<(), Halt> {
        let Some(took) = ended.took else {
            return Ok(());
        };
        let entry = Entry::Ready {
            key: step.key.clone(),
            kind: step.kind,
            action: step.action,
            millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        };
        self.note(entry).map_err(unwritten)
    }

    /// What is there stays; what an earlier run left on its way is waited for.
    async fn keep(&self, step: &Step) -> Result<String, Halt> {
        let found = self
            .survey
            .usable(&step.key)
            .ok_or_else(|| super::missing(&step.key))?;
        if found.life == Life::Coming {
            self.wait(step, &found.id, &[Life::Ready]).await?;
        }
        Ok(found.id.clone())
    }

    async fn create(self: &Arc<Self>, step: &Step) -> Result<Made, Halt> {
        for leaving in self.survey.leaving(&step.key) {
            self.wait(step, &leaving.id, &[Life::Gone]).await?;
        }
        let made = if step.kind == ResourceKind::Instance {
            self.launch(step).await?
        } else {
            let body = self.body(step)?;
            self.send(step, &body).await?
        };
        self.made().insert(step.key.clone(), made.id.clone());
        if !made.ready {
            self.wait(step, &made.id, &[Life::Ready]).await?;
        }
        Ok(made)
    }

    /// Sends a create under the number that the journal gives it. A token that OCI has retired (its
    /// resource was deleted, or an earlier body was another) is a certain refusal: the next number
    /// is free.
    async fn send(self: &Arc<Self>, step: &Step, body: &serde_json::Value) -> Result<Made, Halt> {
        let digest = hash(&body.to_string());
        let client = self.observed(&step.key);
        for _ in 0..MOST_TOKENS {
            let token = self.intend(&step.key, &digest, None)?;
            let begun = self.engine.clock.instant();
            let created = with_model!(step.kind, Model => {
                client.create::<Model, _>(body, &token).await.map(|made| Made::of(&made, begun))
            });
            let error = match created {
                Ok(made) => {
                    let (key, id) = (step.key.clone(), made.id.clone());
                    self.note(Entry::Created { key, id }).map_err(unwritten)?;
                    return Ok(made);
                }
                Err(error) => error,
            };
            let retired = error.is_token_invalidated();
            if retired || error.is_definite_refusal() {
                let code = text::line(error.code().unwrap_or("refused"));
                let (key, answer) = (step.key.clone(), None);
                self.note(Entry::Refused { key, code, answer })
                    .map_err(unwritten)?;
            }
            if !retired {
                let what = format!("create the {} {}", step.kind, step.name);
                return Err(problem(&what, &error).into());
            }
        }
        Err(worn_out(step).into())
    }

    /// Writes down that a create is about to be sent, and gives the token that it is sent with.
    pub(super) fn intend(
        &self,
        key: &ResourceKey,
        body: &str,
        place: Option<&Place>,
    ) -> Result<oci::RetryToken, Halt> {
        let now = self.engine.clock.now();
        let mut journal = self.journal();
        let attempt = journal.attempt(key, body);
        let token = retry_token(&self.engine.topology.cluster, key, attempt).map_err(unwritten)?;
        let entry = Entry::Intent {
            key: key.clone(),
            attempt,
            body: body.to_owned(),
            place: place.cloned(),
        };
        journal.write(now, entry).map_err(unwritten)?;
        Ok(token)
    }

    async fn delete(self: &Arc<Self>, step: &Step) -> Result<String, Halt> {
        let id = step.id.clone().ok_or_else(|| super::missing(&step.key))?;
        let client = self.observed(&step.key);
        let query: &[(&str, &str)] = if step.kind == ResourceKind::Instance {
            &[("preserveBootVolume", "false")]
        } else {
            &[]
        };
        let deleted = with_model!(step.kind, Model => client.delete::<Model>(&id, query).await);
        match deleted {
            Ok(()) => {}
            Err(error) if error.is_not_found() => {}
            // A delete whose answer was lost is refused until the resource is gone.
            Err(error) if self.is_going(step, &id).await => {
                tracing::info!(key = %step.key, %error, "it is being deleted already");
            }
            Err(error) => {
                return Err(
                    problem(&format!("delete the {} {}", step.kind, step.name), &error).into(),
                );
            }
        }
        let entry = Entry::Deleted {
            key: step.key.clone(),
            id: id.clone(),
        };
        self.note(entry).map_err(unwritten)?;
        self.wait(step, &id, &[Life::Gone]).await?;
        Ok(id)
    }

    async fn is_going(&self, step: &Step, id: &str) -> bool {
        let seen = with_model!(step.kind, Model => {
            self.engine.client.get::<Model>(id).await.map(|seen| life(seen.state()))
        });
        seen.is_ok_and(|life| matches!(life, Life::Leaving | Life::Gone))
    }

    /// A client whose retries are told as this step's.
    fn observed(self: &Arc<Self>, key: &ResourceKey) -> oci::Client {
        let (worker, key) = (Arc::clone(self), key.clone());
        self.engine
            .client
            .on_retry(Arc::new(move |retrying: &oci::Retrying<'_>| {
                let told = worker.event(ProvisionEvent::StepRetrying {
                    key: key.clone(),
                    reason: text::line(&retrying.because.to_string()),
                    in_seconds: retrying.wait.as_secs(),
                });
                if worker.events.try_send(told).is_err() {
                    tracing::debug!(%key, "nobody took the news of a retry");
                }
            }))
    }

    /// The OCID of a resource that an earlier step made or found.
    pub(super) fn id(&self, key: &ResourceKey) -> Result<String, Problem> {
        self.made()
            .get(key)
            .cloned()
            .ok_or_else(|| super::missing(key))
    }

    fn made(&self) -> MutexGuard<'_, BTreeMap<ResourceKey, String>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, entry: Entry) -> Result<(), JournalError> {
        self.journal().write(self.engine.clock.now(), entry)
    }

    fn event(&self, what: ProvisionEvent) -> Event {
        Event {
            at: self.engine.clock.now(),
            what: What::Provision(what),
        }
    }

    pub(super) async fn tell(&self, what: ProvisionEvent) {
        if self.events.send(self.event(what)).await.is_err() {
            tracing::debug!("nobody listens to the run any more");
        }
    }
}

/// `cluster-key-attempt`, or its hash where that is over OCI's 64 characters.
fn retry_token(
    cluster: &str,
    key: &ResourceKey,
    attempt: u32,
) -> Result<oci::RetryToken, oci::RetryTokenError> {
    let plain = format!("{cluster}-{key}-{attempt}");
    oci::RetryToken::new(&plain).or_else(|_| oci::RetryToken::new(hash(&plain)))
}

/// SHA-256 in hexadecimal: 64 characters.
pub(super) fn hash(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let hex = |hex: String, byte: &u8| format!("{hex}{byte:02x}");
    digest.as_ref().iter().fold(String::new(), hex)
}

pub(super) fn worn_out(step: &Step) -> Problem {
    Problem {
        title: format!("could not create the {} {}", step.kind, step.name),
        detail: format!("OCI refused {MOST_TOKENS} retry tokens as used before"),
        next: "wait a day, or give the cluster another name".to_owned(),
        request_id: None,
    }
}

pub(super) fn unwritten(error: impl std::fmt::Display) -> Halt {
    Halt::Failed(Problem {
        title: "the run's journal cannot be written".to_owned(),
        detail: text::line(&error.to_string()),
        next: "make room or mend the permissions; nothing is sent to OCI without its line in the \
               journal"
            .to_owned(),
        request_id: None,
    })
}
