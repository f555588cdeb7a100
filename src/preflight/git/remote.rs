//! Asks a server over https. A token goes into a header of requests to that server alone.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Certificate, Client, Response, StatusCode, Url, redirect};
use secrecy::{ExposeSecret, SecretString};

use super::advertised::{Advertised, Garbled};
use crate::domain::line::Line;

/// What a server of smart HTTP calls its answer.
const ADVERTISEMENT: &str = "application/x-git-upload-pack-advertisement";
/// Any name serves beside a token; this one is what GitHub, GitLab and Gitea agree on.
const USER: &str = "x-access-token";
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// A repository with more references than fit in here is read no further.
const LONGEST: usize = 16 << 20;
const REDIRECTS: usize = 3;

/// A repository at a server.
#[derive(Debug)]
pub(in crate::preflight) struct Remote {
    url: Url,
    http: Client,
    token: Option<SecretString>,
}

/// Why a repository's references cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::preflight) enum Fault {
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
    /// The server refuses: 401, 403, 404 or another status.
    #[error("{host} answers {status}")]
    Refused {
        /// Who.
        host: Line,
        /// With what.
        status: u16,
    },
    /// The repository has moved to another host.
    #[error("it has moved to {0}")]
    Moved(Line),
    /// Something answers that is no Git server.
    #[error("{host} answers with {kind}, not as a Git server")]
    NoGit {
        /// Who.
        host: Line,
        /// What it sends.
        kind: Line,
    },
    /// More references than are read.
    #[error("the repository lists more references than are read (16 MB)")]
    TooLong,
    /// The answer makes no sense.
    #[error(transparent)]
    Garbled(#[from] Garbled),
}

impl Remote {
    /// The repository at `url`; connects to nothing yet. `dial` and `authorities` are what
    /// `cluster.toml` says of connections.
    pub(in crate::preflight) fn new(
        url: &str,
        token: Option<SecretString>,
        dial: &BTreeMap<String, SocketAddr>,
        authorities: Option<&Path>,
    ) -> Result<Self, Fault> {
        let plain = || Fault::Plain(Line::new(url));
        let url = Url::parse(url.trim_end_matches('/')).map_err(|_| plain())?;
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
            .redirect(on_same_server(&url));
        let called = format!("{host}:{}", url.port_or_known_default().unwrap_or(443));
        match dial.get(&called) {
            Some(instead) => http = http.resolve(host, *instead).no_proxy(),
            None if !dial.is_empty() => return Err(Fault::NotDialled(Line::new(&called))),
            None => {}
        }
        if let Some(file) = authorities {
            http = http.tls_certs_merge(extra(file)?);
        }
        let http = http.build().map_err(|error| unreachable(host, &error))?;
        Ok(Self { url, http, token })
    }

    /// Asks for the references.
    pub(in crate::preflight) async fn references(&self) -> Result<Advertised, Fault> {
        let host = self.url.host_str().unwrap_or_default();
        let mut asked = self.url.clone();
        if let Ok(mut path) = asked.path_segments_mut() {
            path.extend(["info", "refs"]);
        }
        asked.set_query(Some("service=git-upload-pack"));
        let mut request = self.http.get(asked);
        if let Some(token) = &self.token {
            request = request.basic_auth(USER, Some(token.expose_secret()));
        }
        let answer = request.send().await;
        let answer = answer.map_err(|error| unreachable(host, &error))?;
        self.judge(host, &answer)?;
        let body = whole(host, answer).await?;
        Ok(Advertised::read(&body)?)
    }

    fn judge(&self, host: &str, answer: &Response) -> Result<(), Fault> {
        let status = answer.status();
        let header = |name| {
            let value = answer.headers().get(name);
            value.and_then(|value| value.to_str().ok()).unwrap_or("")
        };
        if status.is_redirection() {
            let to = self.url.join(header(reqwest::header::LOCATION)).ok();
            let to = to.as_ref().and_then(Url::host_str).unwrap_or("elsewhere");
            return Err(Fault::Moved(Line::new(to)));
        }
        if status != StatusCode::OK {
            return Err(Fault::Refused {
                host: Line::new(host),
                status: status.as_u16(),
            });
        }
        let kind = header(CONTENT_TYPE).split(';').next().unwrap_or("").trim();
        if kind == ADVERTISEMENT {
            return Ok(());
        }
        Err(Fault::NoGit {
            host: Line::new(host),
            kind: Line::new(if kind.is_empty() { "something" } else { kind }),
        })
    }
}

/// The whole body, as long as it is not too long.
async fn whole(host: &str, mut answer: Response) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    loop {
        let chunk = answer.chunk().await;
        match chunk.map_err(|error| unreachable(host, &error))? {
            None => return Ok(body),
            Some(chunk) if body.len() + chunk.len() > LONGEST => return Err(Fault::TooLong),
            Some(chunk) => body.extend_from_slice(&chunk),
        }
    }
}

/// A renamed repository moves on its own server; to no other is a token carried.
fn on_same_server(url: &Url) -> redirect::Policy {
    let server = (url.host_str().map(str::to_owned), url.port());
    redirect::Policy::custom(move |attempt| {
        let next = attempt.url();
        let stays = next.host_str() == server.0.as_deref() && next.port() == server.1;
        if stays && attempt.previous().len() <= REDIRECTS {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

fn extra(file: &Path) -> Result<Vec<Certificate>, Fault> {
    let told = |why: &dyn std::fmt::Display| {
        let said = format!("{}: {why}", file.display());
        Fault::Authorities(Line::new(&said))
    };
    let pem = std::fs::read(file).map_err(|error| told(&error))?;
    Certificate::from_pem_bundle(&pem).map_err(|error| told(&error))
}

/// The innermost reason: the outer ones only say that a request failed.
fn unreachable(host: &str, error: &reqwest::Error) -> Fault {
    let mut reason: &dyn std::error::Error = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    Fault::Unreachable {
        host: Line::new(host),
        why: Line::new(&reason.to_string()),
    }
}
