//! Certificates (cert-manager), each with the whole chain that issues it.

use jiff::Timestamp;

use super::advised;
use super::certs_chain::{chain_section, stuck};
use super::certs_presented;
use super::offers;
use super::signs::{self, Sign, dated, signed};
use crate::domain::certificate::Certificate;
use crate::domain::line::Line;
use crate::domain::object::{Labels, Object, ObjectRef};
use crate::domain::reading::Thing;
use crate::domain::source::SourceId;
use crate::effect::{Offer, Place};
use crate::store::{Store, failures, issues, views};
use crate::theme::Role;
use crate::ui::list::{Cell, Column, Kind};
use crate::ui::pane::{Ctx, Found};
use crate::ui::widgets::page::Page;

/// Certificates.
pub struct Certs;

/// Cells of the bar that shows a certificate's life.
const LIFE: usize = 10;

/// The sign of a certificate: what it is now, not what is being tried.
pub fn sign(certificate: &Certificate) -> Sign {
    if certificate.is_ready() {
        if certificate.is_issuing() {
            signs::BUSY
        } else {
            signs::OK
        }
    } else if certificate.failed_attempts > 0 {
        signs::BAD
    } else if certificate.is_issuing() {
        signs::BUSY
    } else {
        signs::WARN
    }
}

/// One word for a certificate's state.
pub fn state(certificate: &Certificate) -> &'static str {
    match (certificate.is_ready(), certificate.is_issuing()) {
        (true, true) => "Renewing",
        (true, false) => "Ready",
        (false, _) if certificate.failed_attempts > 0 => "Failed",
        (false, true) => "Issuing",
        (false, false) => "Not ready",
    }
}

/// How a certificate's remaining life looks: a bar that empties.
pub fn life<'a>(certificate: &Certificate, ctx: &Ctx<'_>) -> Cell<'a> {
    let Some(left) = certificate.life_left(ctx.moment.now()) else {
        return Cell::muted("╌".repeat(LIFE));
    };
    let full = (usize::from(left) * LIFE).div_ceil(100).min(LIFE);
    let role = match left {
        0..=10 => Role::Bad,
        11..=25 => Role::Warn,
        _ => Role::Ok,
    };
    Cell::new(
        format!("{}{}", "━".repeat(full), "╌".repeat(LIFE - full)),
        role,
    )
}

fn left<'a>(certificate: &Certificate, ctx: &Ctx<'_>) -> Cell<'a> {
    match certificate.not_after {
        None => Cell::muted("–"),
        Some(end) if end <= ctx.moment.now() => Cell::new("expired", Role::Bad),
        Some(end) => Cell::text(ctx.moment.until(end)),
    }
}

fn renews<'a>(certificate: &Certificate, ctx: &Ctx<'_>) -> Cell<'a> {
    match certificate.renewal {
        None => Cell::muted("–"),
        Some(at) if at <= ctx.moment.now() => Cell::new("due", Role::Warn),
        Some(at) => Cell::muted(ctx.moment.until(at)),
    }
}

fn names(certificate: &Certificate) -> String {
    let names: Vec<&str> = certificate.dns_names.iter().map(Line::as_str).collect();
    names.join(" ")
}

/// What a visitor from here is presented.
fn presented() -> Column<Certs> {
    Column::<Certs>::new(
        "PRESENTED",
        (9, 13),
        |row, ctx| certs_presented::cell(row.certificate, ctx),
        |row, ctx| (0, certs_presented::cell(row.certificate, ctx).text),
    )
    .rank(2)
}

/// What is said about a row in one line: the stuck link, or nothing.
fn message(row: &views::Chain<'_>, ctx: &Ctx<'_>) -> String {
    let plain = failures::certificate(ctx.store, row, ctx.moment.now());
    let plain = plain.into_iter().next().map(|advice| advice.why);
    stuck(row).map_or_else(String::new, |stuck| {
        format!("{}: {}", stuck.link, plain.unwrap_or(stuck.why))
    })
}

impl Kind for Certs {
    type Id = ObjectRef;
    type Joined = ();
    type Row<'a> = views::Chain<'a>;

