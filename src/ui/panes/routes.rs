//! The Gateway API: classes, gateways, listeners, routes of every kind, policies and grants, as a list or
//! as a tree.
//!
//! What is not well is judged in [`routing`]; here it is shown.

mod branch;
mod details;
mod envoy;
mod page;
mod row;
mod target;
mod tree;

pub(super) use target::Target;

use super::offers;
use super::signs::{age, age_key, signed};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::reading::Thing;
use crate::domain::route::{Listener, ParentRef, Route, RouteKind};
use crate::domain::source::SourceId;
use crate::effect::{Offer, Place};
use crate::store::Store;
use crate::store::routing::{self, Index};
use crate::theme::Role;
use crate::ui::list::{Cell, Column, Kind, Opened, SortKey};
use crate::ui::pane::{Ctx, Found};
use crate::ui::widgets::page::Page;
use row::{Of, Row, RowId};
use strum::IntoEnumIterator;

/// Gateways, routes, and what belongs to them.
pub struct Routes;

impl Row<'_> {
    fn hosts(self) -> String {
        let of_listeners = |all: &[Listener]| {
            let hosts = all.iter().map(|it| it.hostname.clone());
            joined(hosts.filter(|host| !host.is_empty()))
        };
        let hosts = match self.of {
            Of::Gateway(gateway) => of_listeners(&gateway.listeners),
            Of::Set(set) => of_listeners(&set.listeners),
            Of::Listener(of) => of.listener.hostname.to_string(),
            Of::Route(route) if route.kind == RouteKind::Tcp => "–".to_owned(),
            Of::Route(route) => joined(route.hostnames.iter()),
            Of::Class(_) | Of::Policy(_) | Of::Grant(_) => "–".to_owned(),
        };
        if hosts.is_empty() {
            "any".to_owned()
        } else {
            hosts
        }
    }

    /// What it belongs to: a route's parents, a gateway's class, what a policy is for.
    fn above(self) -> String {
        match self.of {
            Of::Class(class) => class.controller.to_string(),
            Of::Gateway(gateway) => gateway.class.to_string(),
            Of::Set(set) => set.parent.name.to_string(),
            Of::Listener(of) => of.parent.id.name.to_string(),
            Of::Route(route) => joined(route.parents.iter().map(meant)),
            Of::Policy(policy) if policy.targets.is_empty() => "by labels".to_owned(),
            Of::Policy(policy) => {
                let targets = policy.targets.iter();
                joined(targets.map(|it| section(&it.name, &it.section)))
            }
            Of::Grant(grant) => grant.told(),
        }
    }

    /// What it has: a route's endpoints, a gateway's routes.
    fn below(self, store: &Store) -> Cell<'static> {
        let attached = |all: &[Listener]| {
            let attached: u32 = all.iter().map(|it| it.attached_routes).sum();
            Cell::muted(format!("{attached} attached"))
        };
        match self.of {
            Of::Gateway(gateway) => attached(&gateway.listeners),
            Of::Set(set) => attached(&set.listeners),
            Of::Listener(of) => attached(std::slice::from_ref(of.listener)),
            Of::Route(route) => endpoints(route, store, self.index),
            Of::Class(_) | Of::Policy(_) | Of::Grant(_) => Cell::muted("–"),
        }
    }
}

fn joined(parts: impl Iterator<Item = impl AsRef<str>>) -> String {
    let parts: Vec<String> = parts.map(|part| part.as_ref().to_owned()).collect();
    parts.join(" ")
}

fn section(name: &str, section: &str) -> String {
    if section.is_empty() {
        name.to_owned()
    } else {
        format!("{name}/{section}")
    }
}

fn meant(parent: &ParentRef) -> String {
    section(&parent.id.name, &parent.section)
}

fn endpoints(route: &Route, store: &Store, index: &Index) -> Cell<'static> {
    let services = route.backends().filter(|it| it.kind == "Service");
    let mut counted = 0;
    let (mut ready, mut total, mut silent) = (0, 0, false);
    for backend in services {
        let slices = index.slices(store, &backend.id);
        let own: usize = slices.iter().map(|slice| slice.ready()).sum();
        counted += 1;
        ready += own;
        total += slices.iter().map(|it| it.endpoints.len()).sum::<usize>();
        silent |= own == 0 && backend.weight > 0;
    }
    let text = format!("{ready}/{total} ready");
    match (counted, silent) {
        (0, _) => Cell::muted("no service"),
        (_, true) => Cell::new(text, Role::Bad),
        (_, false) => Cell::text(text),
    }
}

impl Kind for Routes {
    type Id = RowId;
    type Joined = Index;
    type Row<'a> = Row<'a>;

