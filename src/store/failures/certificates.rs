//! Why a certificate is not issued: what answers in place of the proof, which limit is reached, who waits
//! for whom.

use jiff::Timestamp;

use super::version;
use crate::domain::advice::Advice;
use crate::domain::certificate::Certificate;
use crate::domain::issuance::{AcmeState, Challenge, Order};
use crate::domain::object::{Truth, condition};
use crate::domain::pod::Pod;
use crate::domain::proof::Found;
use crate::domain::route::Gateway;
use crate::store::views::Chain;
use crate::store::{Store, dns, issues, presented, proof};

/// From this version on, cert-manager proves through a Gateway without a feature gate.
const GATEWAYS_SINCE: version::Version = (1, 15, 0);

/// What keeps a certificate from being issued; nothing while it is well.
pub fn certificate(store: &Store, chain: &Chain<'_>, now: Timestamp) -> Vec<Advice> {
    let certificate = chain.certificate;
    let failed = chain.order.filter(|order| order.state.has_failed());
    // A renewal that failed is told while the certificate before it is still good.
    if certificate.is_ready() && !certificate.is_issuing() && failed.is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    found.extend(circle(store, chain));
    let open = |it: &&&Challenge| it.state != AcmeState::Valid;
    match (failed, chain.challenges.iter().find(open)) {
        (Some(order), challenge) => {
            let near = challenge.and_then(|it| met(store, it));
            found.push(ended(store, (certificate, order), near.as_ref(), now));
        }
        (None, Some(challenge)) => found.extend(met(store, challenge)),
        (None, None) => {}
    }
    found
}

/// An order that has failed for good.
fn ended(
    store: &Store,
    (certificate, order): (&Certificate, &Order),
    near: Option<&Advice>,
    now: Timestamp,
) -> Advice {
    if order.reason.contains("rateLimited") {
        return limited(store, (certificate, order), now);
    }
    let again = certificate.next_attempt().filter(|at| *at > now);
    let again = again.map_or_else(String::new, |at| {
        format!("; by itself it tries again at {}", minute(at))
    });
    let cause = near.map_or_else(
        || "mend the cause".to_owned(),
        |near| format!("mend the cause ({})", near.why),
    );
    Advice::critical(
        format!(
            "order {} is {}: an order that has failed is not tried again",
            order.id.name, order.state
        ),
        format!("{cause}, then delete the order: a new one is made at once{again}"),
    )
}

/// The limit of the ACME server, with what is known of how long.
fn limited(store: &Store, (certificate, order): (&Certificate, &Order), now: Timestamp) -> Advice {
    let lately = issues::issued_lately(store, certificate, now);
    let count = match lately.frees {
        Some(at) => format!(
            ": {} of {} with these names were issued in 7 days, the oldest leaves that window at {}",
            lately.count,
            issues::DUPLICATES,
            minute(at)
        ),
        None => String::new(),
    };
    let after = order.reason.split_once("retry after ");
    let after = after.and_then(|(_, rest)| rest.split_once(" UTC"));
    let after = after.map_or_else(String::new, |(at, _)| {
        format!("; the server says: retry after {at} UTC")
    });
    let mut others = issues::other_issuers(store, certificate);
    let staging = others.find(|issuer| issuer.is_staging());
    let meanwhile = staging.map_or_else(
        || "try with an issuer of Let's Encrypt's staging server meanwhile".to_owned(),
        |issuer| format!("switch to {} for trials meanwhile (menu)", issuer.id.name),
    );
    Advice::critical(
        format!("the ACME server's limit is reached{count}{after}"),
        format!("wait, and delete the order then; {meanwhile}"),
    )
}

/// What a challenge's check met in place of the proof.
fn met(store: &Store, challenge: &Challenge) -> Option<Advice> {
    let said = challenge.reason.as_str();
    let of = |part: &str| said.contains(part);
    let host = &challenge.dns_name;
    if of("gateway api is not enabled") {
        return Some(switched_off(store));
    }
    let published = store.records.iter().filter(|it| it.name == *host);
    let leads: Vec<_> = published
        .filter(|it| matches!(it.kind.as_str(), "A" | "AAAA" | "CNAME"))
        .collect();
    if leads.iter().any(|it| it.proxied) && !said.is_empty() {
        return Some(Advice::critical(
            format!("Cloudflare answers for {host} in place of the proof: its record is proxied"),
            "switch the proxy off in DNS until the certificate is issued, or let port 80 pass without a redirect",
        ));
    }
    let to: Vec<&str> = leads.iter().map(|it| it.content.as_str()).collect();
    let to = match to.as_slice() {
        [] => "an address that is not known here".to_owned(),
        all => all.join(", "),
    };
    let (why, next) = if of("no such host") {
        (
            format!("{host} is not in the DNS"),
            "see DNS: who should publish it, and what keeps that",
        )
    } else if of("i/o timeout") || of("connection refused") || of("no route to host") {
        (
            format!("nobody answers on port 80 of {to}, where {host} leads"),
            "compare that address with the Gateway's, and see whether port 80 is open",
        )
    } else if let Some(code) = code(said) {
        return Some(answered(store, challenge, code));
    } else if of("did not get expected response") {
        (
            format!("another server answers for {host} with a page of its own, at {to}"),
            "compare that address with the Gateway's; fetch the proof (menu) to see who answers",
        )
    } else {
        return None;
    };
    Some(Advice::critical(why, next))
}

