//! What can be done with a certificate and the chain that issues it.

use jiff::Timestamp;

use super::outward;
use crate::domain::action::{Action, Deletable, Right};
use crate::domain::certificate::Certificate;
use crate::domain::issuance::AcmeState;
use crate::domain::issuer::Issuer;
use crate::domain::object::ObjectRef;
use crate::effect::{Effect, Offer};
use crate::store::views::Chain;
use crate::store::{issues, proof};
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
    offers.extend(proofs(chain));
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
    let mut hosts = certificate.dns_names.iter();
    offers.extend(
        hosts
            .find(|host| !host.contains('*'))
            .map(|host| outward::open(host)),
    );
    let kind = "certificate.cert-manager.io";
    offers.push(outward::copy_command(kind, &certificate.id));
    offers
}

/// What helps where a challenge is not answered.
fn proofs(chain: &Chain<'_>) -> Vec<Offer> {
    let mut open = chain
        .challenges
        .iter()
        .filter(|challenge| challenge.kind == "HTTP-01" && challenge.state != AcmeState::Valid);
    let Some(challenge) = open.next() else {
        return Vec::new();
    };
    let about = format!(
        "asks for the proof of {} as the ACME server will, and says at which hop it is stuck",
        challenge.dns_name
    );
    let prove = Effect::Prove(challenge.id.clone());
    let mut fetch = Offer::plain(('f', "fetch the challenge"), &about, prove);
    let namespace = &challenge.id.namespace;
    fetch.needs = vec![Right::new(
        "get",
        "acme.cert-manager.io",
        "challenges",
        namespace,
    )];
    let copy = Effect::Copy {
        what: "challenge URL".to_owned(),
        text: proof::url(challenge),
    };
    let about = "for a browser or curl";
    vec![
        fetch,
        Offer::plain(('u', "copy the challenge URL"), about, copy),
    ]
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
