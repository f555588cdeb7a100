//! One forwarded port: it takes connections, carries bytes both ways, counts them, and notices when the
//! pod that it leads to is not there any more.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Wish, lock, tell};
use crate::clock::Clock;
use crate::domain::event::{Change, Event};
use crate::domain::forward::Forward;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::kube::Connection;
use crate::kube::forward::{self, ForwardError};
use crate::kube::kind::POD;
use crate::kube::look::{object, text};

/// Connections at once; more of them wait to be taken.
const MOST: usize = 64;
/// Bytes that are carried at once.
const PIECE: usize = 16 * 1024;
/// How often the pod is looked at while nobody connects.
const LOOK: Duration = Duration::from_secs(10);
/// How often it is told at most how much went through.
const TELL: Duration = Duration::from_millis(250);
/// How long an answer is waited for from whom nothing more will be asked.
const LAST_WORD: Duration = Duration::from_secs(10);
/// How long nothing is taken after the system could not give a connection.
const BREATH: Duration = Duration::from_secs(1);

/// A pod that was seen, and the way to it.
#[derive(Clone)]
pub(super) struct Bound {
    pub(super) connection: Connection,
    wish: Wish,
    /// What made the pod: `ReplicaSet docs-7d4b9c`.
    owner: Option<String>,
    clock: Clock,
}

impl Bound {
    /// Looks at the pod; an error where it is not the one that was meant.
    pub(super) async fn of(connection: Connection, wish: Wish, clock: Clock) -> Result<Self, Line> {
        let found = object(&connection, &POD, &wish.pod).await;
        let mut bound = Self {
            connection,
            wish,
            owner: None,
            clock,
        };
        // Who may forward its ports may not be permitted to read it.
        if let Ok(found) = found {
            bound.owner = found.as_ref().and_then(owner);
            if let Some(gone) = bound.judged(found.as_ref()) {
                return Err(gone);
            }
        }
        Ok(bound)
    }

    /// Why it leads nowhere any more, where that can be seen.
    async fn gone(&self) -> Option<Line> {
        let found = object(&self.connection, &POD, &self.wish.pod).await.ok()?;
        self.judged(found.as_ref())
    }

    fn judged(&self, found: Option<&Value>) -> Option<Line> {
        let Some(pod) = found else {
            return Some(self.is_gone());
        };
        let made = text(pod, "/metadata/creationTimestamp").parse().ok();
        if self.wish.made.is_some() && made.is_some() && self.wish.made != made {
            let name = &self.wish.pod;
            return Some(format!("pod {name} is gone; another one has its name now").into());
        }
        let ended = matches!(text(pod, "/status/phase"), "Succeeded" | "Failed");
        ended.then(|| format!("pod {} has ended", self.wish.pod).into())
    }

    fn is_gone(&self) -> Line {
        let name = &self.wish.pod;
        match &self.owner {
            Some(owner) => {
                format!("pod {name} is gone; {owner} has another one: forward its port").into()
            }
            None => format!("pod {name} is gone").into(),
        }
    }
}

fn owner(pod: &Value) -> Option<String> {
    let owners = pod.pointer("/metadata/ownerReferences")?.as_array()?;
    let owner = owners.first()?;
    Some(format!("{} {}", text(owner, "/kind"), text(owner, "/name")))
}

/// What went through, and what is told of it.
#[derive(Debug, Default)]
struct Counts {
    open: AtomicU32,
    taken: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
    error: Mutex<Option<Line>>,
    changed: Notify,
}

/// A forwarded port.
pub(super) struct Passage {
    id: ObjectRef,
    bound: Bound,
    counts: Arc<Counts>,
    events: mpsc::Sender<Event>,
}

impl Passage {
    pub(super) fn new(id: ObjectRef, bound: Bound, events: mpsc::Sender<Event>) -> Self {
        Self {
            id,
            bound,
            counts: Arc::default(),
            events,
        }
    }

    /// Serves it until it is stopped or the pod is gone; what is to be told then.
    pub(super) async fn serve(
        &self,
        listener: TcpListener,
        stop: CancellationToken,
    ) -> Change<Forward> {
        let clock = self.bound.clock;
        tell(&self.events, self.stands(None), clock).await;
        let over = tokio::select! {
            () = stop.cancelled() => None,
            why = self.take(listener) => Some(why),
            why = self.look() => Some(why),
            () = self.report() => None,
        };
        match over {
            Some(why) => self.stands(Some(why)),
            None => Change::Removed(self.id.clone()),
        }
    }

