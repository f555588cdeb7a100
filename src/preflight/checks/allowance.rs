//! What the whole tenancy uses and the cluster will, against what is free of charge.

use crate::domain::allowance::{AllowanceCheck, Usage, UsedBy};
use crate::domain::preflight::Verdict;
use crate::domain::topology::CLUSTER_TAG;
use crate::domain::units::Gigabytes;
use crate::preflight::check::{Answer, Check, Finding, LIMIT};
use crate::preflight::room::{a1_of, few};
use crate::preflight::scene::Scene;

pub(super) const CHECK: Check = Check {
    name: "allowance",
    proves: "The cluster, with all that the tenancy runs already, stays within what is free.",
    unknown: Verdict::Warns,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Answer {
    let (instances, volumes) = futures::try_join!(scene.instances(), scene.volumes())?;
    let (compartments, own) = (scene.compartments().await?, scene.compartment()?);
    let cluster = &scene.config().cluster.name;
    let used_by: Vec<UsedBy> = instances
        .found
        .iter()
        .filter_map(|(place, instance)| {
            let usage = a1_of(instance)?;
            let compartment = compartments.get(*place)?;
            let here = compartment.id == own;
            Some(UsedBy {
                name: instance.display_name.clone(),
                compartment: if here {
                    String::new()
                } else {
                    compartment.name.clone()
                },
                ocpus: usage.ocpus,
                memory: usage.memory,
                ours: here && instance.freeform_tags.get(CLUSTER_TAG) == Some(cluster),
            })
        })
        .collect();
    let size = |by: &UsedBy| Usage {
        ocpus: by.ocpus,
        memory: by.memory,
        boot_volumes: Gigabytes(0),
    };
    let of_volumes = volumes
        .found
        .iter()
        .filter(|(_, one)| !one.lifecycle_state.is_gone() && !one.lifecycle_state.is_going())
        .map(|(_, one)| one.size_in_gbs.unwrap_or_default())
        .map(|size| Gigabytes(u32::try_from(size).unwrap_or(u32::MAX)));
    let mut used: Usage = used_by.iter().map(size).sum();
    used.boot_volumes = of_volumes.sum();
    let unread = instances.unread.len().max(volumes.unread.len());
    let unread = unread + instances.unasked;
    Ok(judge(&AllowanceCheck {
        allowance: scene.config().allowance.allowance(),
        used,
        ours: used_by.iter().filter(|by| by.ours).map(size).sum(),
        added: scene.added().await?.iter().map(Usage::from).sum(),
        available: None,
        used_by,
        unread: (unread > 0)
            .then(|| format!("{unread} compartments could not be read"))
            .into_iter()
            .collect(),
    }))
}

fn judge(check: &AllowanceCheck) -> Finding {
    let (total, free) = (check.total(), check.allowance.free());
    let mut told = vec![format!("{total} in use after the run, {free} are free")];
    let others = check.others();
    if !others.is_empty() {
        told.push(format!("others: {}", few(&others)));
    }
    told.extend(check.unread.iter().cloned());
    if check.over().is_empty() {
        let told = told.join("; ");
        return if check.unread.is_empty() {
            Finding::passed(told)
        } else {
            Finding::informs(told)
        };
    }
    let price = check.price();
    told.insert(0, format!("over by {}: about {price}", check.excess()));
    let told = told.join("; ");
    if !check.costs_more() {
        return Finding::informs(format!("{told}; the run adds nothing to that"));
    }
    Finding::warns(told).next(format!(
        "{}; apply goes beyond what is free only with --allow-paid ({})",
        check.fit(),
        check.allowance.basis()
    ))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::domain::allowance::{Allowance, usage};
    use crate::domain::units::Ocpus;

    fn other(name: &str) -> UsedBy {
        UsedBy {
            name: name.to_owned(),
            compartment: "tools".to_owned(),
            ocpus: Ocpus(1),
            memory: Gigabytes(6),
            ours: false,
        }
    }

    #[rstest]
    #[case::within(
        usage(0, 0, 0),
        usage(2, 12, 100),
        Verdict::Passed,
        "2 OCPU, 12 GB, 100 GB of boot volume in use"
    )]
    #[case::over(
        usage(0, 0, 0),
        usage(4, 24, 150),
        Verdict::Warns,
        "over by 2 OCPU, 12 GB: about $28.04/mo"
    )]
    #[case::with_others(
        usage(1, 6, 50),
        usage(2, 12, 100),
        Verdict::Warns,
        "over by 1 OCPU, 6 GB"
    )]
    #[case::over_already(usage(4, 24, 150), usage(0, 0, 0), Verdict::Informs, "adds nothing")]
    fn what_is_over_has_a_price(
        #[case] used: Usage,
        #[case] added: Usage,
        #[case] verdict: Verdict,
        #[case] evidence: &str,
    ) {
        let finding = judge(&AllowanceCheck {
            allowance: Allowance::ALWAYS_FREE,
            used,
            added,
            ..AllowanceCheck::default()
        });
        assert_eq!(finding.verdict, verdict, "{finding:?}");
        assert!(finding.evidence.contains(evidence), "{finding:?}");
        let paid = finding.next.contains("--allow-paid");
        assert_eq!(paid, verdict == Verdict::Warns, "{finding:?}");
    }

    #[test]
    fn who_else_uses_it_and_what_was_not_read_is_told() {
        let finding = judge(&AllowanceCheck {
            allowance: Allowance::PAYG_2025,
            used: usage(1, 6, 50),
            used_by: vec![other("build-box")],
            unread: vec!["2 compartments could not be read".to_owned()],
            ..AllowanceCheck::default()
        });
        assert_eq!(finding.verdict, Verdict::Informs);
        let told = "others: build-box in tools (1 OCPU, 6 GB); 2 compartments could not be read";
        assert!(finding.evidence.contains(told), "{finding:?}");
    }
}
