//! Gateways and HTTP routes (Gateway API).

use super::routes_tree::{gateway_tree, route_tree};
use super::signs::{self, Sign, age, age_key, signed};
use crate::domain::line::Line;
use crate::domain::object::{Object, ObjectRef, Severity};
use crate::domain::reading::Thing;
use crate::domain::route::{Gateway, HttpRoute};
use crate::domain::source::SourceId;
use crate::effect::Place;
use crate::store::{Store, views};
use crate::theme::Role;
use crate::ui::list::{Cell, Column, Kind};
use crate::ui::pane::{Ctx, Found};
use crate::ui::widgets::page::Page;

/// Gateways and routes.
pub struct Routes;

/// One of the two kinds of rows.
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    /// A gateway.
    Gateway(&'a Gateway),
    /// A route.
    Route(&'a HttpRoute),
}

impl<'a> Row<'a> {
    fn id(self) -> &'a ObjectRef {
        match self {
            Self::Gateway(gateway) => &gateway.id,
            Self::Route(route) => &route.id,
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Gateway(_) => "Gateway",
            Self::Route(_) => "HTTPRoute",
        }
    }

    fn ailment(self) -> Option<crate::domain::object::Ailment> {
        match self {
            Self::Gateway(gateway) => gateway.ailment(),
            Self::Route(route) => route.ailment(),
        }
    }

    fn hosts(self) -> String {
        let hosts: Vec<&str> = match self {
            Self::Gateway(gateway) => {
                let hosts = gateway
                    .listeners
                    .iter()
                    .map(|listener| listener.hostname.as_str());
                hosts.filter(|host| !host.is_empty()).collect()
            }
            Self::Route(route) => route.hostnames.iter().map(Line::as_str).collect(),
        };
        if hosts.is_empty() {
            "any".to_owned()
        } else {
            hosts.join(" ")
        }
    }

    /// A route's parents; a gateway's class.
    fn above(self) -> String {
        match self {
            Self::Gateway(gateway) => gateway.class.to_string(),
            Self::Route(route) => {
                let parents: Vec<String> = route
                    .parents
                    .iter()
                    .map(|parent| {
                        if parent.section.is_empty() {
                            parent.id.name.to_string()
                        } else {
                            format!("{}/{}", parent.id.name, parent.section)
                        }
                    })
                    .collect();
                parents.join(" ")
            }
        }
    }

    /// A route's endpoints; a gateway's routes.
    fn below(self, store: &Store) -> Cell<'static> {
        match self {
            Self::Gateway(gateway) => {
                let attached: u32 = gateway
                    .listeners
                    .iter()
                    .map(|listener| listener.attached_routes)
                    .sum();
                Cell::muted(format!("{attached} attached"))
            }
            Self::Route(route) => endpoints(route, store),
        }
    }

    fn created(self) -> Option<jiff::Timestamp> {
        match self {
            Self::Gateway(gateway) => gateway.created,
            Self::Route(route) => route.created,
        }
    }
}

/// The sign of a gateway or a route.
pub fn sign(row: Row<'_>) -> Sign {
    match row.ailment().map(|ailment| ailment.severity) {
        Some(Severity::Critical) => signs::BAD,
        Some(Severity::Warning) => signs::WARN,
        None => signs::OK,
    }
}

fn state(row: Row<'_>) -> &'static str {
    match row.ailment().map(|ailment| ailment.severity) {
        Some(Severity::Critical) => "Refused",
        Some(Severity::Warning) => "Waiting",
        None => "Accepted",
    }
}

fn why(row: Row<'_>) -> String {
    row.ailment()
        .map_or_else(String::new, |ailment| ailment.why.to_string())
}

fn endpoints(route: &HttpRoute, store: &Store) -> Cell<'static> {
    let counts: Vec<_> = route
        .backends()
        .filter_map(|backend| views::endpoints(store, backend))
        .collect();
    if counts.is_empty() {
        return Cell::muted("no service");
    }
    let ready: usize = counts.iter().map(|count| count.ready).sum();
    let total: usize = counts.iter().map(|count| count.total).sum();
    let text = format!("{ready}/{total} ready");
    if counts.iter().any(|count| count.ready == 0) {
        Cell::new(text, Role::Bad)
    } else {
        Cell::text(text)
    }
}

