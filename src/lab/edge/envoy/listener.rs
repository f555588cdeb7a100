//! Listeners: which one a name is for, whether a route may attach, and the certificate that it shows.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;

use crate::lab::controllers::object::{holds_in, items, name, namespace, text};
use crate::lab::kube::Objects;

/// How closely a name fits a pattern; a greater one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// There is no pattern: every name fits.
    Any,
    /// A pattern with a star, and its length.
    Wildcard(usize),
    /// The name itself.
    Exact,
}

/// Whether a host name fits a Gateway's or a route's pattern.
pub(super) fn fit(pattern: &str, host: &str) -> Option<Fit> {
    if pattern.is_empty() {
        return Some(Fit::Any);
    }
    if pattern.eq_ignore_ascii_case(host) {
        return Some(Fit::Exact);
    }
    let tail = pattern.strip_prefix('*')?.to_ascii_lowercase();
    let host = host.to_ascii_lowercase();
    (host.ends_with(&tail) && host.len() > tail.len()).then_some(Fit::Wildcard(pattern.len()))
}

/// Whether this listener ends TLS.
pub(super) fn is_tls(listener: &Value) -> bool {
    text(listener, "/protocol") == "HTTPS"
}

/// The listener that a client's server name chooses; without a name only one for every name.
pub(super) fn for_name<'a>(
    listeners: &[&'a Value],
    server_name: Option<&str>,
) -> Option<&'a Value> {
    listeners
        .iter()
        .filter_map(|listener| {
            let fit = fit(text(listener, "/hostname"), server_name.unwrap_or_default())?;
            Some((fit, *listener))
        })
        .max_by_key(|(fit, _)| *fit)
        .map(|(_, listener)| listener)
}

/// Whether a parent reference means this listener.
pub(super) fn is_meant(listener: &Value, reference: &Value) -> bool {
    let section = text(reference, "/sectionName");
    let port = reference.get("port");
    (section.is_empty() || section == text(listener, "/name"))
        && port.is_none_or(|port| listener.get("port") == Some(port))
}

/// Whether the listener lets routes of a namespace attach.
pub(super) fn admits(objects: &Objects, gateway: &Value, listener: &Value, space: &str) -> bool {
    match text(listener, "/allowedRoutes/namespaces/from") {
        "All" => true,
        "Selector" => {
            let wanted = listener
                .pointer("/allowedRoutes/namespaces/selector/matchLabels")
                .and_then(Value::as_object);
            let found = objects.shared("namespaces", None, space);
            let labels = found
                .as_deref()
                .and_then(|found| found.pointer("/metadata/labels"));
            wanted.is_some_and(|wanted| {
                wanted
                    .iter()
                    .all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
            })
        }
        _ => space == namespace(gateway),
    }
}

/// TLS with the listener's certificate; none when no Secret holds one that can be used: Envoy then
/// has no listener there.
pub(super) fn tls(
    objects: &Objects,
    gateway: &Value,
    listener: &Value,
) -> Option<Arc<ServerConfig>> {
    secrets(objects, gateway, listener).find_map(|secret| with_certificate(&secret))
}

/// The certificate that a listener shows, in DER.
pub(super) fn certificate(
    objects: &Objects,
    gateway: &Value,
    listener: &Value,
) -> Option<CertificateDer<'static>> {
    let mut usable = secrets(objects, gateway, listener)
        .filter(|secret| with_certificate(secret).is_some())
        .filter_map(|secret| chain(&secret)?.into_iter().next());
    usable.next()
}

/// The Secrets that a listener names and may use.
fn secrets<'a>(
    objects: &'a Objects,
    gateway: &'a Value,
    listener: &'a Value,
) -> impl Iterator<Item = Arc<Value>> + 'a {
    let references = items(listener, "/tls/certificateRefs").iter();
    references
        .filter(move |reference| {
            let space = text(reference, "/namespace");
            space.is_empty() || space == namespace(gateway) || is_resolved(gateway, listener)
        })
        .filter_map(move |reference| {
            let space = match text(reference, "/namespace") {
                "" => namespace(gateway),
                space => space,
            };
            objects.shared("secrets", Some(space), text(reference, "/name"))
        })
}

/// What Envoy Gateway found out about references to other namespaces.
fn is_resolved(gateway: &Value, listener: &Value) -> bool {
    items(gateway, "/status/listeners")
        .iter()
        .filter(|known| known.get("name") == listener.get("name"))
        .any(|known| holds_in(known, "/conditions", "ResolvedRefs"))
}

fn chain(secret: &Value) -> Option<Vec<CertificateDer<'static>>> {
    let pem = STANDARD.decode(text(secret, "/data/tls.crt")).ok()?;
    let chain = CertificateDer::pem_slice_iter(&pem);
    chain.collect::<Result<_, _>>().ok()
}

fn with_certificate(secret: &Value) -> Option<Arc<ServerConfig>> {
    let chain = chain(secret)?;
    let key = STANDARD.decode(text(secret, "/data/tls.key")).ok()?;
    let key = PrivateKeyDer::from_pem_slice(&key).ok()?;
    let made = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
    match made {
        Ok(mut config) => {
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            Some(Arc::new(config))
        }
        Err(error) => {
            tracing::debug!(%error, secret = name(secret), "a certificate cannot be used");
            None
        }
    }
}
