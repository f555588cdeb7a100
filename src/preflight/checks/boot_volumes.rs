//! Room for boot volumes, and those that belong to no instance any more: they count all the same.

use std::collections::BTreeSet;

use futures::future::join_all;

use crate::domain::allowance::Usage;
use crate::domain::preflight::Verdict;
use crate::domain::units::Gigabytes;
use crate::oci::limit::VOLUME_GIGABYTES;
use crate::oci::model::{BootVolume, BootVolumeAttachment};
use crate::preflight::check::{Answer, Check, Finding, LIMIT, Obstacle};
use crate::preflight::room::{Room, few};
use crate::preflight::scene::Scene;

/// Pairs of compartment and availability domain whose attachments are asked for at most.
const MOST_PLACES: usize = 24;

pub(super) const CHECK: Check = Check {
    name: "boot-volumes",
    proves: "There is room for the boot volumes, and none is left over from a terminated instance.",
    unknown: Verdict::Warns,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

/// What there is of volumes.
struct Volumes {
    wanted: Gigabytes,
    used: Gigabytes,
    free: Gigabytes,
    room: Option<Room>,
    /// Name and size of each that no instance boots from, and all of them together.
    orphans: Vec<String>,
    orphaned: Gigabytes,
    /// Whether what may be an orphan could not be told everywhere.
    unsure: bool,
}

async fn run(scene: &Scene) -> Answer {
    let places = scene.places().await?;
    let room = scene.room_in("block-storage", VOLUME_GIGABYTES, &places);
    let room = room
        .await
        .map_err(Obstacle::refused("read the limit of volumes"))?;
    let wanted: Usage = scene.added().await?.iter().map(Usage::from).sum();
    let volumes = scene.volumes().await?;
    let there: Vec<(usize, &BootVolume)> = volumes
        .found
        .iter()
        .filter(|(_, one)| !one.lifecycle_state.is_gone() && !one.lifecycle_state.is_going())
        .map(|(place, one)| (*place, one))
        .collect();
    let (attached, unsure) = attached(scene, &there).await?;
    let orphans: Vec<&BootVolume> = there
        .iter()
        .map(|(_, one)| *one)
        .filter(|one| !unsure && !attached.contains(&one.id))
        .collect();
    Ok(judge(&Volumes {
        wanted: wanted.boot_volumes,
        used: there.iter().map(|(_, one)| size(one)).sum(),
        free: scene.config().allowance.allowance().boot_volumes,
        room,
        orphaned: orphans.iter().map(|one| size(one)).sum(),
        orphans: orphans
            .iter()
            .map(|one| format!("{} ({})", one.display_name, size(one)))
            .collect(),
        unsure: unsure || !volumes.unread.is_empty(),
    }))
}

fn size(volume: &BootVolume) -> Gigabytes {
    let size = volume.size_in_gbs.unwrap_or_default();
    Gigabytes(u32::try_from(size).unwrap_or(u32::MAX))
}

/// The volumes that instances boot from, and whether some could not be told. Attachments are listed
/// for a compartment and an availability domain: only those that hold volumes are asked.
async fn attached(
    scene: &Scene,
    volumes: &[(usize, &BootVolume)],
) -> Result<(BTreeSet<String>, bool), Obstacle> {
    let (client, compartments) = (scene.client()?, scene.compartments().await?);
    let places: BTreeSet<(&str, &str)> = volumes
        .iter()
        .filter_map(|(place, volume)| {
            let compartment = compartments.get(*place)?;
            Some((compartment.id.as_str(), volume.availability_domain.as_str()))
        })
        .collect();
    let unasked = places.len() > MOST_PLACES;
    let asked = places
        .into_iter()
        .take(MOST_PLACES)
        .map(|(compartment, domain)| {
            let query = [
                ("compartmentId", compartment),
                ("availabilityDomain", domain),
            ];
            async move { client.list::<BootVolumeAttachment>(&query).await }
        });
    let answers = join_all(asked.collect::<Vec<_>>()).await;
    let unsure = unasked || answers.iter().any(Result::is_err);
    let ids = answers.into_iter().flatten().flatten();
    let ids = ids.filter(|one| !one.lifecycle_state.is_gone());
    Ok((ids.map(|one| one.boot_volume_id).collect(), unsure))
}

fn judge(volumes: &Volumes) -> Finding {
    let Volumes {
        wanted, used, free, ..
    } = volumes;
    let mut told = format!("{wanted} wanted, {used} in use, {free} are free of charge");
    if let Some(room) = volumes.room {
        told = format!("{told}; limit: {room}");
    }
    if !volumes.orphans.is_empty() {
        let names = few(&volumes.orphans);
        told = format!("{told}; no instance boots from {names}");
    }
    if volumes.unsure {
        told = format!("{told}; not everything could be read");
    }
    let clear = "delete what nobody needs: Storage > Boot volumes in the console";
    let over = (*used + *wanted).over(*free);
    if volumes.room.is_some_and(|room| room.left < wanted.0) {
        return Finding::blocks(format!("the limit {VOLUME_GIGABYTES} is met: {told}")).next(clear);
    }
    if volumes.orphans.is_empty() {
        return Finding::passed(told);
    }
    if over > Gigabytes(0) && *wanted > Gigabytes(0) {
        return Finding::warns(told)
            .next(format!("{clear}; that would be {} less", volumes.orphaned));
    }
    Finding::informs(told).next(clear)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn volumes(wanted: u32, used: u32, left: u32, orphans: &[&str]) -> Volumes {
        Volumes {
            wanted: Gigabytes(wanted),
            used: Gigabytes(used),
            free: Gigabytes(200),
            room: Some(Room { used, left }),
            orphans: orphans.iter().map(ToString::to_string).collect(),
            orphaned: Gigabytes(47),
            unsure: false,
        }
    }

    #[rstest]
    #[case::room(volumes(150, 0, 5000, &[]), Verdict::Passed, "150 GB wanted, 0 GB in use", "")]
    #[case::met(volumes(150, 100, 100, &[]), Verdict::Blocks, "total-storage-gb is met", "delete")]
    #[case::orphan(volumes(50, 47, 153, &["old (47 GB)"]), Verdict::Informs, "boots from old (47 GB)", "delete")]
    #[case::orphan_costs(volumes(150, 97, 5000, &["old (47 GB)"]), Verdict::Warns, "boots from old", "47 GB less")]
    #[case::orphan_of_a_whole_cluster(volumes(0, 247, 5000, &["old (47 GB)"]), Verdict::Informs, "old", "delete")]
    fn room_and_orphans_are_told(
        #[case] volumes: Volumes,
        #[case] verdict: Verdict,
        #[case] evidence: &str,
        #[case] next: &str,
    ) {
        let finding = judge(&volumes);
        assert_eq!(finding.verdict, verdict, "{finding:?}");
        assert!(finding.evidence.contains(evidence), "{finding:?}");
        assert!(finding.next.contains(next), "{finding:?}");
    }

    #[test]
    fn many_orphans_are_named_in_part() {
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        let finding = judge(&volumes(0, 0, 0, &names));
        let told = "boots from a, b, c, d, e and 2 more";
        assert!(finding.evidence.contains(told), "{finding:?}");
    }
}
