//! A change of an instance's shape configuration: what it may become, and that it restarts for it.

use serde_json::{Map, Value};

use super::answer::Refusal;
use super::capacity::{self, Size};
use super::catalog;
use super::launch;
use super::limits::{self, Where};
use super::network::{Body, text};
use super::world::{Resource, World};

fn config(body: &Body) -> Map<String, Value> {
    let config = body.get("shapeConfig").and_then(Value::as_object);
    config.cloned().unwrap_or_default()
}

fn size_of(body: &Body) -> Size {
    let config = config(body);
    let amount = |field: &str| config.get(field).and_then(Value::as_f64);
    Size {
        ocpus: amount("ocpus").unwrap_or_default(),
        memory: amount("memoryInGBs").unwrap_or_default(),
    }
}

/// The body with what a change leaves out of the shape configuration taken from before.
fn completed(before: &Body, body: &Body) -> Body {
    let mut whole = config(before);
    whole.extend(
        config(body)
            .into_iter()
            .filter(|(_, value)| !value.is_null()),
    );
    let mut body = body.clone();
    body.insert("shapeConfig".into(), whole.into());
    body
}

/// Refuses what the shape, the limits, the quotas or the host do not allow.
pub(super) fn check(world: &World, instance: &Resource, body: &Body) -> Result<(), Refusal> {
    let name = instance.text("shape");
    if text(body, "shape") != Some(name) {
        return Err(Refusal::invalid(
            "shape: a change to another shape is not possible with this image",
        ));
    }
    let before = size_of(&instance.body);
    let body = completed(&instance.body, body);
    let after = match catalog::shape(name) {
        Some(shape) => launch::size(&body, shape)?,
        None => before,
    };
    if before.is(after) {
        return Ok(());
    }
    if !matches!(instance.state(), "RUNNING" | "STOPPED") {
        return Err(Refusal::incorrect_state(instance.id(), instance.state()));
    }
    let avoids = text(&body, "updateOperationConstraint") == Some("AVOID_DOWNTIME");
    if avoids && instance.state() == "RUNNING" {
        return Err(Refusal::conflict(format!(
            "A change of shapeConfig restarts the instance {}; updateOperationConstraint does not permit it.",
            instance.id()
        )));
    }
    let more = Size {
        ocpus: (after.ocpus - before.ocpus).max(0.0),
        memory: (after.memory - before.memory).max(0.0),
    };
    limits::room(world, Where::of(&body), &limits::of_a1(more))?;
    let (domain, fault) = (
        instance.text("availabilityDomain"),
        instance.text("faultDomain"),
    );
    capacity::find(world, name, domain, Some(fault), more)
        .map(|_| ())
        .ok_or_else(Refusal::out_of_capacity)
}

/// Completes the configuration after a change; whether the instance must restart for it.
pub(super) fn settle(world: &mut World, id: &str, before: &Body) -> bool {
    let Some(instance) = world.get(id) else {
        return false;
    };
    let mut body = completed(before, &instance.body);
    body.remove("updateOperationConstraint");
    let (old, new) = (size_of(before), size_of(&body));
    let running = instance.state() == "RUNNING";
    if let Some(config) = body.get_mut("shapeConfig").and_then(Value::as_object_mut) {
        config.insert("vcpus".into(), new.ocpus.into());
        config.insert("networkingBandwidthInGbps".into(), new.ocpus.into());
    }
    let same = old.is(new);
    world.edit(id, |instance| {
        if same {
            body.insert("shapeConfig".into(), config(before).into());
        }
        *instance = body;
    });
    running && !same
}
