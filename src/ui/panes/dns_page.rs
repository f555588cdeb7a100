//! The full view of a DNS record: who wants what, what is published, what each server answers, who
//! keeps it.

use super::advised;
use super::dns::{Record, resolution};
use super::signs::{self, Sign, dated};
use crate::domain::record::PublishedRecord;
use crate::domain::resolved::{Answer, Heard, ServerSort};
use crate::store::dns::{Agreement, Resolution, Wish, fits, last_done};
use crate::store::failures;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::page::Page;

/// Cells that a server's name takes.
const SERVERS: usize = 24;

/// The page of one name and type.
pub(super) fn page(row: &Record, ctx: &Ctx<'_>) -> Page {
    let mut page = Page::default();
    let (sign, _) = row.state();
    page.item(vec![signs::before(sign)], said(row, ctx), Role::Title);
    if last_done(ctx.store, &row.id()).is_some() {
        page.styled(
            "Changed in this session: its menu can undo that",
            Role::Muted,
        );
    }
    advice(&mut page, row, ctx);
    if matches!(row.agreement, Agreement::Missing | Agreement::Different) {
        let publisher: Vec<_> = failures::publisher(ctx.store).into_iter().collect();
        advised::all(&mut page, &publisher);
    }
    wanted(&mut page, row);
    published(&mut page, row, ctx);
    resolved(&mut page, row, ctx);
    kept_by(&mut page, row);
    page
}

