//! A port of loopback where nobody listens. It is held, for a port that is merely free may be given to
//! the next one who asks, and tests run side by side.

use std::net::SocketAddr;

use tokio::net::TcpSocket;

pub(crate) struct Nobody {
    _held: TcpSocket,
    address: SocketAddr,
}

impl Nobody {
    pub(crate) fn listens() -> Self {
        Self::at("127.0.0.1:0".parse().unwrap()).unwrap()
    }

    /// Holds the port that somebody has left; nothing where another has it already.
    pub(crate) fn at(address: SocketAddr) -> Option<Self> {
        let held = TcpSocket::new_v4().unwrap();
        held.set_reuseaddr(true).unwrap();
        held.bind(address).ok()?;
        let address = held.local_addr().unwrap();
        Some(Self {
            _held: held,
            address,
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
