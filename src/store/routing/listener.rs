//! The listeners of a gateway with those that sets add to it, and what is wrong with each.

use crate::domain::advice::Advice;
use crate::domain::attachment::Parent;
use crate::domain::object::{ObjectRef, Truth, condition};
use crate::domain::reference_grant::{Reference, missing};
use crate::domain::route::{Gateway, Listener, ListenerSet};
use crate::store::Store;

use super::reasons;

/// A listener, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct ListenerOf<'a> {
    /// The gateway at which it listens.
    pub gateway: &'a ObjectRef,
    /// Who has it: `Gateway` or `ListenerSet`, and which, with all of its listeners.
    pub parent: Parent<'a>,
    /// It.
    pub listener: &'a Listener,
}

/// Every listener of a gateway and of its sets.
pub fn listeners<'a>(
    gateway: &'a Gateway,
    sets: impl Iterator<Item = &'a ListenerSet>,
) -> impl Iterator<Item = ListenerOf<'a>> {
    let own = Parent {
        kind: "Gateway",
        id: &gateway.id,
        listeners: &gateway.listeners,
    };
    let of_sets = sets.map(|set| Parent {
        kind: "ListenerSet",
        id: &set.id,
        listeners: &set.listeners,
    });
    std::iter::once(own).chain(of_sets).flat_map(move |parent| {
        parent.listeners.iter().map(move |listener| ListenerOf {
            gateway: &gateway.id,
            parent,
            listener,
        })
    })
}

/// What is wrong with a listener: in its controller's words where it says something, and what to do.
pub fn listener(store: &Store, of: &ListenerOf<'_>) -> Vec<Advice> {
    let told = of.listener.complaint();
    let resolved = condition(&of.listener.conditions, "ResolvedRefs")
        .is_some_and(|condition| condition.status == Truth::True);
    let mut found: Vec<Advice> = Vec::new();
    if !resolved && of.listener.ends_tls() {
        found.extend(certificates(store, of));
    }
    if let Some(bad) = told {
        let own = found.first().map(|advice| advice.next.clone());
        let next = own.unwrap_or_else(|| reasons::next_step(&bad.reason).to_owned());
        let said = Advice::critical(format!("{}: {}", bad.reason, bad.message), next);
        // What the controller says stands first, with the nearest next step.
        if let Some(first) = found.first_mut() {
            first.next = String::new();
        }
        found.insert(0, said);
    }
    found.extend(risk(of).filter(|_| !resolved));
    found
}

/// What a bad certificate means for the listeners beside it (envoyproxy/gateway#9463).
fn risk(of: &ListenerOf<'_>) -> Option<Advice> {
    let bad = of.listener.complaint()?;
    let is_about_secret = matches!(
        bad.reason.as_str(),
        "InvalidCertificateRef" | "PartiallyInvalidCertificateRef" | "RefNotPermitted"
    );
    let secret = of
        .listener
        .certificates
        .first()
        .filter(|_| is_about_secret)?;
    Some(Advice::warning(
        format!(
            "Secret {secret} is a risk for all of Gateway {}: one bad certificate can make Envoy refuse every later change",
            of.gateway
        ),
        "Mend it soon, or take this listener out until it is there",
    ))
}

fn certificates(store: &Store, of: &ListenerOf<'_>) -> Vec<Advice> {
    if of.listener.certificates.is_empty() {
        return vec![Advice::critical(
            format!("listener {} has no certificate", of.listener.name),
            "Name a Secret of type kubernetes.io/tls in tls.certificateRefs",
        )];
    }
    let refused = of.listener.certificates.iter().filter_map(|secret| {
        let reference = Reference {
            kind: of.parent.kind,
            namespace: &of.parent.id.namespace,
            to_kind: "Secret",
            to: secret,
        };
        let may_tell = store.routing.grants.is_complete() && store.reaches(&secret.namespace);
        let ungranted = missing(store.routing.grants.iter(), &reference).filter(|_| may_tell);
        ungranted.or_else(|| unmade(store, of, secret))
    });
    refused.collect()
}

/// Who should make a Secret that is not there, where the controller says that it is not.
fn unmade(store: &Store, of: &ListenerOf<'_>, secret: &ObjectRef) -> Option<Advice> {
    let bad = of.listener.complaint()?;
    if !matches!(
        bad.reason.as_str(),
        "InvalidCertificateRef" | "PartiallyInvalidCertificateRef"
    ) || !bad.message.contains(secret.name.as_str())
        || !store.certificates.is_complete()
        || !store.reaches(&secret.namespace)
    {
        return None;
    }
    let maker = store
        .certificates
        .in_namespace(&secret.namespace)
        .find(|certificate| certificate.secret == secret.name);
    Some(match maker {
        Some(certificate) if certificate.is_ready() => Advice::critical(
            format!(
                "Certificate {} says that Secret {secret} is ready",
                certificate.id
            ),
            "Look at the Secret: its type, and whether key and certificate belong together",
        ),
        Some(certificate) => Advice::critical(
            format!(
                "Certificate {} is to make it and is not ready",
                certificate.id
            ),
            "Look at the certificate's chain: it says what it waits for",
        ),
        None => Advice::critical(
            format!("no Certificate makes Secret {secret}"),
            format!(
                "Make a Certificate with secretName {} in {}, or the Secret itself",
                secret.name, secret.namespace
            ),
        ),
    })
}
