//! What a forced end left behind: it bears the cluster's tags, and Terraform's state does not know it.

use super::Engine;
use super::terraform::address;
use crate::domain::event::{Event, What};
use crate::domain::plan::{Action, Operation};
use crate::domain::problem::Problem;
use crate::domain::provision::{Lacking, ProvisionEvent};

impl Engine {
    /// Looks at the cloud and at the state after a forced end, and tells what is only in the cloud, or
    /// why that is not known.
    pub async fn left_behind(&self) -> Event {
        let what = match self.lacking().await {
            Ok(resources) => What::Provision(ProvisionEvent::StateLacks { resources }),
            Err(problem) => What::Problem(problem),
        };
        let at = self.direct.clock.now();
        Event { at, what }
    }

    async fn lacking(&self) -> Result<Vec<Lacking>, Problem> {
        let Some(terraform) = &self.terraform else {
            // The cloud itself is the state.
            return Ok(Vec::new());
        };
        let look = self.look(Operation::Apply).await;
        let look = look.map_err(|unplanned| unplanned.problem)?.plan;
        let known = terraform.known().await?;
        let there = look.steps.into_iter();
        let there = there.filter(|step| step.action != Action::Create);
        let lacking = there.filter_map(|step| {
            let unknown = address(&step.key).is_some_and(|address| known.id(&address).is_none());
            let id = step.id.filter(|_| unknown)?;
            let key = step.key;
            Some(Lacking { key, id })
        });
        Ok(lacking.collect())
    }
}