fn said(row: &Record, ctx: &Ctx<'_>) -> &'static str {
    match row.agreement {
        Agreement::Same => "Published as wanted",
        Agreement::Different => "Published, but not as wanted",
        Agreement::Missing => "Wanted, and not published",
        Agreement::Unwanted if row.orphan => {
            "Published and kept by this cluster's external-dns, and wanted by nothing any more"
        }
        Agreement::Unwanted if !ctx.store.reaches_all() => {
            "Published; what other namespaces want is not seen with -n"
        }
        Agreement::Unwanted => "Published, and wanted by nothing in this cluster",
        Agreement::Unknown => "Wanted; what is published is not known: no zone was read",
        Agreement::Gone => "Deleted in this session",
    }
}

/// What will go wrong, or does, and what to do about it.
fn advice(page: &mut Page, row: &Record, ctx: &Ctx<'_>) {
    let mut warn = |text: String| page.item(vec![signs::before(signs::WARN)], text, Role::Text);
    if row.is_private() {
        warn(
            "It leads to a private address, which nobody outside can reach. Name the public one: \
             a target annotation on the Gateway, or a DNSEndpoint."
                .to_owned(),
        );
    }
    let mut certificates = ctx.store.certificates.iter();
    let secured = certificates.find(|it| it.dns_names.contains(&row.name));
    if let Some(certificate) = secured.filter(|_| row.proxied()) {
        warn(format!(
            "It is proxied, and the certificate {} has its name: an HTTP-01 challenge reaches \
             Cloudflare first, now or at the next renewal. Issue it before the proxy is on, or let \
             port 80 pass.",
            certificate.id
        ));
    }
    if row.agreement == Agreement::Different {
        match row.registered.first() {
            None => warn(
                "It has no registration, so external-dns leaves it alone. The menu can repair it."
                    .to_owned(),
            ),
            Some((it, _)) if !row.ours && !it.encrypted => warn(format!(
                "The external-dns with the owner id {} keeps it, so this cluster's leaves it alone.",
                it.owner
            )),
            Some(_) => {}
        }
    }
}

fn wanted(page: &mut Page, row: &Record) {
    page.heading("Wanted");
    if row.wishes.is_empty() {
        page.styled("By nothing in this cluster", Role::Muted);
    }
    for wish in &row.wishes {
        one_wish(page, wish);
    }
}

fn one_wish(page: &mut Page, wish: &Wish) {
    page.field("By", format!("{} {}", wish.kind, wish.id));
    let Some(wanted) = &wish.wants else {
        return;
    };
    for target in &wanted.targets {
        page.field("Target", target.as_str());
    }
    let ttl = wanted.ttl.map(|ttl| format!("{ttl} s"));
    page.field("TTL", ttl.unwrap_or_default());
    let proxied = wanted.proxied.map(|it| if it { "yes" } else { "no" });
    page.field("Proxy", proxied.unwrap_or_default());
    page.field_as("But", wish.but.unwrap_or_default(), Role::Warn);
}

fn published(page: &mut Page, row: &Record, ctx: &Ctx<'_>) {
    page.heading("Published");
    if row.published.is_empty() {
        page.styled("Nothing", Role::Muted);
    }
    for record in &row.published {
        page.field("Content", record.content.as_str());
        page.field("TTL", ttl(record));
        let (proxied, role) = if record.proxied {
            ("yes: Cloudflare answers with its own addresses", Role::Warn)
        } else {
            ("no", Role::Text)
        };
        page.field_as("Proxy", proxied, role);
        page.field("Zone", record.id.namespace.as_str());
        page.field("Comment", record.comment.as_str());
        dated(page, "Changed", record.modified, ctx);
    }
}

fn ttl(record: &PublishedRecord) -> String {
    if record.ttl == 1 {
        "automatic".to_owned()
    } else {
        format!("{} s", record.ttl)
    }
}

fn resolved(page: &mut Page, row: &Record, ctx: &Ctx<'_>) {
    page.heading("Resolved");
    let of = row.resolution(ctx.moment.now());
    let Some(resolved) = &row.resolved else {
        let why = if row.name.contains('*') {
            "A wildcard is not asked for: it answers for whatever has no record of its own"
        } else {
            "Nobody was asked yet"
        };
        page.styled(why, Role::Muted);
        return;
    };
    let (sign, _) = resolution(of, ctx);
    page.item(
        vec![signs::before(sign)],
        in_a_sentence(of, ctx),
        Role::Text,
    );
    for heard in &resolved.heard {
        server(page, row, heard, ctx);
    }
}

fn in_a_sentence(of: Resolution, ctx: &Ctx<'_>) -> String {
    match of {
        Resolution::NotAsked => "Nobody was asked yet".to_owned(),
        Resolution::Silent => "No name server told anything".to_owned(),
        Resolution::Same => "All answer what is published".to_owned(),
        Resolution::Proxied => {
            "All answer with Cloudflare's addresses, as is right behind its proxy".to_owned()
        }
        Resolution::Old { until } if until > ctx.moment.now() => format!(
            "A resolver has what was there before, for {} more; nothing need be done",
            ctx.moment.until(until)
        ),
        Resolution::Old { .. } => "What a resolver remembered is over; it is asked anew".to_owned(),
        Resolution::NotYet { until: Some(until) } if until > ctx.moment.now() => format!(
            "A resolver remembers that there was nothing, for {} more",
            ctx.moment.until(until)
        ),
        Resolution::NotYet { .. } => "A resolver does not have it yet".to_owned(),
        Resolution::Nothing => "Nothing is published, and nothing is answered".to_owned(),
        Resolution::Elsewhere => {
            "Answered, though no zone that is read here publishes it: another zone or server does"
                .to_owned()
        }
        Resolution::Disagree => {
            "The zone's own servers do not answer what is published: it was just changed, or the \
             domain is delegated elsewhere"
                .to_owned()
        }
    }
}

/// One line for one server, with what is left of its answer's time.
fn server(page: &mut Page, row: &Record, heard: &Heard, ctx: &Ctx<'_>) {
    let sort = match heard.sort {
        ServerSort::Resolver => "resolver",
        ServerSort::Zone => "zone",
    };
    let before = vec![
        signs::before(sign(row, heard)),
        (
            format!("{:SERVERS$} {sort:8} ", heard.server.as_str()),
            Role::Muted,
        ),
    ];
    page.item(before, answer(heard, ctx), Role::Text);
}

fn sign(row: &Record, heard: &Heard) -> Sign {
    let published: Vec<&PublishedRecord> = row.published.iter().collect();
    match &heard.answer {
        Answer::Silent { .. } | Answer::Refused { .. } => signs::WARN,
        Answer::Nothing { .. } if row.published.is_empty() => signs::NONE,
        Answer::Records { .. } if row.proxied() => signs::OK,
        Answer::Records { .. } | Answer::Nothing { .. } => {
            if fits(heard, &published, &row.kind) {
                signs::OK
            } else {
                signs::WARN
            }
        }
    }
}

fn answer(heard: &Heard, ctx: &Ctx<'_>) -> String {
    let said = match &heard.answer {
        Answer::Records { records } => {
            let contents: Vec<&str> = records.iter().map(|it| it.content.as_str()).collect();
            let has_alias = records.iter().any(|it| it.kind == "CNAME");
            contents.join(if has_alias { " ▸ " } else { " " })
        }
        Answer::Nothing { exists: true, .. } => "no such record (NOERROR)".to_owned(),
        Answer::Nothing { exists: false, .. } => "no such name (NXDOMAIN)".to_owned(),
        Answer::Refused { code } => return format!("refuses: {code}"),
        Answer::Silent { why } => return why.to_string(),
    };
    match heard.until() {
        Some(until) if until > ctx.moment.now() => {
            format!("{said} · {} left", ctx.moment.until(until))
        }
        Some(_) => format!("{said} · its time is over"),
        None => said,
    }
}

fn kept_by(page: &mut Page, row: &Record) {
    page.heading("Kept by");
    if row.registered.is_empty() {
        page.styled("No TXT record says that external-dns keeps it", Role::Muted);
    }
    for (registration, text) in &row.registered {
        if registration.encrypted {
            page.field("Owner", "an external-dns whose registry is encrypted");
        }
        page.field("Owner", registration.owner.as_str());
        page.field("For", registration.resource.as_str());
        page.field("Written in", format!("TXT {}", text.name));
    }
}
