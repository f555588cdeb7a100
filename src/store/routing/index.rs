//! Who refers to whom, by name: made once for each change, so that no question has to look through all.

use std::collections::BTreeMap;

use strum::IntoEnumIterator;

use crate::domain::attachment::{Admission, Parent, admission};
use crate::domain::endpoints::EndpointSlice;
use crate::domain::line::Line;
use crate::domain::object::{ObjectRef, Severity};
use crate::domain::policy::{Policy, PolicyKind};
use crate::domain::route::{Gateway, ListenerSet, ParentRef, Route, RouteKind};
use crate::store::Store;

use super::{ListenerOf, judge, routes};

/// Names a route of any kind.
pub type RouteKey = (RouteKind, ObjectRef);

/// How a route is, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How much it matters; nothing where it is well.
    pub severity: Option<Severity>,
    /// A word for it.
    pub word: &'static str,
    /// Why, where it is not well.
    pub why: Line,
}

/// A route, and the reference by which it hangs where it was looked for.
pub type Attached<'a> = (&'a Route, &'a ParentRef);

/// References between objects of the Gateway API, the other way round.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// Routes that refer to a parent, each with the place of the reference in it.
    children: BTreeMap<(Line, ObjectRef), Vec<(RouteKey, usize)>>,
    sets: BTreeMap<ObjectRef, Vec<ObjectRef>>,
    slices: BTreeMap<ObjectRef, Vec<ObjectRef>>,
    policies: BTreeMap<(Line, ObjectRef), Vec<(PolicyKind, ObjectRef)>>,
    verdicts: BTreeMap<RouteKey, Verdict>,
}

impl Index {
    /// Everything in `store`, by whom it refers to.
    pub fn of(store: &Store) -> Self {
        let mut index = Self::default();
        for kind in RouteKind::iter() {
            for route in routes(store, kind).iter() {
                for (at, parent) in route.parents.iter().enumerate() {
                    let key = (parent.kind.clone(), parent.id.clone());
                    let child = ((kind, route.id.clone()), at);
                    index.children.entry(key).or_default().push(child);
                }
            }
        }
        for set in store.routing.listener_sets.iter() {
            let sets = index.sets.entry(set.parent.clone()).or_default();
            sets.push(set.id.clone());
        }
        for slice in store.endpoint_slices.iter() {
            let service = ObjectRef::new(slice.id.namespace.clone(), slice.service.clone());
            index
                .slices
                .entry(service)
                .or_default()
                .push(slice.id.clone());
        }
        for kind in PolicyKind::iter() {
            for policy in store.routing.policies(kind).iter() {
                index.add_policy(policy);
            }
        }
        let mut verdicts = BTreeMap::new();
        for kind in RouteKind::iter() {
            for route in routes(store, kind).iter() {
                let verdict = judge::verdict(store, &index, route);
                verdicts.insert((kind, route.id.clone()), verdict);
            }
        }
        index.verdicts = verdicts;
        index
    }

    /// A policy stands at each of its targets; where it finds them by labels, at the gateways that a
    /// controller names.
    fn add_policy(&mut self, policy: &Policy) {
        let targets = policy.targets.iter().map(|target| {
            let id = ObjectRef::new(policy.id.namespace.clone(), target.name.clone());
            (target.kind.clone(), id)
        });
        let ancestors = policy.ancestors.iter().filter(|_| policy.by_labels);
        let ancestors = ancestors.map(|told| (told.parent.kind.clone(), told.parent.id.clone()));
        for target in targets.chain(ancestors) {
            let known = self.policies.entry(target).or_default();
            let named = (policy.kind, policy.id.clone());
            if !known.contains(&named) {
                known.push(named);
            }
        }
    }

    /// How a route is.
    pub fn verdict(&self, route: &Route) -> Option<&Verdict> {
        self.verdicts.get(&(route.kind, route.id.clone()))
    }

    /// Routes that refer to a parent, of any kind, in order of kind and name.
    pub fn children<'a>(&self, store: &'a Store, kind: &str, id: &ObjectRef) -> Vec<Attached<'a>> {
        let key = (Line::new(kind), id.clone());
        let children = self.children.get(&key).into_iter().flatten();
        children
            .filter_map(|((kind, id), at)| {
                let route = routes(store, *kind).get(id)?;
                Some((route, route.parents.get(*at)?))
            })
            .collect()
    }

    /// Routes that belong below one listener: those that name it, and those that fit it where they name
    /// none.
    pub fn below<'a>(&self, store: &'a Store, of: &ListenerOf<'_>) -> Vec<Attached<'a>> {
        let mut all = self.children(store, of.parent.kind, of.parent.id);
        all.retain(|(route, reference)| is_below(route, reference, of));
        all
    }

    /// Routes that refer to a parent and belong below none of its listeners.
    pub fn astray<'a>(&self, store: &'a Store, parent: &Parent<'_>) -> Vec<Attached<'a>> {
        let mut all = self.children(store, parent.kind, parent.id);
        all.retain(|(route, reference)| {
            !parent.listeners.iter().any(|listener| {
                let of = ListenerOf {
                    gateway: parent.id,
                    parent: *parent,
                    listener,
                };
                is_below(route, reference, &of)
            })
        });
        all
    }

    /// Sets that add listeners to a gateway.
    pub fn sets<'a>(
        &self,
        store: &'a Store,
        gateway: &Gateway,
    ) -> impl Iterator<Item = &'a ListenerSet> + use<'a> {
        let ids = self.sets.get(&gateway.id).cloned().unwrap_or_default();
        ids.into_iter()
            .filter_map(|id| store.routing.listener_sets.get(&id))
    }

    /// Slices of a Service.
    pub fn slices<'a>(&self, store: &'a Store, service: &ObjectRef) -> Vec<&'a EndpointSlice> {
        let ids = self.slices.get(service).into_iter().flatten();
        ids.filter_map(|id| store.endpoint_slices.get(id)).collect()
    }

    /// Policies that are attached to an object, or to one section of it.
    pub fn policies<'a>(&self, store: &'a Store, kind: &str, id: &ObjectRef) -> Vec<&'a Policy> {
        let key = (Line::new(kind), id.clone());
        let named = self.policies.get(&key).into_iter().flatten();
        named
            .filter_map(|(kind, id)| store.routing.policies(*kind).get(id))
            .collect()
    }
}

fn is_below(route: &Route, reference: &ParentRef, of: &ListenerOf<'_>) -> bool {
    let barred = || {
        let found = admission(route, reference, &of.parent, of.listener);
        matches!(found, Admission::Barred(_))
    };
    if reference.section.is_empty() {
        !barred()
    } else {
        reference.section == of.listener.name
    }
}
