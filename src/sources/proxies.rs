//! Envoy's own word: its admin interface, through the API server to the pod, or at the address that
//! the configuration names.
//!
//! Numbers are read every ten seconds, what is loaded every thirty, or sooner where other things are
//! looked for than before. While no proxy is known, nothing is asked.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::feed::Feed;
use super::outbox::{Closed, Outbox};
use super::supervisor::Source;
use crate::clock::Clock;
use crate::domain::event::{Change, What};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::proxy::{Lost, Proxy};
use crate::domain::sought::Sought;
use crate::domain::source::SourceId;
use crate::envoy::{Admin, Reading, Snapshot, traffic};
use crate::kube::Connection;
use crate::kube::forward::{self, ForwardError};

/// Where Envoy Gateway puts it, on the pod's own loopback.
const PORT: u16 = 19_000;
const EVERY: Duration = Duration::from_secs(10);
/// Readings until what is loaded is read again.
const ROUNDS: u32 = 3;
/// What changed in the cluster takes a moment to Envoy.
const SETTLING: Duration = Duration::from_secs(2);
/// Proxies that are asked at once.
const AT_ONCE: usize = 4;
/// Uptime is told in whole seconds, so the start seems to move.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(3);

/// Asks proxies.
pub(super) struct Proxies {
    connection: Option<Connection>,
    address: Option<SocketAddr>,
    sought: Option<watch::Receiver<Sought>>,
}

/// One that cannot be asked.
enum Failed {
    /// For want of rights.
    Denied(Line),
    /// For another reason.
    Lost(Line),
}

/// What is remembered of a proxy.
#[derive(Default)]
struct Known {
    told: Option<Proxy>,
    reading: Option<Reading>,
    /// Readings since what is loaded was read.
    rounds: u32,
}

type Answer = Result<(Option<Snapshot>, Reading), Failed>;

impl Proxies {
    /// Those that are sought, through a connection; the one at an address where that is given.
    pub(super) fn new(
        connection: Option<Connection>,
        address: Option<SocketAddr>,
        sought: Option<watch::Receiver<Sought>>,
    ) -> Self {
        Self {
            connection,
            address,
            sought,
        }
    }

    fn targets(&self, heard: Option<&mut watch::Receiver<Sought>>) -> Vec<ObjectRef> {
        if let Some(address) = self.address {
            return vec![ObjectRef::cluster(address.to_string())];
        }
        heard.map_or_else(Vec::new, |heard| heard.borrow_and_update().proxies.clone())
    }

    async fn ask(&self, proxy: &ObjectRef, whole: bool, clock: Clock) -> Answer {
        let lost = |error: &dyn std::error::Error| Failed::Lost(Line::new(&error.to_string()));
        let mut admin = match (&self.connection, self.address) {
            (_, Some(address)) => {
                let stream = TcpStream::connect(address).await;
                Admin::over(stream.map_err(|error| lost(&error))?, clock).await
            }
            (Some(connection), None) => {
                let stream = forward::open(connection, proxy, PORT, clock).await;
                let stream = stream.map_err(|error| match error {
                    ForwardError::Forbidden { .. } => Failed::Denied(error.to_string().into()),
                    ForwardError::Gone(_)
                    | ForwardError::NotRunning { .. }
                    | ForwardError::Slow(_)
                    | ForwardError::Fault(_) => lost(&error),
                })?;
                Admin::over(stream, clock).await
            }
            (None, None) => return Err(Failed::Lost("no way leads to it".into())),
        }
        .map_err(|error| lost(&error))?;
        let snapshot = if whole {
            Some(admin.snapshot().await.map_err(|error| lost(&error))?)
        } else {
            None
        };
        let reading = admin.reading().await.map_err(|error| lost(&error))?;
        Ok((snapshot, reading))
    }

    /// Asks all once.
    async fn round(
        &self,
        known: &mut BTreeMap<ObjectRef, Known>,
        feed: &mut Feed<'_>,
    ) -> Result<(), Closed> {
        let clock = feed.clock();
        let asked: Vec<(ObjectRef, bool)> = known
            .iter()
            .map(|(id, known)| (id.clone(), known.is_due()))
            .collect();
        let answers = stream::iter(asked).map(|(id, whole)| async move {
            let answer = self.ask(&id, whole, clock).await;
            (id, answer)
        });
        let answers: Vec<_> = Box::pin(answers.buffer_unordered(AT_ONCE).collect()).await;
        let (mut answered, mut denied, mut lost) = (false, None, None);
        for (id, answer) in answers {
            let Some(known) = known.get_mut(&id) else {
                continue;
            };
            match answer {
                Ok((snapshot, reading)) => {
                    known.learn(&id, (snapshot, reading), feed.outbox()).await?;
                    answered = true;
                }
                Err(Failed::Denied(why)) => {
                    known.lose(&id, why.clone(), feed.outbox()).await?;
                    denied = Some(why);
                }
                Err(Failed::Lost(why)) => {
                    known.lose(&id, why.clone(), feed.outbox()).await?;
                    lost = Some(why);
                }
            }
        }
        match (answered, lost, denied) {
            (true, _, _) | (false, None, None) => feed.live().await,
            (false, Some(why), _) => feed.lost(&why, None).await,
            (false, None, Some(hint)) => feed.denied(hint).await,
        }
    }
}

