//! Listeners on loopback for the public addresses of the lab, from its start to its end.
//!
//! A client is told by `[dial]` which of them stands for which address and port. Behind an address
//! that nothing bears, a connection is reset, which is as near to refused as loopback comes.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::network::Network;

/// The addresses that the lab's OCI lends first: 203.0.113.10 to 203.0.113.17.
const NETWORK: [u8; 3] = [203, 0, 113];
const HOSTS: std::ops::RangeInclusive<u8> = 10..=17;
const PORTS: [u16; 3] = [22, 80, 443];
/// Connections from outside that may be open at once.
const CONNECTIONS: usize = 512;
/// A listener that cannot accept (no free descriptor) tries again after this.
const BREATH: Duration = Duration::from_millis(200);

/// All listeners.
pub(in crate::lab) struct Edge {
    doors: Vec<Door>,
}

/// The listener that stands for one public address and port.
struct Door {
    address: Ipv4Addr,
    port: u16,
    listener: TcpListener,
    local: SocketAddr,
}

impl Edge {
    /// Takes a port of loopback for each; nobody is let in yet.
    pub(in crate::lab) async fn bind() -> io::Result<Self> {
        let mut doors = Vec::new();
        let [a, b, c] = NETWORK;
        for host in HOSTS {
            for port in PORTS {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
                doors.push(Door {
                    address: Ipv4Addr::new(a, b, c, host),
                    port,
                    local: listener.local_addr()?,
                    listener,
                });
            }
        }
        Ok(Self { doors })
    }

    /// `ADDRESS:PORT` of the internet, and where on loopback it is.
    pub(in crate::lab) fn dial(&self) -> Vec<(String, SocketAddr)> {
        let doors = self.doors.iter();
        doors
            .map(|door| (format!("{}:{}", door.address, door.port), door.local))
            .collect()
    }

    /// Lets connections in until the lab ends.
    pub(in crate::lab) fn serve(self, network: &Network) {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        for door in self.doors {
            let accepting = accept(door, network.clone(), Arc::clone(&room));
            network.spawn(accepting);
        }
    }
}

async fn accept(door: Door, network: Network, room: Arc<Semaphore>) {
    loop {
        let stream = match door.listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "the lab's edge cannot accept");
                network.clock().sleep(BREATH).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
            refuse(&stream);
            continue;
        };
        let (inside, at) = (network.clone(), (door.address, door.port));
        network.spawn(async move {
            let set_up = stream.set_nodelay(true);
            if let Err(stream) = Box::pin(inside.admit(at, stream)).await {
                refuse(&stream);
            }
            drop((permit, set_up));
        });
    }
}

/// The connection is reset as it is dropped.
fn refuse(stream: &TcpStream) {
    if let Err(error) = stream.set_zero_linger() {
        tracing::debug!(%error, "a connection is closed instead of reset");
    }
}
