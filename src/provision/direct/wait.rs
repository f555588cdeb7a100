//! Waiting until a resource is where it should be.

use std::time::Duration;

use crate::domain::plan::{Action, ResourceKind, Step};
use crate::domain::problem::Problem;
use crate::domain::provision::ProvisionEvent;
use crate::domain::text;
use crate::oci::model::Lifecycle;

use super::kinds::{Life, Model, life, with_model};
use super::meaning::problem;
use super::run::{Halt, Worker};

/// Between the first looks at a network resource that is on its way.
const NETWORK_PAUSE: Duration = Duration::from_millis(250);
/// Between the first looks at an instance: none is ready within seconds.
const INSTANCE_PAUSE: Duration = Duration::from_secs(1);
/// Between two looks, at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A pause is at most this part of the time that was waited already: so much later than need be may
/// an end be noticed.
const SHARE: u32 = 16;
/// OCI's readers lag behind its writers: what was just made may be out of sight for so long.
const OUT_OF_SIGHT: Duration = Duration::from_secs(20);
/// How long a network resource may take.
const NETWORK_LIMIT: Duration = Duration::from_mins(5);
/// How long an instance may take.
const INSTANCE_LIMIT: Duration = Duration::from_mins(20);

impl Worker {
    /// Looks at a resource until it is where it should be; gone from sight is gone.
    pub(super) async fn wait(&self, step: &Step, id: &str, wanted: &[Life]) -> Result<(), Halt> {
        let clock = self.engine.clock;
        let (limit, shortest) = if step.kind == ResourceKind::Instance {
            (INSTANCE_LIMIT, INSTANCE_PAUSE)
        } else {
            (NETWORK_LIMIT, NETWORK_PAUSE)
        };
        let begun = clock.instant();
        let mut told = String::new();
        let mut pauses = Pauses::from(shortest);
        loop {
            let seen = with_model!(step.kind, Model => {
                self.engine.client.get::<Model>(id).await.map(|seen| seen.state().clone())
            });
            let seen = match seen {
                Ok(state) => state,
                Err(error) if error.is_not_found() && may_hide(step, wanted, &pauses) => {
                    Lifecycle::Provisioning
                }
                Err(error) if error.is_not_found() => Lifecycle::Terminated,
                Err(error) => {
                    return Err(problem(&format!("look at {} ({id})", step.name), &error).into());
                }
            };
            let (now, state) = (life(&seen), text::line(&seen.to_string()));
            if wanted.contains(&now) {
                return Ok(());
            }
            if matches!(now, Life::Leaving | Life::Gone) && !wanted.contains(&Life::Gone) {
                return Err(lost(step, &state).into());
            }
            if begun.elapsed() > clock.at_pace(limit) {
                return Err(late(step, &state, limit).into());
            }
            if told != state {
                told.clone_from(&state);
                let (key, id) = (step.key.clone(), id.to_owned());
                self.tell(ProvisionEvent::StepWaiting { key, id, state })
                    .await;
            }
            tokio::select! {
                () = clock.sleep(pauses.take()) => {}
                () = self.stop.cancelled() => return Err(Halt::Stopped),
            }
        }
    }
}

/// Whether a resource that is not seen may only not be seen yet: what this run made is awaited.
fn may_hide(step: &Step, wanted: &[Life], pauses: &Pauses) -> bool {
    step.action == Action::Create && !wanted.contains(&Life::Gone) && pauses.waited < OUT_OF_SIGHT
}

/// The pauses between looks: short at first, then longer in step with what was waited.
#[derive(Debug)]
struct Pauses {
    shortest: Duration,
    waited: Duration,
}

impl Pauses {
    fn from(shortest: Duration) -> Self {
        Self {
            shortest,
            waited: Duration::ZERO,
        }
    }

    fn take(&mut self) -> Duration {
        let pause = (self.waited / SHARE).clamp(self.shortest, LONGEST_PAUSE);
        self.waited += pause;
        pause
    }
}

fn lost(step: &Step, state: &str) -> Problem {
    Problem {
        title: format!("{} was taken away while it was awaited", step.name),
        detail: format!("OCI says that it is {state}"),
        next: "see in the console's audit log who terminated it; run it again".to_owned(),
        request_id: None,
    }
}

fn late(step: &Step, state: &str, limit: Duration) -> Problem {
    Problem {
        title: format!(
            "{} is not ready after {} minutes",
            step.name,
            limit.as_secs() / 60
        ),
        detail: format!("OCI says that it is {state}"),
        next: "look at it in the console; run it again, it goes on waiting".to_owned(),
        request_id: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_dense_at_first_and_never_notice_an_end_much_too_late() {
        let mut pauses = Pauses::from(NETWORK_PAUSE);
        let mut before = Duration::ZERO;
        let mut looks = 0;
        while pauses.waited < INSTANCE_LIMIT {
            let (waited, pause) = (pauses.waited, pauses.take());
            assert!(pause >= before, "pauses do not shrink");
            assert!(pause <= NETWORK_PAUSE.max(waited / SHARE));
            assert!(pause <= LONGEST_PAUSE);
            looks += u32::from(waited < Duration::from_mins(1));
            before = pause;
        }
        assert!(looks <= 70, "{looks} looks in a minute");
    }
}
