//! Who is below whom, as branches: class, gateway, set, listener, route, rule, backend, slice, pod. Each
//! with a sign, and the reason where it is not well.
//!
//! A branch that has others below it can be folded; `opened` says which are not as they are at first.

use super::super::signs;
use super::branch::{
    At, Below, Branch, PLAIN, backend_branch, bare, complained, counted, gateway_branch,
    listener_branch, of, policy_branch, set_branch, worst,
};
use super::row::{Of, Row};
use super::target::Target;
use crate::domain::advice::Advice;
use crate::domain::endpoints::EndpointSlice;
use crate::domain::line::Line;
use crate::domain::object::{Object, ObjectRef};
use crate::domain::policy::Policy;
use crate::domain::route::{Backend, Gateway, ListenerSet, ParentRef, Route, Rule};
use crate::store::Store;
use crate::store::routing::{self, Index, ListenerOf, judge, spoken};
use crate::ui::list::Opened;
use crate::ui::pane::Ctx;

/// What grows the branches.
struct Grower<'a> {
    store: &'a Store,
    index: &'a Index,
    opened: Option<&'a Opened>,
    /// Whether routes are open at first.
    opens_routes: bool,
    branches: Vec<Branch>,
}

/// The branches of a row's tree.
pub(super) fn branches(row: Row<'_>, opened: &Opened, ctx: &Ctx<'_>) -> Vec<Branch> {
    grown(row, Some(opened), ctx)
}

/// What stands at a spot.
pub(super) fn target(row: Row<'_>, spot: &str, ctx: &Ctx<'_>) -> Option<Target> {
    let mut all = grown(row, None, ctx).into_iter();
    all.find(|branch| branch.spot == spot)?.target
}

fn grown(row: Row<'_>, opened: Option<&Opened>, ctx: &Ctx<'_>) -> Vec<Branch> {
    let mut grower = Grower {
        store: ctx.store,
        index: row.index,
        opened,
        opens_routes: matches!(row.of, Of::Route(_)),
        branches: Vec::new(),
    };
    match row.of {
        Of::Class(class) => {
            grower.class(&class.id.name);
            let of_class = |it: &&Gateway| it.class == class.id.name;
            for gateway in ctx.store.gateways.iter().filter(of_class) {
                grower.gateway(gateway);
            }
        }
        Of::Gateway(gateway) => {
            grower.class(&gateway.class);
            grower.gateway(gateway);
        }
        Of::Set(set) => grower.of_set(set),
        Of::Listener(of) => {
            let depth = grower.above(of.parent.kind, of.parent.id);
            grower.listener(&of, Below { depth, spot: "" });
        }
        Of::Route(route) => {
            for reference in &route.parents {
                grower.of_route(route, reference);
            }
        }
        Of::Policy(_) | Of::Grant(_) => {}
    }
    grower.branches
}

impl<'a> Grower<'a> {
    /// Adds a branch; says whether what is below it is to be grown.
    fn add(&mut self, mut branch: Branch, by_default: Option<bool>) -> bool {
        let is_turned = |it: &Opened| it.spots.contains(&branch.spot);
        let shown = match (self.opened, by_default) {
            (None, Some(_)) => Some(true),
            (Some(opened), Some(open)) => Some(open != is_turned(opened)),
            (_, None) => None,
        };
        branch.open = shown;
        self.branches.push(branch);
        shown == Some(true)
    }

    fn class(&mut self, name: &Line) {
        let found = self
            .store
            .gateway_classes
            .get(&ObjectRef::cluster(name.clone()));
        let branch = match found {
            Some(class) => Branch {
                sign: of(&class.conditions),
                text: format!("{name}  {}", class.controller),
                advice: complained(&class.conditions),
                target: Some(Target::new("GatewayClass", &class.id)),
                ..bare(0, "GatewayClass", String::new(), "class".to_owned())
            },
            None => bare(0, "GatewayClass", name.to_string(), "class".to_owned()),
        };
        self.add(branch, None);
    }

