//! What can be done with the records of a name: never behind the back of the external-dns that keeps
//! them, which would put everything back.

use std::collections::BTreeSet;

use super::super::dns::Record;
use crate::domain::action::{Action, RecordAim, RecordStep, RecordWish};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::record::{PublishedRecord, WantedRecord};
use crate::effect::Offer;
use crate::store::dns::{Agreement, last_done, plain};
use crate::ui::pane::Ctx;

/// Types that are changed from here.
const TYPES: &[&str] = &["A", "AAAA", "CNAME"];
/// What stands beside a record that is made from here.
const COMMENT: &str = "made with k3scope";

/// The menu of a name and type.
pub(in crate::ui::panes) fn offers(row: &Record, ctx: &Ctx<'_>) -> Vec<Offer> {
    let mut offers = Vec::new();
    if TYPES.contains(&&*row.kind) && !row.published.is_empty() {
        offers.push(proxy(row));
    }
    match row.agreement {
        Agreement::Missing => offers.push(publish(row, ctx)),
        Agreement::Different => offers.push(repair(row)),
        Agreement::Unwanted => offers.push(delete(row, ctx)),
        Agreement::Same | Agreement::Unknown | Agreement::Gone => {}
    }
    if let Some(done) = last_done(ctx.store, &row.id()) {
        offers.push(undo(done));
    }
    let busy = ctx.store.actions.under_way("Record", &row.id()).is_some();
    let offers = offers.into_iter();
    offers
        .map(|offer| offer.barred_if(busy, "it is being changed"))
        .collect()
}

fn wish(row: &Record, aim: RecordAim, steps: Vec<RecordStep>) -> Action {
    Action::Record(Box::new(RecordWish {
        of: row.id(),
        aim,
        steps,
    }))
}

/// Why a change would not last: who keeps the record, and where to change it instead.
fn kept(row: &Record) -> Option<String> {
    let (registration, _) = row.registered.first()?;
    let owner = if registration.encrypted {
        "an external-dns with an encrypted registry".to_owned()
    } else {
        format!("external-dns (owner {})", registration.owner)
    };
    let place = match row.wishes.first() {
        Some(wish) => format!("{} {}", wish.kind, wish.id),
        None if registration.resource.is_empty() => "what it was made from".to_owned(),
        None => registration.resource.to_string(),
    };
    Some(format!(
        "{owner} keeps it and would put it back: change {place} instead"
    ))
}

/// What is said of the records in a question.
fn notes(row: &Record) -> Vec<(&'static str, String)> {
    let zone = row.published.first().map(|record| &record.id.namespace);
    let contents: Vec<&str> = row.published.iter().map(|it| it.content.as_str()).collect();
    vec![
        ("Zone", zone.map(ToString::to_string).unwrap_or_default()),
        ("Is now", contents.join(" ")),
    ]
}

fn proxy(row: &Record) -> Offer {
    let on = !row.proxied();
    let steps = row.published.iter().filter(|record| record.proxied != on);
    let steps = steps.map(|record| {
        let mut to = record.clone();
        to.proxied = on;
        // What it was before the proxy is not known; automatic is Cloudflare's own choice.
        to.ttl = 1;
        change(record, to)
    });
    let (aim, label, about) = if on {
        (
            RecordAim::Proxy,
            "proxy it",
            "lets Cloudflare stand between, and hides the address",
        )
    } else {
        (
            RecordAim::Unproxy,
            "take the proxy away",
            "lets the name lead straight to its target",
        )
    };
    let action = wish(row, aim, steps.collect());
    let kept = kept(row).map(|why| format!("{why} (cloudflare-proxied)"));
    Offer::act(('p', label), about, action, &notes(row))
        .barred_if(kept.is_some(), kept.as_deref().unwrap_or_default())
}

fn change(seen: &PublishedRecord, to: PublishedRecord) -> RecordStep {
    RecordStep::Change {
        seen: Box::new(seen.clone()),
        to: Box::new(to),
    }
}

fn publish(row: &Record, ctx: &Ctx<'_>) -> Offer {
    let zone = zone_of(&row.name, ctx);
    let wanted = row.wanted();
    let steps = wanted.into_iter().flat_map(|wanted| {
        let zone = zone.clone().unwrap_or_default();
        targets(wanted)
            .into_iter()
            .map(move |target| RecordStep::Create {
                record: Box::new(made(wanted, (&zone, target))),
            })
    });
    let mut notes = vec![(
        "Zone",
        zone.as_ref().map(ToString::to_string).unwrap_or_default(),
    )];
    if let Some(wanted) = wanted {
        notes.push(("Leads to", targets(wanted).join(" ")));
    }
    let action = wish(row, RecordAim::Publish, steps.collect());
    let about = "makes the record that is wanted, without external-dns";
    let kept = kept(row);
    Offer::act(('c', "publish it"), about, action, &notes)
        .barred_if(
            wanted.is_none(),
            "nothing says where it should lead: write a DNSEndpoint, or a target annotation on the \
             Gateway",
        )
        .barred_if(
            !TYPES.contains(&&*row.kind),
            "only addresses and aliases are made from here",
        )
        .barred_if(kept.is_some(), kept.as_deref().unwrap_or_default())
        .barred_if(zone.is_none(), "no zone is known that it lies in")
}

fn targets(wanted: &WantedRecord) -> Vec<&str> {
    wanted.targets.iter().map(|target| plain(target)).collect()
}

