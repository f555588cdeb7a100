//! The compartment quota that keeps a cluster, and whatever else is started there, within what is
//! free.
//!
//! A quota stands in the root compartment and is written in the home region. OCI holds a launch
//! against both scopes of the A1 limits, so both are set: one alone refuses every launch.

use crate::domain::plan::ResourceKey;
use crate::domain::text;
use crate::oci::model::{Compartment, Quota};
use crate::provision::blueprint::{CLUSTER_TAG, QUOTA_GUARD};

use super::meaning::{Unplanned, unplanned};
use super::{Engine, Survey};

/// Compartments below each other; OCI allows six levels.
const DEEPEST: usize = 6;

impl Engine {
    /// The tenancy's quotas, without their statements. Who does not want a guard need not be
    /// allowed to read them.
    pub(super) async fn quotas(&self) -> Result<Vec<Quota>, Unplanned> {
        let query = [("compartmentId", self.client.profile().tenancy())];
        match self.client.list::<Quota>(&query).await {
            Ok(quotas) => Ok(quotas),
            Err(error) if self.topology.quota_guard => {
                Err(unplanned("list the tenancy's quotas", &error))
            }
            Err(error) => {
                tracing::warn!(%error, "the tenancy's quotas could not be read");
                Ok(Vec::new())
            }
        }
    }

    /// Our own among `quotas`, whole; and learns the home region where a guard is kept or wanted.
    pub(super) async fn guards(&self, quotas: &[Quota]) -> Result<Vec<Quota>, Unplanned> {
        let ours: Vec<&Quota> = quotas
            .iter()
            .filter(|quota| quota.freeform_tags.get(CLUSTER_TAG) == Some(&self.topology.cluster))
            .collect();
        if ours.is_empty() && !self.topology.quota_guard {
            return Ok(Vec::new());
        }
        let regions = self.client.region_subscriptions().await;
        let regions = regions.map_err(|error| unplanned("list the tenancy's regions", &error))?;
        if let Some(home) = regions.iter().find(|region| region.is_home_region) {
            self.client.know_home_region(&home.region_name);
        }
        let whole = ours.iter().map(|quota| self.client.get::<Quota>(&quota.id));
        futures::future::try_join_all(whole)
            .await
            .map_err(|error| unplanned("read the quota of the cluster", &error))
    }

    /// How a quota's statement names the compartment: by the names on the way to it.
    pub(super) async fn quota_scope(&self) -> Result<String, Unplanned> {
        let tenancy = self.client.profile().tenancy();
        let mut names = Vec::new();
        let mut id = self.compartment.clone();
        while id != tenancy && names.len() < DEEPEST && self.topology.quota_guard {
            let compartment = self.client.get::<Compartment>(&id).await;
            let compartment =
                compartment.map_err(|error| unplanned("look up the compartment's name", &error))?;
            names.insert(0, compartment.name);
            id = compartment
                .compartment_id
                .unwrap_or_else(|| tenancy.to_owned());
        }
        Ok(if names.is_empty() {
            "tenancy".to_owned()
        } else {
            format!("compartment {}", names.join(":"))
        })
    }

    /// What the guard says. The amounts are those of the allowance; where the cluster itself was
    /// agreed to be larger than that, its own: a guard must not refuse what it guards.
    pub(super) fn guard_statements(&self, survey: &Survey) -> Vec<String> {
        let nodes = &self.topology.nodes;
        let ocpus = nodes.iter().map(|node| node.ocpus).sum();
        let memory = nodes.iter().map(|node| node.memory).sum();
        let volumes = nodes.iter().map(|node| node.boot_volume).sum();
        let ocpus = self.allowance.ocpus().max(ocpus).0;
        let memory = self.allowance.memory().max(memory).0;
        let volumes = self.allowance.boot_volumes.max(volumes).0;
        let scope = &survey.seen.quota_scope;
        [
            ("compute-core", "standard-a1-core-count", ocpus),
            ("compute-core", "standard-a1-core-regional-count", ocpus),
            ("compute-memory", "standard-a1-memory-count", memory),
            (
                "compute-memory",
                "standard-a1-memory-regional-count",
                memory,
            ),
            ("block-storage", "total-storage-gb", volumes),
        ]
        .into_iter()
        .map(|(family, limit, amount)| format!("set {family} quota {limit} to {amount} in {scope}"))
        .collect()
    }
}

impl Survey {
    /// How a quota's statement names the compartment, where that was asked for.
    pub fn quota_scope(&self) -> Option<&str> {
        Some(self.seen.quota_scope.as_str()).filter(|scope| !scope.is_empty())
    }

    /// Our guard as it stands.
    pub(super) fn guard(&self) -> Option<&Quota> {
        let id = &self.usable(&ResourceKey::new(QUOTA_GUARD))?.id;
        self.seen.quotas.iter().find(|quota| &quota.id == id)
    }
}

/// The statement in one form, so that spaces and letter case are no difference.
pub(super) fn plain(statement: &str) -> String {
    let words: Vec<&str> = statement.split_whitespace().collect();
    text::line(&words.join(" "))
}
