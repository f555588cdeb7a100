//! Envoy's own word on the pages of gateways and routes, and in their rows: what it serves, what it
//! has loaded, and where that is not what is wanted.

use jiff::Timestamp;

use super::super::signs::{self, dated};
use super::Routes;
use super::row::{Of, Row};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::proxy::{Cluster, Loaded, LoadedRoute, Proxy, Rates, Target, Traffic};
use crate::domain::route::{Gateway, Route, RouteKind};
use crate::domain::source::{SourceId, SourceStatus};
use crate::store::Store;
use crate::store::loaded::{
    Difference, differences, gateway_traffic, is_of, proxies, route_traffic, targets,
};
use crate::theme::Role;
use crate::ui::list::{Cell, Column, SortKey};
use crate::ui::pane::Ctx;
use crate::ui::widgets::page::Page;

/// Requests a second.
pub(super) fn requests() -> Column<Routes> {
    Column::new(
        "REQ/S",
        (5, 6),
        |row, ctx| cell(*row, ctx, |rates| Cell::text(rates.requests.to_string())),
        |row, ctx| key(*row, ctx, |rates| rates.requests.0),
    )
    .rank(7)
    .right()
}

/// Failed requests a second.
pub(super) fn failed() -> Column<Routes> {
    Column::new(
        "5XX",
        (4, 6),
        |row, ctx| {
            cell(*row, ctx, |rates| match rates.failed.0 {
                0 => Cell::muted("0"),
                _ => Cell::new(rates.failed.to_string(), Role::Bad),
            })
        },
        |row, ctx| key(*row, ctx, |rates| rates.failed.0),
    )
    .rank(8)
    .right()
}

/// The latency of the slowest hundredth.
pub(super) fn slowest() -> Column<Routes> {
    Column::new(
        "P99",
        (6, 7),
        |row, ctx| {
            cell(*row, ctx, |rates| {
                rates
                    .p99
                    .map_or_else(|| Cell::muted("–"), |p99| Cell::text(p99.to_string()))
            })
        },
        |row, ctx| key(*row, ctx, |rates| rates.p99.map_or(0, |p99| p99.0)),
    )
    .rank(9)
    .right()
}

fn rates(row: Row<'_>, ctx: &Ctx<'_>) -> Option<Rates> {
    let traffic = match row.of {
        Of::Gateway(gateway) => gateway_traffic(ctx.store, &gateway.id),
        Of::Route(route) if route.kind == RouteKind::Http => route_traffic(ctx.store, &route.id),
        Of::Class(_)
        | Of::Set(_)
        | Of::Listener(_)
        | Of::Route(_)
        | Of::Policy(_)
        | Of::Grant(_) => None,
    };
    traffic?.now
}

fn cell<'a>(row: Row<'a>, ctx: &Ctx<'a>, shown: fn(Rates) -> Cell<'static>) -> Cell<'a> {
    rates(row, ctx).map_or_else(|| Cell::muted("–"), shown)
}

/// What Envoy has told nothing of comes first.
fn key<'a>(row: Row<'a>, ctx: &Ctx<'a>, number: fn(Rates) -> u64) -> SortKey<'a> {
    let number =
        rates(row, ctx).map_or(-1, |rates| i64::try_from(number(rates)).unwrap_or(i64::MAX));
    (number, "".into())
}

/// The section of a page.
pub(super) fn section(page: &mut Page, row: Row<'_>, ctx: &Ctx<'_>) {
    match row.of {
        Of::Gateway(gateway) => gateway_section(page, gateway, ctx),
        Of::Route(route) if route.kind == RouteKind::Http => route_section(page, route, ctx),
        Of::Class(_)
        | Of::Set(_)
        | Of::Listener(_)
        | Of::Route(_)
        | Of::Policy(_)
        | Of::Grant(_) => {}
    }
}

