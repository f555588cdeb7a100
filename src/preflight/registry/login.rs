//! Asks a registry whether it accepts a user's token.

use std::borrow::Cow;

use reqwest::header::WWW_AUTHENTICATE;
use reqwest::{Response, StatusCode, Url, redirect};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::challenge::Challenge;
use crate::domain::line::Line;
use crate::preflight::https::{self, Barred, Rules};

/// Docker Hub's registry answers under another name than images bear.
const DOCKER_HUB: (&str, &str) = ("docker.io", "registry-1.docker.io");
/// No answer with a token is longer, in bytes.
const LONGEST: usize = 64 << 10;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::preflight) enum Login {
    /// It accepts the token.
    Accepted,
    /// It does not.
    Refused {
        /// Who.
        host: Line,
        /// With which status.
        status: u16,
    },
    /// It asks nobody for a login.
    Open,
}

/// Why it could not be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::preflight) enum Fault {
    /// Somebody is not called, or not reached.
    #[error(transparent)]
    Barred(#[from] Barred),
    /// Something answers that is no registry, or one that has a fault.
    #[error("{host} answers {said}")]
    NoRegistry {
        /// Who.
        host: Line,
        /// With what.
        said: Line,
    },
}

/// What whoever issues tokens answers.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Issued<'a> {
    #[serde(borrow)]
    token: Option<Cow<'a, str>>,
    #[serde(borrow)]
    access_token: Option<Cow<'a, str>>,
}

/// Whether the registry `server` lets `user` in with `token`.
pub(in crate::preflight) async fn login(
    server: &str,
    (user, token): (&str, &SecretString),
    rules: Rules<'_>,
) -> Result<Login, Fault> {
    let (name, address) = DOCKER_HUB;
    let host = if server == name { address } else { server };
    let base = url(&format!("https://{host}/v2/"))?;
    let first = ask(&base, None, rules).await?;
    match first.status() {
        StatusCode::OK => return Ok(Login::Open),
        StatusCode::UNAUTHORIZED => {}
        status => return Err(no_registry(&base, status.as_str())),
    }
    let headers = first.headers().get_all(WWW_AUTHENTICATE);
    let headers = headers.iter().filter_map(|value| value.to_str().ok());
    let who = Some((user, token));
    let (asked, answer) = match Challenge::of(headers) {
        None => return Err(no_registry(&base, "401, and not how to log in")),
        Some(Challenge::Basic) => (base.clone(), ask(&base, who, rules).await?),
        Some(Challenge::Bearer { realm, service }) => {
            let issuer = issuer(&realm, service.as_deref(), user)?;
            let answer = ask(&issuer, who, rules).await?;
            (issuer, answer)
        }
    };
    match answer.status() {
        StatusCode::OK if asked == base => Ok(Login::Accepted),
        StatusCode::OK => issued(&asked, answer).await,
        status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => Ok(Login::Refused {
            host: host_of(&asked),
            status: status.as_u16(),
        }),
        status => Err(no_registry(&asked, status.as_str())),
    }
}

/// Where a token is had, and for whom.
fn issuer(realm: &str, service: Option<&str>, user: &str) -> Result<Url, Barred> {
    let mut issuer = url(realm)?;
    let service = service.map(|service| ("service", service));
    let pairs = service.into_iter().chain([("account", user)]);
    issuer.query_pairs_mut().extend_pairs(pairs);
    Ok(issuer)
}

async fn ask(
    url: &Url,
    who: Option<(&str, &SecretString)>,
    rules: Rules<'_>,
) -> Result<Response, Fault> {
    // A login is carried to nobody but whom the registry names.
    let http = https::client(url, rules, redirect::Policy::none())?;
    let mut request = http.get(url.clone());
    if let Some((user, token)) = who {
        request = request.basic_auth(user, Some(token.expose_secret()));
    }
    let answer = request.send().await;
    Ok(answer.map_err(|error| unreachable(url, &error))?)
}

/// Whether there is a token in what was issued; it is looked at by nobody.
async fn issued(url: &Url, mut answer: Response) -> Result<Login, Fault> {
    let mut body = Zeroizing::new(Vec::new());
    while let Some(chunk) = answer
        .chunk()
        .await
        .map_err(|error| unreachable(url, &error))?
    {
        if body.len() + chunk.len() > LONGEST {
            return Err(no_registry(url, "with more than a token"));
        }
        body.extend_from_slice(&chunk);
    }
    let issued: Issued<'_> = serde_json::from_slice(&body).unwrap_or_default();
    let token = issued.token.or(issued.access_token);
    match token.filter(|token| !token.is_empty()) {
        Some(_) => Ok(Login::Accepted),
        None => Err(no_registry(url, "without a token")),
    }
}

fn url(text: &str) -> Result<Url, Barred> {
    Url::parse(text).map_err(|_| Barred::Plain(Line::new(text)))
}

fn unreachable(url: &Url, error: &reqwest::Error) -> Barred {
    https::unreachable(url.host_str().unwrap_or_default(), error)
}

fn host_of(url: &Url) -> Line {
    Line::new(url.host_str().unwrap_or_default())
}

fn no_registry(url: &Url, said: &str) -> Fault {
    Fault::NoRegistry {
        host: host_of(url),
        said: Line::new(said),
    }
}
