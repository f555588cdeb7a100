//! Asks OCI for something for an instance, and follows it until it runs.
//!
//! It looks first, sends one request under one retry token, and touches no instance that the cluster's
//! tags do not name. Whether anything may be changed at all was decided before.

use std::time::Duration;

use super::Task;
use crate::domain::action::{ActionEvent, ActionOutcome, InstanceAct};
use crate::domain::event::{Change, Event, What};
use crate::domain::instance::{Instance, Power};
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::text;
use crate::oci::{Error, Retries, RetryToken, model};
use crate::sources::{Instances, instance};

/// OCI itself waits a quarter of an hour for a system to shut down.
const LONGEST: Duration = Duration::from_mins(20);
const LOOK: Duration = Duration::from_secs(5);
/// A person waits for the answer.
const RETRIES: Retries = Retries {
    tries: 4,
    total: Duration::from_secs(90),
};
/// Looks that may fail in a row once OCI has taken the request.
const FAILED_LOOKS: u32 = 5;

/// One request for one instance.
pub(super) struct Asked<'a> {
    pub(super) node: &'a Line,
    pub(super) ocid: &'a Line,
    pub(super) act: InstanceAct,
    /// The command that does the same.
    pub(super) command: String,
}

impl Asked<'_> {
    /// Does it, and tells how it went.
    pub(super) async fn perform(&self, instances: &Instances, task: &Task) -> ActionOutcome {
        match self.send(instances, task).await {
            Ok(seen) => self.follow(instances, seen, task).await,
            Err(outcome) => outcome,
        }
    }

    /// Looks, and sends the request where it makes sense.
    async fn send(&self, instances: &Instances, task: &Task) -> Result<Instance, ActionOutcome> {
        let client = instances.client.with_retries(RETRIES);
        let found = client.get::<model::Instance>(self.ocid).await;
        let found = found.map_err(|error| refused(&error))?;
        let ours = instance(&found, &instances.cluster).filter(|it| it.id.name == *self.node);
        let Some(seen) = ours else {
            let why = "its tags do not say that it is this cluster's";
            return Err(not_now(why, "see the tags of the instance at OCI"));
        };
        task.saw(seen.clone()).await;
        if let Some(why) = self.act.barred_by(&seen.power) {
            return Err(not_now(why, "look at the list again"));
        }
        let token = format!(
            "k3scope-{}-{}",
            task.clock.now().as_millisecond(),
            task.number
        );
        let token = RetryToken::new(token)
            .map_err(|error| not_now(&error.to_string(), "please report this with the log"))?;
        let word = self.act.word();
        let answer = client.instance_action(self.ocid, word, &token).await;
        let answer = answer.map_err(|error| refused(&error))?;
        task.tell(ActionEvent::Wrote {
            number: task.number,
            command: self.command.clone(),
        })
        .await;
        Ok(instance(&answer, &instances.cluster).unwrap_or(seen))
    }

    /// Looks at it until it runs.
    async fn follow(&self, instances: &Instances, taken: Instance, task: &Task) -> ActionOutcome {
        let until = task.clock.instant() + task.clock.at_pace(LONGEST);
        let client = instances.client.with_retries(Retries::none());
        let (mut seen, mut told, mut failed) = (taken, None, 0);
        loop {
            if told.as_ref() != Some(&seen.power) {
                told = Some(seen.power.clone());
                task.saw(seen.clone()).await;
                task.stands(&format!("OCI: {}", seen.power)).await;
            }
            match seen.power {
                Power::Running => return done(self.act),
                Power::Terminating | Power::Terminated => {
                    return not_now("it was deleted meanwhile", "look at the list again");
                }
                Power::Provisioning
                | Power::Starting
                | Power::Stopping
                | Power::Stopped
                | Power::Moving
                | Power::CreatingImage
                | Power::Unknown => {}
            }
            if task.clock.instant() >= until {
                let why = format!("OCI has taken the request, and it is still {}", seen.power);
                return not_now(&why, "see the instance in OCI's console");
            }
            task.clock.sleep(LOOK).await;
            match client.get::<model::Instance>(self.ocid).await {
                Ok(found) => {
                    failed = 0;
                    seen = instance(&found, &instances.cluster).unwrap_or(seen);
                }
                Err(_) if failed < FAILED_LOOKS => failed += 1,
                Err(error) => return lost(&error),
            }
        }
    }
}

impl Task {
    /// Tells how an instance is, sooner than the feed would.
    async fn saw(&self, instance: Instance) {
        let what = What::Instance(Change::Applied(Box::new(instance)));
        let at = self.clock.now();
        if self.events.send(Event { at, what }).await.is_err() {
            tracing::debug!("the session has ended; nobody is told");
        }
    }

    async fn stands(&self, said: &str) {
        let (number, said) = (self.number, said.into());
        self.tell(ActionEvent::Stands { number, said }).await;
    }
}

fn done(act: InstanceAct) -> ActionOutcome {
    let said = match act {
        InstanceAct::Start => "it runs; its node reports once it has booted",
        InstanceAct::Reboot => "OCI has restarted it; its node reports once it has booted",
        InstanceAct::Reset => "OCI has reset it; its node reports once it has booted",
    };
    ActionOutcome::Done { said: said.into() }
}

fn not_now(why: &str, next: &str) -> ActionOutcome {
    ActionOutcome::Failed(Problem {
        title: "not done".to_owned(),
        detail: why.to_owned(),
        next: next.to_owned(),
        request_id: None,
    })
}

/// What OCI answered, in its words. What may have been carried out is told as that.
fn refused(error: &Error) -> ActionOutcome {
    let (title, next) = if error.is_unauthenticated() {
        (
            "OCI does not accept the profile",
            "see the profile and its key",
        )
    } else if error.is_not_found() {
        (
            "OCI knows no such instance, or does not let this profile use it",
            "ask for `manage instance-family` in its compartment, or look whether it is there",
        )
    } else if error.is_throttled() {
        ("OCI wants fewer requests", "try again in a minute")
    } else if error.status() == Some(409) {
        (
            "its state does not permit it now",
            "wait a moment, then look again",
        )
    } else if error.is_definite_refusal() {
        ("OCI refused", "see its words; mend that, then try again")
    } else {
        return lost(error);
    };
    ActionOutcome::Failed(problem(title, error, next))
}

fn lost(error: &Error) -> ActionOutcome {
    let title = "OCI's answer was lost, and what became of it is not known";
    ActionOutcome::Unknown(problem(
        title,
        error,
        "look at the instance before you ask again",
    ))
}

fn problem(title: &str, error: &Error, next: &str) -> Problem {
    Problem {
        title: title.to_owned(),
        detail: text::line(&error.to_string()),
        next: next.to_owned(),
        request_id: error.request_id().map(text::line),
    }
}