fn gateway_section(page: &mut Page, gateway: &Gateway, ctx: &Ctx<'_>) {
    page.heading("Envoy");
    let mut any = false;
    for proxy in proxies(ctx.store, &gateway.id) {
        any = true;
        head(page, proxy, ctx);
        if let Some(traffic) = ctx.store.proxy_traffic.get(&proxy.id) {
            numbers(page, &traffic.whole);
        }
        if let Some(loaded) = &proxy.loaded {
            contents(page, loaded, ctx);
        }
    }
    if any {
        told(page, &differences(ctx.store, gateway, ctx.moment.now()));
    } else {
        unknown(page, ctx.store);
    }
}

fn route_section(page: &mut Page, route: &Route, ctx: &Ctx<'_>) {
    page.heading("Envoy");
    let mut any = false;
    let mut found = Vec::new();
    for parent in &route.parents {
        for proxy in proxies(ctx.store, &parent.id) {
            any = true;
            stale(page, proxy, ctx);
            if let Some(loaded) = &proxy.loaded {
                loaded_route(page, &route.id, loaded);
            }
        }
        if let Some(gateway) = ctx.store.gateways.get(&parent.id) {
            let all = differences(ctx.store, gateway, ctx.moment.now());
            found.extend(
                all.into_iter()
                    .filter(|it| it.route.as_ref() == Some(&route.id)),
            );
        }
    }
    if !any {
        return unknown(page, ctx.store);
    }
    if let Some(traffic) = route_traffic(ctx.store, &route.id) {
        numbers(page, &traffic);
    }
    found.dedup();
    told(page, &found);
}

fn unknown(page: &mut Page, store: &Store) {
    let why = match store.sources.status(SourceId::Proxies) {
        SourceStatus::Denied { hint } => format!("not known: {hint}"),
        SourceStatus::Stale { error, .. } => format!("not known: {error}"),
        SourceStatus::Connecting => "asking…".to_owned(),
        SourceStatus::Live if !store.reaches_all() => {
            "not known: no pod of Envoy runs for it in the namespace that -n names".to_owned()
        }
        SourceStatus::Off | SourceStatus::Live | SourceStatus::NotInstalled { .. } => {
            "not known: no pod of Envoy runs for it, or none is visible".to_owned()
        }
    };
    page.styled(why, Role::Muted);
}

fn head(page: &mut Page, proxy: &Proxy, ctx: &Ctx<'_>) {
    let name = if proxy.id.namespace.is_empty() {
        "Address"
    } else {
        "Pod"
    };
    page.field(name, proxy.id.name.as_str());
    stale(page, proxy, ctx);
    if !proxy.version.is_empty() {
        let restarts = match proxy.epoch {
            0 => String::new(),
            epoch => format!(" · restarted in place {epoch} times"),
        };
        let role = if proxy.state == "LIVE" {
            Role::Text
        } else {
            Role::Warn
        };
        let state = proxy.state.to_lowercase().replace('_', " ");
        page.field_as(
            "Version",
            format!("{} · {state}{restarts}", proxy.version),
            role,
        );
    }
    dated(page, "Started", proxy.started, ctx);
}

fn stale(page: &mut Page, proxy: &Proxy, ctx: &Ctx<'_>) {
    if let Some(lost) = &proxy.lost {
        let old = if proxy.loaded.is_some() {
            format!("what follows is {} old", ctx.moment.since(lost.since))
        } else {
            "nothing is known of it".to_owned()
        };
        page.field_as("Not reached", format!("{} · {old}", lost.why), Role::Warn);
    }
}

fn numbers(page: &mut Page, traffic: &Traffic) {
    match &traffic.now {
        Some(rates) => {
            page.field("Requests", format!("{} per second", rates.requests));
            let role = if rates.failed.0 > 0 {
                Role::Bad
            } else {
                Role::Text
            };
            let failed = format!("{} per second{}", rates.failed, share(rates));
            page.field_as("5xx", failed, role);
            if let (Some(p50), Some(p99)) = (rates.p50, rates.p99) {
                page.field("Latency", format!("p50 {p50} · p99 {p99}"));
            }
        }
        None => page.field("Requests", "rates follow with the next reading"),
    }
    let (all, failed) = (traffic.requests, traffic.failed);
    page.field(
        "Since start",
        format!("{all} requests, {failed} of them 5xx"),
    );
}

