//! A whole run: all that was agreed to in one run of Terraform, and then, where nodes were turned away
//! for want of room, the hunt for them.
//!
//! A run that outlived the program that began it is taken up: what it was, a whole run or one try of a
//! hunt, stands in its record ([`Hunted`]).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::board::{Board, Judged, Launch};
use crate::domain::hunt::{HuntEnd, HuntEvent, LaunchAnswer, Place};
use crate::domain::plan::{Action, Operation, Plan, ResourceKey, ResourceKind, Step};
use crate::domain::problem::Problem;
use crate::domain::provision::{Outcome, ProvisionEvent};
use crate::domain::text;
use crate::provision::direct;
use crate::provision::hunt::words::message;
use crate::provision::hunt::{Hunt, Rhythm, waits};
use crate::provision::journal::{Entry, HuntPast, JournalError};
use crate::provision::teller::{Held, Teller};
use crate::provision::terraform::kept::Hunted;
use crate::provision::terraform::run::Ran;
use crate::provision::terraform::{Refused, Saved, Terraform, UnderWay};

/// A run as it is told to a person, of however many runs of Terraform it consists.
pub(in crate::provision) struct Run<'a> {
    /// Looks at the cloud.
    pub(in crate::provision) direct: &'a direct::Engine,
    /// Makes what is wanted.
    pub(in crate::provision) terraform: &'a Terraform,
    /// All that is to be done.
    pub(in crate::provision) agreed: Plan,
    /// Tells it.
    pub(in crate::provision) teller: Teller,
    /// Whether it is asked to stop.
    pub(in crate::provision) stop: CancellationToken,
}

/// What a run begins with.
#[derive(Debug)]
pub(in crate::provision) enum Beginning {
    /// A plan that is to be carried out.
    Saved(Box<Saved>),
    /// A run of Terraform that goes on by itself.
    UnderWay(Box<UnderWay>),
}

