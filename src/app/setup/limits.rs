//! What may be used of Ampere A1 and of volumes in a region, and what is used.
//!
//! A limit that the tenancy does not let us read is left open, never guessed.

use futures::future::join_all;

use super::account::failed;
use super::desk::{Desk, problem};
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::setup::{LimitsFound, Told};
use crate::oci::model::AvailabilityDomain;
use crate::oci::{Client, limit};

/// What is used of a limit, and the limit itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Room {
    used: u32,
    allowed: Option<u32>,
}

/// Reads them with the profile that was opened last.
pub(super) async fn read(desk: &Desk, region: &str, compartment: &str) -> Result<Told, Problem> {
    let login = desk.login().ok_or_else(|| {
        problem(
            "The limits cannot be read yet",
            "no profile was opened",
            "Choose a profile first.",
        )
    })?;
    let client = desk
        .ground
        .oci(login.profile, region)
        .map_err(|error| failed("read the limits", &error))?;
    let domains: Vec<AvailabilityDomain> = client
        .list(&[("compartmentId", compartment)])
        .await
        .map_err(|error| failed("list the availability domains", &error))?;
    let limits = Limits {
        client: &client,
        domains: &domains,
    };
    let (cores, cores_regional, memory, memory_regional, volumes) = tokio::join!(
        limits.of_domains("compute", limit::A1_CORES),
        limits.of_region("compute", limit::A1_CORES_REGIONAL),
        limits.of_domains("compute", limit::A1_MEMORY),
        limits.of_region("compute", limit::A1_MEMORY_REGIONAL),
        limits.of_domains("block-storage", limit::VOLUME_GIGABYTES),
    );
    let pair = |room: Room| (room.used, room.allowed);
    Ok(Told::Limits {
        limits: LimitsFound {
            region: Line::new(region),
            ocpus: pair(tighter(cores, cores_regional)),
            memory_gb: pair(tighter(memory, memory_regional)),
            volume_gb: pair(volumes),
        },
    })
}

struct Limits<'a> {
    client: &'a Client,
    domains: &'a [AvailabilityDomain],
}

impl Limits<'_> {
    /// A limit that each availability domain has for itself, all of them together.
    async fn of_domains(&self, service: &str, name: &str) -> Room {
        let rooms = self
            .domains
            .iter()
            .map(|domain| self.one(service, name, Some(&domain.name)));
        join_all(rooms)
            .await
            .into_iter()
            .fold(Room::default(), |sum, room| Room {
                used: sum.used.saturating_add(room.used),
                allowed: match (sum.allowed, room.allowed) {
                    (Some(one), Some(other)) => Some(one.saturating_add(other)),
                    (known, None) | (None, known) => known,
                },
            })
    }

    async fn of_region(&self, service: &str, name: &str) -> Room {
        self.one(service, name, None).await
    }

    async fn one(&self, service: &str, name: &str, domain: Option<&str>) -> Room {
        let answer = self
            .client
            .resource_availability(service, name, domain)
            .await;
        match answer {
            Ok(limit) => {
                let used = limit.in_use().unwrap_or_default();
                Room {
                    used,
                    allowed: limit.left().map(|left| left.saturating_add(used)),
                }
            }
            Err(error) => {
                tracing::warn!(limit = name, %error, "a limit could not be read");
                Room::default()
            }
        }
    }
}

/// The limit that is met first, and all that is known to be used.
fn tighter(of_domains: Room, of_region: Room) -> Room {
    Room {
        used: of_domains.used.max(of_region.used),
        allowed: match (of_domains.allowed, of_region.allowed) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (known, None) | (None, known) => known,
        },
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::region_is_less((2, Some(12)), (2, Some(4)), (2, Some(4)))]
    #[case::only_domains((1, Some(2)), (0, None), (1, Some(2)))]
    #[case::nothing_told((0, None), (0, None), (0, None))]
    fn the_tighter_limit_counts(
        #[case] domains: (u32, Option<u32>),
        #[case] region: (u32, Option<u32>),
        #[case] expected: (u32, Option<u32>),
    ) {
        let room = |(used, allowed)| Room { used, allowed };
        assert_eq!(tighter(room(domains), room(region)), room(expected));
    }
}