    const TITLE: &'static str = "Certificates";
    const NOUN: &'static str = "certificates";
    const HAS_LABELS: bool = true;
    const SOURCES: &'static [SourceId] = &[
        SourceId::Certificates,
        SourceId::CertificateRequests,
        SourceId::Orders,
        SourceId::Challenges,
        SourceId::Issuers,
        SourceId::ClusterIssuers,
        SourceId::Handshakes,
    ];

    fn revision(store: &Store) -> u64 {
        store.certificates.revision()
            + store.certificate_requests.revision()
            + store.orders.revision()
            + store.challenges.revision()
            + store.issuers.revision()
            + store.cluster_issuers.revision()
            + store.gateways.revision()
            + store.handshakes.revision()
    }

    fn all<'a>(store: &'a Store, (): &'a ()) -> impl Iterator<Item = views::Chain<'a>> {
        store
            .certificates
            .iter()
            .map(|certificate| views::chain(store, certificate))
    }

    fn get<'a>(store: &'a Store, (): &'a (), id: &ObjectRef) -> Option<views::Chain<'a>> {
        Some(views::chain(store, store.certificates.get(id)?))
    }

    fn id(row: &views::Chain<'_>) -> ObjectRef {
        row.certificate.id.clone()
    }

    fn named(id: &ObjectRef) -> Option<ObjectRef> {
        Some(id.clone())
    }

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::<Self>::new(
                "NAME",
                (14, 32),
                |row, _| Cell::text(row.certificate.id.name.as_str()),
                |row, _| (0, row.certificate.id.name.as_str().into()),
            ),
            Column::<Self>::new(
                "NAMESPACE",
                (10, 22),
                |row, _| Cell::muted(row.certificate.id.namespace.as_str()),
                |row, _| (0, row.certificate.id.namespace.as_str().into()),
            )
            .rank(4),
            Column::<Self>::new(
                "STATE",
                (11, 11),
                |row, _| signed(sign(row.certificate), state(row.certificate)),
                |row, _| (0, state(row.certificate).into()),
            ),
            Column::<Self>::new(
                "LIFE",
                (10, 10),
                |row, ctx| life(row.certificate, ctx),
                |row, ctx| {
                    (
                        row.certificate
                            .life_left(ctx.moment.now())
                            .map_or(-1, i64::from),
                        "".into(),
                    )
                },
            )
            .rank(2),
            Column::<Self>::new(
                "LEFT",
                (7, 7),
                |row, ctx| left(row.certificate, ctx),
                |row, _| {
                    (
                        row.certificate.not_after.map_or(-1, Timestamp::as_second),
                        "".into(),
                    )
                },
            )
            .right(),
            Column::<Self>::new(
                "RENEWS",
                (6, 6),
                |row, ctx| renews(row.certificate, ctx),
                |row, _| {
                    (
                        row.certificate.renewal.map_or(-1, Timestamp::as_second),
                        "".into(),
                    )
                },
            )
            .right()
            .rank(3),
            presented(),
            Column::<Self>::new(
                "HOSTS",
                (16, 40),
                |row, _| Cell::muted(names(row.certificate)),
                |row, _| (0, names(row.certificate).into()),
            )
            .rank(5),
            Column::<Self>::new(
                "STUCK AT",
                (14, 90),
                |row, ctx| Cell::new(message(row, ctx), Role::Warn),
                |row, ctx| (0, message(row, ctx).into()),
            )
            .rank(1),
        ]
    }

    fn labels<'r>(row: &'r views::Chain<'_>) -> Option<&'r Labels> {
        Some(&row.certificate.labels)
    }

    fn name(row: &views::Chain<'_>) -> String {
        row.certificate.id.name.to_string()
    }

    fn page(row: &views::Chain<'_>, ctx: &Ctx<'_>) -> Page {
        page(row, ctx)
    }

    fn offers(row: &views::Chain<'_>, ctx: &Ctx<'_>) -> Vec<Offer> {
        offers::certs::offers(row, ctx)
    }

    fn thing(row: &views::Chain<'_>) -> Option<Thing> {
        Some(Thing::new("Certificate", row.certificate.id.clone()))
    }

    fn count(store: &Store) -> Option<usize> {
        Some(store.certificates.len())
    }

    fn objects(store: &Store) -> Vec<Found> {
        Found::all(&store.certificates, "certificate", Place::Certs)
    }
}

fn page(row: &views::Chain<'_>, ctx: &Ctx<'_>) -> Page {
    let certificate = row.certificate;
    let mut page = Page::default();
    page.item(
        vec![signs::before(sign(certificate))],
        state(certificate),
        Role::Title,
    );
    certs_presented::complaint(&mut page, certificate, ctx);
    let advice = failures::certificate(ctx.store, row, ctx.moment.now());
    advised::all(&mut page, &advice);
    chain_section(&mut page, row, ctx);
    page.heading("Certificate");
    signs::namespace(&mut page, &certificate.id);
    for name in &certificate.dns_names {
        page.field("Host", name.as_str());
    }
    page.field("Secret", certificate.secret.as_str());
    issuer(&mut page, certificate, ctx);
    page.field("Issue", certificate.revision.to_string());
    if certificate.not_after.is_some() {
        let bar = life(certificate, ctx);
        page.field_as("Life", bar.text, bar.role);
    }
    dated(&mut page, "Valid from", certificate.not_before, ctx);
    dated(&mut page, "Valid until", certificate.not_after, ctx);
    dated(&mut page, "Renews", certificate.renewal, ctx);
    if certificate.failed_attempts > 0 {
        page.field(
            "Failed",
            format!("{} times in a row", certificate.failed_attempts),
        );
        dated(&mut page, "Last failure", certificate.last_failure, ctx);
        dated(&mut page, "Next attempt", certificate.next_attempt(), ctx);
    }
    certs_presented::section(&mut page, certificate, ctx);
    signs::conditions(&mut page, &certificate.conditions, ctx);
    signs::recent_events(&mut page, "Certificate", &certificate.id, ctx);
    page
}

/// Who signs, whether it can, and how much of its limit is used up.
fn issuer(page: &mut Page, certificate: &Certificate, ctx: &Ctx<'_>) {
    let named = &certificate.issuer;
    let found = issues::issuer(ctx.store, certificate);
    let trusted = match found {
        Some(issuer) if issuer.is_staging() => ", for trials: no browser trusts it",
        _ => "",
    };
    page.field("Issuer", format!("{} {}{trusted}", named.kind, named.name));
    let Some(issuer) = found else {
        return;
    };
    if let Some(ailment) = issuer.ailment() {
        page.field_as("", ailment.why.as_str(), Role::Warn);
    }
    if issuer.is_lets_encrypt() {
        let lately = issues::issued_lately(ctx.store, certificate, ctx.moment.now());
        let role = if lately.count >= issues::DUPLICATES {
            Role::Bad
        } else {
            Role::Text
        };
        let frees = lately.frees.map_or_else(String::new, |at| {
            format!("; one more in {}", ctx.moment.until(at))
        });
        let said = format!(
            "at least {} of {} in 7 days{frees}",
            lately.count,
            issues::DUPLICATES
        );
        page.field_as("Issued", said, role);
    }
}