impl Run<'_> {
    /// Carries it out, and tells its end.
    pub(in crate::provision) async fn carry_out(mut self, beginning: Beginning) -> Outcome {
        let ran = match beginning {
            Beginning::Saved(saved) => Box::pin(self.anew(*saved)).await,
            Beginning::UnderWay(under_way) => Box::pin(self.taken_up(*under_way)).await,
        };
        let now = self.now();
        match ran {
            Ok(outcome) => self.teller.end(outcome, now).await,
            Err(problem) => self.teller.fail(problem, now).await,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.direct.clock.now()
    }

    /// Nodes of the cluster that are to be made and are not had yet.
    pub(super) fn lacking(&self) -> BTreeSet<ResourceKey> {
        let launched = |step: &&Step| {
            step.kind == ResourceKind::Instance
                && step.action == Action::Create
                && self.direct.node_of(step).is_some()
                && !self.teller.done().contains_key(&step.key)
        };
        let steps = self.agreed.steps.iter().filter(launched);
        steps.map(|step| step.key.clone()).collect()
    }

    /// How the launches stand. What Terraform was answered after this program had ended is not known,
    /// and taken for a refusal.
    pub(super) fn past(&self) -> HuntPast {
        let journal = self.teller.journal();
        let mut past = journal.hunt().clone();
        let lost = |key: &ResourceKey| journal.unanswered(key).is_some();
        if self.lacking().iter().any(lost) {
            past.turned_away = past.turned_away.max(past.last);
        }
        past
    }

    fn hunt_at(&self, places: Vec<Place>) -> Hunt {
        let rhythm = Rhythm::of(self.direct.clock, self.direct.hunt_for);
        let asked = (self.now(), self.direct.hunt_for.as_secs());
        Hunt::new(rhythm, places, self.lacking(), &self.past(), asked)
    }

    async fn anew(&mut self, saved: Saved) -> Result<Outcome, Problem> {
        if self.agreed.operation == Operation::Apply && !self.lacking().is_empty() {
            let hunt = self.hunt_at(Vec::new());
            self.teller
                .begin(&self.agreed, self.direct.clock.now())
                .await;
            if hunt.is_on() {
                drop(saved);
                return self.hunted_on().await;
            }
            if !self.waited(hunt.rests_until()).await {
                return Ok(Outcome::Interrupted);
            }
            self.intend(&saved.launches)?;
        }
        let run = self.teller.run().to_owned();
        let under_way = self.terraform.begin(saved, &run)?;
        Box::pin(self.followed(&under_way)).await
    }

    async fn taken_up(&mut self, under_way: UnderWay) -> Result<Outcome, Problem> {
        let Some(Hunted {
            key, place, number, ..
        }) = under_way.hunted.clone()
        else {
            return Box::pin(self.followed(&under_way)).await;
        };
        self.teller
            .begin(&self.agreed, self.direct.clock.now())
            .await;
        let mut board = self.board().await?;
        self.tell_hunt(board.hunt.begun()).await?;
        board.hunt.ask(&key, place.clone(), None);
        board.hunt.went_out(&key, &place, number);
        let launch = Launch { key, place, number };
        self.heard(&mut board, launch, &under_way).await?;
        self.hunt(board).await
    }

    /// Goes on with a hunt that an earlier run left open: no more than one launch at a time.
    async fn hunted_on(&mut self) -> Result<Outcome, Problem> {
        let mut board = self.board().await?;
        self.tell_hunt(board.hunt.begun()).await?;
        self.hunt(board).await
    }

    /// Waits; tells whether it was not stopped meanwhile.
    pub(super) async fn waited(&self, until: Option<Timestamp>) -> bool {
        let Some(until) = until else { return true };
        let slept = self.direct.clock.sleep_until(until);
        self.stop.run_until_cancelled(slept).await.is_some()
    }

    /// Looks where nodes stand and where they can be launched; where it is stopped, at nothing.
    pub(super) async fn board(&self) -> Result<Board, Problem> {
        let survey = self.look().await?;
        let survey = survey.as_ref();
        let places = survey.map_or_else(Vec::new, |survey| survey.places().to_vec());
        let rhythm = Rhythm::of(self.direct.clock, self.direct.hunt_for);
        Ok(Board::new(self.hunt_at(places), rhythm, survey))
    }

    /// What there is; nothing where it is stopped.
    pub(super) async fn look(&self) -> Result<Option<direct::Survey>, Problem> {
        let looking = Box::pin(self.direct.plan());
        match self.stop.run_until_cancelled(looking).await {
            None => Ok(None),
            Some(Ok((_, survey))) => Ok(Some(survey)),
            Some(Err(unplanned)) => Err(unplanned.problem),
        }
    }

    /// Writes down that these launches are about to go out.
    pub(super) fn intend(
        &mut self,
        launches: &BTreeMap<ResourceKey, Place>,
    ) -> Result<(), Problem> {
        for (key, place) in launches {
            let entry = Entry::Intent {
                attempt: self.teller.journal().attempt(key, ""),
                key: key.clone(),
                body: String::new(),
                place: Some(place.clone()),
            };
            self.note(entry)?;
        }
        Ok(())
    }

    pub(super) fn note(&mut self, entry: Entry) -> Result<(), Problem> {
        let now = self.now();
        let noted = self.teller.note(now, entry);
        noted.map_err(|error| unwritten(&error))
    }

    /// Follows a whole run to its end, and hunts for what was turned away.
    async fn followed(&mut self, under_way: &UnderWay) -> Result<Outcome, Problem> {
        let launches = &under_way.launches;
        let (ran, held) = self.follow(under_way, launches).await?;
        for key in launches.keys() {
            self.note_had(key)?;
        }
        if held.failed.is_empty() {
            return Ok(ran.outcome);
        }
        let judged = self.judged(launches, &ran.refused, &held).await;
        if !self.may_hunt(&ran, &held, &judged) {
            return self.given_up(&ran, held, judged).await;
        }
        let mut board = match self.board().await {
            Ok(board) => board,
            Err(problem) => {
                self.given_up(&ran, held, judged).await?;
                return Err(problem);
            }
        };
        for it in &judged {
            let Launch { key, place, number } = &it.launch;
            board.hunt.ask(key, place.clone(), None);
            board.hunt.went_out(key, place, *number);
        }
        for it in judged {
            self.turned_away(&mut board, it).await?;
        }
        self.hunt(board).await
    }

    /// Follows a run of Terraform. Failed launches are not told: they may be tried again.
    pub(super) async fn follow(
        &mut self,
        under_way: &UnderWay,
        launches: &BTreeMap<ResourceKey, Place>,
    ) -> Result<(Ran, Held), Problem> {
        self.teller.hold(launches.keys().cloned().collect());
        let following = self
            .terraform
            .follow(under_way, &self.stop, &mut self.teller);
        let ran = following.await;
        let held = self.teller.let_go();
        match ran {
            Ok(ran) => Ok((ran, held)),
            Err(problem) => {
                self.tell_failed(held.failed).await;
                Err(problem)
            }
        }
    }

    /// Writes down that a node is had, if it is.
    pub(super) fn note_had(&mut self, key: &ResourceKey) -> Result<bool, Problem> {
        let Some(id) = self.teller.done().get(key).cloned() else {
            return Ok(false);
        };
        let key = key.clone();
        self.note(Entry::Created { key, id })?;
        Ok(true)
    }

    /// What the refusals of `launches` mean; the launches are the last that the journal knows.
    pub(super) async fn judged(
        &self,
        launches: &BTreeMap<ResourceKey, Place>,
        refused: &[Refused],
        held: &Held,
    ) -> Vec<Judged> {
        let last = self.teller.journal().hunt().launches;
        let after = u32::try_from(launches.len()).unwrap_or(u32::MAX);
        let numbers = last.saturating_sub(after).saturating_add(1)..;
        let mut all = Vec::new();
        for ((key, place), number) in launches.iter().zip(numbers) {
            let refused = refused.iter().rev().find(|refused| refused.key == *key);
            let (Some(refused), Some(problem)) = (refused, held.failed.get(key)) else {
                continue;
            };
            let Some(step) = self.agreed.steps.iter().find(|step| step.key == *key) else {
                continue;
            };
            let told = problem.clone();
            let judging = self
                .direct
                .launch_answer((step, place), &refused.error, told);
            let (answer, problem) = judging.await;
            all.push(Judged {
                launch: Launch {
                    key: key.clone(),
                    place: place.clone(),
                    number,
                },
                error: refused.error.clone(),
                answer,
                problem,
            });
        }
        all
    }

    /// Whether all that failed is launches that a later time or another place may mend.
    fn may_hunt(&self, ran: &Ran, held: &Held, judged: &[Judged]) -> bool {
        ran.outcome == Outcome::Failed
            && !self.direct.hunt_for.is_zero()
            && !held.others
            && judged.len() == held.failed.len()
            && judged.iter().all(|it| waits(it.answer))
    }

    /// Tells failed launches that are not hunted for.
    async fn given_up(
        &mut self,
        ran: &Ran,
        mut held: Held,
        judged: Vec<Judged>,
    ) -> Result<Outcome, Problem> {
        for it in judged {
            self.note_refused(&it)?;
            self.tell_try(&it.launch, it.answer, Some(&it)).await;
            held.failed.insert(it.launch.key, it.problem);
        }
        self.tell_failed(held.failed).await;
        Ok(ran.outcome)
    }

    pub(super) async fn tell_failed(&mut self, failed: BTreeMap<ResourceKey, Problem>) {
        for (key, problem) in failed {
            self.say(ProvisionEvent::StepFailed { key, problem }).await;
        }
    }

    /// Writes down what was refused for certain.
    pub(super) fn note_refused(&mut self, judged: &Judged) -> Result<(), Problem> {
        if !judged.error.is_definite_refusal() {
            return Ok(());
        }
        self.note(Entry::Refused {
            key: judged.launch.key.clone(),
            code: text::line(judged.error.code().unwrap_or("refused")),
            answer: Some(judged.answer),
        })
    }

    pub(super) async fn say(&mut self, what: ProvisionEvent) {
        let now = self.now();
        self.teller.say(what, now).await;
    }

    pub(super) async fn tell_try(
        &mut self,
        launch: &Launch,
        answer: LaunchAnswer,
        judged: Option<&Judged>,
    ) {
        let error = judged.map(|it| &it.error);
        let tried = HuntEvent::Tried {
            number: launch.number,
            key: launch.key.clone(),
            place: launch.place.clone(),
            answer,
            message: error.map(message).unwrap_or_default(),
            request_id: error.and_then(|it| it.request_id()).map(text::line),
        };
        self.say(ProvisionEvent::Hunt(tried)).await;
    }

    /// Tells what is new of the hunt; its beginning and its end are written down.
    pub(super) async fn tell_hunt(&mut self, events: Vec<HuntEvent>) -> Result<(), Problem> {
        for event in events {
            match &event {
                HuntEvent::Began {
                    until: Some(until), ..
                } => {
                    let asked = self.direct.hunt_for.as_secs();
                    let until = *until;
                    self.note(Entry::HuntBegan { until, asked })?;
                }
                HuntEvent::Ended { end } => self.note(Entry::HuntEnded { end: *end })?,
                HuntEvent::Began { .. }
                | HuntEvent::Hinted { .. }
                | HuntEvent::Tried { .. }
                | HuntEvent::Next { .. } => {}
            }
            self.say(ProvisionEvent::Hunt(event)).await;
        }
        Ok(())
    }

    /// Ends a hunt that the next run goes on with.
    pub(super) async fn left_open(&mut self, board: &mut Board) -> Result<Outcome, Problem> {
        self.tell_hunt(board.hunt.end(HuntEnd::Stopped)).await?;
        Ok(Outcome::Interrupted)
    }
}

fn unwritten(error: &JournalError) -> Problem {
    Problem {
        title: "the run's journal cannot be written".to_owned(),
        detail: text::line(&error.to_string()),
        next: "make room or mend the permissions; nothing is launched without its line in the \
               journal"
            .to_owned(),
        request_id: None,
    }
}
