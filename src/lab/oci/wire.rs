//! A TCP listener whose connections can be cut from inside: the other side then sees the stream
//! break off without an answer, which a status code cannot play.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// The handle by which a handler cuts the connection that it answers on.
#[derive(Clone, Debug, Default)]
pub(super) struct Scissors(Arc<AtomicBool>);

impl Scissors {
    /// From now on nothing more is written; the connection ends.
    pub(super) fn cut(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Where a connection comes from, and its scissors.
#[derive(Clone, Debug)]
pub(super) struct Peer(pub(super) Scissors);

/// Accepts connections that can be cut.
#[derive(Debug)]
pub(super) struct Wire(pub(super) TcpListener);

/// One connection that can be cut.
#[derive(Debug)]
pub(super) struct Strand {
    stream: TcpStream,
    scissors: Scissors,
}

impl Listener for Wire {
    type Io = Strand;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Strand, SocketAddr) {
        let (stream, from) = Listener::accept(&mut self.0).await;
        let scissors = Scissors::default();
        (Strand { stream, scissors }, from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Wire>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Wire>) -> Self {
        Self(stream.io().scissors.clone())
    }
}

impl Strand {
    fn whole(&self) -> io::Result<()> {
        if self.scissors.0.load(Ordering::Acquire) {
            Err(io::ErrorKind::ConnectionReset.into())
        } else {
            Ok(())
        }
    }
}

impl AsyncRead for Strand {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Strand {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.whole() {
            Ok(()) => Pin::new(&mut self.stream).poll_write(context, bytes),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
