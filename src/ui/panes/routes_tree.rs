//! GatewayClass ▸ Gateway ▸ listener ▸ HTTPRoute ▸ rule ▸ backend ▸ endpoints, as a page.

use super::signs::{self, Sign, condition, dated};
use crate::domain::line::Line;
use crate::domain::object::Condition;
use crate::domain::route::{Backend, Gateway, HttpRoute, Listener, ParentRef, Rule, complaint};
use crate::store::views;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::page::Page;

/// A gateway with everything below it.
pub(super) fn gateway_tree(page: &mut Page, gateway: &Gateway, ctx: &Ctx<'_>) {
    page.heading("Tree");
    class(page, &gateway.class, ctx);
    gateway_node(page, gateway);
    for listener in &gateway.listeners {
        listener_node(page, listener);
        for route in ctx.store.http_routes.iter() {
            if let Some(parent) = attached(route, gateway, listener) {
                route_node(page, route, parent, ctx);
            }
        }
    }
    page.heading("Gateway");
    signs::namespace(page, &gateway.id);
    for address in &gateway.addresses {
        page.field("Address", address.as_str());
    }
    for target in &gateway.dns_targets {
        page.field("DNS target", target.as_str());
    }
    dated(page, "Created", gateway.created, ctx);
    signs::conditions(page, &gateway.conditions, ctx);
    signs::recent_events(page, "Gateway", &gateway.id, ctx);
}

/// One route with everything above and below it.
pub(super) fn route_tree(page: &mut Page, route: &HttpRoute, ctx: &Ctx<'_>) {
    for parent in &route.parents {
        page.heading("Tree");
        let Some(gateway) = ctx.store.gateways.get(&parent.id) else {
            let missing = format!("{} {} is not there, or not visible", parent.kind, parent.id);
            node(page, 0, signs::BAD, "Gateway", &missing);
            route_node(page, route, parent, ctx);
            continue;
        };
        class(page, &gateway.class, ctx);
        gateway_node(page, gateway);
        for listener in &gateway.listeners {
            if attached(route, gateway, listener).is_some() {
                listener_node(page, listener);
            }
        }
        route_node(page, route, parent, ctx);
    }
    page.heading("Route");
    signs::namespace(page, &route.id);
    for host in &route.hostnames {
        page.field("Host", host.as_str());
    }
    dated(page, "Created", route.created, ctx);
    for status in &route.statuses {
        signs::conditions(page, &status.conditions, ctx);
        page.field("Told by", status.controller.as_str());
    }
    signs::recent_events(page, "HTTPRoute", &route.id, ctx);
}

/// The parent reference by which a route hangs on a listener.
fn attached<'a>(
    route: &'a HttpRoute,
    gateway: &Gateway,
    listener: &Listener,
) -> Option<&'a ParentRef> {
    route.parents.iter().find(|parent| {
        parent.id == gateway.id
            && (parent.section == listener.name
                || parent.section.is_empty() && meets(route, listener))
    })
}

/// Whether any host name of the route is one that the listener takes.
fn meets(route: &HttpRoute, listener: &Listener) -> bool {
    let takes = |host: &str| match listener.hostname.strip_prefix('*') {
        Some(ending) => host.ends_with(ending),
        None => listener.hostname.is_empty() || *host == *listener.hostname,
    };
    route.hostnames.is_empty() || route.hostnames.iter().any(|host| takes(host))
}

fn class(page: &mut Page, name: &str, ctx: &Ctx<'_>) {
    let found = ctx
        .store
        .gateway_classes
        .iter()
        .find(|class| class.id.name == *name);
    match found {
        Some(class) => {
            let said = format!("{name}  {}", class.controller);
            node(page, 0, of(&class.conditions), "GatewayClass", &said);
            complain(page, 0, &class.conditions);
        }
        None => node(page, 0, signs::NONE, "GatewayClass", name),
    }
}

