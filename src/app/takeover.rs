//! Handing a cluster from one engine to the other: what of it Terraform could take over, and what
//! tells that the other engine was here.

use std::fs;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::cloud::{Cloud, on_workspace};
use super::planning::{Unprepared, unprepared};
use super::rendered::Secrets;
use crate::config::files::{self, Wanted};
use crate::domain::plan::{Operation, Plan};
use crate::provision::direct::Unplanned;
use crate::provision::terraform::{Known, Terraform, standing};
use crate::render::{FOLDER, Import};

/// Where Terraform keeps what it knows, unless the operator says otherwise.
const STATE: &str = "terraform.tfstate";

/// What Terraform could take over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Takeover {
    /// What bears the cluster's tags and is in no state, as far as that can be read.
    pub imports: Vec<Import>,
    /// How many resources of the cluster the state knows already.
    pub known: usize,
    /// What the state knows by another OCID, and how that is put right.
    pub stale: Vec<String>,
}

impl Takeover {
    fn of(standing: Vec<Import>, known: &Known) -> Self {
        let mut takeover = Self {
            imports: Vec::new(),
            known: 0,
            stale: Vec::new(),
        };
        for import in standing {
            let Import { address, id } = &import;
            match known.id(address) {
                None => takeover.imports.push(import),
                Some(same) if same == id => takeover.known += 1,
                Some(other) => takeover.stale.push(format!(
                    "the state knows {address} as {other}, and the cloud has {id}: in {FOLDER}/, \
                     `terraform state rm '{address}'` makes room for the import; then render again"
                )),
            }
        }
        takeover
    }
}

impl Cloud {
    /// Looks at the cloud for what Terraform could take over. Where the workspace has lost the
    /// cluster's join token it is read back first: a new one must not be rendered.
    pub async fn takeover(&self, passphrase: Option<SecretString>) -> Result<Takeover, Unplanned> {
        let look = self.engine.look(Operation::Apply).await?;
        self.keep_token(&look.plan, passphrase)
            .await
            .map_err(|error| unprepared(&error))?;
        let terraform = self.terraform_here();
        let known = match &terraform {
            // That a resource is known spares a block; without it the blocks are harmless.
            Some(terraform) => terraform.known().await.unwrap_or_else(|problem| {
                tracing::debug!(problem.title, problem.detail, "no state to read");
                Known::default()
            }),
            None => Known::default(),
        };
        Ok(Takeover::of(standing(&look.plan), &known))
    }

    /// Terraform on this workspace, whether or not it makes the cluster; nothing where the folder is
    /// not rendered yet.
    fn terraform_here(&self) -> Option<Terraform> {
        let folder = self.workspace.root.join(FOLDER);
        let is_there = files::is_there(&folder, Wanted::Folder).is_ok_and(|it| it);
        let own = self.engine.terraform.clone();
        own.or_else(|| {
            on_workspace(&self.loaded, &self.workspace, [], self.engine.direct.clock).ok()
        })
        .filter(|_| is_there)
    }

    /// That Terraform made or took over this cluster, though `cluster.toml` names the direct engine.
    pub(super) fn trace_of_terraform(&self) -> Option<String> {
        let path = self.workspace.root.join(FOLDER).join(STATE);
        let is_file = files::is_there(&path, Wanted::File).is_ok_and(|it| it);
        let state = Zeroizing::new(is_file.then(|| fs::read(&path).ok()).flatten()?);
        let known = Known::of(&state).filter(|known| !known.is_empty())?;
        Some(format!(
            "{FOLDER}/{STATE} knows {} resources, and cluster.toml has engine = \"direct\": what is \
             changed without Terraform, Terraform will take for drift",
            known.len()
        ))
    }

    /// Makes sure that the join token of nodes that stand is at hand, unless `tf-k3s/` has it.
    pub(super) async fn keep_token(
        &self,
        look: &Plan,
        passphrase: Option<SecretString>,
    ) -> Result<(), Unprepared> {
        if !Secrets::hold_token(&self.loaded)? {
            Box::pin(self.token_at_hand(look, passphrase)).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_state_has_is_not_taken_over_again() {
        let import = |address: &str, id: &str| Import {
            address: address.to_owned(),
            id: id.to_owned(),
        };
        let state = br#"{"resources": [
            {"mode": "managed", "type": "oci_core_vcn", "name": "this",
             "instances": [{"attributes": {"id": "one"}}]},
            {"mode": "managed", "type": "oci_core_subnet", "name": "public",
             "instances": [{"attributes": {"id": "of-before"}}]}]}"#;
        let missing = import("oci_core_subnet.private", "three");
        let standing = vec![
            import("oci_core_vcn.this", "one"),
            import("oci_core_subnet.public", "two"),
            missing.clone(),
        ];
        let takeover = Takeover::of(standing, &Known::of(state).unwrap());
        assert_eq!((takeover.imports, takeover.known), (vec![missing], 1));
        let [told] = takeover.stale.as_slice() else {
            panic!("{:?}", takeover.stale);
        };
        assert!(
            told.contains("as of-before") && told.contains("state rm"),
            "{told}"
        );
    }
}
