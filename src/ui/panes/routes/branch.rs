//! One branch of the tree for each kind of thing: its sign, its words, what is not well with it.

use super::super::signs::{self, Sign, condition};
use super::target::Target;
use crate::domain::advice::Advice;
use crate::domain::line::Line;
use crate::domain::object::{Condition, Severity};
use crate::domain::policy::Policy;
use crate::domain::route::{Backend, Gateway, Listener, ListenerSet, Route, complaint};
use crate::store::Store;
use crate::store::routing::{self, Behind, ListenerOf, spoken};
use crate::theme::Role;

/// One line of the tree.
pub(super) struct Branch {
    pub(super) depth: usize,
    pub(super) sign: Sign,
    pub(super) kind: &'static str,
    pub(super) text: String,
    pub(super) advice: Vec<Advice>,
    pub(super) spot: String,
    /// Whether what is below it is shown; nothing where there is nothing.
    pub(super) open: Option<bool>,
    pub(super) target: Option<Target>,
}

/// Where a branch grows.
#[derive(Clone, Copy)]
pub(super) struct Below<'s> {
    pub(super) depth: usize,
    pub(super) spot: &'s str,
}

/// A rule's or backend's place in its route.
pub(super) type At = (usize, usize);

/// What is neither well nor ill.
pub(super) const PLAIN: Sign = ("·", Role::Muted);

pub(super) fn bare(depth: usize, kind: &'static str, text: String, spot: String) -> Branch {
    Branch {
        depth,
        sign: signs::NONE,
        kind,
        text,
        advice: Vec::new(),
        spot,
        open: None,
        target: None,
    }
}

pub(super) fn gateway_branch(gateway: &Gateway) -> Branch {
    let addresses: Vec<&str> = gateway.addresses.iter().map(Line::as_str).collect();
    Branch {
        sign: of(&gateway.conditions),
        advice: complained(&gateway.conditions),
        target: Some(Target::new("Gateway", &gateway.id)),
        ..bare(
            1,
            "Gateway",
            format!("{}  {}", gateway.id.name, addresses.join(" ")),
            format!("Gateway {}", gateway.id),
        )
    }
}

pub(super) fn set_branch(set: &ListenerSet, below: Below<'_>) -> Branch {
    Branch {
        sign: of(&set.conditions),
        advice: complained(&set.conditions),
        target: Some(Target::new("ListenerSet", &set.id)),
        ..bare(
            below.depth,
            "ListenerSet",
            spoken(&set.id, &set.parent),
            format!("{}/ListenerSet {}", below.spot, set.id),
        )
    }
}

pub(super) fn listener_branch(
    store: &Store,
    of_parent: &ListenerOf<'_>,
    below: Below<'_>,
) -> Branch {
    let listener: &Listener = of_parent.listener;
    let advice = routing::listener(store, of_parent);
    let host = if listener.hostname.is_empty() {
        "any host"
    } else {
        &listener.hostname
    };
    let kind = if of_parent.parent.kind == "Gateway" {
        "Gateway"
    } else {
        "ListenerSet"
    };
    Branch {
        sign: worst(&advice).map_or_else(|| of(&listener.conditions), signs::severity),
        advice,
        target: Some(Target::listener(kind, of_parent.parent.id, &listener.name)),
        ..bare(
            below.depth,
            "listener",
            format!(
                "{}  {} :{} {host}",
                listener.name, listener.protocol, listener.port
            ),
            format!(
                "{}/listener {} {}",
                below.spot, of_parent.parent.id, listener.name
            ),
        )
    }
}

pub(super) fn policy_branch(policy: &Policy, below: Below<'_>) -> Branch {
    let kind = policy.kind.name();
    let bad = policy.complaint().map(std::slice::from_ref);
    let state = match (policy.ancestors.is_empty(), bad) {
        (true, _) => "no controller answers for it",
        (false, Some(_)) => "not accepted",
        (false, None) => "accepted",
    };
    Branch {
        sign: match (policy.ancestors.is_empty(), bad) {
            (true, _) => signs::NONE,
            (false, Some(_)) => signs::WARN,
            (false, None) => signs::OK,
        },
        advice: bad.map_or_else(Vec::new, complained),
        target: Some(Target::new(kind, &policy.id)),
        ..bare(
            below.depth,
            kind,
            format!("{}  {state}", policy.id.name),
            format!("{}/{kind} {}", below.spot, policy.id),
        )
    }
}

pub(super) fn backend_branch(
    route: &Route,
    backend: &Backend,
    behind: &Behind<'_>,
    (depth, spot): (usize, &str),
) -> Branch {
    let is_service = backend.kind == "Service";
    let port = backend
        .port
        .map_or_else(String::new, |port| format!(":{port}"));
    let mut text = format!("{}{port}", spoken(&backend.id, &route.id));
    if !is_service {
        text = format!("{} {text}", backend.kind);
    } else if !behind.slices.is_empty() {
        text = format!(
            "{text}  {} of {} endpoints ready",
            behind.ready, behind.total
        );
    }
    if backend.weight == 0 {
        text = format!("{text} · weight 0: it gets no requests");
    } else if backend.weight > 1 {
        text = format!("{text} · weight {}", backend.weight);
    }
    let sign = match behind.severity() {
        Some(severity) => signs::severity(severity),
        None if is_service && !behind.slices.is_empty() => counted(behind.ready, behind.total),
        None => signs::NONE,
    };
    Branch {
        sign,
        advice: behind.advice.clone(),
        target: is_service.then(|| Target::new("Service", &backend.id)),
        ..bare(
            depth,
            if is_service { "service" } else { "backend" },
            text,
            spot.to_owned(),
        )
    }
}

pub(super) fn counted(ready: usize, total: usize) -> Sign {
    match (ready, total) {
        (0, _) => signs::BAD,
        (ready, total) if ready < total => signs::WARN,
        _ => signs::OK,
    }
}

pub(super) fn worst(advice: &[Advice]) -> Option<Severity> {
    advice.iter().map(|it| it.severity).max()
}

/// The worst of what a controller says.
pub(super) fn of(conditions: &[Condition]) -> Sign {
    match (conditions.first(), complaint(conditions)) {
        (None, _) => signs::NONE,
        (_, Some(bad)) => condition(bad),
        (Some(_), None) => signs::OK,
    }
}

pub(super) fn complained(conditions: &[Condition]) -> Vec<Advice> {
    let told = complaint(conditions).map(|bad| {
        Advice::warning(
            format!("{}: {}", bad.reason, bad.message),
            routing::next_step(&bad.reason),
        )
    });
    told.into_iter().collect()
}
