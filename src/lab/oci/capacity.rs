//! What the hosts have left, fault domain by fault domain, and the report about it.

use serde_json::{Map, Value, json};

use super::answer::{Answer, Outcome, Refusal};
use super::call::Call;
use super::catalog;
use super::place::FAULT_DOMAINS;
use super::schema::{self, Field, Type, may, must};
use super::world::{World, stamp};
use crate::lab::scenario::{Capacity, Reported};

const SHAPE_CONFIG: &[Field] = &[
    may("ocpus", Type::Number),
    may("memoryInGBs", Type::Number),
    may("nvmes", Type::Whole),
    may("baselineOcpuUtilization", Type::Text),
];
const WANTED: &[Field] = &[
    must("instanceShape", Type::Text),
    may("instanceShapeConfig", Type::Shape(SHAPE_CONFIG)),
    may("faultDomain", Type::Text),
];
const REPORT: &[Field] = &[
    must("compartmentId", Type::Text),
    must("availabilityDomain", Type::Text),
    must("shapeAvailabilities", Type::Shapes(WANTED)),
];

/// A machine's size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) ocpus: f64,
    pub(super) memory: f64,
}

impl Size {
    /// Whether both are the same size; amounts are sums of what clients wrote, so nearly is enough.
    pub(super) fn is(self, other: Self) -> bool {
        let same = |one: f64, other: f64| (one - other).abs() < 0.001;
        same(self.ocpus, other.ocpus) && same(self.memory, other.memory)
    }
}

/// The rows that hold now for `shape` in a fault domain, or in a whole domain.
fn rows<'a>(
    world: &'a World,
    shape: &'a str,
    domain: &str,
    fault_domain: Option<&str>,
) -> impl Iterator<Item = &'a Capacity> {
    let number = world.place.domain_number(domain);
    let fault_number = fault_domain.and_then(|wanted| {
        let index = FAULT_DOMAINS.iter().position(|name| *name == wanted)?;
        u8::try_from(index + 1).ok()
    });
    world.capacity.iter().filter(move |row| {
        let here = match (row.fault_domain, fault_number) {
            (Some(row), Some(wanted)) => row == wanted,
            _ => true,
        };
        let age = |span| world.is_older_than(span);
        here && row.shape == shape
            && Some(row.availability_domain) == number
            && row.from.is_none_or(age)
            && !row.until.is_some_and(age)
    })
}

/// What is left for `shape` in one fault domain.
fn left(world: &World, shape: &str, domain: &str, fault_domain: &str) -> Size {
    let mut left = Size {
        ocpus: 0.0,
        memory: 0.0,
    };
    let rows = rows(world, shape, domain, Some(fault_domain));
    for row in rows {
        left.ocpus += row.ocpus;
        left.memory += row.memory_gb;
    }
    let here = world.all("instances").filter(|instance| {
        !instance.is_over()
            && instance.text("shape") == shape
            && instance.text("availabilityDomain") == domain
            && instance.text("faultDomain") == fault_domain
    });
    for instance in here {
        let amount = |field: &str| {
            let config = instance.body.get("shapeConfig");
            config
                .and_then(|config| config.get(field)?.as_f64())
                .unwrap_or_default()
        };
        left.ocpus -= amount("ocpus");
        left.memory -= amount("memoryInGBs");
    }
    left
}

/// The fault domain with most room for a machine, among those allowed.
pub(super) fn find(
    world: &World,
    shape: &str,
    domain: &str,
    wanted: Option<&str>,
    size: Size,
) -> Option<&'static str> {
    FAULT_DOMAINS
        .into_iter()
        .filter(|name| wanted.is_none_or(|wanted| wanted == *name))
        .map(|name| (name, left(world, shape, domain, name)))
        .filter(|(_, left)| left.ocpus >= size.ocpus && left.memory >= size.memory)
        .max_by(|(one, a), (other, b)| a.ocpus.total_cmp(&b.ocpus).then(other.cmp(one)))
        .map(|(name, _)| name)
}

/// `CreateComputeCapacityReport`: answers at once and keeps nothing.
pub(super) fn report(world: &World, call: &Call) -> Outcome {
    let body = call.object()?;
    schema::check(&body, REPORT, "")?;
    if body.get("compartmentId").and_then(Value::as_str) != Some(world.place.tenancy.as_str()) {
        return Err(Refusal::hidden());
    }
    let domain = body
        .get("availabilityDomain")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if world.place.domain_number(domain).is_none() {
        return Err(Refusal::invalid(format!(
            "availabilityDomain {domain} is not a domain of this tenancy"
        )));
    }
    let wanted = body.get("shapeAvailabilities").and_then(Value::as_array);
    let rows: Vec<Value> = wanted
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .map(|row| available(world, domain, row))
        .collect();
    Ok(Answer::json(json!({
        "compartmentId": world.place.tenancy,
        "availabilityDomain": domain,
        "timeCreated": stamp(world.now),
        "shapeAvailabilities": rows,
    })))
}

fn available(world: &World, domain: &str, row: &Map<String, Value>) -> Value {
    let text = |name: &str| row.get(name).and_then(Value::as_str);
    let name = text("instanceShape").unwrap_or_default();
    let shape = catalog::shape(name);
    let amount = |field: &str, default: f64| {
        let config = row.get("instanceShapeConfig");
        config
            .and_then(|config| config.get(field)?.as_f64())
            .unwrap_or(default)
    };
    let size = Size {
        ocpus: amount("ocpus", shape.map_or(1.0, |shape| shape.ocpus)),
        memory: amount("memoryInGBs", shape.map_or(1.0, |shape| shape.memory)),
    };
    let claim = rows(world, name, domain, text("faultDomain")).find_map(|row| row.report);
    let truth = || find(world, name, domain, text("faultDomain"), size).is_some();
    let status = if shape.is_none() || !catalog::offered(world, name, domain) {
        "HARDWARE_NOT_SUPPORTED"
    } else if claim.map_or_else(truth, |claim| claim == Reported::Available) {
        "AVAILABLE"
    } else {
        "OUT_OF_HOST_CAPACITY"
    };
    json!({
        "faultDomain": text("faultDomain"),
        "instanceShape": name,
        "instanceShapeConfig": row.get("instanceShapeConfig"),
        "availableCount": null,
        "availabilityStatus": status,
    })
}
