//! DNS records: what the cluster wants beside what Cloudflare has and what name servers answer, and who
//! keeps it.

use jiff::Timestamp;

use super::dns_page;
use super::offers;
use super::signs::{self, Sign, signed};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::record::{PublishedRecord, Registration, WantedRecord};
use crate::domain::resolved::Resolved;
use crate::domain::source::SourceId;
use crate::effect::{Offer, Place};
use crate::store::Store;
use crate::store::dns::{self, Agreement, RecordRow, Resolution, Wish};
use crate::theme::Role;
use crate::ui::list::{Cell, Column, Kind};
use crate::ui::pane::{Ctx, Found};
use crate::ui::widgets::page::Page;

/// DNS records.
pub struct Dns;

/// One name and type.
#[derive(Clone, Debug)]
pub struct Record {
    pub(super) name: Line,
    pub(super) kind: Line,
    pub(super) wishes: Vec<Wish>,
    pub(super) published: Vec<PublishedRecord>,
    pub(super) registered: Vec<(Registration, PublishedRecord)>,
    pub(super) resolved: Option<Resolved>,
    pub(super) agreement: Agreement,
    /// Kept by this cluster's external-dns, and wanted by nothing that stands in the cluster.
    pub(super) orphan: bool,
    /// Owner ids of this cluster's external-dns, as far as they are known.
    pub(super) ours: bool,
    /// The two sides as the list shows them.
    sides: (String, String),
}

impl Record {
    fn new(row: RecordRow<'_>, (known, wishes_known): (bool, bool), own: &[Line]) -> Self {
        let agreement = row.agreement(known);
        let wanted = match (row.wanted(), row.wishes.first()) {
            (Some(wanted), _) => list(wanted.targets.iter()),
            (None, Some(wish)) => format!("by {} {}", wish.kind, wish.id.name),
            (None, None) => "–".to_owned(),
        };
        let published = if row.published.is_empty() {
            "–".to_owned()
        } else {
            list(row.published.iter().map(|record| &record.content))
        };
        let mut owners = row.registered.iter().map(|(it, _)| &it.owner);
        let ours = !row.registered.is_empty() && owners.all(|owner| own.contains(owner));
        Self {
            orphan: agreement == Agreement::Unwanted && ours && wishes_known,
            ours,
            name: row.name,
            kind: row.kind,
            wishes: row.wishes,
            published: row.published.into_iter().cloned().collect(),
            registered: row
                .registered
                .into_iter()
                .map(|(registration, text)| (registration, text.clone()))
                .collect(),
            resolved: row.resolved.cloned(),
            agreement,
            sides: (wanted, published),
        }
    }

    /// Its type and name.
    pub(super) fn id(&self) -> ObjectRef {
        // A record has no namespace: its type takes that place.
        ObjectRef::new(self.kind.clone(), self.name.clone())
    }

    pub(super) fn wanted(&self) -> Option<&WantedRecord> {
        self.wishes.iter().find_map(|wish| wish.wants.as_ref())
    }

    pub(super) fn proxied(&self) -> bool {
        self.published.iter().any(|record| record.proxied)
    }

    /// Who keeps it, as the list shows it.
    pub(super) fn owner(&self) -> &str {
        match self.registered.first() {
            None => "–",
            Some((registration, _)) if registration.encrypted => "encrypted",
            Some((registration, _)) => &registration.owner,
        }
    }

    /// What the answers of name servers come to.
    pub(super) fn resolution(&self, now: Timestamp) -> Resolution {
        let published: Vec<&PublishedRecord> = self.published.iter().collect();
        Resolution::of(&published, self.resolved.as_ref(), now)
    }

    /// Whether it leads to an address that nobody outside can reach.
    pub(super) fn is_private(&self) -> bool {
        let leads = |record: &PublishedRecord| {
            matches!(record.content.parse(), Ok(std::net::IpAddr::V4(it)) if
                it.is_private() || it.is_loopback() || it.is_link_local())
        };
        self.published.iter().any(leads)
    }

