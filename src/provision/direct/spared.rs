//! What a destroy leaves, said before it begins: it removes what bears the cluster's tag and what
//! goes with that, and nothing else.

use std::collections::BTreeSet;

use crate::domain::plan::{ResourceKind, Spared};
use crate::domain::text;
use crate::oci::model::{KeyVault, Lifecycle};
use crate::provision::blueprint::CLUSTER_TAG;

use super::kinds::{Life, life};
use super::{Engine, Survey};

impl Engine {
    /// All that stays. What cannot be read is not told; a destroy does not depend on it.
    pub(super) async fn spared(&self, survey: &Survey) -> Vec<Spared> {
        let mut spared = strangers(survey);
        spared.extend(neighbours(survey));
        spared.extend(volumes(survey));
        spared.extend(self.vaults().await);
        spared
    }

    /// Vaults that bear the cluster's tag: OCI deletes them on a day to come, not at once.
    async fn vaults(&self) -> Vec<Spared> {
        let query = [("compartmentId", self.compartment.as_str())];
        let vaults = match self.client.list::<KeyVault>(&query).await {
            Ok(vaults) => vaults,
            Err(error) => {
                tracing::warn!(%error, "the compartment's vaults could not be read");
                return Vec::new();
            }
        };
        let ours = |vault: &&KeyVault| {
            vault.freeform_tags.get(CLUSTER_TAG) == Some(&self.topology.cluster)
                && !vault.lifecycle_state.is_gone()
        };
        let told = |vault: &KeyVault| {
            let pending = vault.lifecycle_state == Lifecycle::PendingDeletion;
            let why = match (pending, &vault.time_of_deletion) {
                (true, Some(day)) => format!("OCI deletes it at {}", text::line(day)),
                (true, None) => "it waits for its deletion by OCI".to_owned(),
                (false, _) => "its secrets may be needed elsewhere; schedule its deletion in the \
                               console"
                    .to_owned(),
            };
            Spared {
                what: format!("vault {}", text::line(&vault.display_name)),
                id: Some(vault.id.clone()),
                why,
            }
        };
        vaults.iter().filter(ours).map(told).collect()
    }
}

/// Instances of others in the cluster's subnets, which cannot go as long as those stand in them.
fn strangers(survey: &Survey) -> Vec<Spared> {
    let ours = survey.ours();
    let inside = survey.seen.attachments.iter().filter(|tie| {
        !tie.lifecycle_state.is_gone()
            && tie.subnet_id.as_deref().is_some_and(|id| ours.contains(id))
            && !ours.contains(tie.instance_id.as_str())
    });
    let ids: BTreeSet<&str> = inside.map(|tie| tie.instance_id.as_str()).collect();
    let told = |id: &str| {
        let instance = survey.instances.iter().find(|instance| instance.id == id);
        let gone = instance.is_some_and(|it| life(&it.lifecycle_state) == Life::Gone);
        let name = instance.map_or(id, |instance| instance.display_name.as_str());
        (!gone).then(|| Spared {
            what: format!("instance {}", text::line(name)),
            id: Some(id.to_owned()),
            why: "it is not the cluster's and stands in its subnet, which cannot be deleted \
                  before it is terminated or moved"
                .to_owned(),
        })
    };
    ids.into_iter().filter_map(told).collect()
}

/// Subnets of others in the cluster's VCN, which cannot go before them.
fn neighbours(survey: &Survey) -> Vec<Spared> {
    let ours = survey.ours();
    let in_ours = survey
        .seen
        .subnets
        .iter()
        .filter(|subnet| {
            ours.contains(subnet.vcn_id.as_str()) && !ours.contains(subnet.id.as_str())
        })
        .filter(|subnet| life(&subnet.lifecycle_state) != Life::Gone);
    let told = in_ours.map(|subnet| Spared {
        what: format!(
            "{} {}",
            ResourceKind::Subnet,
            text::line(&subnet.display_name)
        ),
        id: Some(subnet.id.clone()),
        why: "it is not the cluster's and stands in its VCN, which cannot be deleted before it"
            .to_owned(),
    });
    told.collect()
}

/// Boot volumes that no instance uses: those of nodes go with the node.
fn volumes(survey: &Survey) -> Vec<Spared> {
    let seen = &survey.seen;
    let used: BTreeSet<&str> = seen
        .boot_attachments
        .iter()
        .filter(|tie| !tie.lifecycle_state.is_gone())
        .map(|tie| tie.boot_volume_id.as_str())
        .collect();
    let alone = seen.boot_volumes.iter().filter(|volume| {
        !used.contains(volume.id.as_str())
            && !matches!(life(&volume.lifecycle_state), Life::Leaving | Life::Gone)
    });
    let told = alone.map(|volume| Spared {
        what: format!("boot volume {}", text::line(&volume.display_name)),
        id: Some(volume.id.clone()),
        why: format!(
            "no instance uses it, and it may hold data; its {} GB count against what is free",
            volume.size_in_gbs.unwrap_or_default()
        ),
    });
    told.collect()
}
