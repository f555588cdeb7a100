//! A Gateway's status: its listeners, how many routes each has, its address.

use serde_json::{Value, json};

use super::super::object::{
    Condition, conclude, generation, items, namespace, number, set, text, write_condition,
};
use super::super::world::Pass;
use super::listener::{attached, certificate_problem, supported};
use super::{GATEWAYS, GROUP, SPACE, infra};

pub(super) fn reconcile(pass: &Pass<'_>, gateway: &Value) {
    let (listeners, invalid) = listeners(pass, ("Gateway", gateway));
    let infra = pass.get("deployments.apps", SPACE, &infra::name_of(gateway));
    let ready = infra
        .as_deref()
        .and_then(|found| number(found, "/status/availableReplicas"))
        .unwrap_or(0);
    let wanted = infra
        .as_deref()
        .and_then(|found| number(found, "/spec/replicas"))
        .unwrap_or(1);
    let service = pass.get("services", SPACE, &infra::name_of(gateway));
    let address = service
        .as_deref()
        .map(|found| text(found, "/spec/clusterIP").to_owned());
    pass.change(GATEWAYS, gateway, |next| {
        set(next, "/status/listeners", json!(listeners));
        if let Some(address) = address.as_deref().filter(|address| !address.is_empty()) {
            let shown = json!([{"type": "IPAddress", "value": address}]);
            set(next, "/status/addresses", shown);
        }
        accept(next, gateway, &invalid, listeners.len(), pass);
        program(next, gateway, address.as_deref(), (ready, wanted), pass);
    });
}

/// The status of each listener of a Gateway or a `ListenerSet`, and the names of those that are not
/// valid.
pub(super) fn listeners(
    pass: &Pass<'_>,
    (kind, owner): (&str, &Value),
) -> (Vec<Value>, Vec<String>) {
    let mut invalid = Vec::new();
    let mut told = Vec::new();
    for listener in items(owner, "/spec/listeners") {
        let problem = certificate_problem(pass, (kind, owner), listener);
        let is_partial = |(reason, _): &(&str, String)| reason.starts_with("Partially");
        if problem.as_ref().is_some_and(|it| !is_partial(it)) {
            invalid.push(text(listener, "/name").to_owned());
        }
        let count = attached(pass, (kind, owner), listener);
        told.push(conditions(pass, owner, listener, problem.as_ref(), count));
    }
    (told, invalid)
}

fn accept(next: &mut Value, gateway: &Value, invalid: &[String], all: usize, pass: &Pass<'_>) {
    let names = invalid.join(", ");
    let some = format!("Listeners not valid: {names}");
    let none = format!("No listeners are valid: {names}");
    let (met, reason, message) = match invalid.len() {
        0 => (
            true,
            "Accepted",
            "The Gateway has been scheduled by Envoy Gateway",
        ),
        count if count < all => (true, "ListenersNotValid", some.as_str()),
        _ => (false, "ListenersNotValid", none.as_str()),
    };
    let accepted = Condition {
        kind: "Accepted",
        met,
        reason,
        message,
    };
    conclude(next, accepted, generation(gateway), pass.now);
}

fn program(
    next: &mut Value,
    gateway: &Value,
    address: Option<&str>,
    (ready, wanted): (i64, i64),
    pass: &Pass<'_>,
) {
    let good =
        format!("Address assigned to the Gateway, {ready}/{wanted} envoy replicas available");
    let (met, reason, message) = match address {
        None | Some("") => (
            false,
            "AddressNotAssigned",
            "No addresses have been assigned to the Gateway",
        ),
        Some(_) if ready == 0 => (false, "NoResources", "Envoy replicas unavailable"),
        Some(_) => (true, "Programmed", good.as_str()),
    };
    let programmed = Condition {
        kind: "Programmed",
        met,
        reason,
        message,
    };
    conclude(next, programmed, generation(gateway), pass.now);
}

fn conditions(
    pass: &Pass<'_>,
    gateway: &Value,
    listener: &Value,
    problem: Option<&(&'static str, String)>,
    count: usize,
) -> Value {
    let before = items(gateway, "/status/listeners").iter();
    let mut known = before.filter(|known| known.get("name") == listener.get("name"));
    let mut list = known
        .next()
        .and_then(|known| known.get("conditions"))
        .cloned()
        .unwrap_or_else(|| json!([]));
    let usable = problem.is_none_or(|(reason, _)| reason.starts_with("Partially"));
    let (resolved, detail) = match problem {
        Some((reason, message)) => (*reason, message.as_str()),
        None => ("ResolvedRefs", "Listener references have been resolved"),
    };
    let programmed = if usable {
        (
            "Programmed",
            "Sending translated listener configuration to the data plane",
        )
    } else {
        (
            "Invalid",
            "Listener is invalid, see other Conditions for details.",
        )
    };
    let all = [
        ("Programmed", usable, programmed.0, programmed.1),
        (
            "Accepted",
            true,
            "Accepted",
            "Listener has been successfully translated",
        ),
        ("ResolvedRefs", problem.is_none(), resolved, detail),
    ];
    for (kind, met, reason, message) in all {
        let condition = Condition {
            kind,
            met,
            reason,
            message,
        };
        write_condition(&mut list, condition, generation(gateway), pass.now);
    }
    json!({
        "name": text(listener, "/name"), "attachedRoutes": count, "conditions": list,
        "supportedKinds": supported(listener).iter()
            .map(|kind| json!({"group": GROUP, "kind": kind}))
            .collect::<Vec<_>>(),
    })
}

/// A Gateway's namespace and name, as generated objects are labelled with them.
pub(super) fn labels(gateway: &Value) -> Value {
    json!({
        "app.kubernetes.io/name": "envoy", "app.kubernetes.io/component": "proxy",
        "app.kubernetes.io/managed-by": "envoy-gateway",
        "gateway.envoyproxy.io/owning-gateway-name": super::super::object::name(gateway),
        "gateway.envoyproxy.io/owning-gateway-namespace": namespace(gateway),
    })
}
