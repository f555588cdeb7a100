//! What can be done with a certificate and the chain that issues it.

use jiff::Timestamp;

use crate::domain::action::{Action, Deletable};
use crate::domain::certificate::Certificate;
use crate::domain::issuer::Issuer;
use crate::domain::object::ObjectRef;
use crate::effect::Offer;
use crate::store::issues;
use crate::store::views::Chain;
use crate::ui::pane::Ctx;

/// The menu of a certificate.
pub(in crate::ui::panes) fn offers(chain: &Chain<'_>, ctx: &Ctx<'_>) -> Vec<Offer> {
    let certificate = chain.certificate;
    let renew = Action::Renew {
        certificate: certificate.id.clone(),
    };
    let about = "lets cert-manager make a new key and certificate now";
    let mut offers = vec![
        Offer::act(('n', "issue anew"), about, renew, &[])
            .barred_if(certificate.is_issuing(), "it is being issued already"),
    ];
    let others = issues::other_issuers(ctx.store, certificate);
    offers.extend(
        ('1'..='9')
            .zip(others)
            .map(|(key, issuer)| switch(key, certificate, issuer)),
    );
    if let Some(order) = chain.order {
        let offer = delete('o', Deletable::Order, (&order.id, order.created));
        let why = "it has not failed: deleting it would only cost a try";
        offers.push(offer.barred_if(!order.state.has_failed(), why));
    }
    if let Some(request) = chain.request {
        let offer = delete(
            'd',
            Deletable::CertificateRequest,
            (&request.id, request.created),
        );
        let why = "it has not failed: deleting it would only cost a try";
        offers.push(offer.barred_if(request.failed.is_none(), why));
    }
    offers
}

/// Lets another issuer sign.
fn switch(key: char, certificate: &Certificate, to: &Issuer) -> Offer {
    let action = Action::SwitchIssuer {
        certificate: certificate.id.clone(),
        to: to.id.name.clone(),
    };
    let label = format!("let {} issue it", to.id.name);
    let about = if to.is_staging() {
        "for trials: its limits are wide, and no browser trusts what it signs"
    } else {
        "issues it anew at once, by another issuer"
    };
    Offer::act((key, &label), about, action, &[])
        .barred_if(!to.is_ready(), "that issuer is not ready")
}

/// Deletes one link of the chain; the link above it makes another one.
fn delete(key: char, kind: Deletable, (of, made): (&ObjectRef, Option<Timestamp>)) -> Offer {
    let label = format!("delete the {}", kind.kind());
    let action = Action::Delete {
        kind,
        of: of.clone(),
        made,
    };
    let about = "it is not tried again by itself; the next try begins at once";
    Offer::act((key, &label), about, action, &[])
}
