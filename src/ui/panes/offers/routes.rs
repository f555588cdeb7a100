//! What can be done with a thing of the Routes tab: copy where it is reached and how kubectl shows it, read
//! all of it, go to what it hangs on and to what stands behind it. Nothing here changes anything.

use strum::IntoEnumIterator;

use crate::domain::attachment::Parent;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::route::{Listener, Route, RouteKind};
use crate::effect::{Effect, Offer, Place};
use crate::store::Store;
use crate::store::routing::{self, Index, ListenerOf, grants, judge};
use crate::ui::pane::Ctx;
use crate::ui::panes::routes::Target;

/// The most addresses, and the most pods, that the menu offers.
const MOST: usize = 4;

/// The menu of a thing.
pub(in crate::ui::panes) fn offers(target: &Target, index: &Index, ctx: &Ctx<'_>) -> Vec<Offer> {
    let store = ctx.store;
    let mut offers = Vec::new();
    let kind = RouteKind::iter().find(|kind| kind.name() == target.kind);
    let route = kind.and_then(|kind| routing::routes(store, kind).get(&target.id));
    if let Some(route) = route {
        offers.extend(addresses(route, store));
        offers.extend(grant(&grants::of_route(store, route)));
        offers.extend(leads(route, index, store));
    }
    if let Some(listener) = listener(target, store) {
        offers.extend(grant(&of_listener(target, listener, store)));
        let secret = listener.certificates.first();
        offers.extend(secret.and_then(|secret| certificate(secret, store)));
    }
    if let Some((place, id)) = target.shown() {
        let about = format!("goes to its own page in {place}");
        offers.push(Offer::plain(
            ('o', "open it"),
            &about,
            Effect::Show { place, id },
        ));
    }
    offers.push(Offer::plain(
        ('v', "view as YAML"),
        "shows all of it, without secrets",
        Effect::Read(target.thing()),
    ));
    let kind = target.kind.to_lowercase();
    let space = match target.id.namespace.as_str() {
        "" => String::new(),
        space => format!("-n {space} "),
    };
    let command = format!("kubectl {space}get {kind} {} -o yaml", target.id.name);
    offers.push(copy(
        ('k', "copy the command that shows it"),
        "command",
        command,
    ));
    offers.push(copy(
        ('c', "copy its name"),
        "name",
        target.name().to_owned(),
    ));
    offers
}

fn copy((key, label): (char, &str), what: &str, text: String) -> Offer {
    let about = text.clone();
    let effect = Effect::Copy {
        what: what.to_owned(),
        text,
    };
    Offer::plain((key, label), &about, effect)
}

/// Grants that are missing, to be applied by whoever may.
fn grant(manifests: &[String]) -> Option<Offer> {
    if manifests.is_empty() {
        return None;
    }
    let effect = Effect::Copy {
        what: "ReferenceGrant".to_owned(),
        text: manifests.join("---\n"),
    };
    Some(Offer::plain(
        ('y', "copy the ReferenceGrant that is missing"),
        "as YAML, for Git or for kubectl apply -f -",
        effect,
    ))
}

fn of_listener(target: &Target, listener: &Listener, store: &Store) -> Vec<String> {
    let of = ListenerOf {
        gateway: &target.id,
        parent: Parent {
            kind: target.kind,
            id: &target.id,
            listeners: std::slice::from_ref(listener),
        },
        listener,
    };
    grants::of_listener(store, &of)
}

fn show((key, label): (char, &str), place: Place, id: ObjectRef) -> Offer {
    let about = format!("shows {id}");
    Offer::plain((key, label), &about, Effect::Show { place, id })
}

fn listener<'a>(target: &Target, store: &'a Store) -> Option<&'a Listener> {
    let section = target.section.as_ref()?;
    let listeners = match target.kind {
        "Gateway" => &store.gateways.get(&target.id)?.listeners,
        _ => &store.routing.listener_sets.get(&target.id)?.listeners,
    };
    listeners.iter().find(|it| it.name == *section)
}

/// The listeners that a route means, each with what has it.
fn met<'a>(route: &Route, store: &'a Store) -> Vec<(&'a ObjectRef, &'a Listener)> {
    let mut met = Vec::new();
    for reference in &route.parents {
        let Some(parent) = judge::parent(store, reference) else {
            continue;
        };
        let fits = |it: &&Listener| reference.section.is_empty() || reference.section == it.name;
        met.extend(
            parent
                .listeners
                .iter()
                .filter(fits)
                .map(|it| (parent.id, it)),
        );
    }
    met
}