fn share(rates: &Rates) -> String {
    match rates
        .failed
        .0
        .saturating_mul(1_000)
        .checked_div(rates.requests.0)
    {
        Some(thousandths) if thousandths > 0 => {
            format!(" · {}.{} %", thousandths / 10, thousandths % 10)
        }
        _ => String::new(),
    }
}

fn contents(page: &mut Page, loaded: &Loaded, ctx: &Ctx<'_>) {
    dated(page, "Routes of", loaded.updated, ctx);
    for listener in &loaded.listeners {
        let said = format!("{} on :{}", listener.name, listener.port);
        page.field("Listener", said);
    }
    for certificate in &loaded.certificates {
        let names: Vec<&str> = certificate.names.iter().map(Line::as_str).collect();
        let role = certificate.until.map_or(Role::Text, |end| ends(end, ctx));
        let end = certificate.until.map_or_else(String::new, |until| {
            if until > ctx.moment.now() {
                format!(" · ends in {}", ctx.moment.until(until))
            } else {
                format!(" · ended {} ago", ctx.moment.since(until))
            }
        });
        let said = format!("{}{end} · serial {}", names.join(" "), certificate.serial);
        page.field_as("Certificate", said, role);
    }
}

fn ends(end: Timestamp, ctx: &Ctx<'_>) -> Role {
    if end <= ctx.moment.now() {
        Role::Bad
    } else {
        Role::Text
    }
}

fn loaded_route(page: &mut Page, route: &ObjectRef, loaded: &Loaded) {
    for host in &loaded.hosts {
        let own = host.routes.iter().filter(|it| is_of(&it.name, route));
        for route in own {
            let domains: Vec<&str> = host.domains.iter().map(Line::as_str).collect();
            let said = format!("{} {} {}", domains.join(" "), route.path, target(route));
            page.field("Loaded", said);
            for name in targets(route) {
                match loaded.cluster(name) {
                    Some(cluster) => hosts(page, cluster),
                    None => page.field_as("Cluster", format!("{name} is not loaded"), Role::Bad),
                }
            }
        }
    }
}

fn target(route: &LoadedRoute) -> String {
    match &route.to {
        Target::Clusters(names) => {
            let names: Vec<&str> = names.iter().map(Line::as_str).collect();
            format!("→ {}", names.join(", "))
        }
        Target::Redirect => "→ a redirect".to_owned(),
        Target::Status(status) => format!("→ {status} at once: it has no backend"),
        Target::Other => String::new(),
    }
}

fn hosts(page: &mut Page, cluster: &Cluster) {
    let role = if cluster.healthy == 0 {
        Role::Bad
    } else {
        Role::Text
    };
    let all = cluster.hosts.len();
    let said = format!("{} of {all} hosts healthy", cluster.healthy);
    page.field_as("Cluster", said, role);
    for host in &cluster.hosts {
        let (sign, why) = if host.ill.is_empty() {
            (signs::OK, String::new())
        } else {
            (signs::BAD, format!(" · {}", host.ill))
        };
        let before = vec![
            ("              ".to_owned(), Role::Muted),
            signs::before(sign),
        ];
        page.item(before, format!("{}{why}", host.address), Role::Text);
    }
}

fn told(page: &mut Page, found: &[Difference]) {
    if found.is_empty() {
        page.item(
            vec![signs::before(signs::OK)],
            "what is wanted is loaded, as far as is known",
            Role::Muted,
        );
    }
    for difference in found {
        page.item(
            vec![signs::before(signs::WARN)],
            difference.text.as_str(),
            Role::Warn,
        );
    }
}
