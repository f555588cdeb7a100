//! `LaunchInstance`: what an order may hold and why it is refused. [`super::machine`] carries it out.

use serde_json::{Map, Value, json};

use super::address;
use super::answer::{Answer, Content, Outcome, Refusal};
use super::call::Call;
use super::capacity::{self, Size};
use super::catalog::{self, Shape};
use super::collection;
use super::limits::{self, Where};
use super::machine;
use super::network::{Body, text};
use super::phantom;
use super::rush;
use super::schema::{self, Field, Type, may, must};
use super::work;
use super::world::World;

/// Metadata and extended metadata together may not be longer.
const MOST_METADATA: usize = 32_000;
const LEAST_BOOT_VOLUME: u64 = 50;

const VNIC_DETAILS: &[Field] = &[
    may("subnetId", Type::Id("subnets")),
    may("assignPublicIp", Type::Flag),
    may("assignPrivateDnsRecord", Type::Flag),
    may("assignIpv6Ip", Type::Flag),
    may("privateIp", Type::Text),
    may("hostnameLabel", Type::Text),
    may("skipSourceDestCheck", Type::Flag),
    may("nsgIds", Type::Texts),
    may("displayName", Type::Text),
    may("freeformTags", Type::TextMap),
    may("definedTags", Type::Object),
    may("securityAttributes", Type::Object),
];
const SHAPE_CONFIG: &[Field] = &[
    may("ocpus", Type::Number),
    may("memoryInGBs", Type::Number),
    may("vcpus", Type::Whole),
    may("baselineOcpuUtilization", Type::Text),
    may("nvmes", Type::Whole),
];
const SOURCE: &[Field] = &[
    must("sourceType", Type::Text),
    must("imageId", Type::Text),
    may("bootVolumeSizeInGBs", Type::Whole),
    may("bootVolumeVpusPerGB", Type::Whole),
    may("kmsKeyId", Type::Text),
];
const LAUNCH: &[Field] = &[
    must("availabilityDomain", Type::Text),
    must("compartmentId", Type::Text),
    must("shape", Type::Text),
    may("createVnicDetails", Type::Shape(VNIC_DETAILS)),
    may("sourceDetails", Type::Shape(SOURCE)),
    // Older forms of the two above, which Oracle's command line still sends.
    may("imageId", Type::Text),
    may("subnetId", Type::Text),
    may("shapeConfig", Type::Shape(SHAPE_CONFIG)),
    may("faultDomain", Type::Text),
    may("displayName", Type::Text),
    may("hostnameLabel", Type::Text),
    may("metadata", Type::TextMap),
    may("extendedMetadata", Type::Object),
    may("freeformTags", Type::TextMap),
    may("definedTags", Type::Object),
    may("securityAttributes", Type::Object),
    may("agentConfig", Type::Object),
    may("availabilityConfig", Type::Object),
    may("instanceOptions", Type::Object),
    may("launchOptions", Type::Object),
    may("isPvEncryptionInTransitEnabled", Type::Flag),
];

/// A launch that has been found in order.
pub(super) struct Order<'a> {
    pub(super) shape: &'static Shape,
    pub(super) size: Size,
    pub(super) domain: &'a str,
    pub(super) fault_domain: &'static str,
    pub(super) vnic: &'a Body,
    pub(super) source: &'a Body,
    pub(super) address: String,
}

pub(super) fn flag(body: &Body, field: &str) -> Option<bool> {
    body.get(field).and_then(Value::as_bool)
}

/// `LaunchInstance`.
pub(super) fn launch(world: &mut World, call: &Call) -> Outcome {
    rush::admit(world)?;
    collection::once(world, call, |world| {
        let mut body = call.object()?;
        schema::check(&body, LAUNCH, "")?;
        body.retain(|_, value| !value.is_null());
        collection::known_compartment(world, text(&body, "compartmentId").unwrap_or_default())?;
        modernise(&mut body);
        collection::references_live(world, &body, LAUNCH)?;
        let empty = Map::new();
        let part = |name: &str| body.get(name).and_then(Value::as_object).unwrap_or(&empty);
        let (vnic, source) = (part("createVnicDetails"), part("sourceDetails"));
        match review(world, &body, vnic, source) {
            Ok(order) => Ok(machine::build(world, &body, &order)),
            Err(refusal) => {
                if refusal == Refusal::out_of_capacity() {
                    phantom::leave(world, &body);
                }
                Err(refusal)
            }
        }
    })
    .map(|answer| match id_of(&answer) {
        Some(id) => work::begin(world, answer, "LAUNCH", &id),
        None => answer,
    })
}

fn id_of(answer: &Answer) -> Option<String> {
    match &answer.content {
        Content::Json(resource) => resource.get("id")?.as_str().map(str::to_owned),
        Content::Nothing | Content::Text(_) => None,
    }
}

/// Puts an image and a subnet that stand at the top where they belong.
fn modernise(body: &mut Body) {
    let image = body.remove("imageId");
    if let (Some(image), None) = (image, body.get("sourceDetails")) {
        let source = json!({"sourceType": "image", "imageId": image});
        body.insert("sourceDetails".into(), source);
    }
    let subnet = body.remove("subnetId");
    let vnic = body
        .entry("createVnicDetails")
        .or_insert_with(|| json!({}))
        .as_object_mut();
    if let (Some(subnet), Some(vnic)) = (subnet, vnic) {
        vnic.entry("subnetId").or_insert(subnet);
    }
}

