//! Work requests: how far what was asked for has come.
//!
//! A request is done when its resource rests in a state, or is gone.

use serde_json::{Value, json};

use super::answer::{Answer, Outcome, Refusal};
use super::world::{World, stamp};

/// Something that was asked of a resource.
#[derive(Clone, Debug)]
pub(super) struct Work {
    operation: String,
    kind: &'static str,
    collection: &'static str,
    resource: String,
    compartment: String,
    accepted: String,
}

/// Notes what was asked of `resource` and names the note in the answer.
pub(super) fn begin(world: &mut World, answer: Answer, operation: &str, resource: &str) -> Answer {
    let Some(known) = world.get(resource) else {
        return answer;
    };
    let id = world.place.new_ocid("workrequest");
    let work = Work {
        operation: format!("{operation}_{}", known.kind.word.to_uppercase()),
        kind: known.kind.word,
        collection: known.kind.path,
        resource: resource.to_owned(),
        compartment: known.text("compartmentId").to_owned(),
        accepted: stamp(world.now),
    };
    world.work.insert(id.clone(), work);
    answer.with("opc-work-request-id", id)
}

/// `GetWorkRequest`.
pub(super) fn get(world: &World, id: &str) -> Outcome {
    let work = world.work.get(id).ok_or_else(Refusal::hidden)?;
    let done = world
        .get(&work.resource)
        .is_none_or(super::world::Resource::rests);
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
        "resources": [{"entityType": work.kind, "actionType": "RELATED",
            "identifier": work.resource,
            "entityUri": format!("/{}/{}", work.collection, work.resource)}],
        "timeAccepted": work.accepted,
        "timeStarted": work.accepted,
        "timeFinished": finished,
    })))
}
