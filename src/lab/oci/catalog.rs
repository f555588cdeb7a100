//! Shapes and platform images: what the region offers to every tenancy.

use axum::http::Method;
use serde_json::{Value, json};

use super::answer::{Answer, Outcome, Refusal};
use super::call::Call;
use super::collection::known_compartment;
use super::page;
use super::world::World;

/// A processor architecture, which decides what boots where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arch {
    Arm,
    X86,
}

/// A shape and the bounds of its flexible parts.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) processor: &'static str,
    arch: Arch,
    billing: &'static str,
    /// OCPUs of the fixed shape, or the least of a flexible one.
    pub(super) ocpus: f64,
    pub(super) most_ocpus: f64,
    /// Memory of the fixed shape, or the default for one OCPU.
    pub(super) memory: f64,
    pub(super) most_memory: f64,
    pub(super) flexible: bool,
    quotas: &'static [&'static str],
}

static SHAPES: [Shape; 2] = [
    Shape {
        name: "VM.Standard.A1.Flex",
        processor: "3.0 GHz Ampere® Altra™",
        arch: Arch::Arm,
        billing: "LIMITED_FREE",
        ocpus: 1.0,
        most_ocpus: 80.0,
        memory: 6.0,
        most_memory: 512.0,
        flexible: true,
        quotas: &["standard-a1-core-count", "standard-a1-memory-count"],
    },
    Shape {
        name: "VM.Standard.E2.1.Micro",
        processor: "2.0 GHz AMD EPYC™ 7551 (Naples)",
        arch: Arch::X86,
        billing: "ALWAYS_FREE",
        ocpus: 1.0,
        most_ocpus: 1.0,
        memory: 1.0,
        most_memory: 1.0,
        flexible: false,
        quotas: &["standard-e2-micro-core-count"],
    },
];

/// Systems of the platform images: name, version, architecture.
const SYSTEMS: [(&str, &str, Arch); 8] = [
    ("Canonical Ubuntu", "24.04", Arch::Arm),
    ("Canonical Ubuntu", "24.04", Arch::X86),
    ("Canonical Ubuntu", "24.04 Minimal aarch64", Arch::Arm),
    ("Canonical Ubuntu", "22.04", Arch::Arm),
    ("Canonical Ubuntu", "22.04", Arch::X86),
    ("Canonical Ubuntu", "22.04 Minimal aarch64", Arch::Arm),
    ("Oracle Linux", "9", Arch::Arm),
    ("Oracle Linux", "9", Arch::X86),
];

/// Days on which images appeared, newest first.
const RELEASES: [&str; 3] = ["2026-10-30", "2026-09-29", "2026-07-31"];

pub(super) fn shape(name: &str) -> Option<&'static Shape> {
    SHAPES.iter().find(|shape| shape.name == name)
}

/// Whether a domain has hosts for a shape at all.
pub(super) fn offered(world: &World, shape: &str, domain: &str) -> bool {
    let number = world.place.domain_number(domain);
    world
        .capacity
        .iter()
        .any(|row| row.shape == shape && Some(row.availability_domain) == number)
}

/// Routes for images and shapes; `None` when the path is not one of them.
pub(super) fn route(world: &World, call: &Call, rest: &[&str]) -> Option<Outcome> {
    let outcome = match rest {
        ["shapes"] => shapes(world, call),
        ["images"] => images(world, call),
        ["images", id] => image(world, id).map_or_else(
            || Err(Refusal::hidden()),
            |image| Ok(Answer::json(image).with("etag", "1")),
        ),
        ["images", id, "shapes"] => compatible(world, call, id),
        _ => return None,
    };
    Some(if call.method == Method::GET {
        outcome
    } else {
        Err(Refusal::no_such_route(&call.target))
    })
}

fn shapes(world: &World, call: &Call) -> Outcome {
    known_compartment(world, call.required("compartmentId")?)?;
    let arch = match call.query("imageId") {
        Some(id) => Some(image_arch(world, id).ok_or_else(|| Refusal::related(id))?),
        None => None,
    };
    let found = SHAPES
        .iter()
        .filter(|shape| {
            call.query("availabilityDomain")
                .is_none_or(|domain| offered(world, shape.name, domain))
                && call.query("shape").is_none_or(|name| shape.name == name)
                && arch.is_none_or(|arch| shape.arch == arch)
        })
        .map(shape_json)
        .collect();
    page::cut(world, call, found)
}

