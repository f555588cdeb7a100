//! Web sockets that a request becomes: the handshake, and which of several protocols is spoken.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header, request};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::status::Failure;

/// An open one.
pub(super) type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// What was agreed on.
pub(super) struct Agreed {
    /// 101 Switching Protocols.
    pub(super) response: Response<Body>,
    /// Comes once the answer has gone out.
    pub(super) upgrade: OnUpgrade,
    /// The protocol.
    pub(super) protocol: &'static str,
}

/// Agrees on the first of `protocols` that the client offers.
pub(super) fn agree(
    head: &mut request::Parts,
    protocols: &[&'static str],
) -> Result<Agreed, Failure> {
    let required = || Failure::bad_request("Upgrade request required");
    let (key, protocol) = handshake(&head.headers, protocols).ok_or_else(required)?;
    let accept = HeaderValue::from_str(&derive_accept_key(key.as_bytes()))
        .map_err(|_| Failure::bad_request("Sec-WebSocket-Key is not valid"))?;
    let upgrade = head.extensions.remove::<OnUpgrade>().ok_or_else(required)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    headers.insert(
        header::SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(protocol),
    );
    Ok(Agreed {
        response,
        upgrade,
        protocol,
    })
}

/// The socket; nothing where the client has gone.
pub(super) async fn open(upgrade: OnUpgrade) -> Option<Socket> {
    let io = TokioIo::new(upgrade.await.ok()?);
    Some(WebSocketStream::from_raw_socket(io, Role::Server, None).await)
}

/// The key of a handshake, and the protocol that both know.
fn handshake(headers: &HeaderMap, protocols: &[&'static str]) -> Option<(String, &'static str)> {
    let text = |name: header::HeaderName| headers.get(name)?.to_str().ok();
    let upgrades = text(header::UPGRADE)?.eq_ignore_ascii_case("websocket");
    // A client may name each in a header of its own.
    let lists = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let offered: Vec<&str> = lists
        .iter()
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(',').map(str::trim))
        .collect();
    let mut known = protocols.iter().copied();
    let protocol = known.find(|one| offered.contains(one))?;
    let key = text(header::SEC_WEBSOCKET_KEY)?;
    upgrades.then(|| (key.to_owned(), protocol))
}
