//! What stands of everything that limits and quotas count.

use serde_json::Value;

use super::limits::Where;
use super::world::{Resource, World};

/// What is used of a limit at a place. (Sums are folded from 0: the sum of no floating-point numbers
/// is -0.)
pub(super) fn of(world: &World, limit: &str, place: Where<'_>) -> f64 {
    match limit {
        "standard-a1-core-count" | "standard-a1-core-regional-count" => {
            of_shape(world, place, "VM.Standard.A1.Flex", "ocpus")
        }
        "standard-a1-memory-count" | "standard-a1-memory-regional-count" => {
            of_shape(world, place, "VM.Standard.A1.Flex", "memoryInGBs")
        }
        "standard-e2-micro-core-count" => of_shape(world, place, "VM.Standard.E2.1.Micro", "ocpus"),
        "total-storage-gb" => here(world, "bootVolumes", place)
            .filter_map(|volume| volume.body.get("sizeInGBs")?.as_f64())
            .fold(0.0, |sum, amount| sum + amount),
        "vcn-count" => count(here(world, "vcns", place)),
        "reserved-public-ip-count" => count(
            here(world, "publicIps", place)
                .filter(|address| address.text("lifetime") == "RESERVED"),
        ),
        _ => 0.0,
    }
}

fn here<'a>(
    world: &'a World,
    collection: &'a str,
    place: Where<'a>,
) -> impl Iterator<Item = &'a Resource> {
    let is = |resource: &Resource, field: &str, wanted: Option<&str>| {
        wanted.is_none_or(|wanted| resource.text(field) == wanted)
    };
    world.all(collection).filter(move |resource| {
        !resource.is_over()
            && is(resource, "availabilityDomain", place.domain)
            && is(resource, "compartmentId", place.compartment)
    })
}

fn of_shape(world: &World, place: Where<'_>, shape: &str, field: &str) -> f64 {
    here(world, "instances", place)
        .filter(|instance| instance.text("shape") == shape)
        .filter_map(|instance| instance.body.get("shapeConfig")?.get(field)?.as_f64())
        .fold(0.0, |sum, amount| sum + amount)
}

fn count<'a>(found: impl Iterator<Item = &'a Resource>) -> f64 {
    found.fold(0.0, |sum, _| sum + 1.0)
}

/// The texts of a list.
pub(super) fn texts(list: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = list.and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}
