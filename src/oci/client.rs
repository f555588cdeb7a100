//! The client: typed reads and writes, paging, and the loop that sends again.
//!
//! It decides nothing about the cluster: a 404 is an error here, and whether it is good news is
//! the caller's to say.

mod answer;
mod refusal;
mod request;
mod send;

pub use answer::Text;
pub use request::{Method, Request};

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::SignedDuration;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::endpoints::{Endpoints, Service};
use super::error::Error;
use super::evidence::Proven;
use super::profile::Profile;
use super::retry::{Observer, Retries, RetryToken, Retrying, wait_before_next};
use crate::clock::Clock;

/// Pages of one list that are read at most: with OCI's usual 100 a page, 50,000 entries.
const MOST_PAGES: usize = 500;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// What one try may take, its answer's last byte included.
const LONGEST_TRY: Duration = Duration::from_mins(1);

/// Something that a service has a collection of.
pub trait Resource: DeserializeOwned {
    /// The service that keeps it.
    const SERVICE: Service;
    /// The collection's path below the service's base path: `vcns`.
    const COLLECTION: &'static str;
}

/// A signed connection to OCI. Cloning is cheap.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    retries: Retries,
    observer: Option<Observer>,
}

struct Inner {
    http: reqwest::Client,
    profile: Profile,
    endpoints: Endpoints,
    home: OnceLock<Endpoints>,
    clock: Clock,
    proven: Proven,
    ahead: OnceLock<SignedDuration>,
}

impl Inner {
    /// Quotas are written in the home region only; the rest is where the profile says.
    fn endpoints_for(&self, service: Service) -> &Endpoints {
        let home = self.home.get().filter(|_| service == Service::Quotas);
        home.unwrap_or(&self.endpoints)
    }
}

impl Client {
    /// Prepares to talk to `endpoints` as `profile`; connects only when asked something.
    pub fn new(profile: Profile, endpoints: Endpoints, clock: Clock) -> Result<Self, Error> {
        endpoints.base(Service::Core)?;
        // An error means that a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("k3scope/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // The signature covers the Host header, which HTTP/2 does not have.
            .http1_only()
            .connect_timeout(CONNECT_TIMEOUT);
        if endpoints.is_loopback() {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|why| Error::Unsendable {
            operation: "the HTTP client".to_owned(),
            why: send::causes(&why),
        })?;
        Ok(Self {
            inner: Arc::new(Inner {
                http,
                profile,
                endpoints,
                home: OnceLock::new(),
                clock,
                proven: Proven::default(),
                ahead: OnceLock::new(),
            }),
            retries: Retries::default(),
            observer: None,
        })
    }

    /// The same connection, telling `observer` of every repeat.
    #[must_use]
    pub fn on_retry(&self, observer: Observer) -> Self {
        Self {
            observer: Some(observer),
            ..self.clone()
        }
    }

    /// The same connection, repeating as `retries` says.
    #[must_use]
    pub fn with_retries(&self, retries: Retries) -> Self {
        Self {
            retries,
            ..self.clone()
        }
    }

    /// Whose requests these are.
    pub fn profile(&self) -> &Profile {
        &self.inner.profile
    }

    /// Where they go.
    pub fn endpoints(&self) -> &Endpoints {
        &self.inner.endpoints
    }

    /// Tells this connection and its clones the tenancy's home region, where quotas are kept. What
    /// was told first holds.
    pub fn know_home_region(&self, region: &str) {
        self.inner
            .home
            .get_or_init(|| self.inner.endpoints.in_region(region));
    }

    /// How far this machine's clock is ahead of OCI's, by the first answer that told a date.
    pub fn clock_ahead(&self) -> Option<SignedDuration> {
        self.inner.ahead.get().copied()
    }

    /// One resource.
    pub async fn get<R: Resource>(&self, id: &str) -> Result<R, Error> {
        self.get_with_etag(id).await.map(|(resource, _)| resource)
    }

    /// One resource, and the mark of its version for [`Client::update`].
    pub async fn get_with_etag<R: Resource>(&self, id: &str) -> Result<(R, Option<String>), Error> {
        let request = Request::get(R::SERVICE, item::<R>(id));
        let answer = self.perform(&request).await?;
        Ok((answer.json(&request)?, answer.head.etag))
    }