/// Where a route answers: its host names at its listeners, with the first path that it takes.
fn addresses(route: &Route, store: &Store) -> Vec<Offer> {
    let met = met(route, store);
    let web = met.iter().map(|(_, it)| *it);
    let Some(listener) = web
        .filter(|it| matches!(it.protocol.as_str(), "HTTP" | "HTTPS"))
        .max_by_key(|it| it.protocol == "HTTPS")
    else {
        return Vec::new();
    };
    let hosts = if route.hostnames.is_empty() {
        std::slice::from_ref(&listener.hostname)
    } else {
        &route.hostnames
    };
    let exact = hosts
        .iter()
        .filter(|host| !host.is_empty() && !host.contains('*'));
    let keys = ['u', '2', '3', '4'].into_iter();
    keys.zip(exact)
        .take(MOST)
        .map(|(key, host)| {
            let label = format!("copy the address of {host}");
            copy(
                (key, &label),
                "address",
                address(listener, host, &path(route)),
            )
        })
        .collect()
}

fn address(listener: &Listener, host: &Line, path: &str) -> String {
    let (scheme, usual) = match listener.protocol.as_str() {
        "HTTPS" => ("https", 443),
        _ => ("http", 80),
    };
    let port = match listener.port {
        port if port == usual => String::new(),
        port => format!(":{port}"),
    };
    format!("{scheme}://{host}{port}{path}")
}

/// The first path that a route names and that can be asked for as it is.
fn path(route: &Route) -> String {
    let matches = route.rules.iter().flat_map(|rule| &rule.matches);
    let plain = matches.filter_map(|told| {
        let (_, rest) = told
            .split_once("PathPrefix ")
            .or_else(|| told.split_once("Exact "))?;
        rest.split(' ').next()
    });
    plain.into_iter().next().unwrap_or("/").to_owned()
}

/// Where one can go from a route: what it hangs on, its certificate, its record, its pods.
fn leads(route: &Route, index: &Index, store: &Store) -> Vec<Offer> {
    let mut leads = Vec::new();
    let met = met(route, store);
    if let Some((owner, listener)) = met.first() {
        let name = format!("{}/{}", owner.name, listener.name);
        let id = ObjectRef::new(owner.namespace.clone(), name);
        leads.push(show(('l', "go to its listener"), Place::Routes, id));
        leads.push(show(
            ('g', "go to its gateway"),
            Place::Routes,
            (*owner).clone(),
        ));
    }
    let secrets = met.iter().filter_map(|(_, it)| it.certificates.first());
    leads.extend(secrets.filter_map(|it| certificate(it, store)).take(1));
    leads.extend(route.hostnames.first().map(|host| record(host, store)));
    let mut pods: Vec<ObjectRef> = Vec::new();
    for backend in route.backends() {
        for slice in index.slices(store, &backend.id) {
            let named = slice.endpoints.iter().filter(|it| !it.pod.is_empty());
            let of = |pod: &Line| ObjectRef::new(slice.id.namespace.clone(), pod.clone());
            pods.extend(named.map(|endpoint| of(&endpoint.pod)));
        }
    }
    let keys = ['p', '6', '7', '8'].into_iter();
    leads.extend(keys.zip(pods).take(MOST).map(|(key, pod)| {
        let label = format!("go to pod {}", pod.name);
        show((key, &label), Place::Pods, pod)
    }));
    leads
}

/// The Certificate that makes a Secret.
fn certificate(secret: &ObjectRef, store: &Store) -> Option<Offer> {
    let mut all = store.certificates.in_namespace(&secret.namespace);
    let maker = all.find(|it| it.secret == secret.name)?;
    Some(show(
        ('t', "go to its certificate"),
        Place::Certs,
        maker.id.clone(),
    ))
}

/// The DNS record of a host name, as the DNS tab names it: by type and name.
fn record(host: &Line, store: &Store) -> Offer {
    let leads = ["A", "AAAA", "CNAME"];
    let wanted = store.dns_endpoints.iter().flat_map(|it| &it.records);
    let wanted = wanted.map(|it| (&it.name, &it.kind));
    let published = store.records.iter().map(|it| (&it.name, &it.kind));
    let kind = wanted
        .chain(published)
        .find(|(name, kind)| *name == host && leads.contains(&kind.as_str()))
        .map_or_else(Line::default, |(_, kind)| kind.clone());
    let id = ObjectRef::new(kind, host.clone());
    let about = format!("shows {host} as it is wanted and published");
    let effect = Effect::Show {
        place: Place::Dns,
        id,
    };
    Offer::plain(('d', "go to its DNS record"), &about, effect)
}
