//! "Limit exceeded": whether it is so, or OCI's books lag behind launches that failed.
//!
//! Told by looking, not by what the limits service counts as used, which comes from the same books:
//! the instances that really exist, their sum, and the limit's own value.

use crate::domain::hunt::{LaunchAnswer, Place};
use crate::domain::plan::Step;
use crate::domain::problem::Problem;
use crate::domain::text;
use crate::domain::topology::A1_SHAPE;
use crate::oci::limit;
use crate::oci::model::{Instance, LimitValue};
use crate::provision::direct::Engine;
use crate::provision::direct::kinds::{Life, Model, life};

/// The limits that a launch must fit in, and what they count.
const LIMITS: [(&str, Amount); 4] = [
    (limit::A1_CORES, Amount::Cores),
    (limit::A1_CORES_REGIONAL, Amount::Cores),
    (limit::A1_MEMORY, Amount::Gigabytes),
    (limit::A1_MEMORY_REGIONAL, Amount::Gigabytes),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Amount {
    Cores,
    Gigabytes,
}

impl Amount {
    fn of(self, instance: &Instance) -> f64 {
        let size = instance.shape_config.unwrap_or_default();
        match self {
            Self::Cores => size.ocpus,
            Self::Gigabytes => size.memory_in_gbs,
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Cores => "OCPU",
            Self::Gigabytes => "GB",
        }
    }
}

/// A limit without room for what is wanted.
#[derive(Debug, PartialEq)]
struct Full {
    limit: &'static str,
    value: f64,
    used: f64,
    wanted: f64,
    amount: Amount,
}

impl Engine {
    /// What the refusal of a launch as over a limit means. Where nothing can be read, OCI is
    /// believed.
    pub(super) async fn limit_exceeded(
        &self,
        step: &Step,
        place: &Place,
        told: Problem,
    ) -> (LaunchAnswer, Problem) {
        let of_a1 = LIMITS.iter().any(|(name, _)| told.detail.contains(name));
        let Some(node) = self.node_of(step).filter(|_| of_a1) else {
            return (LaunchAnswer::Refused, told);
        };
        let (instances, values) = tokio::join!(self.a1_instances(), self.limit_values());
        let (Some(instances), Some(values)) = (instances, values) else {
            return (LaunchAnswer::Refused, told);
        };
        let wanted = (f64::from(node.ocpus.0), f64::from(node.memory.0));
        match full(&values, &instances, place, wanted) {
            Some(full) => (LaunchAnswer::Refused, used_up(told, &full, &instances)),
            None => (LaunchAnswer::PhantomLimit, lagging(told)),
        }
    }

    /// All A1 instances of the tenancy that are not gone: stopped ones count as well.
    async fn a1_instances(&self) -> Option<Vec<Instance>> {
        let client = &self.client;
        let compartments = client.compartments().await.ok()?;
        let across = client.across::<Instance>(&compartments).await;
        let unread = across.unread.iter().map(|(_, why)| why.as_str());
        for why in unread {
            tracing::info!(why, "a compartment's instances could not be read");
        }
        let instances = across.found.into_iter().map(|(_, instance)| instance);
        let there = instances.filter(|instance| {
            instance.shape == A1_SHAPE
                && !matches!(life(instance.state()), Life::Leaving | Life::Gone)
        });
        Some(there.collect())
    }

    async fn limit_values(&self) -> Option<Vec<LimitValue>> {
        let client = &self.client;
        let query = [
            ("compartmentId", client.profile().tenancy()),
            ("serviceName", "compute"),
        ];
        match client.list::<LimitValue>(&query).await {
            Ok(values) => Some(values),
            Err(error) => {
                tracing::warn!(%error, "the limits could not be read");
                None
            }
        }
    }
}

/// The first limit that what exists leaves no room in.
fn full(
    values: &[LimitValue],
    instances: &[Instance],
    place: &Place,
    (cores, gigabytes): (f64, f64),
) -> Option<Full> {
    LIMITS.iter().find_map(|(name, amount)| {
        let value = values.iter().find(|value| {
            let domain = value.availability_domain.as_deref();
            value.name == *name && domain.is_none_or(|domain| domain == place.availability_domain)
        })?;
        let here = |instance: &&Instance| {
            value.availability_domain.is_none()
                || instance.availability_domain == place.availability_domain
        };
        let used: f64 = instances.iter().filter(here).map(|i| amount.of(i)).sum();
        let wanted = match amount {
            Amount::Cores => cores,
            Amount::Gigabytes => gigabytes,
        };
        let most = i32::try_from(value.value?).map_or(f64::INFINITY, f64::from);
        (used + wanted > most).then_some(Full {
            limit: name,
            value: most,
            used,
            wanted,
            amount: *amount,
        })
    })
}

fn used_up(told: Problem, full: &Full, instances: &[Instance]) -> Problem {
    let named = instances.iter().map(|instance| {
        let amount = full.amount.of(instance);
        let name = text::line(&instance.display_name);
        format!("{name} ({amount} {})", full.amount.unit())
    });
    let named: Vec<String> = named.collect();
    let named = if named.is_empty() {
        "no instance".to_owned()
    } else {
        named.join(", ")
    };
    let unit = full.amount.unit();
    Problem {
        detail: format!(
            "{} is {} {unit}; {} of it are in use by {named}, and {} more are wanted. OCI said: {}",
            full.limit, full.value, full.used, full.wanted, told.detail
        ),
        next: "terminate what is not needed, use the compact layout, or ask Oracle for a higher \
               limit"
            .to_owned(),
        ..told
    }
}

fn lagging(told: Problem) -> Problem {
    Problem {
        next: "what exists leaves room, so OCI's books lag behind launches that failed; that can \
               last an hour: run it again later, or let it hunt (--until 12h)"
            .to_owned(),
        ..told
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn values(cores: i64, gigabytes: i64) -> Vec<LimitValue> {
        let rows = json!([
            {"name": limit::A1_CORES, "scopeType": "AD", "availabilityDomain": "AD-1", "value": cores},
            {"name": limit::A1_CORES, "scopeType": "AD", "availabilityDomain": "AD-2", "value": 0},
            {"name": limit::A1_CORES_REGIONAL, "scopeType": "REGION", "value": cores},
            {"name": limit::A1_MEMORY_REGIONAL, "scopeType": "REGION", "value": gigabytes},
        ]);
        serde_json::from_value(rows).unwrap()
    }

    fn instance(domain: &str, ocpus: u32, gigabytes: u32) -> Instance {
        let body = json!({
            "id": "ocid1", "displayName": "old", "shape": A1_SHAPE,
            "availabilityDomain": domain, "lifecycleState": "STOPPED",
            "shapeConfig": {"ocpus": ocpus, "memoryInGBs": gigabytes},
        });
        serde_json::from_value(body).unwrap()
    }

    #[rstest]
    #[case::room(4, 24, &[("AD-1", 2, 12)], "AD-1", None)]
    #[case::nothing_there(2, 12, &[], "AD-1", None)]
    #[case::cores(3, 24, &[("AD-1", 2, 12)], "AD-1", Some(limit::A1_CORES))]
    #[case::elsewhere_in_the_region(3, 24, &[("AD-2", 2, 6)], "AD-1", Some(limit::A1_CORES_REGIONAL))]
    #[case::memory(9, 20, &[("AD-1", 2, 12)], "AD-1", Some(limit::A1_MEMORY_REGIONAL))]
    #[case::no_such_place(4, 24, &[], "AD-2", Some(limit::A1_CORES))]
    fn a_limit_is_used_up_by_what_exists_and_by_nothing_else(
        #[case] cores: i64,
        #[case] gigabytes: i64,
        #[case] there: &[(&str, u32, u32)],
        #[case] domain: &str,
        #[case] full_one: Option<&str>,
    ) {
        let instances: Vec<Instance> = there
            .iter()
            .map(|(domain, ocpus, memory)| instance(domain, *ocpus, *memory))
            .collect();
        let place = Place {
            availability_domain: domain.to_owned(),
            fault_domain: None,
        };
        let found = full(&values(cores, gigabytes), &instances, &place, (2.0, 12.0));
        assert_eq!(found.map(|full| full.limit), full_one);
    }

    #[test]
    fn who_uses_a_limit_up_is_named_with_how_much() {
        let there = [instance("AD-1", 2, 12)];
        let place = Place {
            availability_domain: "AD-1".to_owned(),
            fault_domain: None,
        };
        let full = full(&values(3, 24), &there, &place, (2.0, 12.0)).unwrap();
        let told = Problem {
            title: "could not launch k3s-server in AD-1".to_owned(),
            detail: "LimitExceeded".to_owned(),
            next: String::new(),
            request_id: None,
        };
        insta::assert_snapshot!(used_up(told, &full, &there).detail, @"standard-a1-core-count is 3 OCPU; 2 of it are in use by old (2 OCPU), and 2 more are wanted. OCI said: LimitExceeded");
    }
}
