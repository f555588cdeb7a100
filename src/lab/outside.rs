//! Cloudflare's API and its name servers, started together around one zone.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::cloudflare::{Faults, Record, Scope, Tokens, Zone, router};
use super::dns;
use super::frame::LabError;
use super::scenario::PlannedRecord;
use crate::clock::Clock;

const ZONE: &str = "example.com";
const TOKEN: &str = "lab-cloudflare-token-0123456789abcdefghi";
/// One that may edit records and lists no zone, and one that may only read.
const SCOPED: [(&str, Scope); 2] = [
    (
        "lab-cloudflare-records-0123456789abcdefg",
        Scope::RecordsOnly,
    ),
    ("lab-cloudflare-reader-0123456789abcdefgh", Scope::ReadOnly),
];

/// A running Cloudflare of one zone.
pub(super) struct Outside {
    pub(super) zone: Zone,
    pub(super) tokens: Tokens,
    pub(super) faults: Faults,
    pub(super) memory: dns::Memory,
    endpoint: String,
    resolver: SocketAddr,
    token: &'static str,
}

impl Outside {
    /// Starts both on loopback.
    pub(super) async fn start(
        clock: Clock,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> io::Result<Self> {
        let zone = Zone::new(ZONE);
        let tokens = Tokens::default();
        tokens.allow(TOKEN, Scope::Full);
        for (token, scope) in SCOPED {
            tokens.allow(token, scope);
        }
        let faults = Faults::default();
        let memory = dns::Memory::new(clock);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let endpoint = format!("http://{}/client/v4", listener.local_addr()?);
        let app = router((zone.clone(), tokens.clone()), faults.clone(), clock);
        let ended = stop.clone();
        tasks.spawn(async move {
            let serving =
                axum::serve(listener, app).with_graceful_shutdown(ended.cancelled_owned());
            if let Err(error) = serving.await {
                tracing::warn!(%error, "the lab's Cloudflare ended");
            }
        });
        let resolver = dns::serve((zone.clone(), memory.clone()), tasks, stop).await?;
        Ok(Self {
            zone,
            tokens,
            faults,
            memory,
            endpoint,
            resolver,
            token: TOKEN,
        })
    }

    /// Puts a scenario's records into the zone.
    pub(super) fn fill(&self, records: &[PlannedRecord], now: Timestamp) -> Result<(), LabError> {
        for planned in records {
            let mut record = Record::new(&planned.kind, &planned.name, &planned.content);
            record.proxied = planned.proxied;
            record.ttl = planned.ttl;
            self.zone
                .create(record, now)
                .map_err(|_| LabError::Existing {
                    what: format!("the {} record of {}", planned.kind, planned.name),
                    reason: "it clashes with another record".to_owned(),
                })?;
        }
        Ok(())
    }

    /// The API's base URL.
    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A token that may do everything in the zone.
    pub(super) fn token(&self) -> &'static str {
        self.token
    }

    /// Tokens that may do less: one that edits records and lists no zone, and one that only reads.
    pub(super) fn scoped_tokens() -> [&'static str; 2] {
        SCOPED.map(|(token, _)| token)
    }

    /// The name server, UDP and TCP.
    pub(super) fn resolver(&self) -> SocketAddr {
        self.resolver
    }
}
