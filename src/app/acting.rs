//! Does in the cluster what a person asked for, each action as a task of its own, and tells how it went.
//!
//! Nothing is done a second time by itself, and nothing with `--read-only`: the door for writes refuses
//! it, and so does this, before anything is looked at.

mod instances;
mod session;

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::forwarding::Forwards;
use super::guest::Guest;
use super::publishing::publish;
use super::reading::Reader;
use crate::clock::Clock;
use crate::config::Workspace;
use crate::domain::action::{Action, ActionEvent, ActionOutcome, RecordWish, Right};
use crate::domain::comparison::{Compared, Comparison, ResourceRef};
use crate::domain::event::{Event, What};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::problem::Problem;
use crate::effect::Effect;
use crate::kube::action::{ActError, Hand, Step, perform};
use crate::kube::compare::compare;
use crate::kube::{Access, Connection, WriteError, Writer, look};
use crate::sources::{Cloudflare, Instances};
use crate::web::Visitor;

/// Actions that may be under way at once.
const MOST: usize = 16;
/// Writes of one action that may wait to be told.
const TOLD: usize = 16;
/// How long actions under way are waited for at the end of a session.
const LEAVE: Duration = Duration::from_secs(2);

/// Who does things in the cluster.
#[derive(Debug)]
pub struct Actor {
    connection: watch::Receiver<Option<Connection>>,
    access: Access,
    events: mpsc::Sender<Event>,
    clock: Clock,
    tasks: JoinSet<()>,
    number: u32,
    reader: Reader,
    /// Where a log is saved; in the working folder where there is no workspace.
    workspace: Option<Workspace>,
    visitor: Visitor,
    /// Where the cluster's instances are, while that is known.
    instances: Option<watch::Receiver<Option<Instances>>>,
    /// The records that can be changed, once there are any.
    records: Option<watch::Receiver<Option<Cloudflare>>>,
    /// Who gives the terminal away; nobody where there is none.
    guests: Option<mpsc::Sender<Guest>>,
    forwards: Forwards,
}

impl Actor {
    /// Acts by `connection`, whenever there is one, as far as `access` permits.
    pub fn new(
        connection: watch::Receiver<Option<Connection>>,
        access: Access,
        (events, clock): (mpsc::Sender<Event>, Clock),
    ) -> Self {
        let reader = Reader::new(connection.clone(), (events.clone(), clock));
        Self {
            reader,
            workspace: None,
            visitor: Visitor::default(),
            instances: None,
            records: None,
            guests: None,
            forwards: Forwards::default(),
            connection,
            access,
            events,
            clock,
            tasks: JoinSet::new(),
            number: 0,
        }
    }

    /// With a workspace, in which logs are saved.
    #[must_use]
    pub fn of(mut self, workspace: Workspace) -> Self {
        self.workspace = Some(workspace);
        self
    }

    /// With how hosts are reached that are looked at from here.
    #[must_use]
    pub fn visiting(mut self, visitor: Visitor) -> Self {
        self.visit_as(visitor);
        self
    }

    /// Reaches hosts as `visitor` does from now on.
    pub fn visit_as(&mut self, visitor: Visitor) {
        self.visitor = visitor;
    }

    /// With the cluster's instances, whenever it is known where they are.
    #[must_use]
    pub fn with_instances(mut self, instances: watch::Receiver<Option<Instances>>) -> Self {
        self.instances = Some(instances);
        self
    }

    /// With records at Cloudflare, whenever there are some.
    #[must_use]
    pub fn publishing(mut self, records: watch::Receiver<Option<Cloudflare>>) -> Self {
        self.records = Some(records);
        self
    }

    /// With somebody who gives the terminal to a shell, where there is a terminal.
    #[must_use]
    pub fn lending(mut self, guests: Option<mpsc::Sender<Guest>>) -> Self {
        self.guests = guests;
        self
    }

    /// Does what `effects` ask for until nobody can ask any more.
    pub async fn attend(mut self, mut effects: mpsc::Receiver<Effect>) {
        while let Some(effect) = effects.recv().await {
            self.perform(effect);
        }
        self.stop().await;
    }

