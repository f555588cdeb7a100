//! A client for one server over https, made as `cluster.toml` lets connections be made.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use reqwest::{Certificate, Client, Url, redirect};

use crate::domain::line::Line;

const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// What `cluster.toml` says of connections.
#[derive(Clone, Copy, Debug)]
pub(in crate::preflight) struct Rules<'a> {
    /// `[dial]`: where a connection to `host:port` goes instead.
    pub(in crate::preflight) dial: &'a BTreeMap<String, SocketAddr>,
    /// A file of further certificate authorities.
    pub(in crate::preflight) authorities: Option<&'a Path>,
}

/// Why a server is not called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::preflight) enum Barred {
    /// The address is not https.
    #[error("`{0}` is not https: what goes there could be read and changed on the way")]
    Plain(Line),
    /// `[dial]` is set and does not name the server.
    #[error("{0} is not in [dial], and nothing else is called while [dial] is set")]
    NotDialled(Line),
    /// The extra authorities cannot be read.
    #[error("{0}")]
    Authorities(Line),
    /// No connection, or it broke.
    #[error("cannot reach {host}: {why}")]
    Unreachable {
        /// Where.
        host: Line,
        /// Why.
        why: Line,
    },
}

/// A client for the server of `url`; connects to nothing yet.
pub(in crate::preflight) fn client(
    url: &Url,
    rules: Rules<'_>,
    redirects: redirect::Policy,
) -> Result<Client, Barred> {
    let plain = || Barred::Plain(Line::new(url.as_str()));
    let host = url.host_str().ok_or_else(plain)?;
    if url.scheme() != "https" {
        return Err(plain());
    }
    // An error means that a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut http = Client::builder()
        .user_agent(concat!("k3scope/", env!("CARGO_PKG_VERSION")))
        .https_only(true)
        .timeout(ANSWER_WITHIN)
        .redirect(redirects);
    let called = format!("{host}:{}", url.port_or_known_default().unwrap_or(443));
    match rules.dial.get(&called) {
        Some(instead) => http = http.resolve(host, *instead).no_proxy(),
        None if !rules.dial.is_empty() => return Err(Barred::NotDialled(Line::new(&called))),
        None => {}
    }
    if let Some(file) = rules.authorities {
        http = http.tls_certs_merge(extra(file)?);
    }
    http.build().map_err(|error| unreachable(host, &error))
}

fn extra(file: &Path) -> Result<Vec<Certificate>, Barred> {
    let told = |why: &dyn std::fmt::Display| {
        let said = format!("{}: {why}", file.display());
        Barred::Authorities(Line::new(&said))
    };
    let pem = std::fs::read(file).map_err(|error| told(&error))?;
    Certificate::from_pem_bundle(&pem).map_err(|error| told(&error))
}

/// The innermost reason: the outer ones only say that a request failed.
pub(in crate::preflight) fn unreachable(host: &str, error: &reqwest::Error) -> Barred {
    let mut reason: &dyn std::error::Error = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    Barred::Unreachable {
        host: Line::new(host),
        why: Line::new(&reason.to_string()),
    }
}
