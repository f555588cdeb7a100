//! What the tenancy uses of what is free, and what its live limits still have room for.
//!
//! Limits are read, never assumed. Where a tenancy does not let us read them, the plan says so by
//! leaving them out.

use crate::domain::allowance::{AllowanceCheck, Usage};
use crate::domain::plan::{Action, Step};
use crate::domain::topology::{A1_SHAPE, Node};
use crate::domain::units::{Gigabytes, Ocpus};
use crate::oci::model::{BootVolume, Instance};
use crate::provision::blueprint::node_key;

use super::kinds::{Life, Model, life};
use super::meaning::{Unplanned, unplanned};
use super::{Engine, Survey};

impl Engine {
    pub(super) async fn allowance_check(
        &self,
        steps: &[Step],
        survey: &Survey,
    ) -> Result<AllowanceCheck, Unplanned> {
        let created = self.topology.nodes.iter().filter(|node| {
            let key = node_key(node);
            steps
                .iter()
                .any(|step| step.key == key && step.action == Action::Create)
        });
        let (boot_volumes, available) = tokio::join!(
            self.boot_volumes(),
            self.available(&survey.availability_domain)
        );
        let (ocpus, memory) = a1_use(&survey.instances);
        Ok(AllowanceCheck {
            allowance: self.allowance,
            used: Usage {
                ocpus,
                memory,
                boot_volumes: boot_volumes?,
            },
            added: created
                .map(size)
                .fold(Usage::default(), |sum, node| sum + node),
            available,
        })
    }

    async fn boot_volumes(&self) -> Result<Gigabytes, Unplanned> {
        let query = [("compartmentId", self.compartment.as_str())];
        let volumes = self
            .client
            .list::<BootVolume>(&query)
            .await
            .map_err(|error| unplanned("list the boot volumes", &error))?;
        Ok(volumes
            .iter()
            .filter(|volume| !matches!(life(&volume.lifecycle_state), Life::Leaving | Life::Gone))
            .map(|volume| volume.size_in_gbs.unwrap_or_default())
            .map(|size| Gigabytes(u32::try_from(size).unwrap_or(u32::MAX)))
            .sum())
    }

    /// What is left of the limits that a launch must fit in: those of the availability domain and
    /// of the region, whichever is less.
    async fn available(&self, domain: &str) -> Option<Usage> {
        let (cores, cores_regional, memory, memory_regional, storage) = tokio::join!(
            self.limit("compute", "standard-a1-core-count", Some(domain)),
            self.limit("compute", "standard-a1-core-regional-count", None),
            self.limit("compute", "standard-a1-memory-count", Some(domain)),
            self.limit("compute", "standard-a1-memory-regional-count", None),
            self.limit("block-storage", "total-storage-gb", Some(domain)),
        );
        Some(Usage {
            ocpus: Ocpus(least(cores, cores_regional)?),
            memory: Gigabytes(least(memory, memory_regional)?),
            boot_volumes: Gigabytes(storage?),
        })
    }

    async fn limit(&self, service: &str, name: &str, domain: Option<&str>) -> Option<u32> {
        let answer = self
            .client
            .resource_availability(service, name, domain)
            .await;
        match answer {
            Ok(limit) => limit.available.map(|room| u32::try_from(room).unwrap_or(0)),
            Err(error) => {
                tracing::warn!(limit = name, %error, "a limit could not be read");
                None
            }
        }
    }
}

fn least(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (known, None) | (None, known) => known,
    }
}

fn size(node: &Node) -> Usage {
    Usage {
        ocpus: node.ocpus,
        memory: node.memory,
        boot_volumes: node.boot_volume,
    }
}

/// A1 processors and memory of all instances that are not gone: stopped ones count as well.
fn a1_use(instances: &[Instance]) -> (Ocpus, Gigabytes) {
    let alive = instances.iter().filter(|instance| {
        instance.shape == A1_SHAPE && !matches!(life(instance.state()), Life::Leaving | Life::Gone)
    });
    alive.fold((Ocpus(0), Gigabytes(0)), |(ocpus, memory), instance| {
        let size = instance.shape_config.unwrap_or_default();
        (
            ocpus + Ocpus(whole(size.ocpus)),
            memory + Gigabytes(whole(size.memory_in_gbs)),
        )
    })
}

/// The amount rounded up: OCI writes whole numbers as floating point.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what the target type holds"
)]
fn whole(amount: f64) -> u32 {
    amount.ceil().clamp(0.0, f64::from(u32::MAX)) as u32
}
