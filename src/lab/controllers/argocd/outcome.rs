//! How an operation ends: succeeded with a line of history, failed for good, or tried again.

use serde_json::{Value, json};

use super::super::object::{date, flag, items, number, push, set, text, unset};
use super::super::sources::Rendered;
use super::super::world::Pass;
use super::COMPONENT;
use super::application::next_history;

const KEPT: usize = 10;
const STATE: &str = "/status/operationState";

/// Seconds before attempt `count`: 5 s doubled each time, three minutes at most.
pub(super) fn retry_wait(count: i64) -> u64 {
    let doublings = u32::try_from((count - 1).clamp(0, 6)).unwrap_or(0);
    (5 * 2_u64.pow(doublings)).min(180)
}

/// All tasks are done.
pub(super) fn succeed(pass: &Pass<'_>, next: &mut Value, rendered: &Rendered) {
    let whole = items(next, "/operation/sync/resources").is_empty();
    let asked = text(next, "/status/operationState/operation/sync/revision").to_owned();
    let revision = if asked.is_empty() {
        rendered.revision.clone()
    } else {
        asked
    };
    if whole && !flag(next, "/operation/sync/dryRun") {
        let mut entry = json!({
            "id": next_history(next), "revision": revision,
            "deployStartedAt": text(next, "/status/operationState/startedAt"),
            "deployedAt": date(pass.now),
            "initiatedBy": next.pointer("/operation/initiatedBy").cloned()
                .unwrap_or_else(|| json!({})),
        });
        for field in ["source", "sources"] {
            let applied = next.pointer(&format!("{STATE}/syncResult/{field}"));
            if let Some(value) = applied.cloned() {
                set(&mut entry, &format!("/{field}"), value);
            }
        }
        push(next, "/status/history", entry);
        if let Some(history) = next
            .pointer_mut("/status/history")
            .and_then(Value::as_array_mut)
        {
            let excess = history.len().saturating_sub(KEPT);
            history.drain(..excess);
        }
    }
    end(
        pass,
        next,
        "Succeeded",
        "successfully synced (all tasks run)",
    );
    let kind = if whole { "Sync" } else { "Partial sync" };
    let message = format!("{kind} operation to {revision} succeeded");
    pass.event(next, COMPONENT, ("Normal", "OperationCompleted", &message));
}

/// An attempt failed: another follows while the operation allows one.
pub(super) fn fail(pass: &Pass<'_>, next: &mut Value, message: &str) {
    let limit = number(next, "/operation/retry/limit").unwrap_or(0);
    let count = number(next, "/status/operationState/retryCount").unwrap_or(0);
    if count < limit {
        let attempt = count + 1;
        let wait = i64::try_from(retry_wait(attempt)).unwrap_or(5);
        let at = pass.now.as_second() + wait;
        let at = jiff::Timestamp::from_second(at).unwrap_or(pass.now);
        let clock = at.strftime("%-I:%M%p");
        let words = format!("{message}. Retrying attempt #{attempt} at {clock}.");
        set(next, &format!("{STATE}/message"), json!(words));
        set(next, &format!("{STATE}/finishedAt"), json!(date(pass.now)));
        set(next, &format!("{STATE}/retryCount"), json!(attempt));
        return;
    }
    let words = match count {
        0 => message.to_owned(),
        count => format!("{message} (retried {count} times)."),
    };
    stop(pass, next, "Failed", &words);
}

/// The operation is over and did not succeed.
pub(super) fn stop(pass: &Pass<'_>, next: &mut Value, phase: &str, message: &str) {
    end(pass, next, phase, message);
    let revision = text(next, "/status/operationState/operation/sync/revision").to_owned();
    let words = format!("Sync operation to {revision} failed: {message}");
    pass.event(next, COMPONENT, ("Warning", "OperationCompleted", &words));
}

fn end(pass: &Pass<'_>, next: &mut Value, phase: &str, message: &str) {
    set(next, &format!("{STATE}/phase"), json!(phase));
    set(next, &format!("{STATE}/message"), json!(message));
    set(next, &format!("{STATE}/finishedAt"), json!(date(pass.now)));
    unset(next, "/operation");
}