    /// Takes connections until one of them finds the pod gone. Whatever is open then is cut.
    async fn take(&self, listener: TcpListener) -> Line {
        let mut carried = JoinSet::new();
        loop {
            tokio::select! {
                Some(ended) = carried.join_next() => {
                    if let Ok(Some(gone)) = ended {
                        return gone;
                    }
                }
                taken = listener.accept(), if carried.len() < MOST => match taken {
                    Ok((stream, _)) => {
                        let (bound, counts) = (self.bound.clone(), Arc::clone(&self.counts));
                        carried.spawn(async move { carry(&bound, &counts, stream).await });
                    }
                    Err(error) => {
                        self.counts.failed(&error.to_string());
                        self.bound.clock.sleep(BREATH).await;
                    }
                },
            }
        }
    }

    async fn look(&self) -> Line {
        loop {
            self.bound.clock.sleep(LOOK).await;
            if let Some(gone) = self.bound.gone().await {
                return gone;
            }
        }
    }

    async fn report(&self) {
        loop {
            self.counts.changed.notified().await;
            tell(&self.events, self.stands(None), self.bound.clock).await;
            self.bound.clock.sleep(TELL).await;
        }
    }

    fn stands(&self, over: Option<Line>) -> Change<Forward> {
        let counts = &self.counts;
        let open = counts.open.load(Ordering::Relaxed);
        Change::Applied(Box::new(Forward {
            id: self.id.clone(),
            pod: self.bound.wish.pod.clone(),
            port: self.bound.wish.port,
            open: if over.is_some() { 0 } else { open },
            taken: counts.taken.load(Ordering::Relaxed),
            sent: counts.sent.load(Ordering::Relaxed),
            received: counts.received.load(Ordering::Relaxed),
            error: lock(&counts.error).clone(),
            over,
        }))
    }
}

impl Counts {
    fn failed(&self, why: &str) {
        *lock(&self.error) = Some(Line::new(why));
        self.changed.notify_one();
    }
}

/// Carries one connection; tells when there is no pod to carry it to.
async fn carry(bound: &Bound, counts: &Counts, stream: TcpStream) -> Option<Line> {
    counts.open.fetch_add(1, Ordering::Relaxed);
    counts.taken.fetch_add(1, Ordering::Relaxed);
    counts.changed.notify_one();
    let gone = connect(bound, counts, stream).await;
    counts.open.fetch_sub(1, Ordering::Relaxed);
    counts.changed.notify_one();
    gone
}

async fn connect(bound: &Bound, counts: &Counts, stream: TcpStream) -> Option<Line> {
    if let Some(gone) = bound.gone().await {
        return Some(gone);
    }
    let Wish { pod, port, .. } = &bound.wish;
    let opened = forward::open(&bound.connection, pod, *port, bound.clock).await;
    let forwarded = match opened {
        Ok(forwarded) => forwarded,
        Err(ForwardError::Gone(_)) => return Some(bound.is_gone()),
        Err(error) => {
            counts.failed(&error.to_string());
            return None;
        }
    };
    let (mut from_client, mut to_client) = stream.into_split();
    let (mut from_pod, mut to_pod) = tokio::io::split(forwarded);
    let answers = pour(&mut from_pod, &mut to_client, (counts, &counts.received));
    tokio::pin!(answers);
    let ended = tokio::select! {
        ended = &mut answers => ended,
        asked = pour(&mut from_client, &mut to_pod, (counts, &counts.sent)) => match asked {
            // The stream knows no end of one direction alone: it stays until the pod has answered.
            Ok(()) => bound.clock.timeout(LAST_WORD, answers).await.unwrap_or(Ok(())),
            Err(error) => Err(error),
        },
    };
    if let Err(error) = ended {
        counts.failed(&error.to_string());
    }
    None
}

/// Carries bytes in one direction until there are no more, and counts them.
async fn pour(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    (counts, count): (&Counts, &AtomicU64),
) -> std::io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return to.flush().await;
        }
        to.write_all(piece.get(..length).unwrap_or_default())
            .await?;
        to.flush().await?;
        let length = u64::try_from(length).unwrap_or_default();
        count.fetch_add(length, Ordering::Relaxed);
        counts.changed.notify_one();
    }
}
