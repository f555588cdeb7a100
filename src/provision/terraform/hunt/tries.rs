//! The hunt: one launch after the other, each planned for its node alone and carried out as a run of
//! Terraform with a stream of its own; then the run that does the rest.

use std::collections::BTreeMap;

use super::agreement::{beyond, exceeded, left};
use super::board::{Board, Judged, Launch};
use super::whole::Run;
use crate::domain::event::{Event, What};
use crate::domain::hunt::{HuntEnd, HuntEvent, LaunchAnswer, Place};
use crate::domain::line::Line;
use crate::domain::log_line::{Level, LogLine};
use crate::domain::plan::{Action, Operation, REPLACED, ResourceKey, Step};
use crate::domain::problem::Problem;
use crate::domain::provision::{Outcome, ProvisionEvent};
use crate::provision::hunt::words::{self, Last};
use crate::provision::hunt::{Heard, Turn};
use crate::provision::terraform::kept::Hunted;
use crate::provision::terraform::{About, Program, Purpose, Saved, UnderWay, Wish, address};

/// Plans in a row that may fail before the hunt is given up: the network may be away for a while.
const MOST_UNPLANNED: u32 = 8;

/// What the plan of a try came to.
enum Prepared {
    /// It launches the node, and nothing else that was not agreed to.
    Ready(Box<Saved>),
    /// The node is there, with this OCID.
    There(String),
    /// It cannot be carried out, and a later one will not be otherwise.
    Never(Problem),
}

