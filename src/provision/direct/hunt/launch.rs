//! Sends the launches that the hunt's state decides, and tells what becomes of them.
//!
//! Each node's step waits here for its turn. Nothing is repeated by the client itself: whatever goes
//! out went through the state, and is in the journal before.

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::domain::hunt::{Hint, HuntEnd, HuntEvent, LaunchAnswer, Place};
use crate::domain::plan::{Action, Plan, ResourceKey, ResourceKind, Step};
use crate::domain::problem::Problem;
use crate::domain::provision::ProvisionEvent;
use crate::domain::text;
use crate::oci::model::Instance;
use crate::oci::{Error, Retries};
use crate::provision::direct::meaning::problem;
use crate::provision::direct::run::{Halt, MOST_TOKENS, Made, Worker, hash, unwritten, worn_out};
use crate::provision::direct::{Engine, Survey, missing};
use crate::provision::hunt::words::{self, Last, message};
use crate::provision::hunt::{Heard, Hunt, Rhythm, Turn};
use crate::provision::journal::{Entry, HuntPast};

/// The launches of a run, shared by the steps of its nodes.
pub(in crate::provision::direct) struct Launches {
    board: Mutex<Board>,
    /// Something changed: whoever waits for a turn looks again.
    news: Notify,
    rhythm: Rhythm,
}

struct Board {
    hunt: Hunt,
    last: Option<Last>,
    /// What ended the hunt before its time.
    refusal: Option<Problem>,
}

/// What became of one launch.
enum Sent {
    Made(Made),
    /// Not now; the state knows when.
    Away,
    /// Its token was used before.
    Retired,
}

