//! One connection to one machine: made over TCP or through another machine, and checked against the
//! keys that are pinned for it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use russh::client::{self, Handle, Msg};
use russh::{Channel, ChannelOpenFailure, Disconnect, Preferred};
use tokio::sync::watch;

use super::dial::{Dial, address};
use super::error::{SshError, of_session};
use super::host_key::HostKeys;
use super::keeper::{Broken, Keeper};
use super::login::Login;
use super::stream::Stream;
use crate::clock::Clock;
use crate::domain::line::Line;

/// Silence after which the other side is asked whether it is still there, and how often in vain.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVES: usize = 3;

/// A machine to log in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// What it is called in messages.
    pub name: Line,
    /// Its address, as seen from the hop before it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The keys that it must have one of.
    pub keys: HostKeys,
}

impl Hop {
    /// The SSH server of a node: port 22.
    pub fn node(name: &str, host: &str, keys: HostKeys) -> Self {
        Self {
            name: Line::new(name),
            host: host.to_owned(),
            port: 22,
            keys,
        }
    }

    /// `NAME (HOST:PORT)`, for messages.
    pub(super) fn shown(&self) -> Line {
        Line::new(&format!(
            "{} ({})",
            self.name,
            address(&self.host, self.port)
        ))
    }
}

/// A connection that is logged in. Cloning is cheap; it ends with the last clone and the last stream
/// of it.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    handle: Handle<Keeper>,
    to: Line,
    ended: watch::Receiver<Option<Line>>,
    clock: Clock,
    patience: Duration,
}

impl Session {
    /// Connects to `hop` and logs in.
    pub async fn connect(
        hop: &Hop,
        login: &Login,
        dial: &Dial,
        clock: Clock,
    ) -> Result<Self, SshError> {
        let making = async {
            let stream = dial.connect(&hop.host, hop.port, clock).await?;
            Self::over(stream.into(), hop, login, (clock, dial.patience())).await
        };
        in_time(clock, dial.patience(), &hop.shown(), making).await
    }

    /// Connects to `hop` through this machine, with SSH inside SSH: this machine sees neither keys
    /// nor contents.
    pub async fn through(&self, hop: &Hop, login: &Login) -> Result<Self, SshError> {
        let making = async {
            let stream = self.direct(&hop.host, hop.port).await?;
            let waits = (self.inner.clock, self.inner.patience);
            Self::over(stream, hop, login, waits).await
        };
        in_time(self.inner.clock, self.inner.patience, &hop.shown(), making).await
    }

    async fn over(
        stream: Stream,
        hop: &Hop,
        login: &Login,
        (clock, patience): (Clock, Duration),
    ) -> Result<Self, SshError> {
        let to = hop.shown();
        let (ending, ended) = watch::channel(None);
        let keeper = Keeper {
            to: to.clone(),
            keys: hop.keys.clone(),
            ending,
            shown: watch::Sender::new(None),
        };
        let config = Arc::new(config(&hop.keys));
        // These two are large, and everything that waits for a connection would be so with them.
        let connected = Box::pin(client::connect_stream(config, stream, keeper)).await;
        let mut handle = connected.map_err(|Broken(error)| error)?;
        Box::pin(login.authenticate(&mut handle, &to, &ended)).await?;
        Ok(Self {
            inner: Arc::new(Inner {
                handle,
                to,
                ended,
                clock,
                patience,
            }),
        })
    }

    /// What this machine is called in messages.
    pub fn to(&self) -> &Line {
        &self.inner.to
    }

    /// A connection from this machine to `host:port`, as it names hosts. Whoever takes it reads it:
    /// what is left lying holds up the other streams of the session.
    pub async fn direct(&self, host: &str, port: u16) -> Result<Stream, SshError> {
        let target = address(host, port);
        // Where it comes from is of no interest to the other side.
        let (from, handle) = ("127.0.0.1", &self.inner.handle);
        let opening = Box::pin(handle.channel_open_direct_tcpip(host, u32::from(port), from, 0));
        let channel = self.answered(opening).await?.map_err(|error| {
            #[expect(clippy::wildcard_enum_match_arm, reason = "all others end the session")]
            match error {
                russh::Error::ChannelOpenFailure(reason) => SshError::Forward {
                    through: self.inner.to.clone(),
                    target: Line::new(&target),
                    why: why_closed(&reason),
                },
                error => self.lost(&error),
            }
        })?;
        Ok(Stream::over(channel.into_stream()))
    }

    /// A channel that a command or a shell is run in.
    pub(super) async fn channel(&self) -> Result<Channel<Msg>, SshError> {
        let opening = Box::pin(self.inner.handle.channel_open_session());
        let opened = self.answered(opening).await?;
        opened.map_err(|error| self.lost(&error))
    }

    /// Lets `asking` take as long as a connection may take.
    pub(super) async fn answered<T>(&self, asking: impl Future<Output = T>) -> Result<T, SshError> {
        let asking = async { Ok(asking.await) };
        in_time(
            self.inner.clock,
            self.inner.patience,
            &self.inner.to,
            asking,
        )
        .await
    }

    pub(super) fn clock(&self) -> Clock {
        self.inner.clock
    }

    pub(super) fn patience(&self) -> Duration {
        self.inner.patience
    }

    /// What an error of the library means here: the reason for which the session ended, if it has.
    pub(super) fn lost(&self, error: &russh::Error) -> SshError {
        let ended = self.inner.ended.borrow().clone();
        match ended {
            Some(why) => SshError::Closed {
                to: self.inner.to.clone(),
                why,
            },
            None => of_session(&self.inner.to, error),
        }
    }

    /// Whether the connection is gone.
    pub fn is_closed(&self) -> bool {
        self.inner.handle.is_closed()
    }

    /// Waits until the connection is gone, and says why.
    pub async fn closed(&self) -> SshError {
        let mut ended = self.inner.ended.clone();
        let why = match ended.wait_for(Option::is_some).await {
            Ok(why) => why.clone().unwrap_or_default(),
            Err(_) => Line::new("the connection ended"),
        };
        SshError::Closed {
            to: self.inner.to.clone(),
            why,
        }
    }

    /// Ends the connection with all that runs in it.
    pub async fn close(&self) {
        let said = self
            .inner
            .handle
            .disconnect(Disconnect::ByApplication, "", "en");
        if let Err(error) = said.await {
            tracing::debug!(%error, "the connection was gone already");
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Session").field(&self.inner.to).finish()
    }
}

pub(super) async fn in_time<T>(
    clock: Clock,
    limit: Duration,
    to: &Line,
    making: impl Future<Output = Result<T, SshError>>,
) -> Result<T, SshError> {
    let timed_out = |_| SshError::TimedOut {
        to: to.clone(),
        limit,
    };
    clock.timeout(limit, making).await.map_err(timed_out)?
}

pub(super) fn config(keys: &HostKeys) -> client::Config {
    let known = Preferred::DEFAULT;
    client::Config {
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: KEEPALIVES,
        nodelay: true,
        preferred: Preferred {
            key: Cow::Owned(keys.preferred(&known.key)),
            ..known
        },
        ..client::Config::default()
    }
}

fn why_closed(reason: &ChannelOpenFailure) -> Line {
    match reason {
        ChannelOpenFailure::AdministrativelyProhibited => "it is not allowed to".into(),
        ChannelOpenFailure::ConnectFailed => "nothing answers there".into(),
        ChannelOpenFailure::UnknownChannelType => "it does not know how".into(),
        ChannelOpenFailure::ResourceShortage => "it has no resources left for it".into(),
        ChannelOpenFailure::Other { reason, .. } => Line::new(reason),
    }
}
