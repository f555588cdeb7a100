//! The host's listener on loopback: TLS by the lab's authority, then requests over HTTP/1.1 or 2.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::repository::{Answer, advertised, answer};
use crate::clock::Clock;
use crate::lab::controllers::Authority;

/// The name under which it is called.
const NAME: &str = "github.com";
const PORT: u16 = 443;
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A listener that cannot accept (no free descriptor) tries again after this.
const BREATH: Duration = Duration::from_millis(200);
const REFERENCES: &str = "/info/refs";
const SERVICE: &str = "service=git-upload-pack";

/// A running Git host.
pub(in crate::lab) struct Host {
    address: SocketAddr,
}

impl Host {
    /// Starts it; it ends with `stop`.
    pub(in crate::lab) async fn start(
        authority: &Authority,
        clock: Clock,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> io::Result<Self> {
        let acceptor = TlsAcceptor::from(tls(authority, clock)?);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (inner, stopping) = (tasks.clone(), stop.clone());
        tasks.spawn(async move {
            let accepting = accept(listener, acceptor, clock, &inner, &stopping);
            stopping.run_until_cancelled(accepting).await;
        });
        Ok(Self { address })
    }

    /// `NAME:PORT` of the internet, and where on loopback it is.
    pub(in crate::lab) fn dial(&self) -> (String, SocketAddr) {
        (format!("{NAME}:{PORT}"), self.address)
    }
}

fn tls(authority: &Authority, clock: Clock) -> io::Result<Arc<ServerConfig>> {
    let (chain, key) = authority
        .serving(NAME, clock.now())
        .map_err(io::Error::other)?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(io::Error::other)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(io::Error::other)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    clock: Clock,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let (acceptor, stop) = (acceptor.clone(), stop.clone());
                tasks.spawn(async move {
                    stop.run_until_cancelled(exchange(stream, acceptor, clock))
                        .await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the lab's Git host cannot accept");
                clock.sleep(BREATH).await;
            }
        }
    }
}

async fn exchange(stream: TcpStream, acceptor: TlsAcceptor, clock: Clock) {
    let Ok(Ok(stream)) = clock.timeout(HANDSHAKE, acceptor.accept(stream)).await else {
        return;
    };
    let service = service_fn(async |request: Request<Incoming>| {
        Ok::<_, std::convert::Infallible>(respond(&request.into_parts().0))
    });
    let served = auto::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a client of the lab's Git host went away");
    }
}

fn respond(request: &Parts) -> Response<Body> {
    let Some(path) = request.uri.path().strip_suffix(REFERENCES) else {
        return plain(StatusCode::NOT_FOUND, "Not Found");
    };
    if request.uri.query() != Some(SERVICE) {
        return plain(StatusCode::FORBIDDEN, "Please upgrade your git client.");
    }
    let authorization = request.headers.get(header::AUTHORIZATION);
    let authorization = authorization.and_then(|value| value.to_str().ok());
    match answer(path, authorization) {
        Answer::References(references) => {
            let mut response = Response::new(Body::from(advertised(references)));
            let headers = response.headers_mut();
            let kind = "application/x-git-upload-pack-advertisement";
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            response
        }
        Answer::Moved(to) => {
            let mut response = plain(StatusCode::MOVED_PERMANENTLY, "");
            if let Ok(to) = HeaderValue::from_str(&format!("{to}{REFERENCES}?{SERVICE}")) {
                response.headers_mut().insert(header::LOCATION, to);
            }
            response
        }
        Answer::WhoAsks => {
            let mut response = plain(StatusCode::UNAUTHORIZED, "Repository not found.");
            let realm = HeaderValue::from_static("Basic realm=\"GitHub\"");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, realm);
            response
        }
        Answer::Forbidden => plain(
            StatusCode::FORBIDDEN,
            "Write access to repository not granted.",
        ),
        Answer::Nowhere => plain(StatusCode::NOT_FOUND, "Repository not found."),
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
