//! The serial console: what an instance has printed, captured when a client asks for it.

use axum::http::Method;

use super::answer::{Answer, Content, Outcome, Refusal};
use super::call::Call;
use super::world::World;

/// OCI keeps the newest megabyte of a console.
const KEPT: usize = 1024 * 1024;
/// What `GetConsoleHistoryContent` gives when no length is asked for.
const DEFAULT_LENGTH: usize = 10 * 1024;
const CAPTURE_SECONDS: f64 = 2.0;

/// Adds to what an instance has printed.
pub(super) fn print(world: &mut World, instance: &str, text: &[u8]) {
    let console = world.consoles.entry(instance.to_owned()).or_default();
    console.extend_from_slice(text);
    let excess = console.len().saturating_sub(KEPT);
    console.drain(..excess);
}

/// A new capture takes its place from its instance.
pub(super) fn furnish(world: &mut World, id: &str) {
    let Some(instance) = world
        .get(id)
        .and_then(|capture| world.get(capture.text("instanceId")))
    else {
        return;
    };
    let copied = ["availabilityDomain", "compartmentId"]
        .map(|field| (field, instance.text(field).to_owned()));
    world.edit(id, |body| {
        for (field, value) in copied {
            body.insert(field.to_owned(), value.into());
        }
    });
}

/// Capturing goes through one more state before the content is there.
pub(super) fn arrived(world: &mut World, id: &str, state: &str) {
    match state {
        "GETTING-HISTORY" => {
            world.pass_through(id, "GETTING-HISTORY", CAPTURE_SECONDS, "SUCCEEDED");
        }
        "SUCCEEDED" => {
            let text = world
                .get(id)
                .and_then(|capture| world.consoles.get(capture.text("instanceId")))
                .cloned()
                .unwrap_or_default();
            world.captures.insert(id.to_owned(), text);
        }
        _ => {}
    }
}

/// `GetConsoleHistoryContent`.
pub(super) fn content(world: &World, call: &Call, id: &str) -> Outcome {
    if call.method != Method::GET {
        return Err(Refusal::no_such_route(&call.target));
    }
    let capture = world
        .living("instanceConsoleHistories", id)
        .ok_or_else(Refusal::hidden)?;
    let Some(text) = world.captures.get(id) else {
        return Err(Refusal::incorrect_state(id, capture.state()));
    };
    let number = |name: &str, default: usize| {
        call.query(name).map_or(Ok(default), |text| {
            text.parse::<usize>()
                .map_err(|_| Refusal::invalid(format!("{name} {text} is not a number")))
        })
    };
    let offset = number("offset", 0)?.min(text.len());
    let end = (offset + number("length", DEFAULT_LENGTH)?.min(KEPT)).min(text.len());
    let piece = text.get(offset..end).unwrap_or_default().to_vec();
    Ok(Answer {
        status: 200,
        headers: vec![("opc-bytes-remaining", (text.len() - end).to_string())],
        content: Content::Text(piece),
    })
}
