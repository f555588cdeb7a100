//! The embedded engine: signed calls to OCI's REST API, nothing to install.
//!
//! Every resource carries the cluster's name and its own key as freeform tags, so each step is: look
//! it up, create it if it is missing, wait until it is usable. Independent steps run at once. What a
//! killed run left behind is found by the next one; see [`super::journal`] for what makes a repeated
//! create harmless.

mod bodies;
mod kinds;
mod meaning;
mod remove;
mod run;
mod survey;
mod usage;
mod wait;

pub use meaning::{Unplanned, problem};
pub use survey::Survey;

use std::collections::BTreeMap;

use crate::clock::Clock;
use crate::domain::allowance::Allowance;
use crate::domain::plan::{Action, Operation, Plan, ResourceKey, Step};
use crate::domain::problem::Problem;
use crate::domain::topology::Topology;
use crate::oci;
use crate::render::UserData;

use super::blueprint::{self, Part};
use kinds::Life;

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
}

impl Engine {
    /// Looks at what there is and says what `apply` would do.
    pub async fn plan(&self) -> Result<(Plan, Survey), Unplanned> {
        let survey = self.survey().await?;
        if let Some((key, ids)) = survey.duplicate() {
            return Err(duplicate(key, &ids).into());
        }
        let parts = blueprint::parts(&self.topology);
        let steps = parts
            .into_iter()
            .map(|part| creation(part, &survey))
            .collect();
        let plan = self.plan_of(Operation::Apply, steps, &survey).await?;
        Ok((plan, survey))
    }

    /// Looks at what there is and says what `destroy` would do: all that bears the cluster's tag,
    /// in the configuration or not, each before what it needs.
    pub async fn plan_destroy(&self) -> Result<(Plan, Survey), Unplanned> {
        let survey = self.survey().await?;
        let steps = remove::steps(&survey);
        let plan = self.plan_of(Operation::Destroy, steps, &survey).await?;
        Ok((plan, survey))
    }

    async fn plan_of(
        &self,
        operation: Operation,
        steps: Vec<Step>,
        survey: &Survey,
    ) -> Result<Plan, Unplanned> {
        Ok(Plan {
            cluster: self.topology.cluster.clone(),
            operation,
            region: self.client.endpoints().region_name().to_owned(),
            allowance: self.allowance_check(&steps, survey).await?,
            steps,
        })
    }
}

fn creation(part: Part, survey: &Survey) -> Step {
    let found = survey.usable(&part.key);
    Step {
        action: if found.is_some() {
            Action::Keep
        } else {
            Action::Create
        },
        id: found.map(|found| found.id.clone()),
        summary: match found {
            Some(found) if found.life == Life::Idle => {
                format!("{} ({})", part.summary, found.state)
            }
            _ => part.summary,
        },
        key: part.key,
        kind: part.kind,
        name: part.name,
        needs: part.needs,
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
