//! One request over plain HTTP to one address, and the answer as it comes: no redirect is followed.

use std::net::IpAddr;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap, HeaderName};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

use super::visitor::Visitor;
use crate::clock::Clock;
use crate::domain::handshake::{Failure, Silence};
use crate::domain::line::Line;

/// How long the answer may take once there is a connection.
const ANSWER: Duration = Duration::from_secs(8);
/// Of a longer body only so much is read.
const LONGEST: usize = 16 * 1024;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status code.
    pub status: u16,
    /// Where it sends the client.
    pub location: Line,
    /// Who answers, as it calls itself.
    pub server: Line,
    /// Whether it passed through Cloudflare.
    pub through_cloudflare: bool,
    /// The beginning of its body.
    pub body: Vec<u8>,
}

/// Asks the server at an address for a path of `host`.
pub async fn fetch(
    visitor: &Visitor,
    (host, path): (&str, &str),
    at: (IpAddr, u16),
    clock: Clock,
) -> Result<Answer, Silence> {
    let stream = visitor.connect(at, clock).await?;
    let asked = Request::get(path)
        .header(header::HOST, host)
        .header(
            header::USER_AGENT,
            concat!("k3scope/", env!("CARGO_PKG_VERSION")),
        )
        .body(Empty::<Bytes>::new())
        .map_err(|error| silence(Failure::Protocol, &error))?;
    let asking = async {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let exchange = async {
            let response = sender.send_request(asked).await?;
            read(response).await
        };
        tokio::pin!(connection, exchange);
        tokio::select! {
            answer = &mut exchange => answer,
            // Once it has ended, what came is all that comes.
            ended = &mut connection => {
                ended?;
                exchange.await
            }
        }
    };
    match clock.timeout(ANSWER, asking).await {
        Ok(answer) => answer.map_err(|error: hyper::Error| broken(&error)),
        Err(elapsed) => Err(silence(Failure::TimedOut, &elapsed)),
    }
}

async fn read(response: Response<Incoming>) -> Result<Answer, hyper::Error> {
    let (head, mut incoming) = response.into_parts();
    let mut body = Vec::new();
    while body.len() < LONGEST
        && let Some(frame) = incoming.frame().await
    {
        if let Ok(data) = frame?.into_data() {
            let room = LONGEST - body.len();
            body.extend(data.iter().take(room));
        }
    }
    Ok(Answer {
        status: head.status.as_u16(),
        location: line(&head.headers, &header::LOCATION),
        server: line(&head.headers, &header::SERVER),
        through_cloudflare: head.headers.contains_key("cf-ray"),
        body,
    })
}

fn line(headers: &HeaderMap, name: &HeaderName) -> Line {
    let value = headers.get(name);
    value.map_or_else(Line::default, |value| {
        Line::new(&String::from_utf8_lossy(value.as_bytes()))
    })
}

fn silence(why: Failure, said: &dyn std::fmt::Display) -> Silence {
    let said = Line::new(&said.to_string());
    Silence { why, said }
}

/// Why no whole answer came.
fn broken(error: &hyper::Error) -> Silence {
    let mut reason: &dyn std::error::Error = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    let reset = reason.downcast_ref::<std::io::Error>().is_some();
    let why = if error.is_parse() {
        Failure::Protocol
    } else if reset {
        Failure::Reset
    } else {
        Failure::Closed
    };
    silence(why, reason)
}
