//! The rows of the Routes tab: every kind of the Gateway API, and listeners, which are parts of two.

use jiff::Timestamp;
use strum::IntoEnumIterator;

use super::super::signs::{self, Sign};
use super::target::Target;
use crate::domain::attachment::{Admission, Parent, admission};
use crate::domain::line::Line;
use crate::domain::object::{Object, ObjectRef, Severity};
use crate::domain::policy::{Policy, PolicyKind};
use crate::domain::reference_grant::ReferenceGrant;
use crate::domain::route::{Gateway, GatewayClass, Listener, ListenerSet, Route, RouteKind};
use crate::store::Store;
use crate::store::routing::{self, Index, ListenerOf, judge};
use crate::ui::list::SortKey;

/// Names a row: its kind, the object, and the listener where it is one.
pub(super) type RowId = (&'static str, ObjectRef, Line);

/// What a row is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of<'a> {
    Class(&'a GatewayClass),
    Gateway(&'a Gateway),
    Set(&'a ListenerSet),
    Listener(ListenerOf<'a>),
    Route(&'a Route),
    Policy(&'a Policy),
    Grant(&'a ReferenceGrant),
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub(super) of: Of<'a>,
    pub(super) index: &'a Index,
}

/// All rows, by kind.
pub(super) fn all<'a>(store: &'a Store, index: &'a Index) -> impl Iterator<Item = Row<'a>> {
    let of_gateways = store.gateways.iter().flat_map(|gateway| {
        let listeners = routing::listeners(gateway, index.sets(store, gateway));
        listeners.map(Of::Listener)
    });
    let routes = RouteKind::iter().flat_map(|kind| routing::routes(store, kind).iter());
    let policies = PolicyKind::iter().flat_map(|kind| store.routing.policies(kind).iter());
    (store.gateway_classes.iter().map(Of::Class))
        .chain(store.gateways.iter().map(Of::Gateway))
        .chain(store.routing.listener_sets.iter().map(Of::Set))
        .chain(of_gateways)
        .chain(routes.map(Of::Route))
        .chain(policies.map(Of::Policy))
        .chain(store.routing.grants.iter().map(Of::Grant))
        .map(move |of| Row { of, index })
}

/// One row.
pub(super) fn get<'a>(store: &'a Store, index: &'a Index, id: &RowId) -> Option<Row<'a>> {
    let (kind, id, section) = id;
    let of = match *kind {
        "GatewayClass" => Of::Class(store.gateway_classes.get(id)?),
        "ReferenceGrant" => Of::Grant(store.routing.grants.get(id)?),
        "Gateway" if section.is_empty() => Of::Gateway(store.gateways.get(id)?),
        "ListenerSet" if section.is_empty() => Of::Set(store.routing.listener_sets.get(id)?),
        "Gateway" | "ListenerSet" => Of::Listener(listener(store, (kind, id, section))?),
        kind => {
            if let Some(kind) = RouteKind::iter().find(|it| it.name() == kind) {
                Of::Route(routing::routes(store, kind).get(id)?)
            } else {
                let kind = PolicyKind::iter().find(|it| it.name() == kind)?;
                Of::Policy(store.routing.policies(kind).get(id)?)
            }
        }
    };
    Some(Row { of, index })
}

fn listener<'a>(
    store: &'a Store,
    (kind, id, section): (&str, &ObjectRef, &Line),
) -> Option<ListenerOf<'a>> {
    let (gateway, parent) = if kind == "Gateway" {
        let gateway = store.gateways.get(id)?;
        let parent = Parent {
            kind: "Gateway",
            id: &gateway.id,
            listeners: &gateway.listeners,
        };
        (&gateway.id, parent)
    } else {
        let set = store.routing.listener_sets.get(id)?;
        let parent = Parent {
            kind: "ListenerSet",
            id: &set.id,
            listeners: &set.listeners,
        };
        (&set.parent, parent)
    };
    let listener = parent.listeners.iter().find(|it| it.name == *section)?;
    Some(ListenerOf {
        gateway,
        parent,
        listener,
    })
}

/// The row of an object that another tab names: a route before what it may share its name with. A
/// listener is named `GATEWAY/LISTENER`.
pub(super) fn find(store: &Store, id: &ObjectRef) -> Option<RowId> {
    if let Some((owner, section)) = id.name.split_once('/') {
        let owner = ObjectRef::new(id.namespace.clone(), owner);
        let kind = if store.gateways.get(&owner).is_some() {
            "Gateway"
        } else {
            "ListenerSet"
        };
        return Some((kind, owner, section.into()));
    }
    let routing = &store.routing;
    let whole = |kind| Some((kind, id.clone(), Line::default()));
    if let Some(kind) =
        RouteKind::iter().find(|kind| routing::routes(store, *kind).get(id).is_some())
    {
        return whole(kind.name());
    }
    if store.gateways.get(id).is_some() {
        return whole("Gateway");
    }
    if routing.listener_sets.get(id).is_some() {
        return whole("ListenerSet");
    }
    if store.gateway_classes.get(id).is_some() {
        return whole("GatewayClass");
    }
    if let Some(kind) = PolicyKind::iter().find(|kind| routing.policies(*kind).get(id).is_some()) {
        return whole(kind.name());
    }
    routing.grants.get(id).and_then(|_| whole("ReferenceGrant"))
}

impl<'a> Row<'a> {
    pub(super) fn target(self) -> Target {
        match self.of {
            Of::Class(class) => Target::new("GatewayClass", &class.id),
            Of::Gateway(gateway) => Target::new("Gateway", &gateway.id),
            Of::Set(set) => Target::new("ListenerSet", &set.id),
            Of::Listener(of) => {
                let kind = if of.parent.kind == "Gateway" {
                    "Gateway"
                } else {
                    "ListenerSet"
                };
                Target::listener(kind, of.parent.id, &of.listener.name)
            }
            Of::Route(route) => Target::new(route.kind.name(), &route.id),
            Of::Policy(policy) => Target::new(policy.kind.name(), &policy.id),
            Of::Grant(grant) => Target::new("ReferenceGrant", &grant.id),
        }
    }

    pub(super) fn id(self) -> RowId {
        let target = self.target();
        (target.kind, target.id, target.section.unwrap_or_default())
    }

    /// Its kind, and where that stands among the kinds.
    pub(super) fn kind(self) -> (i64, &'static str) {
        match self.of {
            Of::Class(_) => (0, "GatewayClass"),
            Of::Gateway(_) => (1, "Gateway"),
            Of::Set(_) => (2, "ListenerSet"),
            Of::Listener(_) => (3, "listener"),
            Of::Route(route) => (4, route.kind.name()),
            Of::Policy(policy) => (5, policy.kind.name()),
            Of::Grant(_) => (6, "ReferenceGrant"),
        }
    }

    pub(super) fn name(self) -> &'a str {
        match self.of {
            Of::Class(class) => &class.id.name,
            Of::Gateway(gateway) => &gateway.id.name,
            Of::Set(set) => &set.id.name,
            Of::Listener(of) => &of.listener.name,
            Of::Route(route) => &route.id.name,
            Of::Policy(policy) => &policy.id.name,
            Of::Grant(grant) => &grant.id.name,
        }
    }

    pub(super) fn created(self) -> Option<Timestamp> {
        match self.of {
            Of::Class(_) | Of::Listener(_) => None,
            Of::Gateway(gateway) => gateway.created,
            Of::Set(set) => set.created,
            Of::Route(route) => route.created,
            Of::Policy(policy) => policy.created,
            Of::Grant(grant) => grant.created,
        }
    }

    /// How it is: a word, how much it matters, and why.
    pub(super) fn verdict(self, store: &Store) -> (&'static str, Option<Severity>, Line) {
        let of = |ailment: Option<crate::domain::object::Ailment>, well| match ailment {
            Some(it) if it.severity == Severity::Critical => ("Refused", Some(it.severity), it.why),
            Some(it) => ("Waiting", Some(it.severity), it.why),
            None => (well, None, Line::default()),
        };
        match self.of {
            Of::Class(class) => of(class.ailment(), "Accepted"),
            Of::Gateway(gateway) => of(gateway.ailment(), "Accepted"),
            Of::Set(set) => of(set.ailment(), "Accepted"),
            Of::Listener(it) => {
                let found = routing::listener(store, &it);
                match found.first() {
                    Some(first) => ("Broken", Some(first.severity), Line::new(&first.why)),
                    None if it.listener.conditions.is_empty() => ("Waiting", None, Line::default()),
                    None => ("Listens", None, Line::default()),
                }
            }
            Of::Route(route) => self.index.verdict(route).map_or_else(
                || of(route.ailment(), "Accepted"),
                |it| (it.word, it.severity, it.why.clone()),
            ),
            Of::Policy(policy) if policy.ancestors.is_empty() => (
                "Waiting",
                Some(Severity::Warning),
                "no controller answers for it: its target is not there, or not served".into(),
            ),
            Of::Policy(policy) => policy.ailment().map_or_else(
                || ("Accepted", None, Line::default()),
                |it| ("Refused", Some(it.severity), it.why),
            ),
            Of::Grant(_) => ("Granted", None, Line::default()),
        }
    }

    pub(super) fn sign(self, store: &Store) -> Sign {
        let (word, severity, _) = self.verdict(store);
        match severity {
            Some(severity) => signs::severity(severity),
            None if word == "Waiting" => signs::NONE,
            None => signs::OK,
        }
    }

    /// By what it stands in the tree: class, gateway, listener, route.
    pub(super) fn lineage(self, store: &'a Store) -> Vec<SortKey<'a>> {
        match self.of {
            Of::Class(class) => vec![(0, class.id.name.as_str().into())],
            Of::Gateway(gateway) => of_gateway(gateway),
            Of::Set(set) => {
                let mut keys = of_parent(store, "Gateway", &set.parent);
                keys.push((SETS, set.id.to_string().into()));
                keys
            }
            Of::Listener(of) => of_listener(store, &of.parent, of.listener),
            Of::Route(route) => {
                let mut keys = above(store, route);
                keys.push(of_route(route));
                keys
            }
            Of::Policy(policy) => {
                let kind = policy.targets.first().map_or("", |it| it.kind.as_str());
                let name = policy.targets.first().map_or("", |it| it.name.as_str());
                let id = ObjectRef::new(policy.id.namespace.clone(), name);
                let mut keys = of_parent(store, kind, &id);
                keys.push((POLICIES, policy.id.to_string().into()));
                keys
            }
            Of::Grant(grant) => vec![(POLICIES + 1, grant.id.to_string().into())],
        }
    }
}

/// In this order things stand below a gateway; its own listeners come first.
const SETS: i64 = 1_000;
const ROUTES: i64 = 2_000;
const POLICIES: i64 = 3_000;

fn of_gateway(gateway: &Gateway) -> Vec<SortKey<'_>> {
    vec![
        (0, gateway.class.as_str().into()),
        (1, gateway.id.to_string().into()),
    ]
}

fn of_route<'a>(route: &Route) -> SortKey<'a> {
    let among = match route.kind {
        RouteKind::Http => 0,
        RouteKind::Grpc => 1,
        RouteKind::Tls => 2,
        RouteKind::Tcp => 3,
    };
    (ROUTES + among, route.id.to_string().into())
}

fn of_parent<'a>(store: &'a Store, kind: &str, id: &ObjectRef) -> Vec<SortKey<'a>> {
    match kind {
        "Gateway" => store.gateways.get(id).map_or_else(Vec::new, of_gateway),
        "ListenerSet" => {
            let Some(set) = store.routing.listener_sets.get(id) else {
                return Vec::new();
            };
            let mut keys = of_parent(store, "Gateway", &set.parent);
            keys.push((SETS, set.id.to_string().into()));
            keys
        }
        kind => {
            let kind = RouteKind::iter().find(|it| it.name() == kind);
            let route = kind.and_then(|kind| routing::routes(store, kind).get(id));
            route.map_or_else(Vec::new, |route| {
                let mut keys = above(store, route);
                keys.push(of_route(route));
                keys
            })
        }
    }
}

fn of_listener<'a>(
    store: &'a Store,
    parent: &Parent<'a>,
    listener: &'a Listener,
) -> Vec<SortKey<'a>> {
    let at = (parent.listeners.iter()).position(|it| it.name == listener.name);
    let at = at.and_then(|at| i64::try_from(at).ok()).unwrap_or_default();
    let mut keys = of_parent(store, parent.kind, parent.id);
    keys.push((at, listener.name.as_str().into()));
    keys
}

/// A route stands below the first listener that takes it, or below its parent.
fn above<'a>(store: &'a Store, route: &Route) -> Vec<SortKey<'a>> {
    let Some(reference) = route.parents.first() else {
        return Vec::new();
    };
    let Some(parent) = judge::parent(store, reference) else {
        return Vec::new();
    };
    let takes = |listener: &&Listener| {
        reference.section == listener.name
            || reference.section.is_empty()
                && !matches!(
                    admission(route, reference, &parent, listener),
                    Admission::Barred(_)
                )
    };
    match parent.listeners.iter().find(takes) {
        Some(listener) => of_listener(store, &parent, listener),
        None => of_parent(store, parent.kind, parent.id),
    }
}
