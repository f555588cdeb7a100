//! DNS records: what the cluster wants beside what Cloudflare has, and who keeps it.

use super::signs::{self, Sign, dated, signed};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::record::{PublishedRecord, Registration, WantedRecord};
use crate::domain::source::{SourceId, SourceStatus};
use crate::effect::Place;
use crate::store::Store;
use crate::store::views::{self, Agreement, Wish};
use crate::theme::Role;
use crate::ui::list::{Cell, Column, Kind};
use crate::ui::pane::{Ctx, Found};
use crate::ui::widgets::page::Page;

/// DNS records.
pub struct Dns;

/// One name and type.
#[derive(Clone, Debug)]
pub struct Record {
    name: Line,
    kind: Line,
    wishes: Vec<Wish>,
    wanted: Option<WantedRecord>,
    published: Vec<PublishedRecord>,
    registration: Option<Registration>,
    agreement: Agreement,
    /// The two sides as the list shows them.
    sides: (String, String),
}

fn sign(agreement: Agreement) -> Sign {
    match agreement {
        Agreement::Same => signs::OK,
        Agreement::Different => signs::WARN,
        Agreement::Missing => signs::BAD,
        Agreement::Unwanted | Agreement::Unknown => signs::NONE,
    }
}

fn word(agreement: Agreement) -> &'static str {
    match agreement {
        Agreement::Same => "Published",
        Agreement::Different => "Different",
        Agreement::Missing => "Missing",
        Agreement::Unwanted => "Not ours",
        Agreement::Unknown => "Not known",
    }
}

impl Record {
    fn new(row: views::RecordRow<'_>, known: bool) -> Self {
        let agreement = row.agreement(known);
        let wanted = match (row.wanted, row.wishes.first()) {
            (Some(wanted), _) => list(wanted.targets.iter()),
            (None, Some(wish)) => format!("by {} {}", wish.kind, wish.id.name),
            (None, None) => "–".to_owned(),
        };
        let published = if row.published.is_empty() {
            "–".to_owned()
        } else {
            list(row.published.iter().map(|record| &record.content))
        };
        Self {
            name: row.name,
            kind: row.kind,
            wishes: row.wishes,
            wanted: row.wanted.cloned(),
            published: row.published.into_iter().cloned().collect(),
            registration: row.registration,
            agreement,
            sides: (wanted, published),
        }
    }

    fn proxied(&self) -> bool {
        self.published.iter().any(|record| record.proxied)
    }

    fn owner(&self) -> &str {
        self.registration
            .as_ref()
            .map_or("–", |registration| registration.owner.as_str())
    }
}

fn list<'a>(texts: impl Iterator<Item = &'a Line>) -> String {
    texts.map(Line::as_str).collect::<Vec<_>>().join(" ")
}

impl Kind for Dns {
    type Id = (Line, Line);
    type Joined = Vec<Record>;
    type Row<'a> = &'a Record;

    const TITLE: &'static str = "DNS records";
    const NOUN: &'static str = "DNS records";
    const SOURCES: &'static [SourceId] = &[SourceId::DnsEndpoints, SourceId::Cloudflare];

    fn revision(store: &Store) -> u64 {
        let known = u64::from(is_known(store));
        store.dns_endpoints.revision()
            + store.records.revision()
            + store.http_routes.revision()
            + store.gateways.revision()
            + known
    }

