//! The way in: one shared connection to the ingress node, opened when it is first needed and opened
//! again by itself when it was cut.
//!
//! One task owns the connection; everyone else asks it. So that many who wait do not each try, they
//! share an attempt and its outcome, and while attempts fail they are told at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::dial::Dial;
use super::error::SshError;
use super::login::Login;
use super::session::{Hop, Session};
use super::stream::Stream;
use crate::clock::Clock;
use crate::domain::line::Line;

/// Askers that wait at once; more of them wait for a place.
const ASKERS: usize = 64;
/// The wait after the first failure; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How the connection is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Nobody has needed it yet.
    #[default]
    Idle,
    /// It is being made.
    Opening,
    /// It is there.
    Open,
    /// It is not, and this is why.
    Down(SshError),
}

/// A handle to the ingress node. Cloning is cheap; the connection ends with the last clone.
#[derive(Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

struct Inner {
    way: Way,
    asking: mpsc::Sender<Asker>,
    link: watch::Receiver<Link>,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Way {
    hop: Hop,
    login: Login,
    dial: Dial,
    clock: Clock,
}

type Asker = oneshot::Sender<Result<Session, SshError>>;

impl Gateway {
    /// The way through `hop`. Connects only when it is needed.
    pub fn new(hop: Hop, login: Login, dial: Dial, clock: Clock) -> Self {
        let way = Way {
            hop,
            login,
            dial,
            clock,
        };
        let (asking, asked) = mpsc::channel(ASKERS);
        let (tell, link) = watch::channel(Link::Idle);
        let task = tokio::spawn(
            Keeping {
                way: way.clone(),
                asked,
                tell,
                waiting: Vec::new(),
            }
            .run(),
        );
        Self {
            inner: Arc::new(Inner {
                way,
                asking,
                link,
                task,
            }),
        }
    }

    /// The connection to the ingress node.
    pub async fn session(&self) -> Result<Session, SshError> {
        let (asker, answer) = oneshot::channel();
        let ended = || SshError::Closed {
            to: self.inner.way.hop.shown(),
            why: Line::new("the program is ending"),
        };
        self.inner.asking.send(asker).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }

    /// A connection from the ingress node to `host:port`.
    pub async fn direct(&self, host: &str, port: u16) -> Result<Stream, SshError> {
        self.session().await?.direct(host, port).await
    }

    /// A session on another node, with the same login.
    pub async fn node(&self, hop: &Hop) -> Result<Session, SshError> {
        let session = self.session().await?;
        session.through(hop, &self.inner.way.login).await
    }

    /// How the connection is, now and as it changes.
    pub fn link(&self) -> watch::Receiver<Link> {
        self.inner.link.clone()
    }

    /// The ingress node.
    pub fn hop(&self) -> &Hop {
        &self.inner.way.hop
    }

    /// The waits of this connection's user.
    pub fn clock(&self) -> Clock {
        self.inner.way.clock
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Gateway")
            .field(&self.inner.way.hop.name)
            .finish()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The task that owns the connection.
struct Keeping {
    way: Way,
    asked: mpsc::Receiver<Asker>,
    tell: watch::Sender<Link>,
    waiting: Vec<Asker>,
}

impl Keeping {
    async fn run(mut self) {
        let mut wait = FIRST_WAIT;
        while self.is_needed().await {
            self.tell.send_replace(Link::Opening);
            match self.open().await {
                Ok(session) => {
                    wait = FIRST_WAIT;
                    self.tell.send_replace(Link::Open);
                    let Some(cut) = self.serve(&session).await else {
                        return;
                    };
                    tracing::warn!(error = %cut, "the way in was cut");
                    self.tell.send_replace(Link::Down(cut));
                }
                Err(error) => {
                    self.answer(&Err(error.clone()));
                    self.tell.send_replace(Link::Down(error.clone()));
                    self.refuse_for(wait, &error).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
        }
    }

    /// Waits until somebody needs the connection. One that was cut, or that may come about by itself,
    /// is made again without anybody's asking.
    async fn is_needed(&mut self) -> bool {
        let again = match &*self.tell.borrow() {
            Link::Down(error) => error.may_pass(),
            Link::Idle | Link::Opening | Link::Open => false,
        };
        if again || !self.waiting.is_empty() {
            return true;
        }
        match self.asked.recv().await {
            Some(asker) => {
                self.waiting.push(asker);
                true
            }
            None => false,
        }
    }

    async fn open(&mut self) -> Result<Session, SshError> {
        let Way {
            hop,
            login,
            dial,
            clock,
        } = self.way.clone();
        Session::connect(&hop, &login, &dial, clock).await
    }

    /// Hands `session` to all who ask, until it ends. `None` when nobody can ask any more.
    async fn serve(&mut self, session: &Session) -> Option<SshError> {
        self.answer(&Ok(session.clone()));
        loop {
            tokio::select! {
                biased;
                cut = session.closed() => return Some(cut),
                asker = self.asked.recv() => {
                    self.waiting.push(asker?);
                    self.answer(&Ok(session.clone()));
                }
            }
        }
    }

    /// Waits before the next attempt. Who asks in the first half of the wait is told what the last
    /// attempt met; who asks later gets an attempt.
    async fn refuse_for(&mut self, wait: Duration, error: &SshError) {
        let clock = self.way.clock;
        let wait = clock.jitter(wait);
        let first = clock.sleep(wait / 2);
        tokio::pin!(first);
        loop {
            tokio::select! {
                () = &mut first => break,
                asker = self.asked.recv() => {
                    let Some(asker) = asker else { return };
                    self.waiting.push(asker);
                    self.answer(&Err(error.clone()));
                }
            }
        }
        if !error.may_pass() {
            return;
        }
        tokio::select! {
            () = clock.sleep(wait / 2) => {}
            asker = self.asked.recv() => self.waiting.extend(asker),
        }
    }

    fn answer(&mut self, outcome: &Result<Session, SshError>) {
        while let Ok(asker) = self.asked.try_recv() {
            self.waiting.push(asker);
        }
        for asker in self.waiting.drain(..) {
            // Who has gone away meanwhile needs no answer.
            let _ = asker.send(outcome.clone());
        }
    }
}
