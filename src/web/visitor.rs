//! Who visits: by which resolver, by which way, and whom it trusts.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::clock::Clock;
use crate::dns;
use crate::domain::handshake::{Failure, Silence};
use crate::domain::line::Line;
use crate::ssh::{Dial, SshError};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(8);

/// How hosts are reached. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    dial: Dial,
    resolver: Option<SocketAddr>,
    authorities: Option<PathBuf>,
}

impl Visitor {
    /// One that goes where `dial` leads (`[dial]`; everywhere where it is empty), asks `resolver`
    /// instead of the system's, and trusts the authorities of a file besides the system's.
    pub fn new(
        dial: BTreeMap<String, SocketAddr>,
        resolver: Option<SocketAddr>,
        authorities: Option<PathBuf>,
    ) -> Self {
        Self {
            dial: Dial::new(dial).with_patience(CONNECT),
            resolver,
            authorities,
        }
    }

    /// The addresses of a name; none when it does not exist.
    pub async fn addresses(&self, host: &str, clock: Clock) -> io::Result<Vec<IpAddr>> {
        let resolvers = match self.resolver {
            Some(resolver) => vec![resolver],
            None => dns::system_resolvers().await,
        };
        let found = dns::addresses(host, &resolvers, clock).await;
        let found = found.map_err(io::Error::other)?;
        Ok(found.into_iter().map(IpAddr::V4).collect())
    }

    /// The file of further authorities.
    pub fn authorities(&self) -> Option<&Path> {
        self.authorities.as_deref()
    }

    pub(super) async fn connect(
        &self,
        (address, port): (IpAddr, u16),
        clock: Clock,
    ) -> Result<TcpStream, Silence> {
        let host = address.to_string();
        let connecting = self.dial.connect(&host, port, clock);
        connecting.await.map_err(|error| {
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "the rest is SSH's, and does not come of dialling"
            )]
            let why = match &error {
                SshError::NotDialled { .. } => Failure::NotDialled,
                SshError::Refused { .. } => Failure::Refused,
                SshError::TimedOut { .. } => Failure::TimedOut,
                _ => Failure::Unreachable,
            };
            Silence {
                why,
                said: Line::new(&error.to_string()),
            }
        })
    }
}