    fn join(store: &Store) -> Vec<Record> {
        let known = is_known(store);
        views::records(store)
            .into_iter()
            .map(|row| Record::new(row, known))
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
        // They are in order of name and type (see `views::records`).
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
        vec![
            Column::<Self>::new(
                "NAME",
                (20, 44),
                |row, _| Cell::text(row.name.as_str()),
                |row, _| (0, row.name.as_str().into()),
            ),
            Column::<Self>::new(
                "TYPE",
                (5, 5),
                |row, _| Cell::muted(row.kind.as_str()),
                |row, _| (0, row.kind.as_str().into()),
            ),
            Column::<Self>::new(
                "STATE",
                (11, 11),
                |row, _| signed(sign(row.agreement), word(row.agreement)),
                |row, _| (0, word(row.agreement).into()),
            ),
            Column::<Self>::new(
                "WANTED",
                (15, 40),
                |row, _| Cell::text(row.sides.0.as_str()),
                |row, _| (0, row.sides.0.as_str().into()),
            )
            .rank(1),
            Column::<Self>::new(
                "PUBLISHED",
                (15, 40),
                |row, _| published(row),
                |row, _| (0, row.sides.1.as_str().into()),
            ),
            Column::<Self>::new(
                "PROXY",
                (7, 7),
                |row, _| proxy(row),
                |row, _| (i64::from(row.proxied()), "".into()),
            )
            .rank(2),
            Column::<Self>::new(
                "OWNER",
                (8, 16),
                |row, _| Cell::muted(row.owner()),
                |row, _| (0, row.owner().into()),
            )
            .rank(3),
        ]
    }

    fn name(row: &&Record) -> String {
        row.name.to_string()
    }

    fn page(row: &&Record, ctx: &Ctx<'_>) -> Page {
        page(row, ctx)
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
        let found = |row: views::RecordRow<'_>| Found {
            kind: "record",
            // A record has no namespace: its type takes that place.
            id: ObjectRef::new(row.kind, row.name),
            place: Place::Dns,
        };
        views::records(store).into_iter().map(found).collect()
    }
}

/// Whether what Cloudflare has was read: before that, nothing follows from an absence.
fn is_known(store: &Store) -> bool {
    store.records.is_complete() && *store.sources.status(SourceId::Cloudflare) != SourceStatus::Off
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

fn page(row: &Record, ctx: &Ctx<'_>) -> Page {
    let mut page = Page::default();
    let said = match row.agreement {
        Agreement::Same => "Published as wanted",
        Agreement::Different => "Published, but not as wanted",
        Agreement::Missing => "Wanted, and not published",
        Agreement::Unwanted => "Published, and wanted by nothing in this cluster",
        Agreement::Unknown => "Wanted; what is published is not known: no zone was read",
    };
    page.item(vec![signs::before(sign(row.agreement))], said, Role::Title);
    page.heading("Wanted");
    for wish in &row.wishes {
        page.field("By", format!("{} {}", wish.kind, wish.id));
    }
    if let Some(wanted) = &row.wanted {
        for target in &wanted.targets {
            page.field("Target", target.as_str());
        }
        page.field(
            "TTL",
            wanted
                .ttl
                .map_or_else(String::new, |ttl| format!("{ttl} s")),
        );
        page.field(
            "Proxy",
            wanted
                .proxied
                .map_or("", |proxied| if proxied { "yes" } else { "no" }),
        );
    } else if row.wishes.is_empty() {
        page.styled("By nothing in this cluster", Role::Muted);
    }
    page.heading("Published");
    if row.published.is_empty() {
        page.styled("Nothing", Role::Muted);
    }
    for record in &row.published {
        page.field("Content", record.content.as_str());
        page.field(
            "TTL",
            if record.ttl == 1 {
                "automatic".to_owned()
            } else {
                format!("{} s", record.ttl)
            },
        );
        let role = if record.proxied {
            Role::Warn
        } else {
            Role::Text
        };
        let proxied = if record.proxied {
            "yes: Cloudflare answers with its own addresses"
        } else {
            "no"
        };
        page.field_as("Proxy", proxied, role);
        page.field("Comment", record.comment.as_str());
        dated(&mut page, "Changed", record.modified, ctx);
    }
    page.heading("Kept by");
    match &row.registration {
        Some(registration) => {
            page.field("Owner", registration.owner.as_str());
            page.field("For", registration.resource.as_str());
        }
        None => page.styled("No TXT record says that external-dns keeps it", Role::Muted),
    }
    page
}