fn shape_json(shape: &Shape) -> Value {
    let flexible = |options: Value| if shape.flexible { options } else { Value::Null };
    json!({
        "shape": shape.name,
        "processorDescription": shape.processor,
        "ocpus": shape.ocpus,
        "memoryInGBs": shape.memory,
        "networkingBandwidthInGbps": 1.0,
        "maxVnicAttachments": 2,
        "gpus": 0,
        "localDisks": 0,
        "isLiveMigrationSupported": false,
        "isFlexible": shape.flexible,
        "billingType": shape.billing,
        "isBilledForStoppedInstance": false,
        "isSubcore": false,
        "quotaNames": shape.quotas,
        "ocpuOptions": flexible(
            json!({"min": shape.ocpus, "max": shape.most_ocpus, "maxPerNumaNode": null})
        ),
        "memoryOptions": flexible(json!({"minInGBs": 1.0, "maxInGBs": shape.most_memory,
            "defaultPerOcpuInGBs": shape.memory, "minPerOcpuInGBs": 1.0,
            "maxPerOcpuInGBs": 64.0})),
    })
}

/// Every platform image with its architecture, newest first.
fn all_images(world: &World) -> impl Iterator<Item = (Arch, Value)> {
    RELEASES.iter().flat_map(move |day| {
        SYSTEMS.iter().map(move |(system, version, arch)| {
            (*arch, image_json(world, system, version, *arch, day))
        })
    })
}

fn image_json(world: &World, system: &str, version: &str, arch: Arch, day: &str) -> Value {
    let suffix = if arch == Arch::Arm && !version.ends_with("aarch64") {
        "-aarch64"
    } else {
        ""
    };
    let name = format!(
        "{}-{}{suffix}-{}-0",
        system.replace(' ', "-"),
        version.replace(' ', "-"),
        day.replace('-', ".")
    );
    let region = world.place.region_key.to_lowercase();
    let tail: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_lowercase();
    json!({
        "id": format!("ocid1.image.oc1.{region}.aaaaaaaa{tail}"),
        "compartmentId": null,
        "displayName": name,
        "operatingSystem": system,
        "operatingSystemVersion": version,
        "lifecycleState": "AVAILABLE",
        "createImageAllowed": true,
        "launchMode": "NATIVE",
        "sizeInMBs": 47694,
        "billableSizeInGBs": 3,
        "timeCreated": format!("{day}T18:29:00.000Z"),
        "baseImageId": null,
        "launchOptions": {"bootVolumeType": "PARAVIRTUALIZED", "firmware": "UEFI_64",
            "networkType": "PARAVIRTUALIZED", "remoteDataVolumeType": "PARAVIRTUALIZED",
            "isPvEncryptionInTransitEnabled": true, "isConsistentVolumeNamingEnabled": true},
        "freeformTags": {},
        "definedTags": {},
        "listingType": "NONE",
    })
}

fn image(world: &World, id: &str) -> Option<Value> {
    all_images(world)
        .map(|(_, image)| image)
        .find(|image| image["id"] == id)
}

/// The newest image of Ubuntu 24.04 for A1.
pub(super) fn newest_ubuntu(world: &World) -> Option<Value> {
    all_images(world)
        .filter(|(arch, _)| *arch == Arch::Arm)
        .map(|(_, image)| image)
        .find(|image| {
            image["operatingSystem"] == "Canonical Ubuntu"
                && image["operatingSystemVersion"] == "24.04"
        })
}

fn image_arch(world: &World, id: &str) -> Option<Arch> {
    all_images(world)
        .find(|(_, image)| image["id"] == id)
        .map(|(arch, _)| arch)
}

/// Whether an image boots on a shape; `None` when there is no such image.
pub(super) fn boots_on(world: &World, image: &str, shape: &Shape) -> Option<bool> {
    image_arch(world, image).map(|arch| arch == shape.arch)
}

fn images(world: &World, call: &Call) -> Outcome {
    known_compartment(world, call.required("compartmentId")?)?;
    let wanted = call.query("shape").map(shape);
    let mut found: Vec<Value> = all_images(world)
        .filter(|(arch, _)| match wanted {
            None => true,
            Some(shape) => shape.is_some_and(|shape| shape.arch == *arch),
        })
        .map(|(_, image)| image)
        .filter(|image| {
            [
                "displayName",
                "operatingSystem",
                "operatingSystemVersion",
                "lifecycleState",
            ]
            .iter()
            .all(|name| call.query(name).is_none_or(|value| image[*name] == value))
        })
        .collect();
    if call.query("sortBy") == Some("DISPLAYNAME") {
        found.sort_by_key(|image| image["displayName"].to_string());
        if call.query("sortOrder") == Some("DESC") {
            found.reverse();
        }
    } else if call.query("sortOrder") == Some("ASC") {
        found.reverse();
    }
    page::cut(world, call, found)
}

fn compatible(world: &World, call: &Call, id: &str) -> Outcome {
    let arch = image_arch(world, id).ok_or_else(Refusal::hidden)?;
    let found = SHAPES
        .iter()
        .filter(|shape| shape.arch == arch)
        .map(|shape| json!({"imageId": id, "shape": shape.name}))
        .collect();
    page::cut(world, call, found)
}
