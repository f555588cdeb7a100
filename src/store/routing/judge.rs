//! Why a route does not bring requests to its pods: at each parent, in each rule, at each backend.
//!
//! What a controller says stands first and in its words; what follows from the objects themselves makes
//! it exact, or takes its place where no controller says anything.

use crate::domain::advice::Advice;
use crate::domain::attachment::{self, Parent, barrier};
use crate::domain::line::Line;
use crate::domain::object::{Condition, ObjectRef, Severity, Truth, condition};
use crate::domain::route::{Backend, Listener, ParentRef, Route, RouteKind, Rule, complaint};
use crate::store::Store;

use super::{Index, Verdict, behind, reasons};

/// The parent that a reference means, where it is there.
pub fn parent<'a>(store: &'a Store, reference: &ParentRef) -> Option<Parent<'a>> {
    let (kind, id, listeners): (_, &ObjectRef, &[Listener]) = match reference.kind.as_str() {
        "Gateway" => {
            let gateway = store.gateways.get(&reference.id)?;
            ("Gateway", &gateway.id, &gateway.listeners)
        }
        "ListenerSet" => {
            let set = store.routing.listener_sets.get(&reference.id)?;
            ("ListenerSet", &set.id, &set.listeners)
        }
        _ => return None,
    };
    Some(Parent {
        kind,
        id,
        listeners,
    })
}

/// Why a route is not attached to one of its parents; nothing where it is.
pub fn attachment(store: &Store, route: &Route, reference: &ParentRef) -> Vec<Advice> {
    let status = route.status_of(reference);
    let accepted = status.and_then(|status| condition(&status.conditions, "Accepted"));
    let near = parent(store, reference).and_then(|parent| {
        let found = barrier(route, reference, &parent)?;
        Some(attachment::advice(found, route, reference, &parent))
    });
    match accepted {
        Some(told) if told.status == Truth::True => Vec::new(),
        Some(told) if told.status == Truth::False => refused(told, near),
        Some(_) | None => match (near, unanswered(store, reference)) {
            (_, absent) if parent(store, reference).is_none() => vec![absent],
            (Some(near), _) => vec![near],
            (None, absent) => vec![absent],
        },
    }
}

/// What the controller says, with the nearest next step, and the exact place.
fn refused(told: &Condition, near: Option<Advice>) -> Vec<Advice> {
    let said = |next: String| Advice::critical(format!("{}: {}", told.reason, told.message), next);
    match near {
        Some(near) => vec![
            said(String::new()),
            Advice {
                severity: Severity::Critical,
                ..near
            },
        ],
        None => vec![said(reasons::next_step(&told.reason).to_owned())],
    }
}

/// Why no controller answers for a parent.
fn unanswered(store: &Store, reference: &ParentRef) -> Advice {
    let what = format!("{} {}", reference.kind, reference.id);
    let gateway = match reference.kind.as_str() {
        "ListenerSet" => (store.routing.listener_sets.get(&reference.id))
            .and_then(|set| store.gateways.get(&set.parent)),
        _ => store.gateways.get(&reference.id),
    };
    let Some(gateway) = gateway else {
        return Advice::critical(
            format!("{what} is not there, or not visible"),
            "Make it, or let the parentRef name one that is there",
        );
    };
    let class = store
        .gateway_classes
        .get(&ObjectRef::cluster(gateway.class.clone()));
    let silent = format!("no controller answers for this parent, {what}");
    match class {
        Some(class) if complaint(&class.conditions).is_some() => Advice::warning(
            format!(
                "{silent}: its GatewayClass {} is not accepted",
                gateway.class
            ),
            "Mend the GatewayClass first",
        ),
        Some(class) => Advice::warning(silent, format!("Look whether {} runs", class.controller)),
        None if store.gateway_classes.is_complete() => Advice::warning(
            format!("{silent}: there is no GatewayClass {}", gateway.class),
            "Make the GatewayClass, or let the Gateway name one that is there",
        ),
        None => Advice::warning(silent, "Look whether the Gateway's controller runs"),
    }
}

/// Why a rule brings requests nowhere, whatever stands behind its backends.
pub fn rule(route: &Route, rule: &Rule) -> Option<Advice> {
    if rule.answers_itself() {
        return None;
    }
    let outcome = match route.kind {
        RouteKind::Http => "every request gets 500",
        RouteKind::Grpc => "every call fails as unavailable",
        RouteKind::Tls | RouteKind::Tcp => "every connection is refused",
    };
    if rule.backends.is_empty() {
        return Some(Advice::warning(
            format!("this rule has no backend: {outcome}"),
            "Name a Service in backendRefs",
        ));
    }
    let idle = rule.backends.iter().all(|backend| backend.weight == 0);
    idle.then(|| {
        Advice::warning(
            format!("all backends have weight 0: {outcome}"),
            "Give at least one of them a weight",
        )
    })
}

