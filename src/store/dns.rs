//! Names side by side: what is wanted in the cluster, what is published at Cloudflare, who keeps it,
//! and what name servers answer. Worked out when it is asked for.

mod resolution;
mod wishes;

pub use resolution::{Resolution, fits};
pub use wishes::Wish;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::domain::action::{Action, RecordWish};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::record::{PublishedRecord, Registration, WantedRecord};
use crate::domain::registry::{self, Registered};
use crate::domain::resolved::Resolved;
use crate::domain::source::{SourceId, SourceStatus};

use super::Store;

/// One name and type: what is wanted beside what is published and what is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordRow<'a> {
    /// The full name.
    pub name: Line,
    /// `A`, `CNAME`, …; empty for a host name of a route that no record covers.
    pub kind: Line,
    /// Who wants it, what a `DNSEndpoint` wants first.
    pub wishes: Vec<Wish>,
    /// What Cloudflare has, more than one for several addresses.
    pub published: Vec<&'a PublishedRecord>,
    /// Who keeps it, with the TXT records that say so.
    pub registered: Vec<Registered<'a>>,
    /// What name servers answer, where they were asked.
    pub resolved: Option<&'a Resolved>,
}

/// How wanted and published agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum Agreement {
    /// As wanted.
    Same,
    /// Published, but not as wanted.
    Different,
    /// Wanted and not published.
    Missing,
    /// Published and wanted by nothing in the cluster.
    Unwanted,
    /// Wanted; what is published is not known.
    Unknown,
    /// Neither wanted nor published any more: it was deleted in this session.
    Gone,
}

impl RecordRow<'_> {
    /// What is wanted of it, by the first who says.
    pub fn wanted(&self) -> Option<&WantedRecord> {
        self.wishes.iter().find_map(|wish| wish.wants.as_ref())
    }

    /// Who keeps it.
    pub fn registration(&self) -> Option<&Registration> {
        self.registered
            .first()
            .map(|(registration, _)| registration)
    }

    /// How wanted and published agree. `known` says whether the published records were read.
    pub fn agreement(&self, known: bool) -> Agreement {
        match (self.published.is_empty(), self.wishes.is_empty(), known) {
            (true, true, _) => return Agreement::Gone,
            (true, false, true) => return Agreement::Missing,
            (true, false, false) => return Agreement::Unknown,
            (false, true, _) => return Agreement::Unwanted,
            (false, false, _) => {}
        }
        let Some(wanted) = self.wanted() else {
            return Agreement::Same;
        };
        let contents: BTreeSet<&str> = self
            .published
            .iter()
            .map(|record| record.content.as_str())
            .collect();
        let targets: BTreeSet<&str> = wanted.targets.iter().map(|it| plain(it)).collect();
        let proxied = self
            .published
            .iter()
            .all(|record| wanted.proxied.is_none_or(|p| p == record.proxied));
        if contents == targets && proxied {
            Agreement::Same
        } else {
            Agreement::Different
        }
    }

    /// What the answers of name servers come to.
    pub fn resolution(&self, now: Timestamp) -> Resolution {
        Resolution::of(&self.published, self.resolved, now)
    }
}

/// A name without the dot at its end, as Cloudflare keeps it.
pub fn plain(target: &str) -> &str {
    target.trim_end_matches('.')
}

/// Whether what Cloudflare has was read: before that, nothing follows from an absence.
pub fn is_known(store: &Store) -> bool {
    store.records.is_complete() && *store.sources.status(SourceId::Cloudflare) != SourceStatus::Off
}

/// Whether all that can want a record was read: before that, nothing is known to be unwanted.
pub fn wishes_are_known(store: &Store) -> bool {
    let settled = |id, complete: bool| {
        complete || matches!(store.sources.status(id), SourceStatus::NotInstalled { .. })
    };
    store.reaches_all()
        && settled(SourceId::DnsEndpoints, store.dns_endpoints.is_complete())
        && settled(SourceId::HttpRoutes, store.http_routes.is_complete())
        && settled(SourceId::Gateways, store.gateways.is_complete())
}

