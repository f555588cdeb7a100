//! `GatewayClasses`: accepted when their parameters can be read.

use serde_json::Value;

use super::super::object::{Condition, conclude, generation, text};
use super::super::world::Pass;
use super::{CLASSES, CONTROLLER, PROXIES};

pub(super) fn reconcile(pass: &Pass<'_>) {
    for class in pass.list(CLASSES) {
        if text(&class, "/spec/controllerName") == CONTROLLER {
            accept(pass, &class);
        }
    }
}

fn accept(pass: &Pass<'_>, class: &Value) {
    let proxy = text(class, "/spec/parametersRef/name");
    let space = text(class, "/spec/parametersRef/namespace");
    let missing = !proxy.is_empty() && pass.get(PROXIES, space, proxy).is_none();
    let refusal = format!("Invalid parametersRef: failed to find envoyproxy {space}/{proxy}");
    pass.change(CLASSES, class, |next| {
        let accepted = Condition {
            kind: "Accepted",
            met: !missing,
            reason: if missing {
                "InvalidParameters"
            } else {
                "Accepted"
            },
            message: if missing {
                &refusal
            } else {
                "Valid GatewayClass"
            },
        };
        conclude(next, accepted, generation(class), pass.now);
    });
}
