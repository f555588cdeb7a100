//! The limits service: values, what is used of them, and the refusal of what exceeds them.

use axum::http::Method;
use serde_json::{Value, json};

use super::answer::{Answer, Outcome, Refusal};
use super::call::Call;
use super::page;
use super::world::{Resource, World};
use crate::lab::scenario::{Limit, Scope};

const SERVICES: [(&str, &str); 3] = [
    ("block-storage", "Block Volume"),
    ("compute", "Compute"),
    ("vcn", "Virtual Cloud Network"),
];

/// Routes below the limits service's base path.
pub(super) fn route(world: &World, call: &Call, rest: &[&str]) -> Outcome {
    if call.method != Method::GET {
        return Err(Refusal::no_such_route(&call.target));
    }
    let compartment = call.required("compartmentId")?;
    let of_a_limit = rest.last() == Some(&"resourceAvailability");
    if compartment != world.place.tenancy
        && !(of_a_limit && world.place.has_compartment(compartment))
    {
        return Err(Refusal::hidden());
    }
    match rest {
        ["services"] => page::cut(world, call, services()),
        ["limitValues"] => page::cut(world, call, values(world, call)?),
        ["limitDefinitions"] => page::cut(world, call, definitions(world, call)),
        ["services", service, "limits", name, "resourceAvailability"] => {
            availability(world, call, service, name)
        }
        _ => Err(Refusal::no_such_route(&call.target)),
    }
}

fn services() -> Vec<Value> {
    SERVICES
        .iter()
        .map(|(name, description)| json!({"name": name, "description": description}))
        .collect()
}

fn values(world: &World, call: &Call) -> Result<Vec<Value>, Refusal> {
    let service = call.required("serviceName")?;
    if !SERVICES.iter().any(|(name, _)| *name == service) {
        return Err(Refusal::hidden());
    }
    let mut values = Vec::new();
    let limits = world.limits.iter().filter(|limit| {
        limit.service == service && call.query("name").is_none_or(|name| limit.name == name)
    });
    for limit in limits {
        let value = |domain: Option<&String>| {
            json!({
                "name": limit.name,
                "scopeType": scope_name(limit.scope),
                "availabilityDomain": domain,
                "value": limit.value,
            })
        };
        match limit.scope {
            Scope::Region => values.push(value(None)),
            Scope::AvailabilityDomain => {
                values.extend(world.place.domains.iter().map(|domain| value(Some(domain))));
            }
        }
    }
    let domain = call.query("availabilityDomain");
    let scope = call.query("scopeType");
    values.retain(|value| {
        domain.is_none_or(|domain| value["availabilityDomain"] == domain)
            && scope.is_none_or(|scope| value["scopeType"] == scope)
    });
    Ok(values)
}

fn scope_name(scope: Scope) -> &'static str {
    match scope {
        Scope::AvailabilityDomain => "AD",
        Scope::Region => "REGION",
    }
}

fn definitions(world: &World, call: &Call) -> Vec<Value> {
    world
        .limits
        .iter()
        .filter(|limit| {
            call.query("serviceName")
                .is_none_or(|service| limit.service == service)
                && call.query("name").is_none_or(|name| limit.name == name)
        })
        .map(|limit| {
            json!({
                "name": limit.name,
                "serviceName": limit.service,
                "description": limit.name.replace('-', " "),
                "scopeType": scope_name(limit.scope),
                "areQuotasSupported": true,
                "isResourceAvailabilitySupported": true,
                "isDeprecated": false,
                "isEligibleForLimitIncrease": true,
                "isDynamic": false,
            })
        })
        .collect()
}