    /// How it is, in a glyph and a word.
    pub(super) fn state(&self) -> (Sign, &'static str) {
        match self.agreement {
            Agreement::Same if self.is_private() => (signs::WARN, "Private"),
            Agreement::Same => (signs::OK, "Published"),
            Agreement::Different => (signs::WARN, "Different"),
            Agreement::Missing => (signs::BAD, "Missing"),
            Agreement::Unwanted if self.orphan => (signs::WARN, "Orphan"),
            Agreement::Unwanted => (signs::NONE, "Not ours"),
            Agreement::Unknown => (signs::NONE, "Not known"),
            Agreement::Gone => (signs::NONE, "Deleted"),
        }
    }
}

fn list<'a>(texts: impl Iterator<Item = &'a Line>) -> String {
    texts.map(Line::as_str).collect::<Vec<_>>().join(" ")
}

/// A glyph and a few words for what name servers answer.
pub(super) fn resolution(of: Resolution, ctx: &Ctx<'_>) -> (Sign, String) {
    match of {
        Resolution::NotAsked => (signs::NONE, "not asked".to_owned()),
        Resolution::Silent => (signs::WARN, "no answer".to_owned()),
        Resolution::Same => (signs::OK, "same".to_owned()),
        Resolution::Proxied => (signs::OK, "proxied".to_owned()),
        Resolution::Old { until } if until <= ctx.moment.now() => {
            (signs::BUSY, "old, asked anew".to_owned())
        }
        Resolution::Old { until } => (signs::WARN, format!("old for {}", ctx.moment.until(until))),
        Resolution::NotYet { until: Some(until) } if until > ctx.moment.now() => {
            (signs::WARN, format!("not for {}", ctx.moment.until(until)))
        }
        Resolution::NotYet { .. } => (signs::WARN, "not yet".to_owned()),
        Resolution::Nothing => (signs::NONE, "nothing".to_owned()),
        Resolution::Elsewhere => (signs::WARN, "elsewhere".to_owned()),
        Resolution::Disagree => (signs::BAD, "disagree".to_owned()),
    }
}

impl Kind for Dns {
    type Id = (Line, Line);
    type Joined = Vec<Record>;
    type Row<'a> = &'a Record;

    const TITLE: &'static str = "DNS records";
    const NOUN: &'static str = "DNS records";
    const SOURCES: &'static [SourceId] = &[
        SourceId::DnsEndpoints,
        SourceId::Cloudflare,
        SourceId::Resolvers,
    ];

    fn revision(store: &Store) -> u64 {
        let known = u64::from(dns::is_known(store)) + u64::from(dns::wishes_are_known(store));
        store.dns_endpoints.revision()
            + store.records.revision()
            + store.http_routes.revision()
            + store.gateways.revision()
            + store.resolved.revision()
            + store.actions.revision()
            + known
    }

    fn join(store: &Store) -> Vec<Record> {
        let known = (dns::is_known(store), dns::wishes_are_known(store));
        let rows = dns::records(store);
        let own: Vec<Line> = dns::own_ids(&rows).into_iter().collect();
        rows.into_iter()
            .map(|row| Record::new(row, known, &own))
            .collect()
    }

    fn all<'a>(_: &'a Store, records: &'a Vec<Record>) -> impl Iterator<Item = &'a Record> {
        records.iter()
    }

    fn get<'a>(
        _: &'a Store,
        records: &'a Vec<Record>,
        (name, kind): &(Line, Line),
    ) -> Option<&'a Record> {
        // They are in order of name and type (see `dns::records`).
        let at = records.binary_search_by(|record| (&record.name, &record.kind).cmp(&(name, kind)));
        records.get(at.ok()?)
    }

    fn id(row: &&Record) -> (Line, Line) {
        (row.name.clone(), row.kind.clone())
    }

    fn named(id: &ObjectRef) -> Option<(Line, Line)> {
        Some((id.name.clone(), id.namespace.clone()))
    }

    fn columns() -> Vec<Column<Self>> {
        let mut columns = what_it_is();
        columns.extend(both_sides());
        columns
    }

    fn name(row: &&Record) -> String {
        row.name.to_string()
    }

    fn page(row: &&Record, ctx: &Ctx<'_>) -> Page {
        dns_page::page(row, ctx)
    }

    fn offers(row: &&Record, ctx: &Ctx<'_>) -> Vec<Offer> {
        offers::dns::offers(row, ctx)
    }

    fn count(store: &Store) -> Option<usize> {
        let wanted: usize = store
            .dns_endpoints
            .iter()
            .map(|endpoint| endpoint.records.len())
            .sum();
        Some(
            wanted.max(
                store
                    .records
                    .iter()
                    .filter(|record| record.registration().is_none())
                    .count(),
            ),
        )
    }

    fn objects(store: &Store) -> Vec<Found> {
        let found = |row: RecordRow<'_>| Found {
            kind: "record",
            id: ObjectRef::new(row.kind, row.name),
            place: Place::Dns,
        };
        dns::records(store).into_iter().map(found).collect()
    }
}