/// The owner ids of this cluster's external-dns: those under which it keeps what objects that stand
/// here want.
pub fn own_ids(rows: &[RecordRow<'_>]) -> BTreeSet<Line> {
    let keeps = |row: &RecordRow<'_>| {
        let registration = row.registration()?;
        let is_for = |wish: &Wish| wish.resource() == registration.resource.as_str();
        row.wishes
            .iter()
            .any(is_for)
            .then(|| registration.owner.clone())
    };
    rows.iter()
        .filter_map(keeps)
        .filter(|owner| !owner.is_empty())
        .collect()
}

/// What was done last with the records of a name in this session, if it was done, and can be undone.
pub fn last_done<'a>(store: &'a Store, of: &ObjectRef) -> Option<&'a RecordWish> {
    let done = store
        .actions
        .entries()
        .rev()
        .filter(|entry| entry.is_done());
    let mut wishes = done.filter_map(|entry| {
        let Action::Record(wish) = &entry.action else {
            return None;
        };
        Some(&**wish)
    });
    wishes.find(|wish| wish.of == *of)
}

/// Names side by side, in order of name and type. TXT records of the registry show as the owner of the
/// record that they are about.
pub fn records(store: &Store) -> Vec<RecordRow<'_>> {
    let mut rows = Rows::default();
    for (name, kind, wish) in wishes::by_endpoints(store) {
        rows.of(&name, &kind).wishes.push(wish);
    }
    for (name, kind, wish) in wishes::by_routes(store) {
        rows.of(&name, &kind).wishes.push(wish);
    }
    let registered = registry::registered(store.records.iter());
    let texts: BTreeSet<&ObjectRef> = registered.iter().map(|(_, text)| &text.id).collect();
    for record in store.records.iter() {
        if !texts.contains(&record.id) {
            rows.of(&record.name, &record.kind).published.push(record);
        }
    }
    for (hostname, wish) in wishes::hostnames(store) {
        rows.cover(hostname, wish);
    }
    for registered in registered {
        rows.register(&registered);
    }
    for entry in store.actions.entries() {
        if let Action::Record(wish) = &entry.action {
            rows.of(&wish.of.name, &wish.of.namespace);
        }
    }
    for ((name, kind), row) in &mut rows.0 {
        let kind = if kind.is_empty() {
            "A".into()
        } else {
            kind.clone()
        };
        row.resolved = store.resolved.get(&ObjectRef::new(kind, name.clone()));
    }
    rows.0.into_values().collect()
}

/// Rows by name and type.
#[derive(Default)]
struct Rows<'a>(BTreeMap<(Line, Line), RecordRow<'a>>);

impl<'a> Rows<'a> {
    fn of(&mut self, name: &Line, kind: &Line) -> &mut RecordRow<'a> {
        self.0
            .entry((name.clone(), kind.clone()))
            .or_insert_with(|| RecordRow {
                name: name.clone(),
                kind: kind.clone(),
                wishes: Vec::new(),
                published: Vec::new(),
                registered: Vec::new(),
                resolved: None,
            })
    }

    /// A host name is served: its records have to be there, whatever their type.
    fn cover(&mut self, hostname: &Line, wish: Wish) {
        let mut covered = false;
        for (_, row) in self.named(hostname) {
            if !row.wishes.iter().any(|known| known.is_by(&wish)) {
                row.wishes.push(wish.clone());
            }
            covered = true;
        }
        if !covered {
            self.of(hostname, &Line::default()).wishes.push(wish);
        }
    }

    fn register(&mut self, registered: &Registered<'a>) {
        let (registration, _) = registered;
        for (kind, row) in self.named(&registration.name.clone()) {
            if registration.kind.as_ref().is_none_or(|of| of == kind) {
                row.registered.push(registered.clone());
            }
        }
    }

    fn named(&mut self, name: &Line) -> impl Iterator<Item = (&Line, &mut RecordRow<'a>)> {
        let from = (name.clone(), Line::default());
        let rows = self.0.range_mut(from..);
        let name = name.clone();
        rows.take_while(move |((of, _), _)| *of == name)
            .map(|((_, kind), row)| (kind, row))
    }
}

#[cfg(test)]
mod tests;
