//! Envoy Gateway's policies: accepted through the Gateways of what they are attached to, where that is
//! there; nothing is said of the others.

use serde_json::{Value, json};

use super::super::object::{Condition, generation, items, namespace, set, text, write_condition};
use super::super::world::Pass;
use super::{CONTROLLER, GATEWAYS, GROUP, ROUTES, controlled};

const POLICIES: &[&str] = &[
    "backendtrafficpolicies.gateway.envoyproxy.io",
    "clienttrafficpolicies.gateway.envoyproxy.io",
    "securitypolicies.gateway.envoyproxy.io",
];

pub(super) fn reconcile(pass: &Pass<'_>) {
    for resource in POLICIES {
        for policy in pass.list(resource) {
            judge(pass, resource, &policy);
        }
    }
}

fn judge(pass: &Pass<'_>, resource: &str, policy: &Value) {
    let before = items(policy, "/status/ancestors");
    let mut ancestors: Vec<Value> = Vec::new();
    for reference in targets(policy).flat_map(|target| gateways(pass, policy, target)) {
        let known = before
            .iter()
            .find(|it| it.get("ancestorRef") == Some(&reference));
        let mut conditions = known
            .and_then(|it| it.get("conditions"))
            .cloned()
            .unwrap_or_else(|| json!([]));
        let accepted = Condition {
            kind: "Accepted",
            met: true,
            reason: "Accepted",
            message: "Policy has been accepted.",
        };
        write_condition(&mut conditions, accepted, generation(policy), pass.now);
        ancestors.push(json!({
            "ancestorRef": reference, "controllerName": CONTROLLER, "conditions": conditions,
        }));
    }
    pass.change(resource, policy, |next| {
        if !(ancestors.is_empty() && next.get("status").is_none()) {
            set(next, "/status/ancestors", json!(ancestors));
        }
    });
}

fn targets(policy: &Value) -> impl Iterator<Item = &Value> {
    let one = policy.pointer("/spec/targetRef");
    one.into_iter().chain(items(policy, "/spec/targetRefs"))
}

/// The Gateways through which a policy acts on a target.
fn gateways(pass: &Pass<'_>, policy: &Value, target: &Value) -> Vec<Value> {
    let (kind, name) = (text(target, "/kind"), text(target, "/name"));
    let own = namespace(policy);
    let parents: Vec<(String, String)> = if kind == "Gateway" {
        vec![(own.to_owned(), name.to_owned())]
    } else {
        let resource = ROUTES.iter().find(|(known, _)| *known == kind);
        let route = resource.and_then(|(_, resource)| pass.get(resource, own, name));
        let parents = route
            .as_deref()
            .map(|it| items(it, "/spec/parentRefs").to_vec());
        let named = |it: &Value| {
            let space = match text(it, "/namespace") {
                "" => own,
                space => space,
            };
            (space.to_owned(), text(it, "/name").to_owned())
        };
        parents.iter().flatten().map(named).collect()
    };
    let served = parents.into_iter().filter(|(space, name)| {
        let found = pass.get(GATEWAYS, space, name);
        found.is_some_and(|gateway| controlled(pass, &gateway))
    });
    served
        .map(|(space, name)| {
            json!({"group": GROUP, "kind": "Gateway", "namespace": space, "name": name})
        })
        .collect()
}