/// What is said of a route beyond whether it is attached and what its backends are.
pub fn remarks(store: &Store, route: &Route) -> Vec<Advice> {
    let all = route.statuses.iter().flat_map(|status| &status.conditions);
    let beyond = all.filter(|it| match it.kind.as_str() {
        "Accepted" | "ResolvedRefs" => false,
        // The slices tell the same, of each Service.
        "BackendsAvailable" => !store.endpoint_slices.is_complete(),
        _ => true,
    });
    let mut found: Vec<Advice> = beyond
        .filter_map(|it| complaint(std::slice::from_ref(it)))
        .map(|bad| {
            Advice::warning(
                format!("{}: {}", bad.reason, bad.message),
                reasons::next_step(&bad.reason),
            )
        })
        .collect();
    found.extend(plain_too(store, route));
    found.extend(endless_redirect(store, route));
    found
}

/// Argo CD's server redirects plain HTTP to HTTPS, and Envoy has ended TLS before it: without end.
pub fn endless_redirect(store: &Store, route: &Route) -> Option<Advice> {
    store.argo_settings.filter(|it| !it.plain_http)?;
    let to_server = |it: &&Backend| it.id.name == "argocd-server" && it.port != Some(443);
    route.backends().find(to_server)?;
    Some(Advice::critical(
        "argocd-server ends TLS a second time: it answers each request from Envoy with a redirect to \
         HTTPS (307), without end",
        "Set server.insecure: \"true\" in argocd-cmd-params-cm (chart value configs.params) and restart argocd-server",
    ))
}

/// A route that is served over TLS and, without a redirect, over plain HTTP as well.
fn plain_too(store: &Store, route: &Route) -> Option<Advice> {
    let forwards = |rule: &Rule| !rule.answers_itself() && !rule.backends.is_empty();
    if route.kind != RouteKind::Http || !route.rules.iter().any(forwards) {
        return None;
    }
    let mut plain: Option<&Line> = None;
    let mut secured = false;
    for reference in &route.parents {
        let Some(parent) = parent(store, reference) else {
            continue;
        };
        for listener in parent.listeners {
            let found = attachment::admission(route, reference, &parent, listener);
            match (found, listener.protocol.as_str()) {
                (attachment::Admission::Barred(_), _) => {}
                (_, "HTTP") => plain = Some(&listener.name),
                (_, "HTTPS") => secured = true,
                _ => {}
            }
        }
    }
    let plain = plain.filter(|_| secured)?;
    Some(Advice::warning(
        format!("it is served over plain HTTP too, by listener {plain}, without a redirect"),
        "Name the HTTPS listener in sectionName, and let another route redirect the plain one",
    ))
}

/// How a route is, in short.
pub fn verdict(store: &Store, index: &Index, route: &Route) -> Verdict {
    let mut worst: Option<(&'static str, Advice)> = None;
    let mut weigh = |word: &'static str, advice: Advice| {
        let heavier = |(_, known): &(_, Advice)| known.severity < advice.severity;
        if worst.as_ref().is_none_or(heavier) {
            worst = Some((word, advice));
        }
    };
    for reference in &route.parents {
        let answered = route.status_of(reference).is_some();
        for advice in attachment(store, route, reference) {
            weigh(if answered { "Refused" } else { "Waiting" }, advice);
        }
    }
    for (number, each) in route.rules.iter().enumerate() {
        for (at, backend) in each.backends.iter().enumerate() {
            for advice in behind(store, index, route, ((number, at), backend)).advice {
                weigh("Broken", advice);
            }
        }
        if let Some(advice) = rule(route, each) {
            weigh("Warning", advice);
        }
    }
    if let Some(bad) = unresolved(route) {
        weigh("Broken", bad);
    }
    for advice in remarks(store, route) {
        let word = match advice.severity {
            Severity::Critical => "Broken",
            Severity::Warning => "Warning",
        };
        weigh(word, advice);
    }
    match worst {
        Some((word, advice)) => Verdict {
            severity: Some(advice.severity),
            word,
            why: Line::new(&advice.why),
        },
        None if route.parents.is_empty() => Verdict {
            severity: Some(Severity::Warning),
            word: "Warning",
            why: "it has no parentRefs: nothing serves it".into(),
        },
        None => Verdict {
            severity: None,
            word: "Accepted",
            why: Line::default(),
        },
    }
}

/// References of a route that its controller cannot follow, in its words.
pub fn unresolved(route: &Route) -> Option<Advice> {
    let mut all = route.statuses.iter().filter_map(|status| {
        condition(&status.conditions, "ResolvedRefs").filter(|it| it.status == Truth::False)
    });
    let bad = all.next()?;
    let why = format!("{}: {}", bad.reason, bad.message);
    Some(Advice::critical(why, reasons::next_step(&bad.reason)))
}
