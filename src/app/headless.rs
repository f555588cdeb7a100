//! The same sources and the same fold as on the screen, without one.

mod judge;

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::cloud::Cloud;
use super::journey::{Following, Teller};
use super::seeking::Seeker;
use crate::clock::Clock;
use crate::config::Loaded;
use crate::domain::bootstrap::BootstrapEvent;
use crate::domain::event::{Event, What};
use crate::domain::problem::Problem;
use crate::sources::{CHANNEL, Feeds, Supervisor};
use crate::store::bootstrap::Bootstrap;
use crate::store::{Store, fold};

use judge::Judge;
pub use judge::Verdict;

/// The pace of looks at what is known, while nothing new is told.
const LOOK: Duration = Duration::from_secs(1);

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
    let (mut seeker, heard) = Seeker::new();
    let feeds = Feeds {
        sought: Some(heard),
        // What is judged here is what the cluster and Cloudflare say; nobody waits for caches.
        resolvers: None,
        ..feeds
    };
    let supervisor = Supervisor::start(feeds, sender, clock);
    let mut store = Store::default();
    let folding = async {
        while let Some(event) = events.recv().await {
            fold(&mut store, event);
            // Only a whole batch is judged: the last word of it counts.
            while let Ok(event) = events.try_recv() {
                fold(&mut store, event);
            }
            seeker.look(&store);
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

/// How a bootstrap that was followed came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// The cluster is healthy.
    Healthy,
    /// A stage has failed, and will not come about by itself.
    Failed(Box<Verdict>),
    /// The time was over before either; a stage that has failed meanwhile and may yet come about.
    TimedOut(Option<Box<Verdict>>),
    /// It was stopped.
    Stopped,
}

/// Follows the nodes that `cloud` made until the cluster is healthy, a stage has failed for good, or
/// `limit` is over. `told` sees every event and the store after it, and the store alone now and then;
/// once it says that nobody listens, the following is stopped.
pub async fn bootstrap(
    loaded: &Loaded,
    cloud: &Cloud,
    limit: Duration,
    stop: &CancellationToken,
    mut told: impl FnMut(Option<&Event>, &Store) -> bool,
) -> Result<(Store, Came), Problem> {
    let clock = cloud.engine.direct.clock;
    let (events, mut heard) = mpsc::channel(CHANNEL);
    let teller = Teller { events, clock };
    // Nothing is done in the cluster here, so nobody needs the way there.
    let (nobody, _) = watch::channel(None);
    let following = Following::start(loaded, cloud, None, (&teller, &nobody), None)?;
    drop(teller);
    let mut store = Store::default();
    let mut judge = Judge::new(clock);
    let judged = {
        let folding = fold_until_judged(&mut store, &mut heard, &mut judge, &mut told);
        stop.run_until_cancelled(clock.timeout(limit, folding))
            .await
    };
    let came = match judged {
        None => Came::Stopped,
        Some(Err(_)) => match judge.look(&store) {
            Some(verdict) => Came::Failed(Box::new(verdict)),
            None => Came::TimedOut(judge.unmended().map(Box::new)),
        },
        Some(Ok(came)) => came,
    };
    drop(heard);
    following.stop().await;
    let event = Event {
        at: clock.now(),
        what: What::Bootstrap(BootstrapEvent::Finished {
            healthy: came == Came::Healthy,
        }),
    };
    fold(&mut store, event.clone());
    told(Some(&event), &store);
    Ok((store, came))
}

async fn fold_until_judged(
    store: &mut Store,
    heard: &mut mpsc::Receiver<Event>,
    judge: &mut Judge,
    told: &mut impl FnMut(Option<&Event>, &Store) -> bool,
) -> Came {
    loop {
        // Real time: it is the reading of a log that is waited for, not the node.
        let next = judge.clock().timeout(LOOK, heard.recv()).await;
        let mut next = match next {
            Ok(None) => return Came::Stopped,
            Ok(some) => some,
            Err(_) => None,
        };
        let is_quiet = next.is_none();
        while let Some(event) = next {
            fold(store, event.clone());
            if !told(Some(&event), store) {
                return Came::Stopped;
            }
            next = heard.try_recv().ok();
        }
        if is_quiet && !told(None, store) {
            return Came::Stopped;
        }
        if store.bootstrap.as_ref().is_some_and(Bootstrap::healthy) {
            return Came::Healthy;
        }
        if let Some(verdict) = judge.look(store) {
            return Came::Failed(Box::new(verdict));
        }
    }
}
