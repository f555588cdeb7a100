//! `ListenerSets`: whether their Gateway lets them add listeners, and how those are.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::object::{
    Condition, conclude, generation, holds, name, namespace, selected, set, text,
};
use super::super::world::Pass;
use super::{GATEWAYS, SETS, controlled, status};

/// What a Gateway says of a set: accepted, reason, message.
type Verdict = (bool, &'static str, &'static str);

pub(super) fn reconcile(pass: &Pass<'_>) {
    for found in pass.list(SETS) {
        if let Some(gateway) = gateway(pass, &found) {
            judge(pass, &found, &gateway);
        }
    }
}

/// The Gateway of a set, where Envoy Gateway answers for it.
pub(super) fn gateway(pass: &Pass<'_>, found: &Value) -> Option<Arc<Value>> {
    let space = match text(found, "/spec/parentRef/namespace") {
        "" => namespace(found),
        space => space,
    };
    pass.get(GATEWAYS, space, text(found, "/spec/parentRef/name"))
        .filter(|gateway| controlled(pass, gateway))
}

fn judge(pass: &Pass<'_>, found: &Value, gateway: &Value) {
    let (listeners, invalid) = status::listeners(pass, ("ListenerSet", found));
    let all = listeners.len();
    let (admitted, reason, message): Verdict = if !admits(pass, gateway, found) {
        let message = "The ListenerSet is not allowed by the allowedListeners of the Gateway.";
        (false, "NotAllowed", message)
    } else if all > 0 && invalid.len() == all {
        (false, "ListenersNotValid", "No listeners are valid.")
    } else {
        (true, "Accepted", "ListenerSet is accepted")
    };
    let programmed: Verdict = match (admitted, holds(gateway, "Programmed")) {
        (false, _) => (false, "Invalid", "ListenerSet is not accepted."),
        (true, false) => (false, "Pending", "The Gateway is not programmed yet."),
        (true, true) => (true, "Programmed", "ListenerSet is programmed"),
    };
    pass.change(SETS, found, |next| {
        let told = if admitted { listeners } else { Vec::new() };
        set(next, "/status/listeners", json!(told));
        let accepted = (admitted, reason, message);
        for (kind, (met, reason, message)) in [("Accepted", accepted), ("Programmed", programmed)] {
            let condition = Condition {
                kind,
                met,
                reason,
                message,
            };
            conclude(next, condition, generation(found), pass.now);
        }
    });
}

/// Whether a Gateway lets the set add listeners; by default it lets none.
fn admits(pass: &Pass<'_>, gateway: &Value, found: &Value) -> bool {
    match text(gateway, "/spec/allowedListeners/namespaces/from") {
        "All" => true,
        "Same" => namespace(found) == namespace(gateway),
        "Selector" => {
            let wanted = gateway.pointer("/spec/allowedListeners/namespaces/selector/matchLabels");
            pass.get("namespaces", "", namespace(found))
                .is_some_and(|space| selected(&space, wanted))
        }
        _ => {
            tracing::trace!(set = name(found), "its Gateway admits no sets");
            false
        }
    }
}
