//! What stands where a certificate should stand: which listeners have it, and what a visitor from here
//! is presented there.

use super::signs::{self, Sign};
use crate::domain::certificate::Certificate;
use crate::domain::handshake::{
    Comparison, Handshake, Outcome, Presented, PresentedCertificate, Shown, Silence, Trust,
};
use crate::domain::source::{SourceId, SourceStatus};
use crate::store::presented;
use crate::theme::Role;
use crate::ui::list::Cell;
use crate::ui::pane::Ctx;
use crate::ui::widgets::page::Page;

fn sign(comparison: Comparison) -> Sign {
    if comparison.is_well() {
        signs::OK
    } else if comparison.shown == Shown::Same {
        signs::WARN
    } else {
        signs::BAD
    }
}

/// What is presented, in a word or two.
pub(super) fn cell<'a>(certificate: &Certificate, ctx: &Ctx<'_>) -> Cell<'a> {
    match presented::worst(ctx.store, certificate) {
        Some(comparison) => signs::signed(sign(comparison), comparison.word()),
        None => Cell::muted("–"),
    }
}

/// What is wrong with what is presented, in one line for the top of the page; nothing where nothing is.
pub(super) fn complaint(page: &mut Page, certificate: &Certificate, ctx: &Ctx<'_>) {
    let worst = presented::worst(ctx.store, certificate);
    if let Some(worst) = worst.filter(|worst| !worst.is_well()) {
        let said = match worst.distrust.filter(|_| worst.shown == Shown::Same) {
            Some(why) => format!("what is presented is {why}: no browser takes it"),
            None => format!("presented from here: {}", sentence(worst)),
        };
        page.item(vec![signs::before(sign(worst))], said, Role::Text);
    }
}

/// Who uses the certificate, and what is presented there.
pub(super) fn section(page: &mut Page, certificate: &Certificate, ctx: &Ctx<'_>) {
    let mut is_used = false;
    for (gateway, listener) in presented::listeners(ctx.store, certificate) {
        is_used = true;
        let mut said = format!("{} listener {}", gateway.id, listener.name);
        if gateway.id.namespace != certificate.id.namespace {
            said.push_str(", from another namespace");
        }
        page.field("Used by", said);
    }
    if !is_used {
        let known = ctx.store.gateways.is_complete() && ctx.store.reaches_all();
        let said = if known { "no listener" } else { "not known" };
        page.field_as("Used by", said, Role::Muted);
        return;
    }
    page.heading("Presented from here");
    let mut any = false;
    for (handshake, comparison) in presented::of(ctx.store, certificate) {
        any = true;
        entry(page, (handshake, comparison), ctx);
    }
    if !any {
        let off = *ctx.store.sources.status(SourceId::Handshakes) == SourceStatus::Off;
        let said = if off {
            "not looked at in this session"
        } else {
            "not looked at yet"
        };
        page.item(vec![signs::before(signs::NONE)], said, Role::Muted);
    }
}

fn entry(page: &mut Page, (handshake, comparison): (&Handshake, Comparison), ctx: &Ctx<'_>) {
    let place = format!("{} at {}", handshake.host(), handshake.id.name);
    page.item(vec![signs::before(sign(comparison))], place, Role::Text);
    page.field("", sentence(comparison));
    match &handshake.outcome {
        Outcome::Presented(presented) => shown(page, presented, ctx),
        Outcome::Silent(Silence { why, said }) => {
            page.field("Why", why.to_string());
            page.field("", said.as_str());
        }
    }
    if let Some(advice) = comparison.advice() {
        page.field("Next", advice);
    }
    let looked = format!("{} ago", ctx.moment.since(handshake.at));
    page.field_as("Looked", looked, Role::Muted);
}

fn sentence(comparison: Comparison) -> &'static str {
    match comparison.shown {
        Shown::Same => "the same as the Secret's: names and times of validity agree",
        Shown::Newer => "issued after what cert-manager tells of",
        Shown::Another => "not the one that cert-manager tells of: names or times differ",
        Shown::Older => "an earlier issue than the Secret's: it is valid from an earlier time on",
        Shown::OtherName => "a certificate for other names",
        Shown::Nothing => "nothing is presented",
    }
}

fn shown(page: &mut Page, presented: &Presented, ctx: &Ctx<'_>) {
    match &presented.trust {
        Trust::Trusted => page.field("Trusted", "yes, for this name"),
        Trust::Not { why, said } => {
            page.field_as("Trusted", format!("no, {why}: {said}"), Role::Warn);
        }
    }
    let Some((leaf, others)) = presented.chain.split_first() else {
        return;
    };
    if !leaf.names.is_empty() {
        let names: Vec<&str> = leaf.names.iter().map(AsRef::as_ref).collect();
        page.field("Names", names.join(" "));
    }
    page.field("Serial", leaf.serial.as_str());
    page.field("Signed by", signers(leaf, others));
    signs::dated(page, "Valid from", leaf.not_before, ctx);
    signs::dated(page, "Valid until", leaf.not_after, ctx);
    page.field_as(
        "By",
        format!("{} in {} ms", presented.tls, presented.took_ms),
        Role::Muted,
    );
}

/// The issuers from the nearest on, as the chain names them.
fn signers(leaf: &PresentedCertificate, others: &[PresentedCertificate]) -> String {
    let mut signers = vec![leaf.issuer.as_str()];
    for other in others {
        if signers.last() != Some(&other.issuer.as_str()) {
            signers.push(&other.issuer);
        }
    }
    signers.join(" ▸ ")
}
