//! One connection to the proxy: TLS by the client's server name, then requests over HTTP/1.1 or 2.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::LazyConfigAcceptor;

use super::backend::{self, Turns};
use super::listener::{self, is_tls};
use super::page::Asked;
use super::place::{self, Node, Proxy};
use super::redirect::{self, Came};
use super::route;
use super::translate::{cluster_name, prefix};
use crate::clock::Clock;
use crate::lab::controllers::Underlay;
use crate::lab::controllers::data_plane::{DataPlane, Place};
use crate::lab::controllers::object::text;
use crate::lab::kube::Objects;

/// Envoy Gateway's limit for a client that does not finish its handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The proxy is no longer at the port: an open connection ends.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the proxy has gone")]
struct Gone;

/// Where requests of one connection go.
struct Connection {
    objects: Objects,
    plane: DataPlane,
    clock: Clock,
    underlay: Arc<dyn Underlay>,
    node: Node,
    came: Came,
    /// The listener that the server name chose; without TLS the host name chooses for each request.
    listener: Option<String>,
    turns: Turns,
}

/// Serves a connection that arrived at a node's port, until its client is done. Gives the stream
/// back when no proxy listens there.
pub(in crate::lab) async fn serve<S>(
    (objects, plane, underlay): (Objects, DataPlane, Arc<dyn Underlay>),
    (node, port): (Node, u16),
    stream: S,
    clock: Clock,
) -> Result<(), S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let taken_in = plane.taken_in(&objects);
    let Some(proxy) = place::find(&taken_in, node, port) else {
        return Err(stream);
    };
    let listeners = proxy.listeners();
    let Some(first) = listeners.first() else {
        return Err(stream);
    };
    let mut connection = Connection {
        objects,
        plane,
        clock,
        underlay,
        node,
        came: Came {
            tls: is_tls(first),
            port,
        },
        listener: None,
        turns: Turns::default(),
    };
    if !connection.came.tls {
        exchange(connection, stream).await;
        return Ok(());
    }
    let opening = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream);
    let handshake = async {
        let opening = opening.await.ok()?;
        let name = opening.client_hello().server_name().map(str::to_owned);
        let listener = listener::for_name(&listeners, name.as_deref())?;
        let config = listener::tls(&taken_in, &proxy.gateway, listener)?;
        let stream = opening.into_stream(config).await.ok()?;
        Some((stream, text(listener, "/name").to_owned()))
    };
    // Without a filter chain for the name Envoy closes the connection, without an alert.
    if let Ok(Some((stream, name))) = clock.timeout(HANDSHAKE, handshake).await {
        connection.listener = Some(name);
        exchange(connection, stream).await;
    }
    Ok(())
}

async fn exchange(
    connection: Connection,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) {
    let connection = Arc::new(connection);
    let service = service_fn(move |request: Request<Incoming>| {
        let connection = Arc::clone(&connection);
        async move { connection.answer(&request.into_parts().0) }
    });
    let served = auto::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a client of the lab's data plane went away");
    }
}

impl Connection {
    /// Looks at the cluster anew for each request: routes change under open connections.
    fn answer(&self, request: &Parts) -> Result<Response<Body>, Gone> {
        let began = self.clock.now();
        let objects = self.plane.taken_in(&self.objects);
        let proxy = place::find(&objects, self.node, self.came.port).ok_or(Gone)?;
        let mut listeners = proxy.listeners();
        if let Some(own) = &self.listener {
            listeners.retain(|listener| text(listener, "/name") == own);
        }
        if listeners.is_empty() {
            return Err(Gone);
        }
        let (mut response, cluster) = match host(request) {
            Some(host) => self.routed((&objects, &proxy), &listeners, (&host, request)),
            None => (backend::plain(StatusCode::BAD_REQUEST, "Bad Request"), None),
        };
        let failed = response.status().is_server_error();
        let took = Duration::try_from(self.clock.now().duration_since(began)).unwrap_or_default();
        let listener = prefix(self.came.tls, i64::from(self.came.port));
        for prefix in cluster.into_iter().chain([listener]) {
            let proxy = text(&proxy.pod, "/metadata/uid").to_owned();
            self.plane.count(Place { proxy, prefix }, failed, took);
        }
        let headers = response.headers_mut();
        headers.insert(header::SERVER, HeaderValue::from_static("envoy"));
        Ok(response)
    }

    /// The answer, and the cluster that it came from, as it is called among counters.
    fn routed(
        &self,
        (objects, proxy): (&Objects, &Proxy),
        listeners: &[&Value],
        (host, request): (&str, &Parts),
    ) -> (Response<Body>, Option<String>) {
        let chosen = route::choose(objects, &proxy.gateway, listeners, (host, request));
        let Some(chosen) = chosen else {
            return (backend::plain(StatusCode::NOT_FOUND, ""), None);
        };
        if let Some(redirect) = redirect::filter(&chosen.rule) {
            let answer = redirect::answer(redirect, &chosen.prefix, (host, request), self.came);
            return (answer, None);
        }
        let cluster = format!("cluster.{}", cluster_name(&chosen.route, chosen.index));
        let path = request.uri.path();
        let reaches = |node: &str| node == proxy.node || self.underlay.joins(&proxy.node, node);
        let asked = Asked { host, path };
        let answer = backend::answer(objects, &chosen, (&self.turns, &reaches), asked);
        (answer, Some(cluster))
    }
}

/// The host that a request names, without a port: characters of host names only, since pages show
/// it.
fn host(request: &Parts) -> Option<String> {
    let named = request.uri.host().map(str::to_owned).or_else(|| {
        let header = request.headers.get(header::HOST)?.to_str().ok()?;
        let host = header.rsplit_once(':').map_or(header, |(host, _)| host);
        Some(host.to_owned())
    })?;
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    (!named.is_empty() && named.chars().all(legal)).then(|| named.to_ascii_lowercase())
}
