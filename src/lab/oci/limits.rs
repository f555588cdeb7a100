//! The limits service: values, what is left of them, and the refusal of what exceeds them.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::answer::{Answer, Outcome, Refusal};
use super::call::Call;
use super::capacity::Size;
use super::page;
use super::phantom;
use super::quota;
use super::usage;
use super::world::World;
use crate::lab::scenario::Scope;

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
    let place = |compartment| Where {
        domain,
        compartment,
    };
    let used = usage::of(world, name, place(None)) + phantom::shown(world, name, domain);
    let compartment = call.query("compartmentId");
    let quota = quota::effective(world, name, compartment);
    let of_limit = f64::from(limit.value) - used;
    let of_quota = quota.map(|quota| quota - usage::of(world, name, place(compartment)));
    let left = of_quota
        .map_or(of_limit, |left| left.min(of_limit))
        .max(0.0);
    Ok(Answer::json(json!({
        "used": whole(used.ceil()),
        "available": whole(left.floor()),
        "fractionalUsage": used,
        "fractionalAvailability": left,
        "effectiveQuotaValue": quota,
    })))
}

/// An amount without its fraction, as JSON writes whole numbers.
fn whole(amount: f64) -> Value {
    let digits = format!("{amount:.0}");
    digits.parse::<u64>().map_or(Value::Null, Value::from)
}

/// Where something more is to stand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Where<'a> {
    pub(super) domain: Option<&'a str>,
    pub(super) compartment: Option<&'a str>,
}

impl<'a> Where<'a> {
    /// Where a resource's body says that it is or is to be.
    pub(super) fn of(body: &'a Map<String, Value>) -> Self {
        let text = |field: &str| body.get(field).and_then(Value::as_str);
        Self {
            domain: text("availabilityDomain"),
            compartment: text("compartmentId"),
        }
    }
}

/// The limits that a machine of A1 takes from.
pub(super) fn of_a1(size: Size) -> [(&'static str, f64); 4] {
    [
        ("standard-a1-memory-count", size.memory),
        ("standard-a1-memory-regional-count", size.memory),
        ("standard-a1-core-count", size.ocpus),
        ("standard-a1-core-regional-count", size.ocpus),
    ]
}

/// Whether `more` of the named limit is still within it.
fn has_room(world: &World, name: &str, place: Where<'_>, more: f64) -> bool {
    world
        .limits
        .iter()
        .filter(|limit| limit.name == name)
        .all(|limit| {
            let place = Where {
                domain: place
                    .domain
                    .filter(|_| limit.scope == Scope::AvailabilityDomain),
                compartment: None,
            };
            let used = usage::of(world, name, place) + phantom::of(world, name, place.domain);
            more <= 0.0 || used + more <= f64::from(limit.value)
        })
}

/// Whether a limit holds for each availability domain.
pub(super) fn is_per_domain(world: &World, name: &str) -> bool {
    let limit = world.limits.iter().find(|limit| limit.name == name);
    limit.is_some_and(|limit| limit.scope == Scope::AvailabilityDomain)
}

/// Refuses what any of these limits, or a quota, does not allow, naming all that are exceeded.
pub(super) fn room(world: &World, place: Where<'_>, wanted: &[(&str, f64)]) -> Result<(), Refusal> {
    let exceeded: Vec<&str> = wanted
        .iter()
        .filter(|(name, more)| !has_room(world, name, place, *more))
        .map(|(name, _)| *name)
        .collect();
    if exceeded.is_empty() {
        return quota::room(world, place, wanted);
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
