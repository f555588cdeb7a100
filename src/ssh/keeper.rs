//! What one session is asked while it lives: whether a host key is the right one, whether the other
//! side may open something (it may not), and what ended it.

use russh::Channel;
use russh::client::{self, ChannelOpenHandle, DisconnectReason, Msg};
use russh::keys::PublicKeyOrCertificate;
use tokio::sync::watch;

use super::error::{SshError, of_session};
use super::host_key::{HostKey, HostKeys};
use crate::domain::line::Line;

/// Watches over one session: lets in who has the right key, and keeps what ended it.
pub(super) struct Keeper {
    pub(super) to: Line,
    pub(super) keys: HostKeys,
    pub(super) ending: watch::Sender<Option<Line>>,
    /// The host key that was shown, right or wrong.
    pub(super) shown: watch::Sender<Option<HostKey>>,
}

/// An error of a session, in our words.
#[derive(Debug)]
pub(super) struct Broken(pub(super) SshError);

impl From<russh::Error> for Broken {
    fn from(error: russh::Error) -> Self {
        Self(of_session(&Line::new("the machine"), &error))
    }
}

impl client::Handler for Keeper {
    type Error = Broken;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Broken> {
        let offered = match shown {
            PublicKeyOrCertificate::PublicKey { key, .. } => HostKey::from(key),
            // None is asked for, so none is due.
            PublicKeyOrCertificate::Certificate(_) => return Ok(false),
        };
        self.shown.send_replace(Some(offered.clone()));
        if self.keys.contains(&offered) {
            return Ok(true);
        }
        let pinned = self.keys.fingerprints();
        Err(Broken(SshError::HostKey {
            to: self.to.clone(),
            offered: Line::new(&offered.fingerprint()),
            pinned: pinned.iter().map(|it| Line::new(it)).collect(),
        }))
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Broken>) -> Result<(), Broken> {
        let (why, result) = match reason {
            DisconnectReason::ReceivedDisconnect(said) if said.message.is_empty() => {
                (Line::new("the other side ended it"), Ok(()))
            }
            DisconnectReason::ReceivedDisconnect(said) => (Line::new(&said.message), Ok(())),
            DisconnectReason::Error(broken) => (why(&broken.0), Err(broken)),
        };
        self.ending.send_replace(Some(why));
        result
    }

    // What a server opens on its own account is nothing that was asked for: it is dropped, which
    // refuses it.
    async fn server_channel_open_forwarded_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Broken> {
        Ok(())
    }

    async fn server_channel_open_forwarded_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Broken> {
        Ok(())
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        _: Channel<Msg>,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Broken> {
        Ok(())
    }

    async fn server_channel_open_session(
        &mut self,
        _: Channel<Msg>,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Broken> {
        Ok(())
    }

    async fn server_channel_open_direct_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Broken> {
        Ok(())
    }

    async fn server_channel_open_direct_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Broken> {
        Ok(())
    }

    async fn server_channel_open_x11(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut client::Session,
    ) -> Result<(), Broken> {
        Ok(())
    }
}

/// The reason in an error, without the machine's name around it.
fn why(error: &SshError) -> Line {
    match error {
        SshError::Closed { why, .. } | SshError::Protocol { why, .. } => why.clone(),
        SshError::NotDialled { .. }
        | SshError::Refused { .. }
        | SshError::Unreachable { .. }
        | SshError::TimedOut { .. }
        | SshError::HostKey { .. }
        | SshError::Login { .. }
        | SshError::Key { .. }
        | SshError::Forward { .. }
        | SshError::TooMuch { .. } => Line::new(&error.to_string()),
    }
}
