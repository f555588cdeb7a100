//! From a look at the cloud to a plan, by whichever engine makes the cluster.
//!
//! Terraform plans from the rendered folder, so that is written first; what somebody edited in it
//! stays, and is planned with.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use secrecy::SecretString;

use super::begin::BeginError;
use super::cloud::Cloud;
use super::rendered::{self, Comparison, Secrets, SecretsError};
use crate::config::files::Unfit;
use crate::domain::critical_path::{Ahead, critical_path};
use crate::domain::plan::{Operation, Plan};
use crate::domain::planning::Planning;
use crate::domain::problem::Problem;
use crate::domain::text;
use crate::provision::Planned;
use crate::provision::direct::Unplanned;
use crate::provision::terraform::standing;
use crate::render::RenderError;

/// How long a run may last of which nothing is known yet.
const LONG_RUN: SignedDuration = SignedDuration::from_mins(30);

/// Why the folder that Terraform plans from is not as it is to be.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unprepared {
    #[error(transparent)]
    Begin(#[from] BeginError),
    #[error(transparent)]
    Render(#[from] RenderError),
    #[error(transparent)]
    Unfit(#[from] Unfit),
    #[error(transparent)]
    Secrets(#[from] SecretsError),
}

impl Cloud {
    /// What `operation` would do. `passphrase` opens the SSH key, where a node is asked for what the
    /// workspace has lost.
    pub async fn plan(
        &self,
        operation: Operation,
        passphrase: Option<SecretString>,
    ) -> Result<Planned, Unplanned> {
        if let Some(under_way) = self.engine.under_way()? {
            return Ok(under_way);
        }
        self.onlooker.tell(Planning::Looking);
        let look = self.engine.look(operation).await?;
        if self.engine.terraform.is_none() {
            let planned = self.engine.plan(look).await?;
            return Ok(planned.beside(self.trace_of_terraform()));
        }
        self.prepare(&look.plan, passphrase)
            .await
            .map_err(|error| unprepared(&error))?;
        let mut planned = self.engine.plan(look).await?;
        planned.plan.note = self.ends_soon(&planned.plan).map(String::into_boxed_str);
        Ok(planned)
    }

    /// That the session ends before a run may have ended, where it does.
    fn ends_soon(&self, plan: &Plan) -> Option<String> {
        let profile = &self.loaded.config.oci.profile;
        let direct = &self.engine.direct;
        let end = direct.client.profile().session_expiry()?;
        let left = end.duration_since(direct.clock.now());
        let path = critical_path(plan, |at| {
            plan.steps.get(at).map_or(Ahead::Nothing, Ahead::of)
        });
        let usual = path.map_or(0, |path| path.seconds);
        let needed = SignedDuration::from_secs(i64::try_from(usual).unwrap_or(i64::MAX));
        if plan.is_empty() || left >= needed.max(LONG_RUN) {
            return None;
        }
        let (minutes, at) = (left.as_mins().max(0), end.strftime("%H:%M UTC"));
        Some(format!(
            "the session of the profile {profile} ends in {minutes} min, at {at}, and a run that \
             lasts longer stops there: `oci session refresh --profile {profile}` first makes it last \
             an hour again"
        ))
    }

    async fn prepare(
        &self,
        look: &Plan,
        passphrase: Option<SecretString>,
    ) -> Result<(), Unprepared> {
        self.keep_token(look, passphrase).await?;
        let mut imports = rendered::imports(&self.loaded)?;
        if look.operation == Operation::Apply {
            // What has gone meanwhile would stop the plan; a destroy imports nothing.
            let there = standing(look);
            imports.retain(|import| there.contains(import));
        }
        let tree = rendered::tree(&self.loaded)?.taking_over(&imports);
        let comparison = Comparison::of(&self.workspace.root, &tree)?;
        let secrets = Secrets::of(&self.loaded)?;
        comparison.write(&BTreeSet::new())?;
        secrets.write()?;
        Ok(())
    }
}

pub(super) fn unprepared(error: &Unprepared) -> Problem {
    if let Unprepared::Begin(BeginError::Unrecovered(no_way)) = error {
        return no_way.problem.clone();
    }
    Problem {
        title: "tf-k3s/ cannot be written".to_owned(),
        detail: text::block(&error.to_string(), 2_000),
        next: "mend that, then try again; nothing was made".to_owned(),
        request_id: None,
    }
}
