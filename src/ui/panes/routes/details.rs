//! What an object of the Gateway API says of itself, below its tree.
//!
//! One function a kind; a further section of a kind's page is a further call in its function.

use super::super::signs::{self, dated};
use crate::domain::line::Line;
use crate::domain::policy::Policy;
use crate::domain::reference_grant::ReferenceGrant;
use crate::domain::route::{Gateway, GatewayClass, ListenerSet, Namespaces, Route};
use crate::store::routing::{ListenerOf, grants};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::page::Page;

pub(super) fn class(page: &mut Page, class: &GatewayClass, ctx: &Ctx<'_>) {
    page.heading("Gateway class");
    page.field("Controller", class.controller.as_str());
    signs::conditions(page, &class.conditions, ctx);
}

pub(super) fn gateway(page: &mut Page, gateway: &Gateway, ctx: &Ctx<'_>) {
    page.heading("Gateway");
    signs::namespace(page, &gateway.id);
    for address in &gateway.addresses {
        page.field("Address", address.as_str());
    }
    for target in &gateway.dns_targets {
        page.field("DNS target", target.as_str());
    }
    if let Some(from) = gateway.admits_sets {
        page.field("ListenerSets", admitted(from));
    }
    dated(page, "Created", gateway.created, ctx);
    signs::conditions(page, &gateway.conditions, ctx);
    signs::recent_events(page, "Gateway", &gateway.id, ctx);
}

pub(super) fn set(page: &mut Page, set: &ListenerSet, ctx: &Ctx<'_>) {
    page.heading("Listener set");
    signs::namespace(page, &set.id);
    page.field("Gateway", set.parent.to_string());
    dated(page, "Created", set.created, ctx);
    signs::conditions(page, &set.conditions, ctx);
    signs::recent_events(page, "ListenerSet", &set.id, ctx);
}

pub(super) fn listener(page: &mut Page, of: &ListenerOf<'_>, ctx: &Ctx<'_>) {
    let listener = of.listener;
    page.heading("Listener");
    page.field(of.parent.kind, of.parent.id.to_string());
    let tls = if listener.passthrough {
        ", TLS is passed on as it is"
    } else {
        ""
    };
    page.field(
        "Listens",
        format!("{} :{}{tls}", listener.protocol, listener.port),
    );
    page.field("Host", listener.hostname.as_str());
    page.field("Takes", listener.kinds().join(", "));
    page.field("Routes", admitted(listener.admits));
    page.field("Attached", listener.attached_routes.to_string());
    lacking(page, &grants::of_listener(ctx.store, of));
    signs::conditions(page, &listener.conditions, ctx);
}

/// Grants that are missing, as they are to be applied; the menu copies them.
fn lacking(page: &mut Page, manifests: &[String]) {
    if manifests.is_empty() {
        return;
    }
    page.heading("A grant that would let it (y in the menu copies it)");
    for line in manifests.iter().flat_map(|manifest| manifest.lines()) {
        page.styled(line, Role::Text);
    }
}

fn admitted(from: Namespaces) -> &'static str {
    match from {
        Namespaces::Same => "of its own namespace",
        Namespaces::All => "of all namespaces",
        Namespaces::Selector => "of namespaces whose labels fit (labels are not read here)",
        Namespaces::None => "of no namespace",
    }
}

pub(super) fn route(page: &mut Page, route: &Route, ctx: &Ctx<'_>) {
    page.heading("Route");
    signs::namespace(page, &route.id);
    for host in &route.hostnames {
        page.field("Host", host.as_str());
    }
    dated(page, "Created", route.created, ctx);
    lacking(page, &grants::of_route(ctx.store, route));
    for status in &route.statuses {
        signs::conditions(page, &status.conditions, ctx);
        page.field("Told by", status.controller.as_str());
        if route.statuses.len() > 1 {
            page.field(
                "About",
                told(
                    &status.parent.kind,
                    &status.parent.id.name,
                    &status.parent.section,
                ),
            );
        }
    }
    signs::recent_events(page, route.kind.name(), &route.id, ctx);
}

fn told(kind: &str, name: &str, section: &Line) -> String {
    if section.is_empty() {
        format!("{kind} {name}")
    } else {
        format!("{kind} {name}, {section}")
    }
}

pub(super) fn policy(page: &mut Page, policy: &Policy, ctx: &Ctx<'_>) {
    page.heading("Policy");
    signs::namespace(page, &policy.id);
    for target in &policy.targets {
        page.field("For", told(&target.kind, &target.name, &target.section));
    }
    if policy.by_labels {
        page.field("For", "whatever bears the labels of its targetSelectors");
    }
    dated(page, "Created", policy.created, ctx);
    for ancestor in &policy.ancestors {
        signs::conditions(page, &ancestor.conditions, ctx);
        let parent = &ancestor.parent;
        page.field(
            "Through",
            told(&parent.kind, &parent.id.name, &parent.section),
        );
        page.field("Told by", ancestor.controller.as_str());
    }
    signs::recent_events(page, policy.kind.name(), &policy.id, ctx);
}

pub(super) fn grant(page: &mut Page, grant: &ReferenceGrant, ctx: &Ctx<'_>) {
    page.heading("Grant");
    signs::namespace(page, &grant.id);
    for from in &grant.from {
        let group = match from.group.as_str() {
            "" => "the core group",
            group => group,
        };
        page.field(
            "From",
            format!("{} of {} ({group})", from.kind, from.namespace),
        );
    }
    for to in &grant.to {
        let name = match to.name.as_str() {
            "" => "any",
            name => name,
        };
        page.field("To", format!("{} {name}", to.kind));
    }
    dated(page, "Created", grant.created, ctx);
}
