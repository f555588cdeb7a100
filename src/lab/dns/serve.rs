//! The two sockets: UDP with truncation at what the client can take, TCP with length prefixes.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use hickory_proto::op::{Message, ResponseCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answer::answer;
use super::memory::Memory;
use crate::lab::cloudflare::Zone;

const TRIES: usize = 16;

/// Binds one port for both transports and answers on it until `stop`.
pub(crate) async fn serve(
    (zone, memory): (Zone, Memory),
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> io::Result<SocketAddr> {
    let (udp, tcp) = both().await?;
    let address = udp.local_addr()?;
    let served = Served { zone, memory };
    let (datagrams, ended) = (served.clone(), stop.clone());
    tasks.spawn(async move { ended.run_until_cancelled(over_udp(udp, datagrams)).await });
    let (connections, ended) = (tasks.clone(), stop.clone());
    tasks.spawn(async move {
        let accepting = over_tcp(tcp, served, connections, ended.clone());
        ended.run_until_cancelled(accepting).await
    });
    Ok(address)
}

/// What is answered from.
#[derive(Clone)]
struct Served {
    zone: Zone,
    memory: Memory,
}

impl Served {
    fn answer(&self, request: &Message) -> Message {
        self.memory.recall(request, answer(&self.zone, request))
    }
}

/// The kernel chooses a UDP port; the same one must be free for TCP.
async fn both() -> io::Result<(UdpSocket, TcpListener)> {
    let mut refused = None;
    for _ in 0..TRIES {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        match TcpListener::bind(udp.local_addr()?).await {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.unwrap_or_else(|| io::Error::other("no port free for both UDP and TCP")))
}

async fn over_udp(socket: UdpSocket, served: Served) {
    let mut buffer = vec![0_u8; 4_096];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let Some(reply) = buffer
            .get(..length)
            .and_then(|bytes| datagram(&served, bytes))
        else {
            continue;
        };
        if let Err(error) = socket.send_to(&reply, from).await {
            tracing::debug!(%error, "a DNS answer could not be sent");
        }
    }
}

/// The bytes of an answer, cut with the TC bit where the client cannot take more.
fn datagram(served: &Served, bytes: &[u8]) -> Option<Vec<u8>> {
    let request = Message::from_vec(bytes).ok()?;
    let most = request
        .edns
        .as_ref()
        .map_or(512, |edns| edns.max_payload().max(512));
    let reply = served.answer(&request);
    let whole = reply.to_vec().ok()?;
    if whole.len() <= usize::from(most) {
        return Some(whole);
    }
    reply.truncate().to_vec().ok()
}

async fn over_tcp(
    listener: TcpListener,
    served: Served,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let (served, stop) = (served.clone(), stop.clone());
        tasks.spawn(async move {
            if let Some(Err(error)) = stop.run_until_cancelled(conversation(stream, served)).await {
                tracing::debug!(%error, "a DNS connection ended");
            }
        });
    }
}

async fn conversation(mut stream: TcpStream, served: Served) -> io::Result<()> {
    loop {
        let length = match stream.read_u16().await {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut bytes = vec![0_u8; usize::from(length)];
        stream.read_exact(&mut bytes).await?;
        let Ok(request) = Message::from_vec(&bytes) else {
            return Ok(());
        };
        let reply = served.answer(&request);
        let wire = reply.to_vec().or_else(|_| {
            let id = request.metadata.id;
            Message::error_msg(id, request.metadata.op_code, ResponseCode::ServFail).to_vec()
        });
        let Ok(wire) = wire else { return Ok(()) };
        let length = u16::try_from(wire.len()).map_err(io::Error::other)?;
        stream.write_u16(length).await?;
        stream.write_all(&wire).await?;
    }
}