impl Run<'_> {
    /// Hunts until all nodes are had, or until it is over.
    pub(super) async fn hunt(&mut self, mut board: Board) -> Result<Outcome, Problem> {
        let hunted = self.hunted(&mut board).await;
        if hunted.is_err() {
            self.left_open(&mut board).await?;
        }
        match hunted? {
            Some(outcome) => Ok(outcome),
            None => self.rest(board).await,
        }
    }

    /// How the hunt ended; nothing where all nodes are had.
    async fn hunted(&mut self, board: &mut Board) -> Result<Option<Outcome>, Problem> {
        loop {
            if self.stop.is_cancelled() || board.is_stopped {
                return self.left_open(board).await.map(Some);
            }
            if board.hunt.lacking().is_empty() {
                return Ok(None);
            }
            if board.refused.is_some() {
                return self.over(board, HuntEnd::Refused).await.map(Some);
            }
            if board.hunt.ground.places().is_empty() {
                self.look_again(board).await?;
                continue;
            }
            let now = self.now();
            let mut events = board.hunt.expire(now);
            let (key, turn) = board.turn(now);
            let any = board.hunt.lacking().first().cloned();
            events.extend(any.and_then(|key| board.hunt.announcement(&key, now)));
            self.tell_hunt(events).await?;
            match (key, turn) {
                (Some(key), Turn::Launch(place, number)) => {
                    self.launched(board, Launch { key, place, number }).await?;
                }
                (Some(key), Turn::Report) => self.reported(board, &key).await?,
                (_, Turn::Over(end)) => return self.over(board, end).await.map(Some),
                (_, Turn::Wait(until)) => {
                    self.waited(until).await;
                }
                (None, Turn::Launch(..) | Turn::Report) => {}
            }
        }
    }

    /// Looks where nodes can be launched, where an earlier look showed none that is missing.
    async fn look_again(&mut self, board: &mut Board) -> Result<(), Problem> {
        let Some(survey) = self.look().await? else {
            return Ok(());
        };
        if survey.places().is_empty() {
            return Err(Problem {
                title: "what is hunted for is there".to_owned(),
                detail: "all nodes bear the cluster's tags, and Terraform's state lacks one"
                    .to_owned(),
                next: "plan again: it says how to take it over".to_owned(),
                request_id: None,
            });
        }
        board.learn(&survey, &self.past());
        Ok(())
    }

    async fn reported(&mut self, board: &mut Board, key: &ResourceKey) -> Result<(), Problem> {
        let Some(step) = self.step(key) else {
            return Ok(());
        };
        let places = board.hunt.ground.places().to_vec();
        let asking = self.direct.capacity(step, &places);
        let hints = self.stop.run_until_cancelled(asking).await;
        let hints = hints.unwrap_or_default();
        if hints.is_empty() {
            return Ok(());
        }
        board.hunt.hinted(&hints);
        let hinted = HuntEvent::Hinted { hints };
        self.tell_hunt(vec![hinted]).await
    }

    fn step(&self, key: &ResourceKey) -> Option<&Step> {
        self.agreed.steps.iter().find(|step| step.key == *key)
    }

    /// Plans one launch, begins it and follows it.
    async fn launched(&mut self, board: &mut Board, launch: Launch) -> Result<(), Problem> {
        let stop = self.stop.clone();
        let prepared = stop
            .run_until_cancelled(self.prepared(board, &launch))
            .await;
        let mut saved = match prepared {
            // It never went out: whoever asks for the next turn sees the stop.
            None => {
                board.hunt.retired(&launch.key, self.now());
                return Ok(());
            }
            Some(Err(problem)) => return self.unplanned(board, &launch, problem).await,
            Some(Ok(Prepared::Never(problem))) => {
                return self.withdrawn(board, launch.key, problem).await;
            }
            Some(Ok(Prepared::There(id))) => return self.found(board, launch, id).await,
            Some(Ok(Prepared::Ready(saved))) => saved,
        };
        board.unplanned = 0;
        let launches = BTreeMap::from([(launch.key.clone(), launch.place.clone())]);
        self.intend(&launches)?;
        let run = format!("{}-try{:05}", self.teller.run(), launch.number);
        saved.launches = launches;
        saved.hunted = Some(Hunted {
            whole: left(&self.agreed, self.teller.done()),
            key: launch.key.clone(),
            place: launch.place.clone(),
            number: launch.number,
        });
        let under_way = self.terraform.begin(*saved, &run)?;
        self.heard(board, launch, &under_way).await
    }

    async fn prepared(&self, board: &mut Board, launch: &Launch) -> Result<Prepared, Problem> {
        let program = self.program(board).await?;
        let mut places = board.stands.clone();
        places.insert(launch.key.clone(), launch.place.clone());
        let wish = Wish {
            only: address(&launch.key).into_iter().collect(),
            quota_scope: self.quota_scope(board),
            ..self.wish(&places, Some(&launch.key))
        };
        let saved = self.terraform.planned(program, wish).await?;
        let plan = &saved.review.plan;
        let beyond = beyond(plan, (&self.agreed, self.teller.done()), Some(&launch.key));
        if !beyond.is_empty() {
            return Ok(Prepared::Never(exceeded(&beyond)));
        }
        let planned = plan.steps.iter().find(|step| step.key == launch.key);
        match planned {
            Some(step) if step.action == Action::Create => {}
            Some(step) => {
                let id = step.id.clone().unwrap_or_default();
                return Ok(Prepared::There(id));
            }
            None => return Ok(Prepared::Never(unplannable(&launch.key))),
        }
        // The answer to an earlier launch may have been lost: one that is there is not made again.
        let replaced = ResourceKey::new(format!("{REPLACED}{}", launch.key));
        let goes = plan.steps.iter().any(|step| step.key == replaced);
        match self.direct.node_there(&launch.key).await? {
            Some(id) if !goes => Ok(Prepared::Never(not_in_state(&launch.key, &id))),
            _ => Ok(Prepared::Ready(Box::new(saved))),
        }
    }

    async fn program(&self, board: &mut Board) -> Result<Program, Problem> {
        if let Some(program) = &board.program {
            return Ok(program.clone());
        }
        let program = self.terraform.initialised().await?;
        board.program = Some(program.clone());
        Ok(program)
    }

    fn quota_scope(&self, board: &Board) -> Option<String> {
        let scope = board.quota_scope.clone();
        scope.filter(|_| self.direct.topology.quota_guard)
    }

    /// What Terraform is asked for, with the nodes at these places; what is to be replaced, all or
    /// one of it, as far as the old one is not gone yet.
    fn wish(&self, places: &BTreeMap<ResourceKey, Place>, only: Option<&ResourceKey>) -> Wish<'_> {
        let removed = self.agreed.steps.iter().filter(|step| {
            step.action == Action::Delete && !self.teller.done().contains_key(&step.key)
        });
        let replaced = removed.filter_map(|step| step.key.0.strip_prefix(REPLACED));
        let replaced = replaced.map(ResourceKey::new);
        let replaced = replaced.filter(|key| only.is_none_or(|only| only == key));
        let named = places.iter().filter_map(|(key, place)| {
            let node = self.step(key)?;
            Some((node.name.clone(), place.clone()))
        });
        Wish {
            operation: Operation::Apply,
            replace: replaced.filter_map(|key| address(&key)).collect(),
            only: Vec::new(),
            quota_scope: None,
            placements: named.collect(),
            about: About {
                topology: &self.direct.topology,
                purpose: Purpose::Apply,
                region: &self.agreed.region,
                allowance: self.agreed.allowance.clone(),
                estimates: &self.direct.estimates,
            },
        }
    }

    /// Follows a try to its end, and hears what was answered.
    pub(super) async fn heard(
        &mut self,
        board: &mut Board,
        launch: Launch,
        under_way: &UnderWay,
    ) -> Result<(), Problem> {
        let launches = BTreeMap::from([(launch.key.clone(), launch.place.clone())]);
        let (ran, mut held) = self.follow(under_way, &launches).await?;
        board.is_stopped |= ran.outcome == Outcome::Interrupted;
        let had = self.note_had(&launch.key)?;
        let mut judged = self.judged(&launches, &ran.refused, &held).await;
        match judged.pop().filter(|_| !held.others) {
            _ if had => self.accepted(board, launch).await?,
            Some(judged) => {
                self.turned_away(board, Judged { launch, ..judged }).await?;
            }
            None if ran.outcome == Outcome::Interrupted => {
                board.hunt.retired(&launch.key, self.now());
            }
            None => {
                let why = held.failed.remove(&launch.key);
                let problem = why.unwrap_or_else(|| unplannable(&launch.key));
                self.withdrawn(board, launch.key, problem).await?;
            }
        }
        if let Err(error) = under_way.files.forget() {
            tracing::warn!(%error, "the files of a try stay");
        }
        Ok(())
    }

    async fn accepted(&mut self, board: &mut Board, launch: Launch) -> Result<(), Problem> {
        self.tell_try(&launch, LaunchAnswer::Accepted, None).await;
        let Launch { key, place, .. } = launch;
        let now = self.now();
        let jitter = self.direct.clock.jitter(board.rhythm.spread);
        let answer = LaunchAnswer::Accepted;
        let heard = board.hunt.answered((&key, &place), answer, (now, jitter));
        board.stands.insert(key, place);
        self.tell_hunt(heard.events).await
    }

    /// The node is in the state already; there was nothing to launch.
    async fn found(
        &mut self,
        board: &mut Board,
        launch: Launch,
        id: String,
    ) -> Result<(), Problem> {
        let Launch { key, place, .. } = launch;
        self.say(ProvisionEvent::StepFinished {
            key: key.clone(),
            id,
        })
        .await;
        self.note_had(&key)?;
        let answered = (LaunchAnswer::Accepted, (self.now(), board.rhythm.gap));
        let heard = board.hunt.answered((&key, &place), answered.0, answered.1);
        self.tell_hunt(heard.events).await
    }

    /// Hears that a launch was refused.
    pub(super) async fn turned_away(
        &mut self,
        board: &mut Board,
        judged: Judged,
    ) -> Result<(), Problem> {
        self.note_refused(&judged)?;
        board.last = Some(Last::of(&judged.error));
        self.tell_try(&judged.launch, judged.answer, Some(&judged))
            .await;
        let clock = self.direct.clock;
        let asked = judged.error.retry_after().unwrap_or_default();
        let more = board.rhythm.beyond(clock, asked);
        let Launch { key, place, .. } = judged.launch;
        let now = self.now();
        let heard = board
            .hunt
            .answered((&key, &place), judged.answer, (now, more));
        let Heard {
            mut events,
            given_up,
        } = heard;
        events.extend(board.hunt.announcement(&key, now));
        self.tell_hunt(events).await?;
        if given_up {
            board.refused = Some((key, judged.problem));
        } else {
            // What was told of the try is over: it is asked for again.
            self.say(ProvisionEvent::StepStarted { key }).await;
        }
        Ok(())
    }

    /// A try could not be planned. A network that is away comes back; so it is told in the log, and
    /// tried again in a minute.
    async fn unplanned(
        &mut self,
        board: &mut Board,
        launch: &Launch,
        problem: Problem,
    ) -> Result<(), Problem> {
        board.unplanned = board.unplanned.saturating_add(1);
        if !board.hunt.is_on() || board.unplanned >= MOST_UNPLANNED {
            return self.withdrawn(board, launch.key.clone(), problem).await;
        }
        let now = self.now();
        let Problem { title, detail, .. } = problem;
        let what = What::Log(LogLine {
            level: Level::Warn,
            by: "provision".into(),
            text: Line::new(&format!("a try could not be planned: {title}: {detail}")),
        });
        self.teller.tell(Event { at: now, what }).await;
        board.hunt.retired(&launch.key, now);
        Ok(())
    }

    /// A node cannot be launched, for a reason that no other place or time mends.
    async fn withdrawn(
        &mut self,
        board: &mut Board,
        key: ResourceKey,
        problem: Problem,
    ) -> Result<(), Problem> {
        let events = board.hunt.withdraw(&key);
        board.refused = Some((key, problem));
        self.tell_hunt(events).await
    }

    /// Tells every node that is still lacking why it was not had.
    async fn over(&mut self, board: &Board, end: HuntEnd) -> Result<Outcome, Problem> {
        let lacking: Vec<Step> = board
            .hunt
            .lacking()
            .iter()
            .filter_map(|key| self.step(key).cloned())
            .collect();
        for step in &lacking {
            let problem = match (&board.refused, end) {
                (_, HuntEnd::Stopped | HuntEnd::Found) => return Ok(Outcome::Interrupted),
                (_, HuntEnd::Deadline) => words::deadline(step, &board.hunt, board.last.as_ref()),
                (Some((key, problem)), HuntEnd::Refused) if *key == step.key => problem.clone(),
                (refused, HuntEnd::Refused) => {
                    words::ended_by(step, refused.as_ref().map(|(_, problem)| problem))
                }
            };
            let key = step.key.clone();
            self.say(ProvisionEvent::StepFailed { key, problem }).await;
        }
        Ok(Outcome::Failed)
    }

    /// All nodes are had: one more run does what is left, and nothing that was not agreed to.
    async fn rest(&mut self, mut board: Board) -> Result<Outcome, Problem> {
        let stop = self.stop.clone();
        let planning = async {
            let program = self.program(&mut board).await?;
            let wish = Wish {
                quota_scope: self.quota_scope(&board),
                ..self.wish(&board.stands, None)
            };
            self.terraform.planned(program, wish).await
        };
        let Some(saved) = stop.run_until_cancelled(planning).await else {
            return Ok(Outcome::Interrupted);
        };
        let saved = saved?;
        let done = self.teller.done();
        let beyond = beyond(&saved.review.plan, (&self.agreed, done), None);
        if !beyond.is_empty() {
            return Err(exceeded(&beyond));
        }
        let run = format!("{}-rest", self.teller.run());
        let under_way = self.terraform.begin(saved, &run)?;
        let (ran, _) = self.follow(&under_way, &BTreeMap::new()).await?;
        if ran.outcome == Outcome::Done {
            let now = self.now();
            self.teller.settle(now).await;
        }
        Ok(ran.outcome)
    }
}

fn not_in_state(key: &ResourceKey, id: &str) -> Problem {
    Problem {
        title: format!("{key} is there, and Terraform's state does not know it"),
        detail: format!("{id} bears the cluster's tags; another launch would make a second one"),
        next: "plan again: it says how to take it over".to_owned(),
        request_id: None,
    }
}

fn unplannable(key: &ResourceKey) -> Problem {
    Problem {
        title: format!("Terraform did not launch {key}"),
        detail: "its plan for that node alone does not make it, or it ended without a word of it"
            .to_owned(),
        next: "see the log for what it said; plan again".to_owned(),
        request_id: None,
    }
}
