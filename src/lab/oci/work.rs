//! Work requests of instances: how far what was asked for has come.
//!
//! A request is done when its instance has reached the state that was asked for, or is gone.

use serde_json::{Value, json};

use super::answer::{Answer, Outcome, Refusal};
use super::world::{World, stamp};

/// Something that was asked of an instance.
#[derive(Clone, Debug)]
pub(super) struct Work {
    operation: String,
    instance: String,
    compartment: String,
    accepted: String,
}

/// Notes what was asked of `instance` and names the note in the answer.
pub(super) fn begin(world: &mut World, answer: Answer, operation: &str, instance: &str) -> Answer {
    let id = world.place.new_ocid("workrequest");
    let compartment = world
        .get(instance)
        .map(|instance| instance.text("compartmentId").to_owned());
    let work = Work {
        operation: format!("{operation}_INSTANCE"),
        instance: instance.to_owned(),
        compartment: compartment.unwrap_or_default(),
        accepted: stamp(world.now),
    };
    world.work.insert(id.clone(), work);
    answer.with("opc-work-request-id", id)
}

/// `GetWorkRequest`.
pub(super) fn get(world: &World, id: &str) -> Outcome {
    let work = world.work.get(id).ok_or_else(Refusal::hidden)?;
    let state = world.get(&work.instance).map(super::world::Resource::state);
    let done = match state {
        None | Some("RUNNING" | "STOPPED" | "TERMINATED") => true,
        Some(_) => false,
    };
    let (status, percent) = if done {
        ("SUCCEEDED", 100.0)
    } else {
        ("IN_PROGRESS", 50.0)
    };
    let finished = if done {
        Value::from(stamp(world.now))
    } else {
        Value::Null
    };
    Ok(Answer::json(json!({
        "id": id,
        "operationType": work.operation,
        "compartmentId": work.compartment,
        "status": status,
        "percentComplete": percent,
        "resources": [{"entityType": "instance", "actionType": "RELATED",
            "identifier": work.instance, "entityUri": format!("/instances/{}", work.instance)}],
        "timeAccepted": work.accepted,
        "timeStarted": work.accepted,
        "timeFinished": finished,
    })))
}