    /// What is above the listeners of a parent; says how deep those stand.
    fn above(&mut self, kind: &str, id: &ObjectRef) -> usize {
        let set = match kind {
            "ListenerSet" => self.store.routing.listener_sets.get(id),
            _ => None,
        };
        let gateway = self.store.gateways.get(set.map_or(id, |set| &set.parent));
        if let Some(gateway) = gateway {
            self.class(&gateway.class);
            let branch = gateway_branch(gateway);
            self.add(branch, None);
        }
        let Some(set) = set else {
            return 2;
        };
        let branch = set_branch(set, Below { depth: 2, spot: "" });
        self.add(branch, None);
        3
    }

    fn gateway(&mut self, gateway: &Gateway) {
        let branch = gateway_branch(gateway);
        let spot = branch.spot.clone();
        if !self.add(branch, Some(true)) {
            return;
        }
        let below = Below {
            depth: 2,
            spot: &spot,
        };
        self.policies("Gateway", (&gateway.id, ""), below);
        for of in routing::listeners(gateway, std::iter::empty()) {
            self.listener(&of, below);
        }
        let sets: Vec<_> = self.index.sets(self.store, gateway).collect();
        for set in sets {
            self.set(set, gateway, below);
        }
        if let Some(of) = routing::listeners(gateway, std::iter::empty()).next() {
            self.astray(&of, below);
        }
    }

    fn of_set(&mut self, set: &ListenerSet) {
        let Some(gateway) = self.store.gateways.get(&set.parent) else {
            let advice = Advice::critical(
                format!("Gateway {} is not there, or not visible", set.parent),
                "Let parentRef name a Gateway that is there",
            );
            let branch = Branch {
                advice: vec![advice],
                ..set_branch(set, Below { depth: 0, spot: "" })
            };
            self.add(branch, None);
            return;
        };
        self.class(&gateway.class);
        let branch = gateway_branch(gateway);
        self.add(branch, None);
        self.set(set, gateway, Below { depth: 2, spot: "" });
    }

    fn set(&mut self, set: &ListenerSet, gateway: &Gateway, below: Below<'_>) {
        let branch = set_branch(set, below);
        let spot = branch.spot.clone();
        if !self.add(branch, Some(true)) {
            return;
        }
        let below = Below {
            depth: below.depth + 1,
            spot: &spot,
        };
        let all = routing::listeners(gateway, std::iter::once(set));
        let own: Vec<_> = all.filter(|of| of.parent.kind == "ListenerSet").collect();
        for of in &own {
            self.listener(of, below);
        }
        if let Some(of) = own.first() {
            self.astray(of, below);
        }
    }

    fn listener(&mut self, of: &ListenerOf<'_>, below: Below<'_>) {
        let branch = listener_branch(self.store, of, below);
        let spot = branch.spot.clone();
        let routes = self.index.below(self.store, of);
        let section = (of.parent.id, of.listener.name.as_str());
        let has_policies = !self.policies_of(of.parent.kind, section).is_empty();
        let has_more = has_policies || !routes.is_empty() || !of.listener.certificates.is_empty();
        if !self.add(branch, has_more.then_some(true)) {
            return;
        }
        let below = Below {
            depth: below.depth + 1,
            spot: &spot,
        };
        self.policies(of.parent.kind, section, below);
        if of.listener.ends_tls() {
            for secret in &of.listener.certificates {
                self.secret(secret, of, below);
            }
        }
        for (route, reference) in routes {
            self.route(route, reference, below);
        }
    }

    /// Routes that ask for a parent and are below none of its listeners.
    fn astray(&mut self, of: &ListenerOf<'_>, below: Below<'_>) {
        for (route, reference) in self.index.astray(self.store, &of.parent) {
            self.route(route, reference, below);
        }
    }