    /// Does what is asked of the cluster; the rest is the terminal's, or a journey's.
    pub fn perform(&mut self, effect: Effect) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is not ours")]
        match effect {
            Effect::Act(action) => self.act(action),
            Effect::Review(rights) => self.review(rights),
            Effect::Compare(of) => self.compare(of),
            Effect::OpenLog(wish) => self.reader.open(wish),
            Effect::CloseLog => self.reader.close(),
            Effect::Read(thing) => self.reader.read(thing),
            Effect::Check(of) => self.reader.check(of),
            Effect::Prove(challenge) => self.reader.prove(self.visitor.clone(), challenge),
            Effect::Save { name, text } => {
                let folder = self.folder();
                self.reader.save(folder, (name, text));
            }
            Effect::StopForward(id) => self.stop_forward(id),
            _ => {}
        }
    }

    fn folder(&self) -> Result<PathBuf, String> {
        match &self.workspace {
            Some(workspace) => {
                let state = workspace.state().map_err(|error| error.to_string())?;
                Ok(state.join("logs"))
            }
            None => std::env::current_dir().map_err(|error| error.to_string()),
        }
    }

    /// Begins an action.
    pub fn act(&mut self, action: Action) {
        while self.tasks.try_join_next().is_some() {}
        self.number = self.number.saturating_add(1);
        let task = Task {
            number: self.number,
            events: self.events.clone(),
            clock: self.clock,
        };
        let barred = self.barred();
        let ways = Ways {
            connection: self.connection.borrow().clone(),
            access: self.access,
            instances: self.instances.as_ref().and_then(|it| it.borrow().clone()),
            records: self.records.as_ref().and_then(|it| it.borrow().clone()),
            guests: self.guests.clone(),
            forwards: self.forwards.clone(),
        };
        self.tasks.spawn(async move {
            task.tell(ActionEvent::Begun {
                number: task.number,
                action: action.clone(),
            })
            .await;
            let outcome = match barred {
                Some(problem) => ActionOutcome::Failed(problem),
                None => task.begin(ways, &action).await,
            };
            task.tell(ActionEvent::Ended {
                number: task.number,
                outcome,
            })
            .await;
        });
    }

    /// Asks whether these are permitted. What cannot be asked stays unknown: the write itself tells.
    pub fn review(&mut self, rights: Vec<Right>) {
        let Some(connection) = self.connection.borrow().clone() else {
            return;
        };
        let (events, clock) = (self.events.clone(), self.clock);
        self.tasks.spawn(async move {
            for right in rights {
                match look::permits(&connection, &right).await {
                    Ok(allowed) => {
                        let what = What::Action(ActionEvent::Permitted { right, allowed });
                        // The session has ended: nobody wants to know.
                        let _ = events
                            .send(Event {
                                at: clock.now(),
                                what,
                            })
                            .await;
                    }
                    Err(fault) => tracing::debug!(%fault, %right, "a right cannot be asked about"),
                }
            }
        });
    }

    /// Compares a resource with what was applied. Reads only.
    pub fn compare(&mut self, of: ResourceRef) {
        let connection = self.connection.borrow().clone();
        let (events, clock) = (self.events.clone(), self.clock);
        self.tasks.spawn(async move {
            let found = match &connection {
                Some(connection) => compare(connection, &of).await,
                None => Compared::Cannot {
                    why: "the cluster is not reached".into(),
                },
            };
            let what = What::Compared(Box::new(Comparison { of, found }));
            let at = clock.now();
            if events.send(Event { at, what }).await.is_err() {
                tracing::debug!("the session has ended; nobody is told");
            }
        });
    }

    /// Stops forwarding a port.
    pub fn stop_forward(&mut self, id: ObjectRef) {
        let (forwards, events, clock) = (self.forwards.clone(), self.events.clone(), self.clock);
        self.tasks
            .spawn(async move { forwards.stop(id, (&events, clock)).await });
    }

    /// Waits a moment for what is under way: the server has what was sent in any case.
    pub async fn stop(&mut self) {
        let tasks = &mut self.tasks;
        let ended = async { while tasks.join_next().await.is_some() {} };
        if self.clock.timeout(LEAVE, ended).await.is_err() {
            tracing::warn!("the session ended while an action was under way");
        }
        self.tasks.shutdown().await;
        self.forwards.end().await;
        self.reader.stop().await;
    }

    /// Why nothing is begun now.
    fn barred(&self) -> Option<Problem> {
        if self.access == Access::ReadOnly {
            return Some(refused(&WriteError::ReadOnly));
        }
        (self.tasks.len() >= MOST).then(|| Problem {
            title: "too much is under way".to_owned(),
            detail: format!("{MOST} actions have not ended yet"),
            next: "try that again in a moment".to_owned(),
            request_id: None,
        })
    }
}

/// The ways to what actions change, as far as they are known.
struct Ways {
    connection: Option<Connection>,
    access: Access,
    instances: Option<Instances>,
    records: Option<Cloudflare>,
    guests: Option<mpsc::Sender<Guest>>,
    forwards: Forwards,
}

/// One action under way.
struct Task {
    number: u32,
    events: mpsc::Sender<Event>,
    clock: Clock,
}

impl Task {
    async fn tell(&self, event: ActionEvent) {
        let at = self.clock.now();
        let what = What::Action(event);
        if self.events.send(Event { at, what }).await.is_err() {
            tracing::debug!("the session has ended; nobody is told");
        }
    }