impl Launches {
    pub(in crate::provision::direct) fn of(
        engine: &Engine,
        (plan, survey): (&Plan, &Survey),
        past: &HuntPast,
    ) -> Self {
        let rhythm = Rhythm::of(engine.clock, engine.hunt_for);
        let launched =
            |step: &&Step| step.kind == ResourceKind::Instance && step.action == Action::Create;
        let lacking = plan.steps.iter().filter(launched);
        let lacking = lacking.map(|step| step.key.clone()).collect();
        let asked = (engine.clock.now(), engine.hunt_for.as_secs());
        let places = survey.places.all.clone();
        Self {
            board: Mutex::new(Board {
                hunt: Hunt::new(rhythm, places, lacking, past, asked),
                last: None,
                refusal: None,
            }),
            news: Notify::new(),
            rhythm,
        }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker {
    /// Launches a node: at once, or when its turn in the hunt has come and a host has room.
    pub(in crate::provision::direct) async fn launch(
        self: &Arc<Self>,
        step: &Step,
    ) -> Result<Made, Halt> {
        let repeat = self.journal().unanswered(&step.key).cloned();
        let preferred = self.survey.places.preferred.get(&step.key).cloned();
        let preferred = preferred.ok_or_else(|| missing(&step.key))?;
        let begun = {
            let mut board = self.launches.board();
            board.hunt.ask(&step.key, preferred, repeat);
            board.hunt.begun()
        };
        self.tell_hunt(begun).await?;
        let mut retired = 0;
        loop {
            // Enabled before the state is asked, so that no news in between is missed.
            let mut news = pin!(self.launches.news.notified());
            news.as_mut().enable();
            if self.stop.is_cancelled() {
                return Err(Halt::Stopped);
            }
            match self.turn(&step.key).await? {
                Turn::Launch(place, number) => match self.launch_at(step, &place, number).await? {
                    Sent::Made(made) => return Ok(made),
                    Sent::Away => {}
                    Sent::Retired if retired == MOST_TOKENS => {
                        return Err(self.withdraw(&step.key, worn_out(step)).await);
                    }
                    Sent::Retired => retired += 1,
                },
                Turn::Report => {
                    let places = &self.survey.places.all;
                    let hints = self.engine.capacity(step, places).await;
                    self.hinted(hints).await?;
                }
                Turn::Wait(until) => tokio::select! {
                    () = news => {}
                    () = self.look_again(until) => {}
                    () = self.stop.cancelled() => {}
                },
                Turn::Over(end) => return Err(self.over(step, end)),
            }
        }
    }

    async fn turn(&self, key: &ResourceKey) -> Result<Turn, Halt> {
        let now = self.engine.clock.now();
        let (events, turn) = {
            let mut board = self.launches.board();
            let mut events = board.hunt.expire(now);
            let turn = board.hunt.turn(key, now);
            events.extend(board.hunt.announcement(key, now));
            (events, turn)
        };
        self.tell_hunt(events).await?;
        Ok(turn)
    }

    async fn look_again(&self, until: Option<Timestamp>) {
        match until {
            Some(until) => self.engine.clock.sleep_until(until).await,
            None => std::future::pending().await,
        }
    }

    async fn launch_at(
        self: &Arc<Self>,
        step: &Step,
        place: &Place,
        number: u32,
    ) -> Result<Sent, Halt> {
        let prepared = self.launch_body(step, place).map_err(Halt::from);
        let prepared = prepared.and_then(|body| {
            let token = self.intend(&step.key, &hash(&body.to_string()), Some(place))?;
            Ok((body, token))
        });
        let (body, token) = match prepared {
            Ok(prepared) => prepared,
            Err(Halt::Failed(problem)) => return Err(self.withdraw(&step.key, problem).await),
            Err(Halt::Stopped) => return Err(Halt::Stopped),
        };
        let begun = self.engine.clock.instant();
        let client = self.engine.client.with_retries(Retries::none());
        match client.create::<Instance, _>(&body, &token).await {
            Ok(instance) => self.accepted((step, place, number), &instance, begun).await,
            Err(error) if error.is_token_invalidated() => {
                self.refused(step, &error, LaunchAnswer::Refused)?;
                let now = self.engine.clock.now();
                self.launches.board().hunt.retired(&step.key, now);
                self.launches.news.notify_waiters();
                Ok(Sent::Retired)
            }
            Err(error) => self.turned_away((step, place, number), &error).await,
        }
    }

    async fn accepted(
        &self,
        (step, place, number): (&Step, &Place, u32),
        instance: &Instance,
        begun: Instant,
    ) -> Result<Sent, Halt> {
        let made = Made::of(instance, begun);
        let created = Entry::Created {
            key: step.key.clone(),
            id: made.id.clone(),
        };
        self.note(created).map_err(unwritten)?;
        let answer = LaunchAnswer::Accepted;
        let hunted = self.launches.board().hunt.is_on();
        if hunted {
            self.tell_try((step, place, number), answer, None).await;
        }
        self.hear((step, place), answer, None).await?;
        Ok(Sent::Made(made))
    }

    async fn turned_away(
        self: &Arc<Self>,
        (step, place, number): (&Step, &Place, u32),
        error: &Error,
    ) -> Result<Sent, Halt> {
        let told = problem(&format!("launch {} in {place}", step.name), error);
        let answered = self.engine.launch_answer((step, place), error, told);
        let (answer, problem) = answered.await;
        if error.is_definite_refusal() {
            self.refused(step, error, answer)?;
        }
        {
            let mut board = self.launches.board();
            board.last = Some(Last::of(error));
            // Known before it is heard: whoever waits for a turn is told why there is none.
            if answer == LaunchAnswer::Refused {
                board.refusal = Some(problem.clone());
            }
        }
        self.tell_try((step, place, number), answer, Some(error))
            .await;
        let heard = self.hear((step, place), answer, Some(error)).await?;
        if heard {
            return Err(problem.into());
        }
        let hunting = self.launches.board().hunt.is_on();
        if !hunting {
            let key = step.key.clone();
            let reason = message(error);
            let in_seconds = Rhythm::REPEAT.as_secs();
            self.tell(ProvisionEvent::StepRetrying {
                key,
                reason,
                in_seconds,
            })
            .await;
        }
        Ok(Sent::Away)
    }

    fn refused(&self, step: &Step, error: &Error, answer: LaunchAnswer) -> Result<(), Halt> {
        let entry = Entry::Refused {
            key: step.key.clone(),
            code: text::line(error.code().unwrap_or("refused")),
            answer: Some(answer),
        };
        self.note(entry).map_err(unwritten)
    }

    /// Tells the state of an answer; returns whether the node is given up.
    async fn hear(
        &self,
        at: (&Step, &Place),
        answer: LaunchAnswer,
        error: Option<&Error>,
    ) -> Result<bool, Halt> {
        let clock = self.engine.clock;
        let rhythm = self.launches.rhythm;
        let asked = error.and_then(Error::retry_after).unwrap_or_default();
        let more = rhythm.beyond(clock, asked);
        let key = &at.0.key;
        let heard = {
            let mut board = self.launches.board();
            let now = clock.now();
            let mut heard = board.hunt.answered((key, at.1), answer, (now, more));
            heard.events.extend(board.hunt.announcement(key, now));
            heard
        };
        let Heard { events, given_up } = heard;
        self.tell_hunt(events).await?;
        self.launches.news.notify_waiters();
        Ok(given_up)
    }

    /// Gives a node up for a reason of our own.
    async fn withdraw(&self, key: &ResourceKey, problem: Problem) -> Halt {
        let events = {
            let mut board = self.launches.board();
            board.refusal = Some(problem.clone());
            board.hunt.withdraw(key)
        };
        let told = self.tell_hunt(events).await;
        self.launches.news.notify_waiters();
        told.err().unwrap_or(Halt::Failed(problem))
    }

    fn over(&self, step: &Step, end: HuntEnd) -> Halt {
        let board = self.launches.board();
        match end {
            HuntEnd::Deadline => words::deadline(step, &board.hunt, board.last.as_ref()).into(),
            HuntEnd::Refused => words::ended_by(step, board.refusal.as_ref()).into(),
            HuntEnd::Stopped | HuntEnd::Found => Halt::Stopped,
        }
    }

    /// Ends what is still on when nothing runs any more; the next run goes on with it.
    pub(in crate::provision::direct) async fn leave_hunt(&self) {
        let events = self.launches.board().hunt.end(HuntEnd::Stopped);
        if self.tell_hunt(events).await.is_err() {
            tracing::error!("the end of the hunt is not in its journal");
        }
    }

    async fn tell_try(
        &self,
        (step, place, number): (&Step, &Place, u32),
        answer: LaunchAnswer,
        error: Option<&Error>,
    ) {
        let tried = HuntEvent::Tried {
            number,
            key: step.key.clone(),
            place: place.clone(),
            answer,
            message: error.map(message).unwrap_or_default(),
            request_id: error.and_then(Error::request_id).map(text::line),
        };
        self.tell(ProvisionEvent::Hunt(tried)).await;
    }

    async fn tell_hunt(&self, events: Vec<HuntEvent>) -> Result<(), Halt> {
        for event in events {
            if let HuntEvent::Began {
                until: Some(until), ..
            } = &event
            {
                let asked = self.engine.hunt_for.as_secs();
                let until = *until;
                self.note(Entry::HuntBegan { until, asked })
                    .map_err(unwritten)?;
            }
            if let HuntEvent::Ended { end } = &event {
                self.note(Entry::HuntEnded { end: *end })
                    .map_err(unwritten)?;
                self.launches.news.notify_waiters();
            }
            self.tell(ProvisionEvent::Hunt(event)).await;
        }
        Ok(())
    }

    /// Takes a capacity report in.
    async fn hinted(&self, hints: Vec<(Place, Hint)>) -> Result<(), Halt> {
        if hints.is_empty() {
            return Ok(());
        }
        self.launches.board().hunt.hinted(&hints);
        self.launches.news.notify_waiters();
        self.tell_hunt(vec![HuntEvent::Hinted { hints }]).await
    }
}
