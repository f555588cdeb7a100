//! Usage that is not there: what a launch that found no host took stays counted for a while.
//!
//! Service limits count it, so later launches are refused although no instance stands; whether the
//! limits service shows it is the scenario's choice.

use jiff::Timestamp;

use super::network::{Body, text};
use super::world::World;
use crate::lab::scenario;

/// The plan and what is counted at the moment.
#[derive(Debug, Default)]
pub(super) struct Phantoms {
    pub(super) plan: Option<scenario::Phantom>,
    counted: Vec<Phantom>,
}

#[derive(Debug)]
struct Phantom {
    until: Timestamp,
    domain: String,
    ocpus: f64,
    memory: f64,
}

/// Counts what a launch that found no host had asked for.
pub(super) fn leave(world: &mut World, order: &Body) {
    let Some(plan) = &world.phantoms.plan else {
        return;
    };
    let config = order.get("shapeConfig");
    let amount = |field: &str| {
        let amount = config.and_then(|config| config.get(field)?.as_f64());
        amount.unwrap_or_default()
    };
    let span = world.clock.at_pace(plan.span);
    let phantom = Phantom {
        until: world.now.checked_add(span).unwrap_or(world.now),
        domain: text(order, "availabilityDomain")
            .unwrap_or_default()
            .to_owned(),
        ocpus: amount("ocpus"),
        memory: amount("memoryInGBs"),
    };
    let now = world.now;
    let counted = &mut world.phantoms.counted;
    counted.retain(|phantom| phantom.until > now);
    counted.push(phantom);
}

/// What is counted of a limit, in `domain` where the limit holds there.
pub(super) fn of(world: &World, limit: &str, domain: Option<&str>) -> f64 {
    let amount = |phantom: &Phantom| match limit {
        "standard-a1-core-count" | "standard-a1-core-regional-count" => phantom.ocpus,
        "standard-a1-memory-count" | "standard-a1-memory-regional-count" => phantom.memory,
        _ => 0.0,
    };
    world
        .phantoms
        .counted
        .iter()
        .filter(|phantom| phantom.until > world.now)
        .filter(|phantom| domain.is_none_or(|domain| phantom.domain == domain))
        .map(amount)
        .fold(0.0, |sum, amount| sum + amount)
}

/// What the limits service shows of it.
pub(super) fn shown(world: &World, limit: &str, domain: Option<&str>) -> f64 {
    let shows = world.phantoms.plan.as_ref().is_some_and(|plan| plan.shown);
    if shows { of(world, limit, domain) } else { 0.0 }
}

impl Phantoms {
    pub(super) fn planned(plan: Option<&scenario::Phantom>) -> Self {
        Self {
            plan: plan.cloned(),
            counted: Vec::new(),
        }
    }
}
