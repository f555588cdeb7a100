//! Compartment quotas: their routes, and the refusal of launches that exceed one.
//!
//! Quotas stand in the root compartment; their statements say for what they hold.

use axum::http::Method;
use serde_json::Value;

use super::answer::{Answer, Content, Outcome, Refusal};
use super::call::Call;
use super::collection;
use super::kinds;
use super::limits::{self, Where};
use super::network::{Body, text};
use super::statement::{self, Scope, Statement};
use super::usage;
use super::world::World;

/// Limits that exist for a domain and for the region; a quota must set both or leave no room.
const TWINS: [(&str, &str); 2] = [
    ("standard-a1-core-count", "standard-a1-core-regional-count"),
    (
        "standard-a1-memory-count",
        "standard-a1-memory-regional-count",
    ),
];

/// Routes below the quotas service's base path.
pub(super) fn route(world: &mut World, call: &Call, rest: &[&str]) -> Outcome {
    match (&call.method, rest) {
        (&Method::GET, ["quotas"]) => collection::list(world, &kinds::QUOTA, call).map(summaries),
        (&Method::POST, ["quotas"]) => collection::create(world, &kinds::QUOTA, call),
        (&Method::GET, ["quotas", id]) => collection::get(world, &kinds::QUOTA, id),
        (&Method::PUT, ["quotas", id]) => collection::update(world, &kinds::QUOTA, id, call),
        (&Method::DELETE, ["quotas", id]) => collection::delete(world, &kinds::QUOTA, id, call),
        _ => Err(Refusal::no_such_route(&call.target)),
    }
}

/// A list tells of quotas without their statements.
fn summaries(mut answer: Answer) -> Answer {
    if let Content::Json(Value::Array(items)) = &mut answer.content {
        for item in items.iter_mut().filter_map(Value::as_object_mut) {
            item.remove("statements");
        }
    }
    answer
}

pub(super) fn check(world: &World, body: &Body, changed: Option<&str>) -> Result<(), Refusal> {
    if text(body, "compartmentId") != Some(world.place.tenancy.as_str()) {
        return Err(Refusal::invalid(
            "compartmentId of a quota must be the root compartment",
        ));
    }
    let name = text(body, "name").unwrap_or_default();
    if let Some(other) = world
        .find("quotas", "name", name)
        .filter(|other| Some(other.id()) != changed)
    {
        return Err(Refusal::new(
            409,
            "NotAuthorizedOrResourceAlreadyExists",
            format!("The quota {name} exists already: {}", other.id()),
        ));
    }
    let statements: Vec<&str> = usage::texts(body.get("statements")).collect();
    if statements.is_empty() {
        return Err(Refusal::invalid("statements must not be empty"));
    }
    statements
        .into_iter()
        .try_for_each(|text| statement::parse(text, &world.place).map(|_| ()))
}

/// A quota has a name and no display name.
pub(super) fn furnish(world: &mut World, id: &str) {
    world.edit(id, |quota| {
        quota.remove("displayName");
        quota.insert("locks".into(), Value::Array(Vec::new()));
    });
}

/// Every statement in force with its quota's name, in the order in which they were laid.
fn statements(world: &World) -> Vec<(&str, Statement)> {
    world
        .all("quotas")
        .flat_map(|quota| {
            usage::texts(quota.body.get("statements"))
                .filter_map(|text| statement::parse(text, &world.place).ok())
                .map(|statement| (quota.text("name"), statement))
        })
        .collect()
}

/// The value that holds for a limit in a scope, and the quota that says so.
fn of<'a>(world: &'a World, limit: &str, scope: &Scope) -> Option<(&'a str, f64)> {
    statements(world)
        .into_iter()
        .rev()
        .find(|(_, statement)| statement.scope == *scope && statement.names.contains(&limit))
        .and_then(|(quota, statement)| Some((quota, statement.value?)))
}

/// The smallest value that quotas leave a compartment of a limit.
pub(super) fn effective(world: &World, limit: &str, compartment: Option<&str>) -> Option<f64> {
    scopes(compartment)
        .iter()
        .filter_map(|scope| of(world, limit, scope))
        .map(|(_, value)| value)
        .min_by(f64::total_cmp)
}

fn scopes(compartment: Option<&str>) -> Vec<Scope> {
    let compartment = compartment.map(|id| Scope::Compartment(id.to_owned()));
    [Some(Scope::Tenancy), compartment]
        .into_iter()
        .flatten()
        .collect()
}

/// Refuses what any quota does not allow, naming the limits and the quotas.
pub(super) fn room(world: &World, place: Where<'_>, wanted: &[(&str, f64)]) -> Result<(), Refusal> {
    let mut exceeded = Vec::new();
    for scope in scopes(place.compartment) {
        for (name, more) in wanted {
            exceeded.extend(exceeds(world, place, &scope, (name, *more)));
        }
    }
    if exceeded.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(
        400,
        "QuotaExceeded",
        format!(
            "The following compartment quotas were exceeded: {}.",
            exceeded.join(", ")
        ),
    ))
}

fn exceeds(
    world: &World,
    place: Where<'_>,
    scope: &Scope,
    (name, more): (&str, f64),
) -> Option<String> {
    let twin = TWINS.iter().find_map(|(one, other)| match name {
        name if name == *one => Some(*other),
        name if name == *other => Some(*one),
        _ => None,
    });
    // What is set for one scope only leaves nothing in the other.
    let without_twin = || {
        let (quota, _) = of(world, twin?, scope)?;
        Some((quota, 0.0))
    };
    let (quota, value) = of(world, name, scope).or_else(without_twin)?;
    let counted = Where {
        domain: place.domain.filter(|_| limits::is_per_domain(world, name)),
        compartment: match scope {
            Scope::Tenancy => None,
            Scope::Compartment(id) => Some(id),
        },
    };
    let used = usage::of(world, name, counted);
    (more > 0.0 && used + more > value).then(|| format!("{name} ({value} by quota {quota})"))
}