    const TITLE: &'static str = "Routes";
    const NOUN: &'static str = "gateways and routes";
    const SOURCES: &'static [SourceId] = &[
        SourceId::HttpRoutes,
        SourceId::Gateways,
        SourceId::GatewayClasses,
        SourceId::EndpointSlices,
        SourceId::GrpcRoutes,
        SourceId::TlsRoutes,
        SourceId::TcpRoutes,
        SourceId::ListenerSets,
        SourceId::ReferenceGrants,
        SourceId::Proxies,
    ];
    const SORTED: (usize, bool) = (1, false);
    const HAS_TREE: bool = true;
    const HAS_SPOTS: bool = true;

    fn revision(store: &Store) -> u64 {
        routing::revision(store) + store.proxies.revision() + store.proxy_traffic.revision()
    }

    fn join(store: &Store) -> Index {
        Index::of(store)
    }

    fn all<'a>(store: &'a Store, index: &'a Index) -> impl Iterator<Item = Row<'a>> {
        row::all(store, index)
    }

    fn get<'a>(store: &'a Store, index: &'a Index, id: &RowId) -> Option<Row<'a>> {
        row::get(store, index, id)
    }

    fn id(row: &Row<'_>) -> RowId {
        row.id()
    }

    fn named(id: &ObjectRef) -> Option<RowId> {
        Some((RouteKind::Http.name(), id.clone(), Line::default()))
    }

    fn find(store: &Store, id: &ObjectRef) -> Option<RowId> {
        row::find(store, id)
    }

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::<Self>::new(
                "NAME",
                (14, 30),
                |row, _| Cell::text(row.name()),
                |row, _| (0, row.name().into()),
            ),
            Column::<Self>::new(
                "KIND",
                (12, 20),
                |row, _| Cell::muted(row.kind().1),
                |row, _| {
                    let (rank, kind) = row.kind();
                    (rank, kind.into())
                },
            )
            .rank(1),
            Column::<Self>::new(
                "STATE",
                (11, 11),
                |row, ctx| signed(row.sign(ctx.store), row.verdict(ctx.store).0),
                |row, ctx| (0, row.verdict(ctx.store).0.into()),
            ),
            Column::<Self>::new(
                "HOSTS",
                (18, 40),
                |row, _| Cell::text(row.hosts()),
                |row, _| (0, row.hosts().into()),
            ),
            Column::<Self>::new(
                "BELONGS TO",
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
                |row, ctx| Cell::new(row.verdict(ctx.store).2.to_string(), Role::Warn),
                |row, ctx| (0, row.verdict(ctx.store).2.to_string().into()),
            )
            .rank(5),
            envoy::requests(),
            envoy::failed(),
            envoy::slowest(),
        ]
    }

    fn name(row: &Row<'_>) -> String {
        row.name().to_owned()
    }

    fn page(row: &Row<'_>, ctx: &Ctx<'_>) -> Page {
        page::page(*row, &Opened::default(), ctx)
    }

    fn page_with(row: &Row<'_>, opened: &Opened, ctx: &Ctx<'_>) -> Page {
        page::page(*row, opened, ctx)
    }

    fn offers(row: &Row<'_>, ctx: &Ctx<'_>) -> Vec<Offer> {
        offers::routes::offers(&row.target(), row.index, ctx)
    }

    fn offers_at(row: &Row<'_>, spot: &str, ctx: &Ctx<'_>) -> Option<Vec<Offer>> {
        let target = tree::target(*row, spot, ctx)?;
        Some(offers::routes::offers(&target, row.index, ctx))
    }

    fn name_at(row: &Row<'_>, spot: &str, ctx: &Ctx<'_>) -> Option<String> {
        Some(tree::target(*row, spot, ctx)?.name().to_owned())
    }

    fn lineage<'a>(row: &Row<'a>, ctx: &Ctx<'a>) -> Option<Vec<SortKey<'a>>> {
        Some(row.lineage(ctx.store))
    }

    fn depth(row: &Row<'_>, ctx: &Ctx<'_>) -> usize {
        row.lineage(ctx.store).len().saturating_sub(1)
    }

    fn thing(row: &Row<'_>) -> Option<Thing> {
        Some(row.target().thing())
    }

    fn count(store: &Store) -> Option<usize> {
        let routes = RouteKind::iter().map(|kind| routing::routes(store, kind).len());
        Some(store.gateways.len() + routes.sum::<usize>())
    }

    fn objects(store: &Store) -> Vec<Found> {
        let routes = RouteKind::iter().flat_map(|kind| {
            let table = routing::routes(store, kind);
            Found::all(table, "route", Place::Routes)
        });
        let gateways = Found::all(&store.gateways, "gateway", Place::Routes);
        routes.chain(gateways).collect()
    }
}