fn gateway_node(page: &mut Page, gateway: &Gateway) {
    let addresses: Vec<&str> = gateway.addresses.iter().map(Line::as_str).collect();
    let said = format!("{}  {}", gateway.id.name, addresses.join(" "));
    node(page, 1, of(&gateway.conditions), "Gateway", &said);
    complain(page, 1, &gateway.conditions);
}

fn listener_node(page: &mut Page, listener: &Listener) {
    let host = if listener.hostname.is_empty() {
        "any host"
    } else {
        &listener.hostname
    };
    let said = format!(
        "{}  {} :{} {host}",
        listener.name, listener.protocol, listener.port
    );
    node(page, 2, of(&listener.conditions), "listener", &said);
    complain(page, 2, &listener.conditions);
}

fn route_node(page: &mut Page, route: &HttpRoute, parent: &ParentRef, ctx: &Ctx<'_>) {
    let status = route.status_of(parent);
    let conditions = status.map_or(&[][..], |status| &status.conditions);
    node(page, 3, of(conditions), "HTTPRoute", &route.id.name);
    if status.is_none() {
        said(page, 3, "no controller answers for this parent");
    }
    complain(page, 3, conditions);
    for rule in &route.rules {
        rule_node(page, rule, ctx);
    }
}

fn rule_node(page: &mut Page, rule: &Rule, ctx: &Ctx<'_>) {
    let matches: Vec<&str> = rule.matches.iter().map(Line::as_str).collect();
    let what = if matches.is_empty() {
        "everything".to_owned()
    } else {
        matches.join(" or ")
    };
    node(page, 4, ("·", Role::Muted), "rule", &what);
    for filter in &rule.filters {
        node(page, 5, ("·", Role::Muted), "filter", filter);
    }
    for backend in &rule.backends {
        backend_node(page, backend, ctx);
    }
}

fn backend_node(page: &mut Page, backend: &Backend, ctx: &Ctx<'_>) {
    let port = backend
        .port
        .map_or_else(String::new, |port| format!(":{port}"));
    let name = format!("{}{port}", backend.id);
    let Some(count) = views::endpoints(ctx.store, backend) else {
        return node(page, 5, signs::NONE, backend.kind.as_str(), &name);
    };
    let sign = match (count.ready, count.total) {
        (0, _) => signs::BAD,
        (ready, total) if ready < total => signs::WARN,
        _ => signs::OK,
    };
    node(
        page,
        5,
        sign,
        "service",
        &format!("{name}  {} of {} endpoints ready", count.ready, count.total),
    );
    let slices = ctx
        .store
        .endpoint_slices
        .in_namespace(&backend.id.namespace);
    for endpoint in slices
        .filter(|slice| slice.service == backend.id.name)
        .flat_map(|slice| &slice.endpoints)
    {
        let sign = if endpoint.ready {
            signs::OK
        } else {
            signs::WARN
        };
        let said = format!(
            "{}  {} on {}",
            endpoint.address, endpoint.pod, endpoint.node
        );
        node(page, 6, sign, "endpoint", &said);
    }
}

fn node(page: &mut Page, depth: usize, sign: Sign, kind: &str, text: &str) {
    let step = if depth == 0 {
        String::new()
    } else {
        format!("{}▸ ", "  ".repeat(depth - 1))
    };
    let start = vec![
        (step, Role::Muted),
        signs::before(sign),
        (format!("{kind} "), Role::Muted),
    ];
    page.hanging(2 * depth + 4, start, text, Role::Text);
}

/// The worst of what a controller says.
fn of(conditions: &[Condition]) -> Sign {
    match (conditions.first(), complaint(conditions)) {
        (None, _) => signs::NONE,
        (_, Some(bad)) => condition(bad),
        (Some(_), None) => signs::OK,
    }
}

fn complain(page: &mut Page, depth: usize, conditions: &[Condition]) {
    if let Some(bad) = complaint(conditions) {
        said(page, depth, &format!("{}: {}", bad.reason, bad.message));
    }
}

fn said(page: &mut Page, depth: usize, text: &str) {
    page.item(
        vec![("  ".repeat(depth + 1), Role::Muted)],
        text,
        Role::Warn,
    );
}
