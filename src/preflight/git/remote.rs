//! Asks a server over https. A token goes into a header of requests to that server alone.

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, StatusCode, Url, redirect};
use secrecy::{ExposeSecret, SecretString};

use super::advertised::{Advertised, Garbled};
use crate::domain::line::Line;
use crate::preflight::https::{self, Barred, Rules};

/// What a server of smart HTTP calls its answer.
const ADVERTISEMENT: &str = "application/x-git-upload-pack-advertisement";
/// Any name serves beside a token; this one is what GitHub, GitLab and Gitea agree on.
const USER: &str = "x-access-token";
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
    /// It is not called, or not reached.
    #[error(transparent)]
    Barred(#[from] Barred),
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
    /// The repository at `url`; connects to nothing yet.
    pub(in crate::preflight) fn new(
        url: &str,
        token: Option<SecretString>,
        rules: Rules<'_>,
    ) -> Result<Self, Fault> {
        let plain = |_| Barred::Plain(Line::new(url));
        let url = Url::parse(url.trim_end_matches('/')).map_err(plain)?;
        let http = https::client(&url, rules, on_same_server(&url))?;
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
        let answer = answer.map_err(|error| https::unreachable(host, &error))?;
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
        match chunk.map_err(|error| https::unreachable(host, &error))? {
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
