//! The client: one request at a time, lists page by page.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::error::Error;
use super::wire::{Envelope, Token, WireRecord, WireZone};
use crate::domain::line::Line;
use crate::domain::record::PublishedRecord;

/// Cloudflare's own address.
pub const API: &str = "https://api.cloudflare.com/client/v4";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
const PER_PAGE: u32 = 50;
/// Pages of one list that are read at most.
const MOST_PAGES: u32 = 200;

/// A connection to Cloudflare's API. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
}

/// A DNS zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Cloudflare's identifier.
    pub id: String,
    /// Its domain.
    pub name: Line,
}

/// What Cloudflare says of the token itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenStatus {
    /// It can be used.
    Active,
    /// Someone switched it off.
    Disabled,
    /// Its time is over.
    Expired,
}

/// What Cloudflare tells of the token itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenFound {
    /// Whether it can be used.
    pub status: TokenStatus,
    /// When its time is over, where it has an end.
    pub expires: Option<Timestamp>,
}

/// A zone, and what the token may do in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The zone.
    pub zone: Zone,
    /// Whether its domain leads to Cloudflare's name servers.
    pub active: bool,
    /// Whether the token may change records; nothing where Cloudflare does not tell.
    pub edits_records: Option<bool>,
}

impl Client {
    /// Prepares to talk to `base` (usually [`API`]) with an API token; connects only when asked.
    pub fn new(base: &str, token: &SecretString) -> Result<Self, Error> {
        let base = base_url(base)?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose_secret().trim()))
            .map_err(|_| Error::Token("it has characters that no token has".into()))?;
        bearer.set_sensitive(true);
        let http = connection(&base)
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, bearer)]))
            .build()
            .map_err(|error| unreachable(&error))?;
        Ok(Self { http, base })
    }

    /// Whether the token is good. Only for tokens that belong to a user: Cloudflare answers for one
    /// that belongs to an account as if it were wrong.
    pub async fn verify(&self) -> Result<TokenStatus, Error> {
        Ok(self.token().await?.status)
    }

    /// As [`Client::verify`], with the token's end.
    pub async fn token(&self) -> Result<TokenFound, Error> {
        let token: Token = self.get(&["user", "tokens", "verify"], &[]).await?.0;
        let status = match token.status.as_str() {
            "active" => TokenStatus::Active,
            "disabled" => TokenStatus::Disabled,
            "expired" => TokenStatus::Expired,
            other => return Err(Error::Answer(Line::new(other))),
        };
        Ok(TokenFound {
            status,
            expires: token.expires_on.and_then(|end| end.parse().ok()),
        })
    }

    /// The zones that the token can list; none for a token without Zone:Read.
    pub async fn zones(&self) -> Result<Vec<Zone>, Error> {
        let zones: Vec<WireZone> = self.list(&["zones"]).await?;
        Ok(zones.into_iter().map(Zone::from).collect())
    }

    /// One zone by its identifier.
    pub async fn zone(&self, id: &str) -> Result<Zone, Error> {
        let zone: WireZone = self.get(&["zones", id], &[]).await?.0;
        Ok(zone.into())
    }

    /// The zone of this name, if the token can list it, and what it may do there.
    pub async fn access(&self, name: &str) -> Result<Option<Access>, Error> {
        let name = name.trim_end_matches('.');
        let zones: Vec<WireZone> = self.list(&["zones"]).await?;
        let mut zones = zones.into_iter();
        let found = zones.find(|zone| zone.name.eq_ignore_ascii_case(name));
        Ok(found.map(Access::from))
    }

    /// As [`Client::access`], by the zone's identifier: a token without Zone:Read lists no zone.
    pub async fn access_by_id(&self, id: &str) -> Result<Access, Error> {
        let zone: WireZone = self.get(&["zones", id], &[]).await?.0;
        Ok(zone.into())
    }

    /// All records of a zone.
    pub async fn records(&self, zone: &Zone) -> Result<Vec<PublishedRecord>, Error> {
        let records: Vec<WireRecord> = self.list(&["zones", &zone.id, "dns_records"]).await?;
        Ok(records
            .into_iter()
            .map(|record| (&zone.name, record).into())
            .collect())
    }

    /// One record; nothing where there is none of that identifier.
    pub async fn record(&self, zone: &Zone, id: &str) -> Result<Option<PublishedRecord>, Error> {
        let found: Result<(WireRecord, u32), Error> =
            self.get(&["zones", &zone.id, "dns_records", id], &[]).await;
        match found {
            Ok((record, _)) => Ok(Some((&zone.name, record).into())),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends a change of a zone's records. Only [`Writer`](super::Writer) may.
    pub(super) async fn send(
        &self,
        method: Method,
        zone: &Zone,
        (id, body): (Option<&str>, Option<&Value>),
    ) -> Result<(), Error> {
        let mut path = vec!["zones", zone.id.as_str(), "dns_records"];
        path.extend(id);
        let mut request = self.http.request(method, self.url(&path)?);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|error| unreachable(&error))?;
        read::<IgnoredAny>(answer).await.map(|_| ())
    }

    async fn list<T: DeserializeOwned>(&self, path: &[&str]) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        for page in 1..=MOST_PAGES {
            let query = [("page", page), ("per_page", PER_PAGE)];
            let (mut items, total_pages): (Vec<T>, u32) = self.get(path, &query).await?;
            all.append(&mut items);
            if page >= total_pages {
                break;
            }
        }
        Ok(all)
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, u32)],
    ) -> Result<(T, u32), Error> {
        let answer = self.http.get(self.url(path)?).query(query).send().await;
        read(answer.map_err(|error| unreachable(&error))?).await
    }

    fn url(&self, path: &[&str]) -> Result<Url, Error> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Error::Address(Line::new(self.base.as_str())))?
            .extend(path);
        Ok(url)
    }
}

