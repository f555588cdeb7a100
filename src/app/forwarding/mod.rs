//! Ports of pods that can be reached on this machine, as long as the session lasts or until they are
//! stopped.
//!
//! Each is a listener on 127.0.0.1 alone, and a stream to the pod for each connection. It leads to the
//! pod that was seen and never to another one in its place.

mod passage;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::domain::event::{Change, Event, What};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::kube::forward::{self, ForwardError};
use crate::kube::{Access, Writer};

use passage::{Bound, Passage};

/// Ports that are forwarded at once.
const MOST: usize = 32;

/// Which port of which pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    /// The pod.
    pub(super) pod: ObjectRef,
    /// The port in it.
    pub(super) port: u16,
    /// When the pod that was seen was made.
    pub(super) made: Option<Timestamp>,
}

/// Why a port is not forwarded.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotForwarded {
    /// Nothing may be changed here.
    #[error("--read-only changes nothing")]
    ReadOnly,
    /// It is already.
    #[error("{0} leads there already")]
    Already(Line),
    /// Too many are.
    #[error("{MOST} ports are forwarded already")]
    TooMany,
    /// The pod that was meant is not there any more.
    #[error("{0}")]
    Gone(Line),
    /// The pod takes no connection.
    #[error(transparent)]
    Pod(#[from] ForwardError),
    /// This machine has no port for it.
    #[error("no port of this machine can be had: {0}")]
    Listen(#[from] io::Error),
}

/// The ports that are forwarded.
#[derive(Clone, Debug, Default)]
pub(super) struct Forwards {
    open: Arc<Mutex<BTreeMap<ObjectRef, (Wish, CancellationToken)>>>,
    tasks: TaskTracker,
    all: CancellationToken,
}

impl Forwards {
    /// Lets a port of this machine lead to the one that is wished for, and says which.
    pub(super) async fn begin(
        &self,
        writer: &Writer,
        wish: Wish,
        (events, clock): (&mpsc::Sender<Event>, Clock),
    ) -> Result<Line, NotForwarded> {
        if writer.access() == Access::ReadOnly {
            return Err(NotForwarded::ReadOnly);
        }
        self.has_room(&wish)?;
        let bound = Bound::of(writer.connection().clone(), wish.clone(), clock);
        let bound = bound.await.map_err(NotForwarded::Gone)?;
        // What is refused at all is told now, and not to the first who connects.
        drop(forward::open(&bound.connection, &wish.pod, wish.port, clock).await?);
        let (listener, why_other) = listen(wish.port).await?;
        let id = ObjectRef::cluster(listener.local_addr()?.to_string());
        let said = format!("{} leads to its port {}{why_other}", id.name, wish.port);
        let stop = self.all.child_token();
        self.lock().insert(id.clone(), (wish, stop.clone()));
        let (open, events) = (Arc::clone(&self.open), events.clone());
        self.tasks.spawn(async move {
            let passage = Passage::new(id.clone(), bound, events.clone());
            let last = passage.serve(listener, stop).await;
            // Whoever is told of the end finds it ended.
            lock(&open).remove(&id);
            tell(&events, last, clock).await;
        });
        Ok(said.into())
    }

    /// Stops one. What has ended by itself is forgotten.
    pub(super) async fn stop(&self, id: ObjectRef, (events, clock): (&mpsc::Sender<Event>, Clock)) {
        let running = self.lock().get(&id).map(|(_, stop)| stop.clone());
        match running {
            // It tells that it is gone once it is.
            Some(stop) => stop.cancel(),
            None => tell(events, Change::Removed(id), clock).await,
        }
    }

    /// Ends all of them.
    pub(super) async fn end(&self) {
        self.all.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn has_room(&self, wish: &Wish) -> Result<(), NotForwarded> {
        let open = self.lock();
        if let Some((id, _)) = open.iter().find(|(_, (same, _))| same == wish) {
            return Err(NotForwarded::Already(id.name.clone()));
        }
        if open.len() >= MOST {
            return Err(NotForwarded::TooMany);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ObjectRef, (Wish, CancellationToken)>> {
        lock(&self.open)
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Listens on the port of the same number, or on a free one; says why on another one.
async fn listen(port: u16) -> io::Result<(TcpListener, String)> {
    let refused = match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
        Ok(listener) => return Ok((listener, String::new())),
        Err(refused) => refused,
    };
    let why = if refused.kind() == ErrorKind::AddrInUse {
        "is in use on this machine".to_owned()
    } else if refused.kind() == ErrorKind::PermissionDenied {
        "is not for users of this machine".to_owned()
    } else {
        format!("cannot be had here: {refused}")
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    Ok((listener, format!("; {port} {why}")))
}

async fn tell(
    events: &mpsc::Sender<Event>,
    change: Change<crate::domain::forward::Forward>,
    clock: Clock,
) {
    let (at, what) = (clock.now(), What::Forward(change));
    if events.send(Event { at, what }).await.is_err() {
        tracing::debug!("the session has ended; nobody is told");
    }
}
