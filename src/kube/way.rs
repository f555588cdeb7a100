//! How requests get to the API server: straight, to where `[dial]` points instead, or through the
//! ingress node without a port on this machine.
//!
//! Whatever the way, TLS is verified for the address in the kubeconfig against the authority in it:
//! those in between carry bytes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo};
use kube::client::{Body, ConfigExt};
use kube::{Client, Config};
use tower::{BoxError, ServiceBuilder, ServiceExt, service_fn};

use crate::clock::{Clock, Elapsed};
use crate::ssh::{Dial, Gateway, SshError, Stream};

/// The port of a URL that names none.
const HTTPS: u16 = 443;

/// The way to the API server.
#[derive(Clone, Debug, Default)]
pub enum Way {
    /// To the address in the kubeconfig.
    #[default]
    Straight,
    /// To the address that stands for it.
    Dialled(Dial, Clock),
    /// From the ingress node on.
    Through(Gateway),
}

/// A client that sends its requests by `way`; a connection may take `limit`, TLS included.
pub(super) fn client(config: Config, way: &Way, limit: Duration) -> Result<Client, kube::Error> {
    let clock = match way {
        Way::Straight => return Client::try_from(config),
        Way::Dialled(_, clock) => *clock,
        Way::Through(gateway) => gateway.clock(),
    };
    let way = way.clone();
    let carrier = service_fn(move |uri: Uri| {
        let way = way.clone();
        async move { way.carry(&uri).await.map(Carried::over) }
    });
    let secured = config.rustls_https_connector_with_connector(carrier)?;
    let timed = service_fn(move |uri: Uri| {
        let secured = secured.clone();
        // The HTTP client wants a future that may be moved.
        Box::pin(async move {
            let connecting = clock.timeout(limit, secured.oneshot(uri)).await;
            connecting.unwrap_or_else(|elapsed: Elapsed| Err(BoxError::from(elapsed)))
        })
    });
    let http: Http<_, Body> = Http::builder(TokioExecutor::new()).build(timed);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(http);
    Ok(Client::new(service, config.default_namespace))
}

impl Way {
    async fn carry(&self, uri: &Uri) -> Result<Stream, SshError> {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let port = uri.port_u16().unwrap_or(HTTPS);
        match self {
            Self::Straight => Dial::default().connect(host, port, Clock::default()).await,
            Self::Dialled(dial, clock) => dial.connect(host, port, *clock).await,
            Self::Through(gateway) => return gateway.direct(host, port).await,
        }
        .map(Stream::from)
    }
}

/// A stream as the HTTP client takes it.
struct Carried(TokioIo<Stream>);

impl Carried {
    fn over(stream: Stream) -> Self {
        Self(TokioIo::new(stream))
    }
}

impl Connection for Carried {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Carried {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Write for Carried {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