impl Known {
    fn is_due(&self) -> bool {
        let has_loaded = self.told.as_ref().is_some_and(|it| it.loaded.is_some());
        !has_loaded || self.rounds >= ROUNDS
    }

    async fn learn(
        &mut self,
        id: &ObjectRef,
        (snapshot, reading): (Option<Snapshot>, Reading),
        outbox: &Outbox,
    ) -> Result<(), Closed> {
        self.rounds = match &snapshot {
            Some(_) => 1,
            None => self.rounds.saturating_add(1),
        };
        let before = self.reading.as_ref();
        if before.is_some_and(|before| reading.whole.requests < before.whole.requests) {
            // Started again: what is loaded may be something else.
            self.rounds = ROUNDS;
        }
        let mut proxy = self.told.clone().unwrap_or_default();
        proxy.id = id.clone();
        proxy.lost = None;
        if let Some(snapshot) = snapshot {
            proxy.started = steady(proxy.started, snapshot.started(reading.at));
            proxy.version = snapshot.version;
            proxy.state = snapshot.state;
            proxy.epoch = snapshot.epoch;
            proxy.loaded = Some(snapshot.loaded);
        }
        self.tell(proxy, outbox).await?;
        let traffic = traffic(id.clone(), self.reading.as_ref(), &reading);
        self.reading = Some(reading);
        outbox
            .tell(What::ProxyTraffic(Change::Applied(Box::new(traffic))))
            .await
    }

    async fn lose(&mut self, id: &ObjectRef, why: Line, outbox: &Outbox) -> Result<(), Closed> {
        let mut proxy = self.told.clone().unwrap_or_default();
        proxy.id = id.clone();
        let since = proxy.lost.as_ref().map(|lost| lost.since);
        proxy.lost = Some(Lost {
            since: since.unwrap_or_else(|| outbox.clock().now()),
            why,
        });
        // What is loaded is read first when it answers again.
        self.rounds = ROUNDS;
        self.tell(proxy, outbox).await
    }

    /// Only what is new is told: what is loaded may be long, and stays the same for hours.
    async fn tell(&mut self, proxy: Proxy, outbox: &Outbox) -> Result<(), Closed> {
        if self.told.as_ref() == Some(&proxy) {
            return Ok(());
        }
        self.told = Some(proxy.clone());
        outbox
            .tell(What::Proxy(Change::Applied(Box::new(proxy))))
            .await
    }
}

fn steady(known: Option<Timestamp>, now: Option<Timestamp>) -> Option<Timestamp> {
    let (Some(known), Some(now)) = (known, now) else {
        return now;
    };
    let moved = now.duration_since(known).abs();
    Some(if moved <= TOLERANCE { known } else { now })
}

/// Forgets those that are no longer looked for, and begins with those that are new.
async fn follow(
    targets: Vec<ObjectRef>,
    known: &mut BTreeMap<ObjectRef, Known>,
    outbox: &Outbox,
) -> Result<(), Closed> {
    let gone: Vec<ObjectRef> = known
        .keys()
        .filter(|id| !targets.contains(id))
        .cloned()
        .collect();
    for id in gone {
        known.remove(&id);
        outbox
            .tell(What::Proxy(Change::Removed(id.clone())))
            .await?;
        outbox.tell(What::ProxyTraffic(Change::Removed(id))).await?;
    }
    for id in targets {
        known.entry(id).or_default();
    }
    Ok(())
}

/// Waits until other things are looked for; for ever, where nobody will say so.
async fn changed(heard: Option<&mut watch::Receiver<Sought>>) {
    let told = match heard {
        Some(heard) => heard.changed().await.is_ok(),
        None => false,
    };
    if !told {
        std::future::pending::<()>().await;
    }
}

impl Source for Proxies {
    fn id(&self) -> SourceId {
        SourceId::Proxies
    }

    async fn run(&self, outbox: &Outbox) -> Result<Infallible, Closed> {
        let mut feed = Feed::begin(self.id(), outbox).await?;
        let mut heard = self.sought.clone();
        let mut known = BTreeMap::new();
        loop {
            let targets = self.targets(heard.as_mut());
            follow(targets, &mut known, outbox).await?;
            if known.is_empty() {
                feed.off().await?;
                changed(heard.as_mut()).await;
                continue;
            }
            self.round(&mut known, &mut feed).await?;
            tokio::select! {
                () = outbox.clock().sleep(EVERY) => {}
                () = changed(heard.as_mut()) => {
                    outbox.clock().sleep(SETTLING).await;
                    for proxy in known.values_mut() {
                        proxy.rounds = ROUNDS;
                    }
                }
            }
        }
    }
}