fn availability(world: &World, call: &Call, service: &str, name: &str) -> Outcome {
    let limit = world
        .limits
        .iter()
        .find(|limit| limit.service == service && limit.name == name)
        .ok_or_else(Refusal::hidden)?;
    let domain = call.query("availabilityDomain");
    match (limit.scope, domain) {
        (Scope::Region, Some(_)) => {
            return Err(Refusal::invalid(
                "Parameter 'availabilityDomain' should be null for this limit's scope type",
            ));
        }
        (Scope::AvailabilityDomain, None) => {
            return Err(Refusal::invalid(
                "Parameter 'availabilityDomain' should not be null for this limit's scope type",
            ));
        }
        (Scope::AvailabilityDomain, Some(name)) if world.place.domain_number(name).is_none() => {
            return Err(Refusal::invalid(format!(
                "availabilityDomain {name} is not a domain of this tenancy"
            )));
        }
        _ => {}
    }
    let used = used(world, limit, domain);
    let left = (f64::from(limit.value) - used).max(0.0);
    Ok(Answer::json(json!({
        "used": whole(used.ceil()),
        "available": whole(left.floor()),
        "fractionalUsage": used,
        "fractionalAvailability": left,
        "effectiveQuotaValue": null,
    })))
}

/// An amount without its fraction, as JSON writes whole numbers.
fn whole(amount: f64) -> Value {
    let digits = format!("{amount:.0}");
    digits.parse::<u64>().map_or(Value::Null, Value::from)
}

/// What is used of a limit, in `domain` where the limit holds there. (Sums are folded from 0: the
/// sum of no floating-point numbers is -0.)
fn used(world: &World, limit: &Limit, domain: Option<&str>) -> f64 {
    let here = |resource: &&Resource| {
        !resource.is_over()
            && domain.is_none_or(|domain| resource.text("availabilityDomain") == domain)
    };
    let of_shape = |shape: &str, field: &str| {
        world
            .all("instances")
            .filter(here)
            .filter(|instance| instance.text("shape") == shape)
            .filter_map(|instance| instance.body.get("shapeConfig")?.get(field)?.as_f64())
            .fold(0.0, |sum, amount| sum + amount)
    };
    match limit.name.as_str() {
        "standard-a1-core-count" | "standard-a1-core-regional-count" => {
            of_shape("VM.Standard.A1.Flex", "ocpus")
        }
        "standard-a1-memory-count" | "standard-a1-memory-regional-count" => {
            of_shape("VM.Standard.A1.Flex", "memoryInGBs")
        }
        "standard-e2-micro-core-count" => of_shape("VM.Standard.E2.1.Micro", "ocpus"),
        "total-storage-gb" => world
            .all("bootVolumes")
            .filter(here)
            .filter_map(|volume| volume.body.get("sizeInGBs")?.as_f64())
            .fold(0.0, |sum, amount| sum + amount),
        "vcn-count" => world.all("vcns").filter(here).fold(0.0, |sum, _| sum + 1.0),
        "reserved-public-ip-count" => world
            .all("publicIps")
            .filter(|address| address.text("lifetime") == "RESERVED")
            .fold(0.0, |sum, _| sum + 1.0),
        _ => 0.0,
    }
}

/// Whether `more` of the named limit is still within it.
fn has_room(world: &World, name: &str, domain: Option<&str>, more: f64) -> bool {
    world
        .limits
        .iter()
        .filter(|limit| limit.name == name)
        .all(|limit| {
            let domain = domain.filter(|_| limit.scope == Scope::AvailabilityDomain);
            used(world, limit, domain) + more <= f64::from(limit.value)
        })
}

/// Refuses what one limit does not allow.
pub(super) fn room(
    world: &World,
    name: &str,
    domain: Option<&str>,
    more: f64,
) -> Result<(), Refusal> {
    room_in_all(world, domain, &[(name, more)])
}

/// Refuses what any of these limits does not allow, naming all that are exceeded.
pub(super) fn room_in_all(
    world: &World,
    domain: Option<&str>,
    wanted: &[(&str, f64)],
) -> Result<(), Refusal> {
    let exceeded: Vec<&str> = wanted
        .iter()
        .filter(|(name, more)| !has_room(world, name, domain, *more))
        .map(|(name, _)| *name)
        .collect();
    if exceeded.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(
        400,
        "LimitExceeded",
        format!(
            "The following service limits were exceeded: {}. Request a service limit increase from the service limits page in the console. ",
            exceeded.join(", ")
        ),
    ))
}