/// The status that a self-check got.
fn code(said: &str) -> Option<&str> {
    let (_, rest) = said.split_once("wrong status code '")?;
    rest.split_once('\'').map(|(code, _)| code)
}

/// A server answers with a status of its own: what stands in the cluster says why.
fn answered(store: &Store, challenge: &Challenge, code: &str) -> Advice {
    let inside = proof::inside(store, challenge);
    let (why, next) = match (&inside.route, &inside.redirect) {
        (Found::Missing, _) => (
            "the solver's route is not there".to_owned(),
            "see the challenge's events: cert-manager could not make it",
        ),
        (Found::There(route), _) if route.accepted == Some(false) => (
            format!("the solver's route is not attached: {}", route.complaint),
            "let the issuer's parentRefs name the listener of port 80, and let that admit the namespace",
        ),
        (_, Some(redirect)) if code.starts_with('3') => (
            format!("HTTPRoute {redirect} redirects it"),
            "let the redirect leave /.well-known/acme-challenge out",
        ),
        (Found::There(_), _) if code == "503" => (
            "nothing stands behind the solver's route".to_owned(),
            "see the solver's pod",
        ),
        _ => (
            "another server or route answers".to_owned(),
            "fetch the proof (menu) to see which hop answers",
        ),
    };
    Advice::critical(
        format!(
            "the proof for {} is answered with {code}: {why}",
            challenge.dns_name
        ),
        next,
    )
}

/// cert-manager does not look at Gateways: by its version, or by its settings.
fn switched_off(store: &Store) -> Advice {
    let is_controller = |pod: &&Pod| {
        let name = pod.labels.get("app.kubernetes.io/name");
        name.is_some_and(|name| name == "cert-manager")
    };
    let controller = store.pods.iter().find(is_controller);
    match controller.and_then(version::of_pod) {
        Some((told, running)) if running < GATEWAYS_SINCE => Advice::critical(
            format!("cert-manager {told} proves through a Gateway only with a feature gate"),
            "update it to 1.15 or later, or start it with --feature-gates=ExperimentalGatewayAPISupport=true",
        ),
        _ => Advice::critical(
            "cert-manager does not look at Gateways: that is switched off",
            "set config.gatewayAPI.enabled in its chart (enableGatewayAPI before 1.21), and restart it",
        ),
    }
}

/// The certificate waits for a name, the name for the Gateway's address, the Gateway for the certificate.
fn circle(store: &Store, chain: &Chain<'_>) -> Option<Advice> {
    let certificate = chain.certificate;
    if certificate.not_after.is_some() || !dns::is_known(store) {
        return None;
    }
    let (gateway, listener) =
        presented::listeners(store, certificate).find(|(gateway, listener)| {
            let waits = condition(&listener.conditions, "ResolvedRefs");
            let is_up = condition(&gateway.conditions, "Programmed");
            waits.is_some_and(|it| it.status == Truth::False)
                && (gateway.addresses.is_empty()
                    || is_up.is_some_and(|it| it.status == Truth::False))
        })?;
    let host = certificate.dns_names.iter().find(|host| {
        let is_published = store.records.iter().any(|it| it.name == **host);
        let mut endpoints = store.dns_endpoints.iter().flat_map(|it| &it.records);
        !is_published && !endpoints.any(|it| it.name == **host)
    })?;
    Some(Advice::critical(
        format!(
            "a circle: Certificate {} waits for {host} in the DNS, its record waits for an address of \
             Gateway {}, whose listener {} waits for Secret {} of this certificate",
            certificate.id, gateway.id, listener.name, certificate.secret
        ),
        format!("break it: publish {host} by a DNSEndpoint with the public address of the ingress"),
    ))
}

/// The first certificate that a Gateway's listener waits for, in words.
pub(super) fn awaited(store: &Store, gateway: &Gateway) -> Option<String> {
    let waits = |it: &&crate::domain::route::Listener| {
        condition(&it.conditions, "ResolvedRefs").is_some_and(|it| it.status == Truth::False)
    };
    gateway.listeners.iter().filter(waits).find_map(|listener| {
        let secret = listener.certificates.first()?;
        let mut made = store.certificates.in_namespace(&secret.namespace);
        let certificate = made.find(|it| it.secret == secret.name)?;
        (!certificate.is_ready()).then(|| {
            format!(
                "Gateway {} whose listener {} waits for the first certificate, {}",
                gateway.id.name, listener.name, certificate.id.name
            )
        })
    })
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