    /// Does it by the way that leads to what it changes.
    async fn begin(&self, ways: Ways, action: &Action) -> ActionOutcome {
        if let Action::Instance { node, ocid, act } = action {
            let Some(instances) = &ways.instances else {
                return ActionOutcome::Failed(no_cloud());
            };
            let asked = instances::Asked {
                node,
                ocid,
                act: *act,
                command: action.command(),
            };
            return asked.perform(instances, self).await;
        }
        if let Action::Record(wish) = action {
            return match &ways.records {
                Some(records) => self.publish(records, ways.access, wish).await,
                None => ActionOutcome::Failed(no_records()),
            };
        }
        if let Some(outcome) = self.here(&ways, action).await {
            return outcome;
        }
        match ways.connection {
            Some(connection) => {
                let writer = Writer::new(connection, ways.access);
                self.perform(&writer, action).await
            }
            None => ActionOutcome::Failed(unreached()),
        }
    }

    async fn publish(
        &self,
        records: &Cloudflare,
        access: Access,
        wish: &RecordWish,
    ) -> ActionOutcome {
        let (commands, mut written) = mpsc::channel(TOLD);
        let number = self.number;
        let tells = async {
            while let Some(command) = written.recv().await {
                self.tell(ActionEvent::Wrote { number, command }).await;
            }
        };
        let does = async move { publish(records, (access, self.clock), wish, &commands).await };
        let (outcome, ()) = tokio::join!(does, tells);
        outcome
    }

    async fn perform(&self, writer: &Writer, action: &Action) -> ActionOutcome {
        let (steps, mut stepped) = mpsc::channel(TOLD);
        let mark = format!("k3scope, {}, {}", self.clock.now(), self.number);
        let tells = async {
            while let Some(step) = stepped.recv().await {
                let number = self.number;
                let told = match step {
                    Step::Wrote(command) => ActionEvent::Wrote { number, command },
                    Step::Stands(said) => ActionEvent::Stands { number, said },
                };
                self.tell(told).await;
            }
        };
        let does = async {
            let hand = Hand {
                writer,
                clock: self.clock,
                mark: &mark,
                steps,
            };
            perform(&hand, action).await
        };
        let (done, ()) = tokio::join!(does, tells);
        outcome(done)
    }
}

fn outcome(done: Result<Line, ActError>) -> ActionOutcome {
    match done {
        Ok(said) => ActionOutcome::Done { said },
        Err(ActError::NotNow { why, next }) => ActionOutcome::Failed(Problem {
            title: "not done".to_owned(),
            detail: why.to_string(),
            next: next.to_owned(),
            request_id: None,
        }),
        Err(ActError::Refused(error)) => ActionOutcome::Failed(refused(&error)),
        Err(ActError::Unknown(fault)) => ActionOutcome::Unknown(Problem {
            title: "the connection was lost, and what became of it is not known".to_owned(),
            detail: fault.to_string(),
            next: "look at the object before you ask again".to_owned(),
            request_id: None,
        }),
    }
}

fn refused(error: &WriteError) -> Problem {
    let (title, next) = match error {
        WriteError::ReadOnly => (
            "nothing is changed with --read-only",
            "start k3scope without it",
        ),
        WriteError::NotPermitted { .. } => ("not permitted", "ask for that right"),
        WriteError::Owned { .. } => (
            "others keep these fields",
            "change them where they are kept",
        ),
        WriteError::Changed(_) => ("it changed meanwhile", "look at it, then try again"),
        WriteError::NotFound(_) => ("it is not there", "look at the list again"),
        WriteError::Fault(_) => (
            "the server refused",
            "see its words; mend that, then try again",
        ),
    };
    let detail = if let WriteError::NotPermitted { words, .. } = error {
        format!("{error}; the server says: {words}")
    } else {
        error.to_string()
    };
    Problem {
        title: title.to_owned(),
        detail,
        next: next.to_owned(),
        request_id: None,
    }
}

fn no_cloud() -> Problem {
    Problem {
        title: "OCI is not reached".to_owned(),
        detail: "this session has no cluster.toml with a profile of OCI's".to_owned(),
        next: "start k3scope where cluster.toml is".to_owned(),
        request_id: None,
    }
}

fn no_records() -> Problem {
    Problem {
        title: "no zone is known".to_owned(),
        detail: "cluster.toml names no zone at Cloudflare and no token for one".to_owned(),
        next: "see `dns` in cluster.toml".to_owned(),
        request_id: None,
    }
}

fn unreached() -> Problem {
    Problem {
        title: "the cluster is not reached".to_owned(),
        detail: "there is no way to its API now".to_owned(),
        next: "wait until it is followed again".to_owned(),
        request_id: None,
    }
}