fn made(wanted: &WantedRecord, (zone, target): (&Line, &str)) -> PublishedRecord {
    let proxied = wanted.proxied.unwrap_or(false);
    PublishedRecord {
        id: ObjectRef::new(zone.clone(), Line::default()),
        name: wanted.name.clone(),
        kind: wanted.kind.clone(),
        content: target.into(),
        proxied,
        ttl: wanted.ttl.filter(|_| !proxied).unwrap_or(1),
        comment: COMMENT.into(),
        ..PublishedRecord::default()
    }
}

/// The zone that a name lies in, among those that have records here: the longest that fits.
fn zone_of(name: &str, ctx: &Ctx<'_>) -> Option<Line> {
    let lies_in = |zone: &str| {
        name.strip_suffix(zone)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let zones: BTreeSet<&Line> = ctx
        .store
        .records
        .iter()
        .map(|record| &record.id.namespace)
        .collect();
    let fitting = zones.into_iter().filter(|zone| lies_in(zone));
    fitting.max_by_key(|zone| zone.len()).cloned()
}

fn repair(row: &Record) -> Offer {
    let steps = row.wanted().map(|wanted| repairs(row, wanted));
    let mut notes = notes(row);
    if let Some(wanted) = row.wanted() {
        notes.push(("Becomes", targets(wanted).join(" ")));
    }
    let action = wish(row, RecordAim::Repair, steps.unwrap_or_default());
    let about = "makes what is published what is wanted, without external-dns";
    let kept = kept(row);
    Offer::act(('r', "repair it"), about, action, &notes)
        .barred_if(
            !TYPES.contains(&&*row.kind),
            "only addresses and aliases are changed from here",
        )
        .barred_if(kept.is_some(), kept.as_deref().unwrap_or_default())
}

/// What is wrong becomes what is missing; then more is made, or less is left.
fn repairs(row: &Record, wanted: &WantedRecord) -> Vec<RecordStep> {
    let targets = targets(wanted);
    let is_wanted = |record: &&PublishedRecord| targets.contains(&record.content.as_str());
    let (right, wrong): (Vec<&PublishedRecord>, Vec<&PublishedRecord>) =
        row.published.iter().partition(is_wanted);
    let mut missing = targets
        .iter()
        .filter(|target| !right.iter().any(|record| record.content == **target));
    let mut steps = Vec::new();
    let becomes = |record: &PublishedRecord, content: &str| {
        let proxied = wanted.proxied.unwrap_or(record.proxied);
        let to = PublishedRecord {
            content: content.into(),
            proxied,
            ttl: wanted.ttl.filter(|_| !proxied).unwrap_or(record.ttl),
            ..record.clone()
        };
        (!to.is_as(record)).then(|| change(record, to))
    };
    steps.extend(right.iter().filter_map(|it| becomes(it, &it.content)));
    for record in wrong {
        match missing.next() {
            Some(target) => steps.extend(becomes(record, target)),
            None => steps.push(RecordStep::Remove {
                seen: Box::new(record.clone()),
            }),
        }
    }
    let zone = row.published.first().map(|it| it.id.namespace.clone());
    let zone = zone.unwrap_or_default();
    steps.extend(missing.map(|target| RecordStep::Create {
        record: Box::new(made(wanted, (&zone, target))),
    }));
    steps
}

fn delete(row: &Record, ctx: &Ctx<'_>) -> Offer {
    // Registered last, unregistered last: as long as the text stands, the record is known as ours.
    let texts = row
        .registered
        .iter()
        .filter(|(registration, _)| registration.kind.is_some() || !has_other_types(row, ctx));
    let parts = row.published.iter().chain(texts.map(|(_, text)| text));
    let steps = parts.map(|record| RecordStep::Remove {
        seen: Box::new(record.clone()),
    });
    let mut notes = notes(row);
    if let Some((registration, _)) = row.registered.first() {
        notes.push(("Owner", registration.owner.to_string()));
        notes.push(("Was for", registration.resource.to_string()));
    }
    let action = wish(row, RecordAim::Delete, steps.collect());
    let about = "takes it away with its registration; nothing in the cluster wants it";
    let unread = if ctx.store.reaches_all() {
        "not all that could want it was read yet"
    } else {
        "with -n it is not seen what other namespaces want"
    };
    Offer::act(('d', "delete it"), about, action, &notes)
        .barred_if(
            row.registered.is_empty(),
            "no registration says that external-dns made it: somebody else may need it",
        )
        .barred_if(
            !row.ours,
            "its owner id is not known as this cluster's: another cluster may need it",
        )
        .barred_if(
            row.name.starts_with('*')
                && !row.registered.iter().all(|(_, it)| it.name.contains('*')),
            "the name of its registration does not tell for sure that it is about this one",
        )
        .barred_if(!row.orphan, unread)
}

/// Whether the name has records of other types, which a registration without a type is about as well.
fn has_other_types(row: &Record, ctx: &Ctx<'_>) -> bool {
    let mut records = ctx.store.records.iter();
    records.any(|it| it.name == row.name && it.kind != row.kind && TYPES.contains(&&*it.kind))
}

fn undo(done: &RecordWish) -> Offer {
    let action = Action::Record(Box::new(done.undo()));
    let last = Action::Record(Box::new(done.clone())).doing();
    let notes = [("Undoes", last)];
    Offer::act(
        ('u', "undo what was done last"),
        "puts the records back as they were before it",
        action,
        &notes,
    )
}
