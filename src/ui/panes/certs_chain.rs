//! Certificate ▸ CertificateRequest ▸ Order ▸ Challenge: how far it is, and where it is stuck.

use super::signs::{self, Sign};
use crate::domain::issuance::{AcmeState, CertificateRequest, Challenge};
use crate::domain::object::Truth;
use crate::store::views::Chain;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::widgets::page::Page;

/// The link that nothing gets past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stuck {
    /// Which link, by its kind.
    pub(super) link: &'static str,
    /// Why, in its controller's words.
    pub(super) why: String,
}

/// The deepest link that is not through; none while the certificate is well.
pub(super) fn stuck(chain: &Chain<'_>) -> Option<Stuck> {
    if chain.certificate.is_ready() && !chain.certificate.is_issuing() {
        return None;
    }
    let challenge = chain
        .challenges
        .iter()
        .find(|challenge| challenge.state != AcmeState::Valid);
    let (link, why) = if let Some(challenge) = challenge {
        let reason = if challenge.reason.is_empty() {
            challenge.state.to_string()
        } else {
            challenge.reason.to_string()
        };
        ("Challenge", reason)
    } else if let Some(order) = chain.order.filter(|order| order.state != AcmeState::Valid) {
        let reason = order.reason.to_string();
        (
            "Order",
            if reason.is_empty() {
                order.state.to_string()
            } else {
                reason
            },
        )
    } else if let Some(request) = chain.request.filter(|request| !request.is_issued()) {
        ("CertificateRequest", request.message().to_owned())
    } else {
        let told = chain.certificate.condition("Ready");
        (
            "Certificate",
            told.map_or_else(String::new, |told| told.message.to_string()),
        )
    };
    Some(Stuck { link, why })
}

/// The chain as a ladder, the stuck link named.
pub(super) fn chain_section(page: &mut Page, chain: &Chain<'_>, ctx: &Ctx<'_>) {
    if let Some(stuck) = stuck(chain) {
        let said = if stuck.why.is_empty() {
            "nothing is said about why".to_owned()
        } else {
            stuck.why
        };
        let start = vec![(format!("  stuck at {}: ", stuck.link), Role::Bad)];
        page.item(start, said, Role::Warn);
    }
    page.heading("Chain");
    let certificate = chain.certificate;
    let state = super::certs::state(certificate);
    let sign = super::certs::sign(certificate);
    rung(page, 0, sign, ("Certificate", &certificate.id.name, state));
    let Some(request) = chain.request else {
        let missing = if certificate.is_ready() {
            "open request"
        } else {
            "CertificateRequest"
        };
        return absent(page, 1, missing);
    };
    request_rung(page, request);
    let Some(order) = chain.order else {
        return absent(page, 2, "Order");
    };
    let state = order.state.to_string();
    rung(
        page,
        2,
        signs::acme(order.state),
        ("Order", &order.id.name, &state),
    );
    said(page, 2, &order.reason);
    // A valid order has had its challenges cleaned up.
    if chain.challenges.is_empty() && order.state != AcmeState::Valid {
        absent(page, 3, "Challenge");
    }
    for challenge in &chain.challenges {
        challenge_rung(page, challenge, ctx);
    }
}

fn request_rung(page: &mut Page, request: &CertificateRequest) {
    let sign = if request.is_issued() {
        signs::OK
    } else if request.failed.is_some() {
        signs::BAD
    } else {
        signs::BUSY
    };
    rung(
        page,
        1,
        sign,
        ("CertificateRequest", &request.id.name, request.state()),
    );
    let denied = request
        .conditions
        .iter()
        .filter(|condition| condition.kind == "Denied" && condition.status == Truth::True);
    for condition in denied {
        said(page, 1, &condition.message);
    }
    if !request.is_issued() {
        said(page, 1, request.message());
    }
}

fn challenge_rung(page: &mut Page, challenge: &Challenge, ctx: &Ctx<'_>) {
    let state = format!(
        "{} {} for {}",
        challenge.state, challenge.kind, challenge.dns_name
    );
    let sign = signs::acme(challenge.state);
    rung(page, 3, sign, ("Challenge", &challenge.id.name, &state));
    said(page, 3, &challenge.reason);
    if challenge.state != AcmeState::Valid {
        let laid = if challenge.presented {
            "the proof is laid out"
        } else {
            "the proof is not laid out yet"
        };
        let since = challenge
            .created
            .map_or_else(String::new, |at| format!(" · {}", ctx.moment.since(at)));
        said(page, 3, &format!("{laid}{since}"));
    }
}

fn rung(page: &mut Page, depth: usize, sign: Sign, (kind, name, state): (&str, &str, &str)) {
    let step = if depth == 0 { "" } else { "▸ " };
    let start = vec![
        (format!("{}{step}", "  ".repeat(depth)), Role::Muted),
        signs::before(sign),
        (format!("{kind} "), Role::Text),
    ];
    page.hanging(
        2 * depth + 6,
        start,
        format!("{name}  {state}"),
        Role::Muted,
    );
}

fn said(page: &mut Page, depth: usize, text: &str) {
    if !text.is_empty() {
        let indent = "  ".repeat(depth + 2);
        page.item(vec![(indent, Role::Muted)], text, Role::Warn);
    }
}

/// A link that is not there: either cleaned up after success, or not yet made.
fn absent(page: &mut Page, depth: usize, kind: &str) {
    let start = vec![
        (format!("{}▸ ", "  ".repeat(depth)), Role::Muted),
        signs::before(signs::NONE),
    ];
    page.item(start, format!("no {kind}"), Role::Muted);
}
