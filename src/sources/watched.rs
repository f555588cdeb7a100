//! One Kubernetes kind, followed by a watch for as long as the program runs.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;
use kube::core::ApiResource;

use super::feed::Feed;
use super::outbox::{Closed, Outbox};
use super::supervisor::Source;
use crate::domain::event::Change;
use crate::domain::log_line::Level;
use crate::domain::source::SourceId;
use crate::kube::discovery::served;
use crate::kube::watch::{Listing, Told, watch};
use crate::kube::{Connection, Fault, Kind, fault};

/// A server that takes a streamed list for an ordinary watch never says that the list has ended.
const STREAMED_LIST_PAUSE: Duration = Duration::from_secs(15);
/// Between a version that was too old and the new list.
const AFTER_GONE: Duration = Duration::from_secs(1);

/// The watch of one kind.
pub(super) struct Watched<K> {
    connection: Connection,
    kind: PhantomData<fn() -> K>,
}

/// Why a watch is to be begun anew.
enum End {
    /// The server cannot send a list as part of a watch.
    NotStreamed,
    Failed(Fault),
}

impl<K: Kind> Watched<K> {
    pub(super) fn new(connection: &Connection) -> Self {
        Self {
            connection: connection.clone(),
            kind: PhantomData,
        }
    }

    /// Follows one watch until it fails.
    async fn follow(
        &self,
        resource: &ApiResource,
        listing: Listing,
        feed: &mut Feed<'_>,
    ) -> Result<End, Closed> {
        let mut events = pin!(watch::<K>(&self.connection, resource, listing));
        let mut listed = false;
        loop {
            let streaming = listing == Listing::Streamed && !listed;
            let next = if streaming {
                match feed
                    .clock()
                    .timeout(STREAMED_LIST_PAUSE, events.next())
                    .await
                {
                    Ok(next) => next,
                    Err(_) => return Ok(End::NotStreamed),
                }
            } else {
                events.next().await
            };
            match next {
                Some(Ok(Told::Change(change))) => {
                    match change {
                        Change::Relisting => listed = false,
                        Change::Relisted => listed = true,
                        Change::Applied(_) | Change::Removed(_) => {}
                    }
                    let complete = change == Change::Relisted;
                    feed.outbox().tell(K::what(change)).await?;
                    if complete {
                        feed.live().await?;
                    }
                }
                Some(Ok(Told::Unreadable(id, why))) => {
                    let text = format!("{} {id} is not shown as it is: {why}", K::API.kind);
                    feed.outbox().log(Level::Warn, feed.name(), &text).await?;
                }
                Some(Err(Fault::Gone)) if listed => {
                    let clock = feed.clock();
                    clock.sleep(clock.jitter(AFTER_GONE)).await;
                }
                Some(Err(Fault::Refused { .. } | Fault::Gone)) if streaming => {
                    return Ok(End::NotStreamed);
                }
                Some(Err(failed)) => return Ok(End::Failed(failed)),
                None => {
                    return Ok(End::Failed(Fault::Unreachable(
                        "the watch has ended".into(),
                    )));
                }
            }
        }
    }
}

/// Tells what a failed request means and waits before the next.
pub(super) async fn rest_after(
    failed: Fault,
    api: &crate::kube::kind::ApiName,
    connection: &Connection,
    feed: &mut Feed<'_>,
) -> Result<(), Closed> {
    match failed {
        Fault::Forbidden(message) => {
            let hint = fault::hint(api, connection.scope(api), &message);
            feed.denied(hint).await
        }
        Fault::TooManyRequests { retry_after, .. } => {
            feed.lost(&failed.to_string(), retry_after).await
        }
        Fault::Unauthorized
        | Fault::NotFound(_)
        | Fault::Gone
        | Fault::Refused { .. }
        | Fault::Unreachable(_)
        | Fault::Answer(_)
        | Fault::Credentials(_) => feed.lost(&failed.to_string(), None).await,
    }
}

impl<K: Kind> Source for Watched<K> {
    fn id(&self) -> SourceId {
        K::SOURCE
    }

    async fn run(&self, outbox: &Outbox) -> Result<Infallible, Closed> {
        let mut feed = Feed::begin(K::SOURCE, outbox).await?;
        let mut listing = None;
        loop {
            let resource = match served(&self.connection, &K::API).await {
                Ok(Some(resource)) => resource,
                Ok(None) => {
                    // Whatever there was went with its kind.
                    outbox.tell(K::what(Change::Relisting)).await?;
                    outbox.tell(K::what(Change::Relisted)).await?;
                    feed.not_installed(K::API.brought_by).await?;
                    continue;
                }
                Err(failed) => {
                    rest_after(failed, &K::API, &self.connection, &mut feed).await?;
                    continue;
                }
            };
            let first = match listing {
                Some(listing) => listing,
                None if self.connection.streams_lists().await => Listing::Streamed,
                None => Listing::Paged,
            };
            match self.follow(&resource, first, &mut feed).await? {
                End::NotStreamed => listing = Some(Listing::Paged),
                End::Failed(failed) => {
                    rest_after(failed, &K::API, &self.connection, &mut feed).await?;
                }
            }
        }
    }
}
