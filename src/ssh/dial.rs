//! Where a connection goes: to the address itself, or to what `[dial]` names instead of it.
//!
//! With entries it is lab mode, and nothing outside of them is dialled: a slip in a simulated world
//! must not reach a real machine.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;

use super::error::SshError;
use crate::clock::Clock;
use crate::domain::line::Line;

/// How long a connection may take to be ready for use, login included.
const PATIENCE: Duration = Duration::from_secs(15);

/// The table of `[dial]`, and how long a connection may take. Cloning is cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    instead: Arc<BTreeMap<String, SocketAddr>>,
    patience: Duration,
}

impl Default for Dial {
    fn default() -> Self {
        Self::new(BTreeMap::new())
    }
}

impl Dial {
    /// Dials what `instead` names (`host:port` to an address); where it is empty, everything as it
    /// is called.
    pub fn new(instead: BTreeMap<String, SocketAddr>) -> Self {
        Self {
            instead: Arc::new(instead),
            patience: PATIENCE,
        }
    }

    /// The same table, waiting this long for a connection (real time).
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How long a connection may take to be ready for use, login included.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// Whether only what the table names is dialled.
    pub fn is_lab(&self) -> bool {
        !self.instead.is_empty()
    }

    /// A TCP connection to `host`, or to what stands for it.
    pub async fn connect(
        &self,
        host: &str,
        port: u16,
        clock: Clock,
    ) -> Result<TcpStream, SshError> {
        let called = address(host, port);
        let to = Line::new(&called);
        let connecting = async {
            match self.instead.get(&called) {
                Some(instead) => TcpStream::connect(instead).await,
                None => TcpStream::connect((host, port)).await,
            }
        };
        if self.is_lab() && !self.instead.contains_key(&called) {
            return Err(SshError::NotDialled { address: to });
        }
        let stream = clock
            .timeout(self.patience, connecting)
            .await
            .map_err(|_| SshError::TimedOut {
                to: to.clone(),
                limit: self.patience,
            })?
            .map_err(|error| unconnected(to, &error))?;
        // Keys and small requests go at once; a system that cannot do so is only slower.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
        Ok(stream)
    }
}

fn unconnected(to: Line, error: &io::Error) -> SshError {
    if error.kind() == io::ErrorKind::ConnectionRefused {
        SshError::Refused { to }
    } else {
        SshError::Unreachable {
            to,
            why: Line::new(&error.to_string()),
        }
    }
}

/// `host:port`, an IPv6 address in brackets.
pub(super) fn address(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lab_dials_only_what_it_names() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let dial = Dial::new(BTreeMap::from([("203.0.113.10:22".to_owned(), at)]));
        let clock = Clock::default();
        let stream = dial.connect("203.0.113.10", 22, clock).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), at);

        // Somebody does listen there: it is the table that keeps us from it.
        let refused = dial.connect("127.0.0.1", at.port(), clock).await;
        assert!(matches!(refused, Err(SshError::NotDialled { .. })));
    }

    #[test]
    fn an_ipv6_address_stands_in_brackets() {
        assert_eq!(address("2001:db8::1", 22), "[2001:db8::1]:22");
        assert_eq!(address("203.0.113.10", 22), "203.0.113.10:22");
    }
}
