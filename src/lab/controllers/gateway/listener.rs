//! One listener of a Gateway or a `ListenerSet` (its owner): whether its certificates can be used, and
//! which routes it admits.

use serde_json::Value;

use super::super::object::{items, name, namespace, text};
use super::super::world::Pass;
use super::{ROUTES, granted};

/// What is wrong with a listener's certificate: reason and message.
pub(super) fn certificate_problem(
    pass: &Pass<'_>,
    (kind, owner): (&str, &Value),
    listener: &Value,
) -> Option<(&'static str, String)> {
    if !matches!(text(listener, "/protocol"), "HTTPS" | "TLS") {
        return None;
    }
    let references = items(listener, "/tls/certificateRefs");
    let mut problems = Vec::new();
    let mut forbidden = 0;
    for (index, reference) in references.iter().enumerate() {
        let space = match text(reference, "/namespace") {
            "" => namespace(owner),
            space => space,
        };
        let secret = text(reference, "/name");
        let allowed = space == namespace(owner)
            || granted(pass, (kind, namespace(owner)), ("Secret", space, secret));
        if !allowed {
            forbidden += 1;
            problems.push(format!(
                "certificate refs {index}: Certificate ref to secret {space}/{secret} not permitted by any ReferenceGrant."
            ));
            continue;
        }
        let detail = match pass.get("secrets", space, secret) {
            None => "does not exist.",
            Some(found) if text(&found, "/type") != "kubernetes.io/tls" => {
                "must be of type kubernetes.io/tls."
            }
            Some(found)
                if text(&found, "/data/tls.crt").is_empty()
                    || text(&found, "/data/tls.key").is_empty() =>
            {
                "must contain tls.crt and tls.key."
            }
            Some(_) => continue,
        };
        problems.push(format!(
            "certificate refs {index}: Secret {space}/{secret} {detail}"
        ));
    }
    if problems.is_empty() {
        return None;
    }
    let all = problems.join(" ");
    if problems.len() < references.len() {
        return Some((
            "PartiallyInvalidCertificateRef",
            format!("Some secrets are invalid: {all}"),
        ));
    }
    let reason = if forbidden == references.len() {
        "RefNotPermitted"
    } else {
        "InvalidCertificateRef"
    };
    Some((reason, format!("No valid secrets exist: {all}")))
}

/// The kind of parent that a reference means.
pub(super) fn parent_kind(reference: &Value) -> &str {
    match text(reference, "/kind") {
        "" => "Gateway",
        kind => kind,
    }
}

/// Whether a parent reference means this listener.
pub(super) fn meant(listener: &Value, reference: &Value) -> bool {
    let section = text(reference, "/sectionName");
    let port = reference.get("port").and_then(Value::as_i64);
    (section.is_empty() || section == text(listener, "/name"))
        && port.is_none_or(|port| listener.get("port").and_then(Value::as_i64) == Some(port))
}

/// The kinds of routes that go with a listener's protocol.
pub(super) fn supported(listener: &Value) -> &'static [&'static str] {
    let passes = text(listener, "/tls/mode") == "Passthrough";
    match text(listener, "/protocol") {
        "HTTP" | "HTTPS" => &["HTTPRoute", "GRPCRoute"],
        "TLS" if passes => &["TLSRoute"],
        "TLS" => &["TLSRoute", "TCPRoute"],
        "TCP" => &["TCPRoute"],
        "UDP" => &["UDPRoute"],
        _ => &[],
    }
}

/// Whether the listener lets routes of that kind and namespace attach.
pub(super) fn admits(
    pass: &Pass<'_>,
    owner: &Value,
    listener: &Value,
    (kind, route): (&str, &Value),
) -> bool {
    let kinds = items(listener, "/allowedRoutes/kinds");
    let is_named = kinds.is_empty() || kinds.iter().any(|it| text(it, "/kind") == kind);
    supported(listener).contains(&kind) && is_named && admits_space(pass, owner, listener, route)
}

fn admits_space(pass: &Pass<'_>, owner: &Value, listener: &Value, route: &Value) -> bool {
    match text(listener, "/allowedRoutes/namespaces/from") {
        "All" => true,
        "Selector" => pass
            .get("namespaces", "", namespace(route))
            .is_some_and(|space| {
                super::super::object::selected(
                    &space,
                    listener.pointer("/allowedRoutes/namespaces/selector/matchLabels"),
                )
            }),
        _ => namespace(route) == namespace(owner),
    }
}

/// Whether a listener's host name and a route's have names in common.
pub(super) fn hosts_meet(listener: &Value, route: &Value) -> bool {
    let own = text(listener, "/hostname");
    let hosts = items(route, "/spec/hostnames");
    own.is_empty()
        || hosts.is_empty()
        || hosts
            .iter()
            .filter_map(Value::as_str)
            .any(|host| meet(own, host))
}

fn meet(one: &str, other: &str) -> bool {
    let covers = |wide: &str, host: &str| {
        wide.strip_prefix('*')
            .is_some_and(|tail| host.ends_with(tail) && host.len() > tail.len())
    };
    one == other || covers(one, other) || covers(other, one)
}

/// How many routes are attached to a listener.
pub(super) fn attached(pass: &Pass<'_>, owner: (&str, &Value), listener: &Value) -> usize {
    let all = ROUTES.iter().map(|(kind, resource)| {
        let routes = pass.list(resource);
        let is_ours = |route: &&std::sync::Arc<Value>| hangs(pass, owner, listener, (kind, route));
        routes.iter().filter(is_ours).count()
    });
    all.sum()
}

fn hangs(
    pass: &Pass<'_>,
    (owner_kind, owner): (&str, &Value),
    listener: &Value,
    (kind, route): (&str, &Value),
) -> bool {
    items(route, "/spec/parentRefs").iter().any(|reference| {
        let space = match text(reference, "/namespace") {
            "" => namespace(route),
            space => space,
        };
        parent_kind(reference) == owner_kind
            && text(reference, "/name") == name(owner)
            && space == namespace(owner)
            && meant(listener, reference)
            && admits(pass, owner, listener, (kind, route))
            && hosts_meet(listener, route)
    })
}
