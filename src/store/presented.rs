//! What is presented where a certificate should stand, beside that certificate.

use super::{Store, Table};
use crate::domain::certificate::Certificate;
use crate::domain::handshake::{Comparison, Handshake, covers};
use crate::domain::line::Line;
use crate::domain::route::{Gateway, Listener};

/// The listeners that have a certificate's Secret, across namespaces.
pub fn listeners<'a>(
    store: &'a Store,
    certificate: &'a Certificate,
) -> impl Iterator<Item = (&'a Gateway, &'a Listener)> {
    store.gateways.iter().flat_map(move |gateway| {
        let having = gateway.listeners.iter().filter(|listener| {
            listener.certificates.iter().any(|secret| {
                secret.name == certificate.secret && secret.namespace == certificate.id.namespace
            })
        });
        having.map(move |listener| (gateway, listener))
    })
}

/// The handshakes that a certificate should have been presented in: those with a host that it is for,
/// where a listener has it. In order of host and address.
pub fn of<'a>(
    store: &'a Store,
    certificate: &'a Certificate,
) -> impl Iterator<Item = (&'a Handshake, Comparison)> {
    let is_served = listeners(store, certificate).next().is_some();
    let table: &Table<Handshake> = &store.handshakes;
    let meant = table.iter().filter(move |handshake| {
        is_served
            && is_for(certificate, handshake.host())
            && at_its_listener(store, certificate, handshake.host())
    });
    meant.map(|handshake| (handshake, Comparison::of(certificate, handshake)))
}

/// What matters most of all that is presented; nothing where nothing was looked at.
pub fn worst(store: &Store, certificate: &Certificate) -> Option<Comparison> {
    let all = of(store, certificate).map(|(_, comparison)| comparison);
    all.max_by_key(|comparison| (comparison.shown, comparison.distrust.is_some()))
}

fn is_for(certificate: &Certificate, host: &Line) -> bool {
    certificate.dns_names.iter().any(|name| covers(name, host))
}

/// Whether a listener that has the certificate is the one for `host`: one for just this name, which
/// has another certificate, goes before one for many.
fn at_its_listener(store: &Store, certificate: &Certificate, host: &Line) -> bool {
    let is_exact = |listener: &Listener| listener.hostname.eq_ignore_ascii_case(host);
    let own = listeners(store, certificate).any(|(_, listener)| is_exact(listener));
    let secured = store.gateways.iter().flat_map(|gateway| &gateway.listeners);
    let mut exact =
        secured.filter(|listener| !listener.certificates.is_empty() && is_exact(listener));
    own || exact.next().is_none()
}
