//! One conversation with a proxy's admin: requests one after the other over one stream, each with a
//! limit on its time and on the size of its answer.

use std::time::Duration;

use http::{Method, Request, StatusCode, header};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use std::future::poll_fn;
use std::pin::Pin;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::AbortHandle;

use super::answer;
use super::counters::Reading;
use super::question::Question;
use crate::clock::Clock;
use crate::domain::line::Line;
use crate::domain::proxy::Loaded;

/// The largest answer that is read: routes in thousands take a few megabytes.
const MOST: usize = 8 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The stream broke, or nothing like HTTP is at its other end.
    #[error("Envoy's admin interface cannot be read: {0}")]
    Broken(Line),
    /// It took too long.
    #[error("Envoy's admin interface did not answer within {} seconds", PATIENCE.as_secs())]
    Slow,
    /// Another status than 200.
    #[error("Envoy's admin interface answered {status} to {path}")]
    Refused {
        /// The status.
        status: u16,
        /// What was asked.
        path: &'static str,
    },
    /// More than is read.
    #[error("Envoy's answer to {0} is larger than 8 MB and was cut: what it says is not known")]
    TooLarge(&'static str),
    /// An answer in another form.
    #[error("Envoy's answer to {path} is not understood: {why}")]
    Answer {
        /// What was asked.
        path: &'static str,
        /// What is wrong with it.
        why: Line,
    },
}

/// Who a proxy is and what it has loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Its version.
    pub version: Line,
    /// Its state.
    pub state: Line,
    /// How often it was restarted in place.
    pub epoch: u32,
    /// How long it runs.
    pub uptime: Duration,
    /// What it has loaded.
    pub loaded: Loaded,
}

/// An open conversation; it ends when it is dropped.
pub struct Admin {
    sender: SendRequest<String>,
    carrier: AbortHandle,
    clock: Clock,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin").finish_non_exhaustive()
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}

impl Admin {
    /// Begins one over `stream`.
    pub async fn over<S>(stream: S, clock: Clock) -> Result<Self, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let opening = http1::handshake(TokioIo::new(stream));
        let (sender, connection) = clock
            .timeout(PATIENCE, opening)
            .await
            .map_err(|_| Error::Slow)?
            .map_err(|error| broken(&error))?;
        let carrier = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a conversation with Envoy's admin broke");
            }
        });
        Ok(Self {
            sender,
            carrier: carrier.abort_handle(),
            clock,
        })
    }

    /// Who it is and what it has loaded.
    pub async fn snapshot(&mut self) -> Result<Snapshot, Error> {
        let server = self.ask(Question::Server, answer::server).await?;
        let loaded = answer::loaded(
            self.ask(Question::Routes, answer::routes).await?,
            self.ask(Question::Listeners, answer::listeners).await?,
            self.ask(Question::Clusters, answer::clusters).await?,
            self.ask(Question::Certificates, answer::certificates)
                .await?,
        );
        Ok(Snapshot { loaded, ..server })
    }

    /// Its counters, dated by the clock.
    pub async fn reading(&mut self) -> Result<Reading, Error> {
        let at = self.clock.now();
        self.ask(Question::Numbers, |bytes| answer::numbers(bytes, at))
            .await
    }

    async fn ask<T>(
        &mut self,
        question: Question,
        read: impl FnOnce(&[u8]) -> Result<T, serde_json::Error>,
    ) -> Result<T, Error> {
        let path = question.path();
        let clock = self.clock;
        let body = clock
            .timeout(PATIENCE, self.get(path))
            .await
            .map_err(|_| Error::Slow)??;
        read(&body).map_err(|error| Error::Answer {
            path,
            why: Line::new(&error.to_string()),
        })
    }

    async fn get(&mut self, path: &'static str) -> Result<Vec<u8>, Error> {
        let request = Request::builder()
            .method(Method::GET)
            .uri(path)
            .header(header::HOST, "localhost")
            .body(String::new())
            .map_err(|error| broken(&error))?;
        self.sender.ready().await.map_err(|error| broken(&error))?;
        let answer = self.sender.send_request(request).await;
        let answer = answer.map_err(|error| broken(&error))?;
        let status = answer.status();
        if status != StatusCode::OK {
            let status = status.as_u16();
            return Err(Error::Refused { status, path });
        }
        whole(answer.into_body(), path).await
    }
}

async fn whole(mut body: Incoming, path: &'static str) -> Result<Vec<u8>, Error> {
    let mut found = Vec::new();
    loop {
        let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
        let Some(frame) = frame.transpose().map_err(|error| broken(&error))? else {
            return Ok(found);
        };
        let data: Bytes = frame.into_data().unwrap_or_default();
        if found.len() + data.len() > MOST {
            return Err(Error::TooLarge(path));
        }
        found.extend_from_slice(&data);
    }
}

fn broken(error: &dyn std::error::Error) -> Error {
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    let told = error.to_string();
    let told = if cause.is_empty() || told.contains(&cause) {
        told
    } else {
        format!("{told}: {cause}")
    };
    Error::Broken(Line::new(&told))
}

impl Snapshot {
    /// When it started, seen from `now`.
    pub fn started(&self, now: Timestamp) -> Option<Timestamp> {
        now.checked_sub(self.uptime).ok()
    }
}
