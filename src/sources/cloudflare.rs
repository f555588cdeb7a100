//! The records published at Cloudflare, asked for at an interval.

use std::convert::Infallible;
use std::time::Duration;

use super::feed::Feed;
use super::outbox::{Closed, Outbox};
use super::supervisor::Source;
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

/// The records of a domain.
#[derive(Clone, Debug)]
pub struct Cloudflare {
    /// The client, with its token.
    pub client: Client,
    /// Which zones to read.
    pub zones: Zones,
}

impl Cloudflare {
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
}

async fn tell(records: Vec<PublishedRecord>, feed: &mut Feed<'_>) -> Result<(), Closed> {
    let outbox = feed.outbox();
    outbox.tell(What::Record(Change::Relisting)).await?;
    for record in records {
        outbox
            .tell(What::Record(Change::Applied(Box::new(record))))
            .await?;
    }
    outbox.tell(What::Record(Change::Relisted)).await?;
    feed.live().await
}

impl Source for Cloudflare {
    fn id(&self) -> SourceId {
        SourceId::Cloudflare
    }

    async fn run(&self, outbox: &Outbox) -> Result<Infallible, Closed> {
        let mut feed = Feed::begin(SourceId::Cloudflare, outbox).await?;
        loop {
            match self.read().await {
                Ok(records) => {
                    tell(records, &mut feed).await?;
                    outbox.clock().sleep(EVERY).await;
                }
                Err(error @ (Error::Token(_) | Error::Permission(_) | Error::Address(_))) => {
                    feed.denied(error.to_string().into()).await?;
                }
                Err(error @ Error::RateLimited { retry_after }) => {
                    feed.lost(&error.to_string(), Some(retry_after.unwrap_or(EVERY)))
                        .await?;
                }
                Err(
                    error @ (Error::NotFound(_)
                    | Error::Refused { .. }
                    | Error::Unreachable(_)
                    | Error::Answer(_)),
                ) => feed.lost(&error.to_string(), None).await?,
            }
        }
    }
}
