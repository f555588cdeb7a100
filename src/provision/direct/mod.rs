//! The embedded engine: signed calls to OCI's REST API, nothing to install.
//!
//! Every resource carries the cluster's name and its own key as freeform tags, so each step is: look
//! it up, create it if it is missing, wait until it is usable. Independent steps run at once. What a
//! killed run left behind is found by the next one; see [`super::journal`] for what makes a repeated
//! create harmless.

mod address;
mod bodies;
mod drift;
mod hunt;
mod kinds;
mod limits;
mod meaning;
mod places;
mod planner;
mod quota;
mod remove;
mod rules;
mod run;
mod spared;
mod survey;
mod update;
mod usage;
mod wait;

pub use meaning::{Unplanned, problem};
pub use survey::Survey;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::clock::Clock;
use crate::domain::allowance::{Allowance, AllowanceCheck};
use crate::domain::plan::{Operation, Plan, ResourceKey, Step};
use crate::domain::problem::Problem;
use crate::domain::topology::Topology;
use crate::oci;
use crate::render::UserData;

use super::blueprint;
use super::estimates::Estimates;

/// What the engine works on, and with what.
#[derive(Clone)]
pub struct Engine {
    /// The signed client.
    pub client: oci::Client,
    /// Time and pace.
    pub clock: Clock,
    /// The cluster that is wanted.
    pub topology: Topology,
    /// What the tenancy may use for nothing.
    pub allowance: Allowance,
    /// The compartment in which the cluster stands.
    pub compartment: String,
    /// What the nodes are told at their first boot, by name; a node that is not named here comes up
    /// as the image has it. Only a run that creates nodes needs it.
    pub user_data: BTreeMap<String, UserData>,
    /// Resources whose replacement was agreed to.
    pub replace: BTreeSet<ResourceKey>,
    /// For how long capacity is hunted for; zero gives up at the first refusal.
    pub hunt_for: Duration,
    /// How long things took in earlier runs.
    pub estimates: Estimates,
}

impl Engine {
    /// Looks at what there is and says what `apply` would do.
    pub async fn plan(&self) -> Result<(Plan, Survey), Unplanned> {
        // Boxed: the waves hold many requests each.
        let survey = Box::pin(self.survey(Operation::Apply));
        let (survey, beside) = tokio::join!(survey, Box::pin(self.beside()));
        let mut survey = survey?;
        survey.seen.boot_volumes = beside.own_boot_volumes();
        if let Some((key, ids)) = survey.duplicate() {
            return Err(duplicate(key, &ids).into());
        }
        let planned = self.planned(&mut survey);
        let allowance = self.allowance_check(&planned.steps, &survey, &beside).await;
        let plan = Plan {
            allowance,
            spared: planned.spared,
            ..self.plan_of(Operation::Apply, planned.steps, &survey)
        };
        Ok((plan, survey))
    }

    /// Looks at what there is and says what `destroy` would do: all that bears the cluster's tag,
    /// in the configuration or not, each before what it needs.
    pub async fn plan_destroy(&self) -> Result<(Plan, Survey), Unplanned> {
        let survey = Box::pin(self.survey(Operation::Destroy)).await?;
        let steps = remove::steps(&survey);
        let plan = Plan {
            spared: self.spared(&survey).await,
            ..self.plan_of(Operation::Destroy, steps, &survey)
        };
        Ok((plan, survey))
    }

    /// A plan that says nothing of the allowance yet.
    fn plan_of(&self, operation: Operation, mut steps: Vec<Step>, survey: &Survey) -> Plan {
        for step in &mut steps {
            step.estimate = self.estimates.seconds(step.kind, step.action);
        }
        Plan {
            cluster: self.topology.cluster.clone(),
            operation,
            region: self.client.endpoints().region_name().to_owned(),
            allowance: AllowanceCheck {
                allowance: self.allowance,
                ..AllowanceCheck::default()
            },
            steps,
            image: Some(survey.image.clone()).filter(|image| !image.is_empty()),
            spared: Vec::new(),
            records: Vec::new(),
            note: None,
        }
    }
}

fn duplicate(key: &ResourceKey, ids: &[&str]) -> Problem {
    Problem {
        title: format!("{key} exists more than once"),
        detail: format!("these bear its tags: {}", ids.join(", ")),
        next: format!(
            "remove the tag {} from all but one of them",
            blueprint::KEY_TAG
        ),
        request_id: None,
    }
}

/// The words for a resource that should be known by now and is not.
fn missing(key: &ResourceKey) -> Problem {
    Problem {
        title: format!("{key} is not there"),
        detail: format!("a step needs {key}, and no resource with that tag was found or made"),
        next: "run it again: it begins by looking at what there is".to_owned(),
        request_id: None,
    }
}