fn what_it_is() -> Vec<Column<Dns>> {
    vec![
        Column::<Dns>::new(
            "NAME",
            (20, 44),
            |row, _| Cell::text(row.name.as_str()),
            |row, _| (0, row.name.as_str().into()),
        ),
        Column::<Dns>::new(
            "TYPE",
            (5, 5),
            |row, _| Cell::muted(row.kind.as_str()),
            |row, _| (0, row.kind.as_str().into()),
        ),
        Column::<Dns>::new(
            "STATE",
            (11, 11),
            |row, ctx| state(row, ctx),
            |row, _| (0, row.state().1.into()),
        ),
    ]
}

fn both_sides() -> Vec<Column<Dns>> {
    vec![
        Column::<Dns>::new(
            "WANTED",
            (15, 40),
            |row, _| Cell::text(row.sides.0.as_str()),
            |row, _| (0, row.sides.0.as_str().into()),
        )
        .rank(2),
        Column::<Dns>::new(
            "PUBLISHED",
            (15, 40),
            |row, _| published(row),
            |row, _| (0, row.sides.1.as_str().into()),
        ),
        Column::<Dns>::new(
            "RESOLVED",
            (13, 17),
            |row, ctx| resolved(row, ctx),
            |row, ctx| {
                (
                    0,
                    resolution(row.resolution(ctx.moment.now()), ctx).1.into(),
                )
            },
        )
        .rank(1),
        Column::<Dns>::new(
            "PROXY",
            (7, 7),
            |row, _| proxy(row),
            |row, _| (i64::from(row.proxied()), "".into()),
        )
        .rank(3),
        Column::<Dns>::new(
            "OWNER",
            (8, 16),
            |row, _| Cell::muted(row.owner()),
            |row, _| (0, row.owner().into()),
        )
        .rank(4),
    ]
}

fn state<'a>(row: &'a Record, ctx: &Ctx<'a>) -> Cell<'a> {
    let under_way = ctx.store.actions.under_way("Record", &row.id());
    if under_way.is_some() {
        return signed(signs::BUSY, "Changing");
    }
    let (sign, word) = row.state();
    signed(sign, word)
}

fn resolved<'a>(row: &'a Record, ctx: &Ctx<'a>) -> Cell<'a> {
    let of = row.resolution(ctx.moment.now());
    if of == Resolution::NotAsked {
        return Cell::muted("–");
    }
    let (sign, words) = resolution(of, ctx);
    signed(sign, words)
}

fn published(row: &Record) -> Cell<'_> {
    let role = if row.agreement == Agreement::Different {
        Role::Warn
    } else {
        Role::Text
    };
    Cell::new(row.sides.1.as_str(), role)
}

fn proxy<'a>(row: &Record) -> Cell<'a> {
    match (row.published.is_empty(), row.proxied()) {
        (true, _) => Cell::muted("–"),
        (false, true) => Cell::new("proxied", Role::Warn),
        (false, false) => Cell::muted("direct"),
    }
}
