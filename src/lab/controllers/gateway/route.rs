//! Routes of every kind: for each parent, whether a listener takes the route and its backends are there.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::object::{
    Condition, generation, items, namespace, number, set, text, write_condition,
};
use super::super::world::Pass;
use super::listener::{admits, hosts_meet, meant, parent_kind};
use super::{CONTROLLER, GATEWAYS, ROUTES, SETS, controlled, granted, listener_set};

type Verdict = (bool, &'static str, String);

pub(super) fn reconcile(pass: &Pass<'_>) {
    for (kind, resource) in ROUTES {
        for route in pass.list(resource) {
            judge(pass, (kind, resource), &route);
        }
    }
}

/// The Gateway or `ListenerSet` that a reference means, where Envoy Gateway answers for it.
fn parent(pass: &Pass<'_>, route: &Value, reference: &Value) -> Option<Arc<Value>> {
    let space = match text(reference, "/namespace") {
        "" => namespace(route),
        space => space,
    };
    let name = text(reference, "/name");
    match parent_kind(reference) {
        "Gateway" => pass
            .get(GATEWAYS, space, name)
            .filter(|gateway| controlled(pass, gateway)),
        "ListenerSet" => pass
            .get(SETS, space, name)
            .filter(|set| listener_set::gateway(pass, set).is_some()),
        _ => None,
    }
}

fn judge(pass: &Pass<'_>, (kind, resource): (&str, &str), route: &Value) {
    let before = items(route, "/status/parents").to_vec();
    let mut parents: Vec<Value> = before
        .iter()
        .filter(|parent| text(parent, "/controllerName") != CONTROLLER)
        .cloned()
        .collect();
    for reference in items(route, "/spec/parentRefs") {
        let Some(parent) = parent(pass, route, reference) else {
            continue;
        };
        let known = before
            .iter()
            .find(|parent| parent.get("parentRef") == Some(reference));
        let mut conditions = known
            .and_then(|parent| parent.get("conditions"))
            .cloned()
            .unwrap_or_else(|| json!([]));
        write(
            pass,
            route,
            &mut conditions,
            "Accepted",
            acceptance(pass, (kind, route), &parent, reference),
        );
        write(
            pass,
            route,
            &mut conditions,
            "ResolvedRefs",
            backends(pass, (kind, route)),
        );
        endpoints(pass, route, &mut conditions);
        parents.push(json!({
            "parentRef": reference, "controllerName": CONTROLLER, "conditions": conditions,
        }));
    }
    pass.change(resource, route, |next| {
        if !(parents.is_empty() && next.get("status").is_none()) {
            set(next, "/status/parents", json!(parents));
        }
    });
}

fn write(pass: &Pass<'_>, route: &Value, list: &mut Value, kind: &str, verdict: Verdict) {
    let (met, reason, message) = verdict;
    let condition = Condition {
        kind,
        met,
        reason,
        message: &message,
    };
    write_condition(list, condition, generation(route), pass.now);
}

fn acceptance(
    pass: &Pass<'_>,
    (kind, route): (&str, &Value),
    parent: &Value,
    reference: &Value,
) -> Verdict {
    let refused = |reason, message: &str| (false, reason, message.to_owned());
    let mut listeners: Vec<&Value> = items(parent, "/spec/listeners").iter().collect();
    listeners.retain(|listener| meant(listener, reference));
    if listeners.is_empty() {
        return refused("NoMatchingParent", "No listeners match this parent ref");
    }
    listeners.retain(|listener| admits(pass, parent, listener, (kind, route)));
    if listeners.is_empty() {
        return refused(
            "NotAllowedByListeners",
            "No listeners included by this parent ref allowed this attachment.",
        );
    }
    listeners.retain(|listener| hosts_meet(listener, route));
    if listeners.is_empty() {
        return refused(
            "NoMatchingListenerHostname",
            &format!(
                "There were no hostname intersections between the {kind} and this parent ref's Listener(s)."
            ),
        );
    }
    (true, "Accepted", "Route is accepted".to_owned())
}

/// The rules' backends, one after another; the first that cannot be used decides.
fn backends(pass: &Pass<'_>, (kind, route): (&str, &Value)) -> Verdict {
    for (rule, entry) in items(route, "/spec/rules").iter().enumerate() {
        for (index, backend) in items(entry, "/backendRefs").iter().enumerate() {
            if let Err((reason, detail)) = backend_problem(pass, (kind, route), backend) {
                let message =
                    format!("Failed to process route rule {rule} backendRef {index}: {detail}.");
                return (false, reason, message);
            }
        }
    }
    let message = "Resolved all the Object references for the Route";
    (true, "ResolvedRefs", message.to_owned())
}

fn backend_problem(
    pass: &Pass<'_>,
    (route_kind, route): (&str, &Value),
    backend: &Value,
) -> Result<(), (&'static str, String)> {
    let kind = text(backend, "/kind");
    if !matches!(kind, "" | "Service") {
        let detail = "Kind is invalid, only Service, MCS ServiceImport and Envoy Gateway Backend are supported";
        return Err(("InvalidKind", detail.to_owned()));
    }
    let space = match text(backend, "/namespace") {
        "" => namespace(route),
        space => space,
    };
    let service = text(backend, "/name");
    if space != namespace(route)
        && !granted(
            pass,
            (route_kind, namespace(route)),
            ("Service", space, service),
        )
    {
        let detail =
            format!("Backend ref to Service {space}/{service} not permitted by any ReferenceGrant");
        return Err(("RefNotPermitted", detail));
    }
    let Some(found) = pass.get("services", space, service) else {
        return Err((
            "BackendNotFound",
            format!("service {space}/{service} not found"),
        ));
    };
    let Some(port) = number(backend, "/port") else {
        let detail = "a valid port number corresponding to a port on the Service must be specified";
        return Err(("PortNotSpecified", detail.to_owned()));
    };
    let ports = items(&found, "/spec/ports").iter();
    if ports
        .filter_map(|known| number(known, "/port"))
        .all(|known| known != port)
    {
        let detail = format!("TCP Port {port} not found on Service {space}/{service}");
        return Err(("PortNotFound", detail));
    }
    Ok(())
}

/// `BackendsAvailable` is only there while a Service has no ready endpoint.
fn endpoints(pass: &Pass<'_>, route: &Value, conditions: &mut Value) {
    let rules = items(route, "/spec/rules").iter();
    let empty = rules
        .flat_map(|rule| items(rule, "/backendRefs"))
        .map(|backend| (text(backend, "/namespace"), text(backend, "/name")))
        .map(|(space, service)| match space {
            "" => (namespace(route), service),
            space => (space, service),
        })
        .find(|(space, service)| {
            pass.get("services", space, service).is_some() && !served(pass, space, service)
        });
    match empty {
        Some((space, service)) => {
            let message = format!(
                "Failed to find endpoints: no ready endpoints for the related Service {space}/{service}."
            );
            let verdict = (false, "EndpointsNotFound", message);
            write(pass, route, conditions, "BackendsAvailable", verdict);
        }
        None => {
            if let Some(list) = conditions.as_array_mut() {
                list.retain(|condition| text(condition, "/type") != "BackendsAvailable");
            }
        }
    }
}

fn served(pass: &Pass<'_>, space: &str, service: &str) -> bool {
    pass.list("endpointslices.discovery.k8s.io")
        .iter()
        .any(|slice| {
            namespace(slice) == space
                && text(slice, "/metadata/labels/kubernetes.io~1service-name") == service
                && items(slice, "/endpoints")
                    .iter()
                    .any(|endpoint| super::super::object::flag(endpoint, "/conditions/ready"))
        })
}
