//! Public addresses: ephemeral ones that live with a private address, and reserved ones.

use std::net::Ipv4Addr;

use serde_json::{Map, Value};

use super::answer::{Answer, Outcome, Refusal};
use super::call::Call;
use super::collection;
use super::kinds;
use super::limits::{self, Where};
use super::schema::{self, Field, Type, must};
use super::world::{Resource, World};

/// The pools: the three ranges that RFC 5737 keeps for documentation.
const POOLS: [Ipv4Addr; 3] = [
    Ipv4Addr::new(203, 0, 113, 0),
    Ipv4Addr::new(198, 51, 100, 0),
    Ipv4Addr::new(192, 0, 2, 0),
];
const FIRST_HOST: u32 = 10;
const LAST_HOST: u32 = 250;

const BY_PRIVATE_IP: &[Field] = &[must("privateIpId", Type::Text)];
const BY_ADDRESS: &[Field] = &[must("ipAddress", Type::Text)];

type Body = Map<String, Value>;

fn text<'a>(body: &'a Body, field: &str) -> Option<&'a str> {
    body.get(field).and_then(Value::as_str)
}

fn free_address(world: &World) -> Option<String> {
    let taken: Vec<&str> = world
        .all("publicIps")
        .map(|address| address.text("ipAddress"))
        .collect();
    POOLS
        .iter()
        .flat_map(|pool| (FIRST_HOST..=LAST_HOST).map(|host| u32::from(*pool) + host))
        .map(|address| Ipv4Addr::from(address).to_string())
        .find(|address| !taken.contains(&address.as_str()))
}

fn assigned<'a>(world: &'a World, private_ip: &str) -> Option<&'a Resource> {
    world
        .all("publicIps")
        .find(|address| address.text("assignedEntityId") == private_ip)
}

pub(super) fn check(world: &World, body: &Body, changed: Option<&str>) -> Result<(), Refusal> {
    let private = text(body, "privateIpId").filter(|id| !id.is_empty());
    if let Some(id) = private {
        if world.living("privateIps", id).is_none() {
            return Err(Refusal::related(id));
        }
        if let Some(other) = assigned(world, id).filter(|other| Some(other.id()) != changed) {
            return Err(Refusal::conflict(format!(
                "The private IP {id} already has the public IP {}.",
                other.id()
            )));
        }
    }
    match (text(body, "lifetime"), private, changed) {
        (Some("RESERVED"), _, Some(_)) | (Some("EPHEMERAL"), Some(_), None) => Ok(()),
        (Some("RESERVED"), _, None) => {
            limits::room(world, Where::of(body), &[("reserved-public-ip-count", 1.0)])
        }
        (Some("EPHEMERAL"), None, None) => Err(Refusal::missing("privateIpId")),
        (Some("EPHEMERAL"), now, Some(id)) => {
            let before = world.get(id).map(|address| address.text("privateIpId"));
            if now == before {
                Ok(())
            } else {
                Err(Refusal::invalid(
                    "privateIpId of an ephemeral public IP cannot be changed",
                ))
            }
        }
        _ => Err(Refusal::invalid("lifetime must be EPHEMERAL or RESERVED")),
    }
}

pub(super) fn furnish(world: &mut World, id: &str) {
    let address = free_address(world);
    world.edit(id, |body| {
        body.insert("ipAddress".into(), address.into());
        body.insert("publicIpPoolId".into(), Value::Null);
    });
    follow(world, id);
}

