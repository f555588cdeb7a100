//! The tenancy's live limits of A1, which hold for each availability domain and for the region: a
//! launch must fit in both.

use crate::domain::allowance::Usage;
use crate::domain::preflight::Verdict;
use crate::oci::limit::{A1_CORES, A1_CORES_REGIONAL, A1_MEMORY, A1_MEMORY_REGIONAL};
use crate::preflight::check::{Answer, Check, Finding, LIMIT, Obstacle};
use crate::preflight::room::{Room, a1_of, few};
use crate::preflight::scene::Scene;

pub(super) const CHECK: Check = Check {
    name: "a1-limits",
    proves: "The live limits of A1 cores and memory have room in both scopes.",
    unknown: Verdict::Warns,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

/// One of the two amounts that are limited.
struct Amount {
    unit: &'static str,
    wanted: u32,
    /// What the instances that really exist use.
    exists: u32,
    /// Each scope with its name, its limit and what is left of that.
    scopes: [(&'static str, &'static str, Option<Room>); 2],
}

async fn run(scene: &Scene) -> Answer {
    scene.signed_in().await?;
    let places = scene.places().await?;
    if places.is_empty() {
        return Err(Obstacle::needs("no availability domain offers the shape"));
    }
    let rooms = futures::try_join!(
        scene.room_in("compute", A1_CORES, &places),
        scene.room("compute", A1_CORES_REGIONAL, None),
        scene.room_in("compute", A1_MEMORY, &places),
        scene.room("compute", A1_MEMORY_REGIONAL, None),
    );
    let (cores, cores_regional, memory, memory_regional) =
        rooms.map_err(Obstacle::refused("read the limits"))?;
    let wanted: Usage = scene.added().await?.iter().map(Usage::from).sum();
    let instances = scene.instances().await?;
    let users: Vec<(String, Usage)> = instances
        .found
        .iter()
        .filter_map(|(_, one)| Some((one.display_name.clone(), a1_of(one)?)))
        .collect();
    let exists: Usage = users.iter().map(|(_, usage)| *usage).sum();
    let amounts = [
        Amount {
            unit: "OCPU",
            wanted: wanted.ocpus.0,
            exists: exists.ocpus.0,
            scopes: [
                ("the availability domains", A1_CORES, cores),
                ("the region", A1_CORES_REGIONAL, cores_regional),
            ],
        },
        Amount {
            unit: "GB",
            wanted: wanted.memory.0,
            exists: exists.memory.0,
            scopes: [
                ("the availability domains", A1_MEMORY, memory),
                ("the region", A1_MEMORY_REGIONAL, memory_regional),
            ],
        },
    ];
    let users: Vec<String> = users
        .iter()
        .map(|(name, usage)| format!("{name} ({usage})"))
        .collect();
    Ok(judge(&amounts, &users))
}

impl Amount {
    /// The scope that is met first.
    fn binding(&self) -> Option<(&'static str, &'static str, Room)> {
        self.scopes
            .iter()
            .filter_map(|(scope, limit, room)| Some((*scope, *limit, (*room)?)))
            .min_by_key(|(_, _, room)| room.left)
    }

    fn told(&self) -> String {
        match self.binding() {
            Some((scope, _, room)) => {
                format!("{} {} wanted, {room} in {scope}", self.wanted, self.unit)
            }
            None => format!(
                "{} {} wanted, the limit is not known",
                self.wanted, self.unit
            ),
        }
    }

    /// The limit without enough room, and whether it would have room if it counted what exists.
    fn exceeded(&self) -> Option<(&'static str, bool)> {
        let (_, limit, room) = self.binding()?;
        let value = room.used.saturating_add(room.left);
        let phantom = room.used > self.exists && self.wanted <= value.saturating_sub(self.exists);
        (self.wanted > room.left).then_some((limit, phantom))
    }
}

fn judge(amounts: &[Amount], users: &[String]) -> Finding {
    let told: Vec<String> = amounts.iter().map(Amount::told).collect();
    let told = told.join("; ");
    let exceeded: Vec<(&str, bool)> = amounts.iter().filter_map(Amount::exceeded).collect();
    let names: Vec<&str> = exceeded.iter().map(|(limit, _)| *limit).collect();
    let by = match users {
        [] => String::new(),
        users => format!("; used by {}", few(users)),
    };
    if exceeded.is_empty() {
        let unread = amounts.iter().any(|amount| amount.binding().is_none());
        return if unread {
            Finding::warns(told).next("look at Governance > Limits in the console")
        } else {
            Finding::passed(told)
        };
    }
    let met = if names.len() == 1 {
        "is met"
    } else {
        "are met"
    };
    let what = format!("{} {met}: {told}{by}", names.join(" and "));
    if exceeded.iter().all(|(_, phantom)| *phantom) {
        return Finding::warns(format!(
            "{what}; the limit counts more than the instances that exist use"
        ))
        .next(
            "what was terminated counts for up to an hour more: wait, or begin and let the run wait",
        );
    }
    Finding::blocks(what).next(
        "terminate what is not needed, use the layout compact, or ask Oracle for a higher limit \
         (Governance > Limits)",
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn amount(wanted: u32, exists: u32, domains: (u32, u32), region: (u32, u32)) -> Amount {
        let room = |(used, left)| Some(Room { used, left });
        Amount {
            unit: "OCPU",
            wanted,
            exists,
            scopes: [
                ("the availability domains", A1_CORES, room(domains)),
                ("the region", A1_CORES_REGIONAL, room(region)),
            ],
        }
    }

    #[rstest]
    #[case::room(amount(4, 0, (0, 48), (0, 16)), Verdict::Passed, "16 of 16 left in the region")]
    #[case::domain_binds(amount(4, 0, (0, 6), (0, 16)), Verdict::Passed, "6 of 6 left in the availability domains")]
    #[case::region_met(amount(4, 0, (0, 48), (0, 2)), Verdict::Blocks, "standard-a1-core-regional-count is met")]
    #[case::domain_met(amount(4, 2, (2, 0), (2, 2)), Verdict::Blocks, "standard-a1-core-count is met")]
    #[case::phantom(amount(2, 0, (2, 0), (2, 2)), Verdict::Warns, "counts more than the instances that exist")]
    #[case::phantom_but_too_small(amount(4, 0, (2, 0), (2, 0)), Verdict::Blocks, "is met")]
    #[case::nothing_wanted(amount(0, 2, (2, 0), (2, 0)), Verdict::Passed, "0 OCPU wanted")]
    fn the_scope_that_binds_is_named(
        #[case] amount: Amount,
        #[case] verdict: Verdict,
        #[case] evidence: &str,
    ) {
        let finding = judge(&[amount], &["build-box (2 OCPU, 12 GB)".to_owned()]);
        assert_eq!(finding.verdict, verdict, "{finding:?}");
        assert!(finding.evidence.contains(evidence), "{finding:?}");
        let named = finding.evidence.contains("build-box");
        assert_eq!(named, verdict != Verdict::Passed, "{finding:?}");
    }

    #[test]
    fn a_limit_that_cannot_be_read_is_not_taken_for_room() {
        let mut unread = amount(4, 0, (0, 0), (0, 0));
        for scope in &mut unread.scopes {
            scope.2 = None;
        }
        let finding = judge(&[unread], &[]);
        assert_eq!(finding.verdict, Verdict::Warns);
        assert!(finding.evidence.contains("not known"), "{finding:?}");
    }
}