fn review<'a>(
    world: &World,
    body: &'a Body,
    vnic: &'a Body,
    source: &'a Body,
) -> Result<Order<'a>, Refusal> {
    let domain = text(body, "availabilityDomain").unwrap_or_default();
    if world.place.domain_number(domain).is_none() {
        return Err(Refusal::invalid(format!(
            "availabilityDomain {domain} is not a domain of this tenancy"
        )));
    }
    let name = text(body, "shape").unwrap_or_default();
    let shape = catalog::shape(name)
        .filter(|shape| catalog::offered(world, shape.name, domain))
        .ok_or_else(|| {
            Refusal::new(
                404,
                "NotAuthorizedOrNotFound",
                format!("shape {name} not found"),
            )
        })?;
    check_source(world, source, shape)?;
    check_metadata(body)?;
    let size = size(body, shape)?;
    let address = check_vnic(world, vnic)?;
    check_limits(world, shape, size, Where::of(body), boot_size(source))?;
    let fault_domain = capacity::find(world, name, domain, text(body, "faultDomain"), size)
        .ok_or_else(Refusal::out_of_capacity)?;
    Ok(Order {
        shape,
        size,
        domain,
        fault_domain,
        vnic,
        source,
        address,
    })
}

fn check_source(world: &World, source: &Body, shape: &Shape) -> Result<(), Refusal> {
    if source.is_empty() {
        return Err(Refusal::missing("sourceDetails"));
    }
    if text(source, "sourceType") != Some("image") {
        return Err(Refusal::invalid("sourceDetails.sourceType must be image"));
    }
    let image = text(source, "imageId").unwrap_or_default();
    match catalog::boots_on(world, image, shape) {
        None => return Err(Refusal::related(image)),
        Some(false) => {
            return Err(Refusal::invalid(format!(
                "Shape {} is not valid for image {image}.",
                shape.name
            )));
        }
        Some(true) => {}
    }
    if boot_size(source) < LEAST_BOOT_VOLUME {
        return Err(Refusal::invalid(format!(
            "sourceDetails.bootVolumeSizeInGBs must be at least {LEAST_BOOT_VOLUME}"
        )));
    }
    Ok(())
}

pub(super) fn boot_size(source: &Body) -> u64 {
    source
        .get("bootVolumeSizeInGBs")
        .and_then(Value::as_u64)
        .unwrap_or(LEAST_BOOT_VOLUME)
}

pub(super) fn check_metadata(body: &Body) -> Result<(), Refusal> {
    let length: usize = ["metadata", "extendedMetadata"]
        .iter()
        .filter_map(|field| body.get(*field))
        .map(|value| value.to_string().len())
        .sum();
    if length > MOST_METADATA {
        return Err(Refusal::invalid(format!(
            "metadata and extendedMetadata together are {length} bytes; the limit is {MOST_METADATA}"
        )));
    }
    Ok(())
}

pub(super) fn size(body: &Body, shape: &Shape) -> Result<Size, Refusal> {
    let config = body.get("shapeConfig").and_then(Value::as_object);
    let amount = |field: &str| config.and_then(|config| config.get(field)?.as_f64());
    if !shape.flexible {
        return Ok(Size {
            ocpus: shape.ocpus,
            memory: shape.memory,
        });
    }
    let Some(ocpus) = amount("ocpus") else {
        return Err(Refusal::missing("shapeConfig.ocpus"));
    };
    if !(shape.ocpus..=shape.most_ocpus).contains(&ocpus) {
        return Err(Refusal::invalid(format!(
            "shapeConfig.ocpus {ocpus} is not in {}..{}",
            shape.ocpus, shape.most_ocpus
        )));
    }
    let memory = amount("memoryInGBs").unwrap_or(ocpus * shape.memory);
    let most = (ocpus * 64.0).min(shape.most_memory);
    if !(ocpus..=most).contains(&memory) {
        return Err(Refusal::invalid(format!(
            "shapeConfig.memoryInGBs {memory} is not in {ocpus}..{most}"
        )));
    }
    Ok(Size { ocpus, memory })
}

/// Checks the VNIC that comes with the instance and picks its private address.
fn check_vnic(world: &World, vnic: &Body) -> Result<String, Refusal> {
    let id =
        text(vnic, "subnetId").ok_or_else(|| Refusal::missing("createVnicDetails.subnetId"))?;
    let address = address::pick(world, id, text(vnic, "privateIp"))?;
    let prohibited = world
        .get(id)
        .and_then(|subnet| flag(&subnet.body, "prohibitPublicIpOnVnic"))
        .unwrap_or(false);
    if prohibited && flag(vnic, "assignPublicIp") == Some(true) {
        return Err(Refusal::invalid(format!(
            "createVnicDetails.assignPublicIp cannot be true: subnet {id} prohibits public IPs"
        )));
    }
    Ok(address)
}

fn check_limits(
    world: &World,
    shape: &Shape,
    size: Size,
    place: Where<'_>,
    boot_size: u64,
) -> Result<(), Refusal> {
    if shape.flexible {
        limits::room(world, place, &limits::of_a1(size))?;
    } else {
        limits::room(
            world,
            place,
            &[("standard-e2-micro-core-count", size.ocpus)],
        )?;
    }
    let boot_size = u32::try_from(boot_size).map_or(f64::INFINITY, f64::from);
    limits::room(world, place, &[("total-storage-gb", boot_size)])
}
