//! What is left of a limit, and what was found to use it.

use std::fmt;

use super::scene::Scene;
use crate::domain::allowance::Usage;
use crate::domain::topology::A1_SHAPE;
use crate::domain::units::{Gigabytes, Ocpus};
use crate::oci::Error;
use crate::oci::model::Instance;

/// What a limit says is used, and what it says is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) used: u32,
    pub(super) left: u32,
}

impl Room {
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            used: self.used.saturating_add(other.used),
            left: self.left.saturating_add(other.left),
        }
    }
}

impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} left",
            self.left,
            self.used.saturating_add(self.left)
        )
    }
}

impl Scene {
    /// What is left of a limit; nothing where OCI does not count it.
    pub(super) async fn room(
        &self,
        service: &str,
        limit: &str,
        domain: Option<&str>,
    ) -> Result<Option<Room>, Error> {
        let Ok(client) = &self.oci else {
            return Ok(None);
        };
        let answer = client.resource_availability(service, limit, domain).await?;
        Ok(answer.left().map(|left| Room {
            used: answer.in_use().unwrap_or_default(),
            left,
        }))
    }

    /// What is left of a limit in all these availability domains together.
    pub(super) async fn room_in(
        &self,
        service: &str,
        limit: &str,
        domains: &[&str],
    ) -> Result<Option<Room>, Error> {
        let asked = domains
            .iter()
            .map(|domain| self.room(service, limit, Some(domain)));
        let rooms = futures::future::try_join_all(asked.collect::<Vec<_>>()).await?;
        Ok(rooms.into_iter().flatten().reduce(Room::with))
    }
}

/// What an instance uses of A1; nothing for another shape, and for one that is gone. A stopped one
/// counts.
pub(super) fn a1_of(instance: &Instance) -> Option<Usage> {
    let state = &instance.lifecycle_state;
    if instance.shape != A1_SHAPE || state.is_gone() || state.is_going() {
        return None;
    }
    let (ocpus, memory) = instance.shape_config.unwrap_or_default().whole();
    Some(Usage {
        ocpus: Ocpus(ocpus),
        memory: Gigabytes(memory),
        boot_volumes: Gigabytes(0),
    })
}

/// Names, of which the first few are told.
pub(super) fn few(names: &[String]) -> String {
    const TOLD: usize = 5;
    let told = names.iter().take(TOLD).cloned().collect::<Vec<_>>();
    match names.len().saturating_sub(TOLD) {
        0 => told.join(", "),
        more => format!("{} and {more} more", told.join(", ")),
    }
}
