//! Waiting until a resource is where it should be.

use std::time::Duration;

use crate::domain::plan::{ResourceKind, Step};
use crate::domain::problem::Problem;
use crate::domain::provision::ProvisionEvent;
use crate::domain::text;
use crate::oci::model::Lifecycle;

use super::kinds::{Life, Model, life, with_model};
use super::meaning::problem;
use super::run::{Halt, Worker};

/// Between two looks at a resource that is on its way.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How long a network resource may take.
const NETWORK_LIMIT: Duration = Duration::from_mins(5);
/// How long an instance may take.
const INSTANCE_LIMIT: Duration = Duration::from_mins(20);

impl Worker {
    /// Looks at a resource until it is where it should be; gone from sight is gone.
    pub(super) async fn wait(&self, step: &Step, id: &str, wanted: &[Life]) -> Result<(), Halt> {
        let clock = self.engine.clock;
        let limit = if step.kind == ResourceKind::Instance {
            INSTANCE_LIMIT
        } else {
            NETWORK_LIMIT
        };
        let begun = clock.instant();
        let mut told = String::new();
        loop {
            let seen = with_model!(step.kind, Model => {
                self.engine.client.get::<Model>(id).await.map(|seen| seen.state().clone())
            });
            let seen = match seen {
                Ok(state) => state,
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
                () = clock.sleep(LOOK_AGAIN) => {}
                () = self.stop.cancelled() => return Err(Halt::Stopped),
            }
        }
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