impl Kind for Routes {
    type Id = (&'static str, ObjectRef);
    type Joined = ();
    type Row<'a> = Row<'a>;

    const TITLE: &'static str = "Routes";
    const NOUN: &'static str = "gateways and routes";
    const SOURCES: &'static [SourceId] = &[
        SourceId::HttpRoutes,
        SourceId::Gateways,
        SourceId::GatewayClasses,
        SourceId::EndpointSlices,
    ];

    fn revision(store: &Store) -> u64 {
        store.http_routes.revision()
            + store.gateways.revision()
            + store.gateway_classes.revision()
            + store.endpoint_slices.revision()
    }

    fn all<'a>(store: &'a Store, (): &'a ()) -> impl Iterator<Item = Row<'a>> {
        let gateways = store.gateways.iter().map(Row::Gateway);
        gateways.chain(store.http_routes.iter().map(Row::Route))
    }

    fn get<'a>(store: &'a Store, (): &'a (), (kind, id): &Self::Id) -> Option<Row<'a>> {
        if *kind == "Gateway" {
            store.gateways.get(id).map(Row::Gateway)
        } else {
            store.http_routes.get(id).map(Row::Route)
        }
    }

    fn id(row: &Row<'_>) -> Self::Id {
        (row.kind(), row.id().clone())
    }

    fn named(id: &ObjectRef) -> Option<Self::Id> {
        Some(("HTTPRoute", id.clone()))
    }

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::<Self>::new(
                "KIND",
                (9, 9),
                |row, _| Cell::muted(row.kind()),
                |row, _| (0, row.kind().into()),
            )
            .rank(4),
            Column::<Self>::new(
                "NAME",
                (14, 30),
                |row, _| Cell::text(row.id().name.as_str()),
                |row, _| (0, row.id().name.as_str().into()),
            ),
            Column::<Self>::new(
                "STATE",
                (11, 11),
                |row, _| signed(sign(*row), state(*row)),
                |row, _| (0, state(*row).into()),
            ),
            Column::<Self>::new(
                "HOSTS",
                (18, 40),
                |row, _| Cell::text(row.hosts()),
                |row, _| (0, row.hosts().into()),
            ),
            Column::<Self>::new(
                "CLASS OR PARENT",
                (15, 30),
                |row, _| Cell::muted(row.above()),
                |row, _| (0, row.above().into()),
            )
            .rank(3),
            Column::<Self>::new(
                "BELOW",
                (10, 11),
                |row, ctx| row.below(ctx.store),
                |row, ctx| (0, row.below(ctx.store).text),
            )
            .rank(2),
            Column::<Self>::new(
                "AGE",
                (4, 4),
                |row, ctx| age(row.created(), ctx),
                |row, _| age_key(row.created()),
            )
            .right(),
            Column::<Self>::new(
                "REASON",
                (14, 90),
                |row, _| Cell::new(why(*row), Role::Warn),
                |row, _| (0, why(*row).into()),
            )
            .rank(5),
        ]
    }

    fn name(row: &Row<'_>) -> String {
        row.id().name.to_string()
    }

    fn page(row: &Row<'_>, ctx: &Ctx<'_>) -> Page {
        let mut page = Page::default();
        page.item(
            vec![signs::before(sign(*row))],
            format!("{} {}", row.kind(), state(*row).to_lowercase()),
            Role::Title,
        );
        if let Some(ailment) = row.ailment() {
            page.item(
                vec![("  ".into(), Role::Text)],
                ailment.why.as_str(),
                Role::Warn,
            );
        }
        match row {
            Row::Gateway(gateway) => gateway_tree(&mut page, gateway, ctx),
            Row::Route(route) => route_tree(&mut page, route, ctx),
        }
        page
    }

    fn thing(row: &Row<'_>) -> Option<Thing> {
        Some(Thing::new(row.kind(), row.id().clone()))
    }

    fn count(store: &Store) -> Option<usize> {
        Some(store.gateways.len() + store.http_routes.len())
    }

    fn objects(store: &Store) -> Vec<Found> {
        let found = |route: &HttpRoute| Found {
            kind: "route",
            id: route.id.clone(),
            place: Place::Routes,
        };
        store.http_routes.iter().map(found).collect()
    }
}