/// The result in an answer, and of how many pages it is one; or the refusal.
async fn read<T: DeserializeOwned>(answer: reqwest::Response) -> Result<(T, u32), Error> {
    let status = answer.status().as_u16();
    let wait = answer
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let body = answer.bytes().await.map_err(|error| unreachable(&error))?;
    match serde_json::from_slice::<Envelope<T>>(&body) {
        Ok(Envelope {
            success: true,
            result: Some(result),
            result_info,
            ..
        }) => Ok((result, result_info.total_pages)),
        Ok(envelope) => Err(Error::refused(
            status,
            wait.map(Duration::from_secs),
            &envelope.errors,
        )),
        // A proxy or an overload answers without the envelope.
        Err(_) if !(200..300).contains(&status) => {
            Err(Error::refused(status, wait.map(Duration::from_secs), &[]))
        }
        Err(error) => Err(Error::Answer(Line::new(&error.to_string()))),
    }
}

impl From<WireZone> for Access {
    fn from(wire: WireZone) -> Self {
        let edits = |permissions: &Vec<Line>| {
            let mut permissions = permissions.iter();
            permissions.any(|it| *it == "#dns_records:edit")
        };
        Self {
            active: wire.status == "active",
            edits_records: wire.permissions.as_ref().map(edits),
            zone: wire.into(),
        }
    }
}

impl From<WireZone> for Zone {
    fn from(wire: WireZone) -> Self {
        Self {
            id: wire.id,
            name: wire.name,
        }
    }
}

/// The address at which whoever asks is seen, by Cloudflare's own page for that at the API's host.
/// No token is sent.
pub async fn seen_address(base: &str) -> Result<IpAddr, Error> {
    let mut page = base_url(base)?;
    page.set_path("/cdn-cgi/trace");
    let http = connection(&page)
        .build()
        .map_err(|error| unreachable(&error))?;
    let answer = http
        .get(page)
        .send()
        .await
        .map_err(|error| unreachable(&error))?;
    let status = answer.status();
    if !status.is_success() {
        return Err(Error::refused(status.as_u16(), None, &[]));
    }
    let text = answer.text().await.map_err(|error| unreachable(&error))?;
    let mut lines = text.lines();
    let address = lines.find_map(|line| line.strip_prefix("ip=")?.trim().parse().ok());
    address.ok_or_else(|| Error::Answer("the page names no address".into()))
}

/// An address that may be called: https, or http to this machine.
fn base_url(base: &str) -> Result<Url, Error> {
    let address = || Error::Address(Line::new(base));
    let url = Url::parse(base.trim_end_matches('/')).map_err(|_| address())?;
    let allowed = url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url);
    allowed.then_some(url).ok_or_else(address)
}

fn connection(to: &Url) -> reqwest::ClientBuilder {
    // An error means that a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder()
        .user_agent(concat!("k3scope/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(REQUEST_TIMEOUT);
    if is_loopback(to) {
        return http.no_proxy();
    }
    http
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

/// The deepest cause says most; the address is left out, for it could hold a zone's identifier.
fn unreachable(error: &reqwest::Error) -> Error {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Error::Unreachable(Line::new(&cause.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://api.cloudflare.com/client/v4", true)]
    #[case("http://127.0.0.1:8080", true)]
    #[case("http://api.cloudflare.com/client/v4", false)]
    #[case("http://localhost.example.com", false)]
    #[case("ftp://127.0.0.1", false)]
    #[case("nonsense", false)]
    fn plain_http_only_to_this_machine(#[case] base: &str, #[case] allowed: bool) {
        assert_eq!(Client::new(base, &SecretString::from("t")).is_ok(), allowed);
    }

    #[test]
    fn the_token_shows_nowhere() {
        let client = Client::new(API, &SecretString::from("s3cr3t-token")).unwrap();
        assert!(!format!("{client:?}").contains("s3cr3t"));
    }
}