    /// All of a collection that `query` selects, page after page.
    pub async fn list<R: Resource>(&self, query: &[(&str, &str)]) -> Result<Vec<R>, Error> {
        self.list_at(R::SERVICE, R::COLLECTION, query).await
    }

    /// As [`Client::list`], for what is below another resource's path.
    pub async fn list_at<T: DeserializeOwned>(
        &self,
        service: Service,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, Error> {
        let first = Request::get(service, path).with_query(query);
        let mut all = Vec::new();
        let mut page: Option<String> = None;
        let mut last = String::new();
        for _ in 0..MOST_PAGES {
            let request = match &page {
                None => first.clone(),
                Some(page) => first.clone().with_query(&[("page", page)]),
            };
            let answer = self.perform(&request).await?;
            all.extend(answer.json::<Vec<T>>(&request)?);
            last = answer.head.request_id;
            match answer.head.next_page {
                Some(next) => page = Some(next),
                None => return Ok(all),
            }
        }
        Err(Error::TooManyPages {
            operation: first.operation(),
            pages: MOST_PAGES,
            request_id: last,
        })
    }

    /// Makes a resource; `token` makes it safe to send this twice.
    pub async fn create<R: Resource, B: Serialize>(
        &self,
        body: &B,
        token: &RetryToken,
    ) -> Result<R, Error> {
        let request = Request::post(R::SERVICE, R::COLLECTION)
            .with_body(body)?
            .with_token(token.clone());
        self.call(request).await
    }

    /// Changes a resource; with `if_match`, only the version that has this etag (else 412).
    pub async fn update<R: Resource, B: Serialize>(
        &self,
        id: &str,
        body: &B,
        if_match: Option<&str>,
    ) -> Result<R, Error> {
        let mut request = Request::put(R::SERVICE, item::<R>(id)).with_body(body)?;
        request.if_match = if_match.map(str::to_owned);
        self.call(request).await
    }

    /// Removes a resource. 404 stays an error: the caller knows whether it was sure to be there.
    pub async fn delete<R: Resource>(&self, id: &str, query: &[(&str, &str)]) -> Result<(), Error> {
        let request = Request::delete(R::SERVICE, item::<R>(id)).with_query(query);
        self.perform(&request).await.map(|_| ())
    }

    /// Any other operation that answers with JSON (or with nothing, for `T = ()`).
    pub async fn call<T: DeserializeOwned>(&self, request: Request) -> Result<T, Error> {
        self.perform(&request).await?.json(&request)
    }

    /// An operation that answers with plain text.
    pub async fn text(&self, request: Request) -> Result<Text, Error> {
        Ok(self.perform(&request).await?.text())
    }

    async fn perform(&self, request: &Request) -> Result<answer::Answer, Error> {
        let clock = self.inner.clock;
        let operation = request.operation();
        let began = clock.instant();
        let limit = self.retries.one_try(LONGEST_TRY);
        let mut waited = Duration::ZERO;
        let mut doubt = false;
        let mut attempt = 1;
        loop {
            let error = match self.inner.send(request, limit).await {
                Ok(answer) => return Ok(answer),
                Err(error) if doubt => error.with_doubt(),
                Err(error) => error,
            };
            doubt |= !error.left_untouched();
            let wait = wait_before_next(&error, attempt, request.repeatable())
                .map(|wait| {
                    clock
                        .jitter(wait)
                        .max(error.retry_after().unwrap_or_default())
                })
                .filter(|wait| {
                    // A paced clock waits less than it says: what was to be waited counts.
                    let spent = clock.instant().duration_since(began).max(waited);
                    attempt < self.retries.tries && spent + *wait <= self.retries.total
                });
            let Some(wait) = wait else {
                return Err(error);
            };
            tracing::info!(operation, attempt, ?wait, %error, "sending again");
            if let Some(observer) = &self.observer {
                observer(&Retrying {
                    operation: &operation,
                    attempt,
                    wait,
                    because: &error,
                });
            }
            clock.sleep(wait).await;
            waited += wait;
            attempt += 1;
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("profile", &self.inner.profile)
            .field("endpoints", &self.inner.endpoints)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}

fn item<R: Resource>(id: &str) -> String {
    format!("{}/{id}", R::COLLECTION)
}
