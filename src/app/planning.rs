//! From a look at the cloud to a plan, by whichever engine makes the cluster.
//!
//! Terraform plans from the rendered folder, so that is written first; what somebody edited in it
//! stays, and is planned with.

use std::collections::BTreeSet;

use secrecy::SecretString;

use super::begin::BeginError;
use super::cloud::Cloud;
use super::rendered::{self, Comparison, Secrets, SecretsError};
use crate::config::files::Unfit;
use crate::domain::plan::{Operation, Plan};
use crate::domain::problem::Problem;
use crate::domain::text;
use crate::provision::Planned;
use crate::provision::direct::Unplanned;
use crate::render::RenderError;

/// Why the folder that Terraform plans from is not as it is to be.
#[derive(Debug, thiserror::Error)]
enum Unprepared {
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
        let look = self.engine.look(operation).await?;
        if self.engine.terraform.is_some() {
            self.prepare(&look.plan, passphrase)
                .await
                .map_err(|error| unprepared(&error))?;
        }
        self.engine.plan(look).await
    }

    async fn prepare(
        &self,
        look: &Plan,
        passphrase: Option<SecretString>,
    ) -> Result<(), Unprepared> {
        if !Secrets::hold_token(&self.loaded)? {
            Box::pin(self.token_at_hand(look, passphrase)).await?;
        }
        let comparison = Comparison::of(&self.workspace.root, &rendered::tree(&self.loaded)?)?;
        let secrets = Secrets::of(&self.loaded)?;
        comparison.write(&BTreeSet::new())?;
        secrets.write()?;
        Ok(())
    }
}

fn unprepared(error: &Unprepared) -> Problem {
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
