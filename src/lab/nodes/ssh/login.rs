//! Who may log in and what they may open: the handler of one SSH connection.
//!
//! As in Ubuntu's image: `ubuntu` with a key of the instance, `root` with the same key is told to
//! use `ubuntu`, everyone else is refused.

use std::sync::Arc;

use russh::keys::PublicKey;
use russh::server::{
    Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, Pty};
use tokio::io::copy_bidirectional;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::session;
use super::shell::Shell;
use crate::lab::edge::Network;
use crate::lab::nodes::Machine;

/// Sessions that one connection may have open: sshd's `MaxSessions`, as it is where nobody sets it.
const SESSIONS: usize = 10;
/// Forwarded connections that one connection may have open. An sshd has no limit of its own for them.
const TUNNELS: usize = 512;
const USER: &str = "ubuntu";
const ROOT: &str = "root";

/// One connection's handler.
pub(super) struct Login {
    network: Network,
    machine: Machine,
    user: String,
    ended: CancellationToken,
    welcome: CancellationToken,
    sessions: Arc<Semaphore>,
    tunnels: Arc<Semaphore>,
}

impl Login {
    /// For a connection to a machine; what it starts ends with `ended`, `welcome` is told of a login.
    pub(super) fn new(
        network: &Network,
        machine: &Machine,
        ended: &CancellationToken,
        welcome: &CancellationToken,
    ) -> Self {
        Self {
            network: network.clone(),
            machine: machine.clone(),
            user: String::new(),
            ended: ended.clone(),
            welcome: welcome.clone(),
            sessions: Arc::new(Semaphore::new(SESSIONS)),
            tunnels: Arc::new(Semaphore::new(TUNNELS)),
        }
    }

    fn judge(&self, user: &str, key: &PublicKey) -> Auth {
        let known = self.machine.authorized_keys().iter();
        let welcome = matches!(user, USER | ROOT)
            && !self.network.switches().refuses(self.machine.id())
            && known
                .map(PublicKey::key_data)
                .any(|known| known == key.key_data());
        if welcome {
            Auth::Accept
        } else {
            Auth::reject()
        }
    }

    /// Runs what a channel is for until it is done or the connection ends.
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let ended = self.ended.clone();
        self.network.spawn(async move {
            ended.run_until_cancelled(work).await;
        });
    }
}

impl Handler for Login {
    type Error = russh::Error;

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        Ok(self.judge(user, offer.public_key))
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        user.clone_into(&mut self.user);
        Ok(self.judge(user, key.public_key))
    }

    async fn auth_succeeded(&mut self, _session: &mut Session) -> Result<(), Self::Error> {
        self.welcome.cancel();
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        let Ok(permit) = Arc::clone(&self.sessions).try_acquire_owned() else {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        };
        let shell = Shell::new(&self.machine, self.network.machines(), self.network.clock());
        let root = self.user == ROOT;
        reply.accept().await;
        self.spawn(async move {
            if root {
                session::turn_away(channel, shell).await;
            } else {
                session::run(channel, shell).await;
            }
            drop(permit);
        });
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _originator: &str,
        _originator_port: u32,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.user == ROOT {
            reply
                .reject(ChannelOpenFailure::AdministrativelyProhibited)
                .await;
            return Ok(());
        }
        let Ok(permit) = Arc::clone(&self.tunnels).try_acquire_owned() else {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        };
        let (network, machine, host) =
            (self.network.clone(), self.machine.clone(), host.to_owned());
        self.spawn(async move {
            let port = u16::try_from(port).unwrap_or_default();
            match network.dial(&machine, &host, port).await {
                Ok(mut stream) => {
                    reply.accept().await;
                    let mut channel = channel.into_stream();
                    if let Err(error) = copy_bidirectional(&mut channel, &mut stream).await {
                        tracing::debug!(%error, host, port, "a tunnel of the lab broke");
                    }
                }
                Err(no_way) => {
                    reply.reject(connect_failed(no_way.to_string())).await;
                }
            }
            drop(permit);
        });
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        _columns: u32,
        _rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(channel)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _command: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(channel)
    }

    async fn shell_request(
        &mut self,
        channel: ChannelId,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(channel)
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }
}

/// `SSH_OPEN_CONNECT_FAILED` with a reason in words, as OpenSSH gives it.
fn connect_failed(reason: String) -> ChannelOpenFailure {
    const CONNECT_FAILED: u32 = 2;
    ChannelOpenFailure::Other {
        code: CONNECT_FAILED,
        reason,
    }
}
