//! Port-forward: TCP connections to a pod's ports inside one WebSocket (`v4.channel.k8s.io`).
//!
//! Each port has two channels, named by the first byte of a message: data, and an error that ends
//! the port. Both begin with the port's number. Where a port really leads is not known here.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Response, request};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use hyper::upgrade::OnUpgrade;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use super::meta;
use super::request::Params;
use super::socket::{self, Agreed, Socket};
use super::status::Failure;

const PROTOCOL: &str = "v4.channel.k8s.io";

/// As many pieces as wait for the client before a port is read no further.
const WAITING: usize = 16;

/// A port of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ForwardTo {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub pod: String,
    /// The port inside the pod.
    pub port: u16,
}

/// Where a pod's port listens in truth; none when nothing listens there.
pub type ForwardTarget = Arc<dyn Fn(&ForwardTo) -> Option<SocketAddr> + Send + Sync>;

/// A tunnel that has been agreed on: the answer, and what to run afterwards.
pub(super) struct Tunnel {
    /// 101 Switching Protocols.
    pub(super) response: Response<Body>,
    upgrade: OnUpgrade,
    ports: Vec<(u16, Option<SocketAddr>)>,
}

/// Agrees on a tunnel to the ports that the query names.
pub(super) fn agree(
    target: &ForwardTarget,
    pod: &Value,
    params: &Params,
    head: &mut request::Parts,
) -> Result<Tunnel, Failure> {
    let (namespace, name) = meta::key(pod);
    if meta::text(pod, "/status/phase") != "Running" {
        return Err(Failure::bad_request(format!(
            "unable to forward port because pod {name} is not running"
        )));
    }
    let mut ports = Vec::new();
    for port in params.text("ports").split(',') {
        let port = port
            .parse::<u16>()
            .map_err(|_| Failure::bad_request(format!("unable to parse \"{port}\" as a port")))?;
        let to = ForwardTo {
            namespace: namespace.clone(),
            pod: name.clone(),
            port,
        };
        ports.push((port, target(&to)));
    }
    let Agreed {
        response, upgrade, ..
    } = socket::agree(head, &[PROTOCOL])?;
    Ok(Tunnel {
        response,
        upgrade,
        ports,
    })
}

impl Tunnel {
    /// Carries bytes until one side is done; to be run once the answer is under way.
    pub(super) async fn run(upgrade: OnUpgrade, ports: Vec<(u16, Option<SocketAddr>)>) {
        if let Some(socket) = socket::open(upgrade).await {
            carry(socket, ports).await;
        }
    }

    /// The answer, and what runs after it.
    pub(super) fn split(self) -> (Response<Body>, impl Future<Output = ()> + Send + 'static) {
        (self.response, Self::run(self.upgrade, self.ports))
    }
}

async fn carry(socket: Socket, ports: Vec<(u16, Option<SocketAddr>)>) {
    let (sink, stream) = socket.split();
    let (out, queue) = mpsc::channel(WAITING);
    let (mut readers, mut writers) = (Vec::new(), Vec::new());
    for (channel, (port, address)) in (0_u8..).step_by(2).zip(ports) {
        for one in [channel, channel + 1] {
            if send(&out, one, &port.to_le_bytes()).await.is_none() {
                return;
            }
        }
        let (reader, writer) = match open(address).await {
            Ok(stream) => {
                let (reader, writer) = stream.into_split();
                (Some(reader), Some(writer))
            }
            Err(error) => {
                let why = format!("error forwarding port {port} to the pod: {error}");
                if send(&out, channel + 1, why.as_bytes()).await.is_none() {
                    return;
                }
                (None, None)
            }
        };
        writers.push(writer);
        if let Some(reader) = reader {
            readers.push(from_pod(reader, channel, out.clone()));
        }
    }
    drop(out);
    let from_pods = async {
        tokio::join!(futures::future::join_all(readers), to_client(queue, sink));
    };
    tokio::select! {
        () = from_pods => {}
        () = to_pods(stream, writers) => {}
    }
}

async fn open(address: Option<SocketAddr>) -> std::io::Result<TcpStream> {
    match address {
        Some(address) => TcpStream::connect(address).await,
        None => Err(std::io::ErrorKind::ConnectionRefused.into()),
    }
}

async fn send(out: &mpsc::Sender<Message>, channel: u8, bytes: &[u8]) -> Option<()> {
    let message = [&[channel], bytes].concat();
    out.send(Message::binary(message)).await.ok()
}

async fn from_pod(mut reader: OwnedReadHalf, channel: u8, out: mpsc::Sender<Message>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = reader.read(&mut buffer).await {
        let piece = buffer.get(..length).unwrap_or_default();
        if send(&out, channel, piece).await.is_none() {
            return;
        }
    }
}

async fn to_client(mut queue: mpsc::Receiver<Message>, mut sink: SplitSink<Socket, Message>) {
    while let Some(message) = queue.recv().await {
        if sink.send(message).await.is_err() {
            return;
        }
    }
    if let Err(error) = sink.close().await {
        tracing::debug!(%error, "a port-forward's client had gone");
    }
}

async fn to_pods(mut stream: SplitStream<Socket>, mut writers: Vec<Option<OwnedWriteHalf>>) {
    while let Some(Ok(message)) = stream.next().await {
        let data = message.into_data();
        let Some((channel, bytes)) = data.split_first() else {
            continue;
        };
        let writer = writers.get_mut(usize::from(*channel / 2));
        if let Some(Some(writer)) = writer
            && writer.write_all(bytes).await.is_err()
        {
            return;
        }
    }
}
