//! The same sources and the same fold as on the screen, without one.

use std::time::Duration;

use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::sources::{CHANNEL, Feeds, Supervisor};
use crate::store::{Store, fold};

/// How the wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// What was waited for is so.
    Reached,
    /// The time was over before.
    TimedOut,
}

/// Follows `feeds` into a store until `enough` holds of it, or for as long as `limit`.
pub async fn follow(
    feeds: Feeds,
    clock: Clock,
    limit: Duration,
    mut enough: impl FnMut(&Store) -> bool,
) -> (Store, Ended) {
    let (sender, mut events) = mpsc::channel(CHANNEL);
    let supervisor = Supervisor::start(feeds, sender, clock);
    let mut store = Store::default();
    let folding = async {
        while let Some(event) = events.recv().await {
            fold(&mut store, event);
            // Only a whole batch is judged: the last word of it counts.
            while let Ok(event) = events.try_recv() {
                fold(&mut store, event);
            }
            if enough(&store) {
                return;
            }
        }
    };
    let ended = match clock.timeout(limit, folding).await {
        Ok(()) => Ended::Reached,
        Err(_) => Ended::TimedOut,
    };
    drop(events);
    supervisor.stop().await;
    (store, ended)
}
