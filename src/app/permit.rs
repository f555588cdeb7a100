//! Whether a plan may be carried out: within the tenancy's limits always, and beyond what is free
//! only where that was allowed.
//!
//! A refusal names what is over, who else uses it, what the rest costs, and what would fit.

use crate::domain::allowance::{AllowanceCheck, Fit};
use crate::domain::plan::Plan;

/// Why a plan is not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .over.title())]
pub struct Barred {
    /// What it is over.
    pub over: Over,
    /// The evidence, line by line.
    pub evidence: Vec<String>,
    /// What would fit.
    pub fit: Fit,
}

/// What a plan can be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// What the tenancy may have, whoever pays.
    Limits,
    /// What costs nothing, and nobody allowed that it costs.
    Allowance,
}

impl Over {
    fn title(self) -> &'static str {
        match self {
            Self::Limits => "the plan is over the tenancy's limits",
            Self::Allowance => "the plan is over the free allowance",
        }
    }
}

impl Barred {
    fn by(over: Over, mut evidence: Vec<String>, fit: Fit, check: &AllowanceCheck) -> Self {
        let others = check.others();
        if !others.is_empty() {
            evidence.push(format!("others use some of it: {}", others.join(", ")));
        }
        evidence.extend(check.unread.iter().cloned());
        evidence.push(fit.to_string());
        Self {
            over,
            evidence,
            fit,
        }
    }

    /// What to do about it; `pay` says how the cost is allowed.
    pub fn next(&self, pay: &str) -> String {
        let smaller = match self.fit {
            Fit::Compact => "set layout = \"compact\" under [cluster] in cluster.toml",
            Fit::Plan | Fit::Smaller { .. } => {
                "choose smaller nodes (layout = \"custom\" in cluster.toml), or remove what others use"
            }
        };
        match self.over {
            Over::Limits => format!("{smaller}, or ask Oracle for higher limits"),
            Over::Allowance => format!("{smaller}, or {pay}"),
        }
    }
}

/// Whether `plan` may be carried out.
pub fn permit(plan: &Plan, allow_paid: bool) -> Result<(), Barred> {
    let check = &plan.allowance;
    let beyond = check.beyond_limits();
    if !beyond.is_empty() {
        let fit = check.fit_limits();
        return Err(Barred::by(Over::Limits, beyond, fit, check));
    }
    if check.costs_more() && !allow_paid {
        let mut evidence = check.over();
        let basis = check.allowance.basis();
        evidence.push(format!("the rest costs about {} ({basis})", check.price()));
        return Err(Barred::by(Over::Allowance, evidence, check.fit(), check));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::allowance::{Usage, UsedBy, usage};
    use crate::domain::plan::Operation;
    use crate::domain::units::Ocpus;

    fn plan(used: Usage, available: Usage) -> Plan {
        let name = "build-box".to_owned();
        let other = UsedBy {
            name,
            ocpus: used.ocpus,
            memory: used.memory,
            ..UsedBy::default()
        };
        Plan {
            cluster: "k3s".to_owned(),
            operation: Operation::Apply,
            region: "eu-frankfurt-1".to_owned(),
            steps: Vec::new(),
            allowance: AllowanceCheck {
                used,
                added: usage(4, 24, 150),
                available: Some(available),
                used_by: Some(other)
                    .filter(|by| by.ocpus > Ocpus(0))
                    .into_iter()
                    .collect(),
                ..AllowanceCheck::default()
            },
            image: None,
            spared: Vec::new(),
            records: Vec::new(),
            note: None,
        }
    }

    #[test]
    fn what_costs_is_refused_with_its_price_and_what_fits_and_can_be_allowed() {
        let plan = plan(Usage::default(), usage(8, 48, 200));
        let barred = permit(&plan, false).unwrap_err();
        assert_eq!(
            barred.evidence,
            [
                "4 OCPU where 2 are free",
                "24 GB of memory where 12 are free",
                "the rest costs about $28.04/mo (744 hours, prices as published on 2026-10-01)",
                "the layout `compact` fits (2 OCPU, 12 GB, 100 GB of boot volume)",
            ]
        );
        let next = barred.next("give --allow-paid");
        assert!(next.contains("compact") && next.ends_with("or give --allow-paid"));
        assert_eq!(permit(&plan, true), Ok(()));
    }

    #[test]
    fn a_limit_is_refused_whoever_pays_and_names_who_uses_it() {
        let plan = plan(usage(1, 6, 50), usage(1, 6, 150));
        let barred = permit(&plan, true).unwrap_err();
        assert_eq!(
            barred.evidence,
            [
                "4 A1 OCPUs wanted, 1 left",
                "24 GB of A1 memory wanted, 6 left",
                "others use some of it: build-box (1 OCPU, 6 GB)",
                "a cluster smaller by 3 OCPU, 18 GB fits: 1 OCPU, 6 GB, 150 GB of boot volume left \
                 for it",
            ]
        );
        assert!(!barred.next("give --allow-paid").contains("--allow-paid"));
    }
}