    fn secret(&mut self, secret: &ObjectRef, of: &ListenerOf<'_>, below: Below<'_>) {
        let certificates = self.store.certificates.in_namespace(&secret.namespace);
        let maker = certificates
            .into_iter()
            .find(|certificate| certificate.secret == secret.name);
        let name = spoken(secret, of.parent.id);
        let (sign, text, target) = match maker {
            Some(it) if it.is_ready() => (
                signs::OK,
                format!("{name}  of Certificate {}", it.id.name),
                Target::new("Certificate", &it.id),
            ),
            Some(it) => (
                signs::WARN,
                format!("{name}  of Certificate {}, which is not ready", it.id.name),
                Target::new("Certificate", &it.id),
            ),
            None => (signs::NONE, name, Target::new("Secret", secret)),
        };
        let spot = format!("{}/secret {secret}", below.spot);
        let branch = Branch {
            sign,
            target: Some(target),
            ..bare(below.depth, "secret", text, spot)
        };
        self.add(branch, None);
    }

    /// Policies for one section of an object, or for all of it where there is none.
    fn policies(&mut self, kind: &str, of: (&ObjectRef, &str), below: Below<'_>) {
        for policy in self.policies_of(kind, of) {
            let branch = policy_branch(policy, below);
            self.add(branch, None);
        }
    }

