//! OCI's own report of its room: a hint, known to contradict real launches.

use std::time::Duration;

use futures::future::try_join_all;
use jiff::SignedDuration;

use crate::domain::preflight::Verdict;
use crate::domain::topology::{A1_SHAPE, Node};
use crate::oci::model::{
    AskShapeAvailability, CapacityReport, CreateCapacityReport, ShapeAvailability, ShapeConfig,
};
use crate::preflight::check::{Answer, Check, Finding, LIMIT, Obstacle};
use crate::preflight::room::few;
use crate::preflight::scene::Scene;

pub(super) const CHECK: Check = Check {
    name: "capacity-report",
    proves: "OCI reports room for the nodes (a hint: only a launch proves it).",
    unknown: Verdict::Informs,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Answer {
    let (client, places) = (scene.signed_in().await?, scene.places().await?);
    let nodes = scene.added().await?;
    if nodes.is_empty() {
        return Ok(Finding::passed("every node is there already"));
    }
    if places.is_empty() {
        return Err(Obstacle::needs("no availability domain offers the shape"));
    }
    let sizes = sizes(&nodes);
    let asked = places.iter().map(|domain| {
        let question = CreateCapacityReport {
            compartment_id: client.profile().tenancy().to_owned(),
            availability_domain: (*domain).to_owned(),
            shape_availabilities: sizes.iter().copied().map(ask).collect(),
        };
        async move { client.capacity_report(&question).await }
    });
    let reports = try_join_all(asked.collect::<Vec<_>>()).await;
    let reports = reports.map_err(Obstacle::refused("get a capacity report"))?;
    let reports: Vec<(&str, &CapacityReport)> = places.iter().copied().zip(&reports).collect();
    Ok(judge(&reports, &sizes, scene.given.hunt_for))
}

/// The different sizes of node, by OCPUs and GB of memory.
fn sizes(nodes: &[Node]) -> Vec<(u32, u32)> {
    let mut sizes: Vec<(u32, u32)> = nodes
        .iter()
        .map(|node| (node.ocpus.0, node.memory.0))
        .collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

fn ask((ocpus, memory): (u32, u32)) -> AskShapeAvailability {
    AskShapeAvailability {
        instance_shape: A1_SHAPE.to_owned(),
        instance_shape_config: Some(ShapeConfig {
            ocpus: f64::from(ocpus),
            memory_in_gbs: f64::from(memory),
        }),
        fault_domain: None,
    }
}

/// An answer stands where its question stood.
fn judge(reports: &[(&str, &CapacityReport)], sizes: &[(u32, u32)], hunt_for: Duration) -> Finding {
    let has_room = |place: usize| {
        reports.iter().any(|(_, report)| {
            let answer = report.shape_availabilities.get(place);
            answer.is_some_and(ShapeAvailability::is_available)
        })
    };
    let without: Vec<String> = sizes
        .iter()
        .enumerate()
        .filter(|(place, _)| !has_room(*place))
        .map(|(_, (ocpus, memory))| format!("{ocpus} OCPU with {memory} GB"))
        .collect();
    let with: Vec<String> = reports
        .iter()
        .filter(|(_, report)| {
            let answers = &report.shape_availabilities;
            !answers.is_empty() && answers.iter().all(ShapeAvailability::is_available)
        })
        .map(|(domain, _)| (*domain).to_owned())
        .collect();
    if without.is_empty() {
        let where_ = match with.as_slice() {
            [] => "spread over the availability domains".to_owned(),
            with => format!("in {}", with.join(", ")),
        };
        return Finding::passed(format!("a hint: room for every size {where_}"));
    }
    let told = format!("a hint: no room for {} anywhere now", few(&without));
    if hunt_for.is_zero() {
        Finding::warns(told).next(
            "let the run hunt for capacity: [provision] until in cluster.toml, or --until 12h",
        )
    } else {
        let most = SignedDuration::try_from(hunt_for).unwrap_or(SignedDuration::MAX);
        Finding::informs(format!("{told}; the run will hunt for up to {most:#}"))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn report(statuses: &[&str]) -> CapacityReport {
        CapacityReport {
            availability_domain: String::new(),
            shape_availabilities: statuses
                .iter()
                .map(|status| ShapeAvailability {
                    availability_status: (*status).to_owned(),
                    ..ShapeAvailability::default()
                })
                .collect(),
        }
    }

    const YES: &str = "AVAILABLE";
    const NO: &str = "OUT_OF_HOST_CAPACITY";

    #[rstest]
    #[case::all(&[YES, YES], &[NO, NO], 12, Verdict::Passed, "room for every size in AD-1")]
    #[case::spread(&[YES, NO], &[NO, YES], 12, Verdict::Passed, "spread over")]
    #[case::hunts(&[YES, NO], &[NO, NO], 12, Verdict::Informs, "no room for 2 OCPU with 12 GB anywhere now; the run will hunt for up to 12h")]
    #[case::does_not_hunt(&[NO, NO], &[NO, NO], 0, Verdict::Warns, "1 OCPU with 6 GB, 2 OCPU with 12 GB")]
    #[case::says_nothing(&[], &[], 0, Verdict::Warns, "no room")]
    fn a_report_is_a_hint(
        #[case] one: &[&str],
        #[case] other: &[&str],
        #[case] hunt: u64,
        #[case] verdict: Verdict,
        #[case] evidence: &str,
    ) {
        let (one, other) = (report(one), report(other));
        let reports = [("AD-1", &one), ("AD-2", &other)];
        let finding = judge(&reports, &[(1, 6), (2, 12)], Duration::from_hours(hunt));
        assert_eq!(finding.verdict, verdict, "{finding:?}");
        assert!(finding.evidence.contains(evidence), "{finding:?}");
        assert!(finding.evidence.starts_with("a hint"), "{finding:?}");
    }
}
