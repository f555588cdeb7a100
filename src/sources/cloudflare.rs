//! The records published at Cloudflare, asked for at an interval.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::feed::Feed;
use super::outbox::{Closed, Outbox};
use super::supervisor::Source;
use crate::clock::Clock;
use crate::cloudflare::{Client, Error, Zone};
use crate::domain::event::{Change, What};
use crate::domain::record::PublishedRecord;
use crate::domain::source::SourceId;

/// A minute is external-dns' own interval; the limit is 1,200 requests in five.
const EVERY: Duration = Duration::from_mins(1);

/// Which zones to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zones {
    /// All that the token lists.
    Listed,
    /// The one of this name, among those that the token lists.
    Named(String),
    /// This one: for a token that may read one zone's records and list no zones.
    Known(Zone),
}

/// Zones, and the token that reaches them.
#[derive(Clone, Debug)]
pub struct Account {
    /// The client, with its token.
    pub client: Client,
    /// Which zones to read.
    pub zones: Zones,
}

/// The records of all accounts. Clones share what they are asked to read again.
#[derive(Clone, Debug)]
pub struct Cloudflare {
    /// What is read, each with a token of its own.
    pub accounts: Vec<Account>,
    again: Arc<Notify>,
}

impl Account {
    /// The zones that are read.
    pub async fn zones(&self) -> Result<Vec<Zone>, Error> {
        let zones = match &self.zones {
            Zones::Known(zone) => return Ok(vec![zone.clone()]),
            Zones::Listed => self.client.zones().await?,
            Zones::Named(name) => {
                let mut zones = self.client.zones().await?;
                zones.retain(|zone| zone.name == name.as_str());
                zones
            }
        };
        if zones.is_empty() {
            let what =
                "the token lists no such zone; give it Zone:Read, or name the zone's identifier";
            return Err(Error::Permission(what.into()));
        }
        Ok(zones)
    }

    async fn read(&self) -> Result<Vec<PublishedRecord>, Error> {
        let mut records = Vec::new();
        for zone in self.zones().await? {
            records.append(&mut self.client.records(&zone).await?);
        }
        Ok(records)
    }

    /// What it is called where it is one of several.
    fn name(&self) -> &str {
        match &self.zones {
            Zones::Listed => "all zones of the token",
            Zones::Named(name) => name,
            Zones::Known(zone) => &zone.name,
        }
    }
}

impl Cloudflare {
    /// The records of these.
    pub fn of(accounts: Vec<Account>) -> Self {
        Self {
            accounts,
            again: Arc::default(),
        }
    }

    /// Has everything read again at once: something was changed.
    pub fn read_again(&self) {
        self.again.notify_one();
    }

    /// Reads all. What cannot be read keeps what it had in `known`, and the reasons are told.
    async fn read(&self, known: &mut [Vec<PublishedRecord>]) -> Vec<(&Account, Error)> {
        let mut refused = Vec::new();
        for (account, records) in self.accounts.iter().zip(known) {
            match account.read().await {
                Ok(read) => *records = read,
                Err(error) => refused.push((account, error)),
            }
        }
        refused
    }

    async fn wait(&self, clock: Clock) {
        tokio::select! {
            () = clock.sleep(EVERY) => {}
            () = self.again.notified() => {}
        }
    }
}

async fn tell(known: &[Vec<PublishedRecord>], feed: &Feed<'_>) -> Result<(), Closed> {
    let outbox = feed.outbox();
    outbox.tell(What::Record(Change::Relisting)).await?;
    for record in known.iter().flatten() {
        let change = Change::Applied(Box::new(record.clone()));
        outbox.tell(What::Record(change)).await?;
    }
    outbox.tell(What::Record(Change::Relisted)).await
}

/// Tells why nothing was read, and waits as long as that calls for.
async fn refused(error: &Error, words: &str, feed: &mut Feed<'_>) -> Result<(), Closed> {
    match error {
        Error::Token(_) | Error::Permission(_) | Error::MayNotEdit(_) | Error::Address(_) => {
            feed.denied(words.into()).await
        }
        Error::RateLimited { retry_after } => {
            feed.lost(words, Some(retry_after.unwrap_or(EVERY))).await
        }
        Error::NotFound(_)
        | Error::Refused { .. }
        | Error::Identical(_)
        | Error::ReadOnly
        | Error::Unreachable(_)
        | Error::Answer(_) => feed.lost(words, None).await,
    }
}

/// What is said where some accounts are read and others are not.
fn in_part(refused: &[(&Account, Error)]) -> String {
    let each = refused
        .iter()
        .map(|(account, error)| format!("{}: {error}", account.name()));
    each.collect::<Vec<_>>().join("; ")
}

impl Source for Cloudflare {
    fn id(&self) -> SourceId {
        SourceId::Cloudflare
    }

    async fn run(&self, outbox: &Outbox) -> Result<Infallible, Closed> {
        let mut feed = Feed::begin(SourceId::Cloudflare, outbox).await?;
        let mut known = vec![Vec::new(); self.accounts.len()];
        loop {
            let unread = self.read(&mut known).await;
            let first = unread.first();
            if unread.len() < self.accounts.len() {
                tell(&known, &feed).await?;
            }
            match first {
                None => {
                    feed.live().await?;
                    self.wait(outbox.clock()).await;
                }
                Some((_, error)) if unread.len() == self.accounts.len() => {
                    let words = if unread.len() == 1 {
                        error.to_string()
                    } else {
                        in_part(&unread)
                    };
                    refused(error, &words, &mut feed).await?;
                }
                // Those that were read are shown; the others are old, and asked for again.
                Some(_) => feed.lost(&in_part(&unread), Some(EVERY)).await?,
            }
        }
    }
}