    fn policies_of(&self, kind: &str, (id, section): (&ObjectRef, &str)) -> Vec<&'a Policy> {
        let is_for = |policy: &&Policy| {
            let mut targets = policy.targets.iter();
            let named = targets.any(|it| it.name == id.name && it.section == *section);
            named || (policy.by_labels && section.is_empty())
        };
        let found = self.index.policies(self.store, kind, id);
        found.into_iter().filter(is_for).collect()
    }

    /// A route with what is above it, for one of its parents.
    fn of_route(&mut self, route: &Route, reference: &ParentRef) {
        let Some(parent) = judge::parent(self.store, reference) else {
            let place = Below { depth: 1, spot: "" };
            let what = spoken(&reference.id, &route.id);
            let spot = format!("{} {}", reference.kind, reference.id);
            let missing = Branch {
                sign: signs::BAD,
                ..bare(0, "parent", format!("{} {what}", reference.kind), spot)
            };
            self.add(missing, None);
            return self.route(route, reference, place);
        };
        let depth = self.above(parent.kind, parent.id);
        let mut spot = String::new();
        let mut deeper = depth;
        for listener in parent.listeners {
            let of = ListenerOf {
                gateway: parent.id,
                parent,
                listener,
            };
            let below = self.index.below(self.store, &of);
            if below
                .iter()
                .any(|(it, by)| it.id == route.id && it.kind == route.kind && *by == reference)
            {
                let place = Below { depth, spot: "" };
                let branch = listener_branch(self.store, &of, place);
                spot.clone_from(&branch.spot);
                self.add(branch, None);
                deeper = depth + 1;
            }
        }
        let below = Below {
            depth: deeper,
            spot: &spot,
        };
        self.route(route, reference, below);
    }

    fn route(&mut self, route: &Route, reference: &ParentRef, below: Below<'_>) {
        let mut advice = judge::attachment(self.store, route, reference);
        advice.extend(judge::remarks(self.store, route));
        let status = route.status_of(reference);
        let conditions = status.map_or(&[][..], |status| &status.conditions);
        let sign = match worst(&advice) {
            Some(severity) => signs::severity(severity),
            None => of(conditions),
        };
        let kind = route.kind.name();
        let branch = Branch {
            sign,
            advice,
            target: Some(Target::new(kind, &route.id)),
            ..bare(
                below.depth,
                kind,
                spoken(&route.id, &reference.id),
                format!("{}/{kind} {}", below.spot, route.id),
            )
        };
        let spot = branch.spot.clone();
        if !self.add(branch, Some(self.opens_routes)) {
            return self.summed_up(route);
        }
        let below = Below {
            depth: below.depth + 1,
            spot: &spot,
        };
        self.policies(kind, (&route.id, ""), below);
        for (number, rule) in route.rules.iter().enumerate() {
            self.rule(route, (number, rule), below);
        }
    }

    /// Says on a folded route what is not well below it.
    fn summed_up(&mut self, route: &Route) {
        let verdict = self.index.verdict(route);
        let bad = verdict.and_then(|it| Some((it.severity?, &it.why)));
        let Some((branch, (severity, why))) = self.branches.last_mut().zip(bad) else {
            return;
        };
        if branch.advice.is_empty() {
            branch.sign = signs::severity(severity);
            branch.advice.push(Advice {
                severity,
                why: why.to_string(),
                next: String::new(),
            });
        }
    }

    fn rule(&mut self, route: &Route, (number, rule): (usize, &Rule), below: Below<'_>) {
        let matches: Vec<&str> = rule.matches.iter().map(Line::as_str).collect();
        let what = if matches.is_empty() {
            "everything".to_owned()
        } else {
            matches.join(" or ")
        };
        let advice: Vec<Advice> = judge::rule(route, rule).into_iter().collect();
        let branch = Branch {
            sign: worst(&advice).map_or(PLAIN, signs::severity),
            advice,
            ..bare(
                below.depth,
                "rule",
                what,
                format!("{}/rule {number}", below.spot),
            )
        };
        let spot = branch.spot.clone();
        if !self.add(branch, Some(true)) {
            return;
        }
        let below = Below {
            depth: below.depth + 1,
            spot: &spot,
        };
        for (at, filter) in rule.filters.iter().enumerate() {
            let spot = format!("{spot}/filter {at}");
            let branch = Branch {
                sign: PLAIN,
                ..bare(below.depth, "filter", filter.to_string(), spot)
            };
            self.add(branch, None);
        }
        for (at, backend) in rule.backends.iter().enumerate() {
            self.backend(route, ((number, at), backend), below);
        }
    }

    fn backend(&mut self, route: &Route, (at, backend): (At, &Backend), below: Below<'_>) {
        let behind = routing::behind(self.store, self.index, route, (at, backend));
        let spot = format!("{}/backend {}", below.spot, at.1);
        let branch = backend_branch(route, backend, &behind, (below.depth, &spot));
        let has_more = !behind.slices.is_empty();
        if !self.add(branch, has_more.then_some(true)) {
            return;
        }
        let below = Below {
            depth: below.depth + 1,
            spot: &spot,
        };
        self.policies("Service", (&backend.id, ""), below);
        for slice in behind.slices {
            self.slice(slice, below);
        }
    }

    fn slice(&mut self, slice: &EndpointSlice, below: Below<'_>) {
        let ports: Vec<&str> = slice.ports.iter().map(Line::as_str).collect();
        let (ready, total) = (slice.ready(), slice.endpoints.len());
        let branch = Branch {
            sign: counted(ready, total),
            target: Some(Target::new("EndpointSlice", &slice.id)),
            ..bare(
                below.depth,
                "EndpointSlice",
                format!("{}  {}", slice.id.name, ports.join(" ")),
                format!("{}/slice {}", below.spot, slice.id),
            )
        };
        let spot = branch.spot.clone();
        if !self.add(branch, (total > 0).then_some(true)) {
            return;
        }
        for (at, endpoint) in slice.endpoints.iter().enumerate() {
            let id = ObjectRef::new(slice.id.namespace.clone(), endpoint.pod.clone());
            let ailment = self.store.pods.get(&id).and_then(Object::ailment);
            let advice = ailment.filter(|_| !endpoint.ready).map(|ailment| Advice {
                severity: ailment.severity,
                why: ailment.why.to_string(),
                next: String::new(),
            });
            let branch = Branch {
                sign: if endpoint.ready {
                    signs::OK
                } else {
                    signs::WARN
                },
                advice: advice.into_iter().collect(),
                target: (!endpoint.pod.is_empty()).then(|| Target::new("Pod", &id)),
                ..bare(
                    below.depth + 1,
                    "pod",
                    format!(
                        "{}  {} on {}",
                        endpoint.pod, endpoint.address, endpoint.node
                    ),
                    format!("{spot}/{at}"),
                )
            };
            self.add(branch, None);
        }
    }
}