/// Makes a public address say to what it is assigned, and its VNIC show it.
pub(super) fn follow(world: &mut World, id: &str) {
    let Some(public) = world.get(id) else { return };
    let address = public.text("ipAddress").to_owned();
    let target = world.living("privateIps", public.text("privateIpId"));
    let ephemeral = public.text("lifetime") == "EPHEMERAL";
    let domain = target
        .filter(|_| ephemeral)
        .map(|target| target.text("availabilityDomain").to_owned());
    let vnic = target.map(|target| target.text("vnicId").to_owned());
    let entity = target.map(|target| target.id().to_owned());
    let shown = world
        .all("vnics")
        .find(|vnic| vnic.text("publicIp") == address)
        .map(|vnic| vnic.id().to_owned());
    if let Some(before) = shown.filter(|before| Some(before) != vnic.as_ref()) {
        world.edit(&before, |body| {
            body.insert("publicIp".into(), Value::Null);
        });
    }
    if let Some(vnic) = vnic {
        world.edit(&vnic, |body| {
            body.insert("publicIp".into(), address.into());
        });
    }
    world.edit(id, |body| {
        let state = if entity.is_some() {
            "ASSIGNED"
        } else {
            "AVAILABLE"
        };
        let scope = if ephemeral {
            "AVAILABILITY_DOMAIN"
        } else {
            "REGION"
        };
        body.insert("lifecycleState".into(), state.into());
        body.insert("scope".into(), scope.into());
        body.insert("availabilityDomain".into(), domain.into());
        body.insert("privateIpId".into(), entity.clone().into());
        let kind = entity.as_ref().map(|_| "PRIVATE_IP");
        body.insert("assignedEntityType".into(), kind.into());
        body.insert("assignedEntityId".into(), entity.into());
    });
}

/// Gives an ephemeral public address to a private one.
pub(super) fn lend(world: &mut World, private_ip: &str) {
    let compartment = world
        .get(private_ip)
        .map(|address| address.text("compartmentId").to_owned());
    let mut body = Map::new();
    body.insert("compartmentId".into(), compartment.into());
    body.insert("lifetime".into(), "EPHEMERAL".into());
    body.insert("privateIpId".into(), private_ip.into());
    collection::fill_in(world, &kinds::PUBLIC_IP, &mut body);
    let id = world.add(&kinds::PUBLIC_IP, body);
    furnish(world, &id);
}

/// Ends what a private address was lent; a reserved address only becomes free.
pub(super) fn take_back(world: &mut World, private_ip: &str) {
    let Some(public) = assigned(world, private_ip) else {
        return;
    };
    let id = public.id().to_owned();
    let reserved = public.text("lifetime") == "RESERVED";
    release(world, &id);
    if !reserved {
        world.forget(&id);
    }
}

/// Takes a public address off whatever it is assigned to.
pub(super) fn release(world: &mut World, id: &str) {
    world.edit(id, |body| {
        body.insert("privateIpId".into(), Value::Null);
    });
    follow(world, id);
}

/// `publicIps/actions/…`: the two ways of finding an address by what it is.
pub(super) fn find(world: &World, call: &Call, action: &str) -> Outcome {
    let body = call.object()?;
    let (fields, name, field) = match action {
        "getByPrivateIpId" => (BY_PRIVATE_IP, "privateIpId", "assignedEntityId"),
        "getByIpAddress" => (BY_ADDRESS, "ipAddress", "ipAddress"),
        _ => return Err(Refusal::no_such_route(&call.target)),
    };
    schema::check(&body, fields, "")?;
    let wanted = text(&body, name).unwrap_or_default();
    world
        .all("publicIps")
        .find(|address| address.text(field) == wanted)
        .map(collection::show)
        .ok_or_else(Refusal::hidden)
}

/// An address that was given to another private one, or to none, says so.
pub(super) fn changed(world: &mut World, id: &str, before: &Body) {
    let same = world
        .get(id)
        .is_some_and(|address| text(&address.body, "privateIpId") == text(before, "privateIpId"));
    if !same {
        follow(world, id);
    }
}

/// `DeletePublicIp`: it is taken off whatever it is assigned to.
pub(super) fn delete(world: &mut World, id: &str, call: &Call) -> Outcome {
    let address = world.living("publicIps", id).ok_or_else(Refusal::hidden)?;
    collection::if_match(address, call)?;
    release(world, id);
    world.end(id);
    Ok(Answer::nothing())
}
