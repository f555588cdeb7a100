//! One SSH connection, from its first byte until one side, the machine or the lab ends it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::PrivateKey;
use russh::server::{Config, run_stream};
use russh::{MethodKind, MethodSet, SshId};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, DuplexStream, copy, duplex, split};
use tokio_util::sync::CancellationToken;

use super::login::Login;
use crate::lab::edge::Network;
use crate::lab::nodes::Machine;

/// What Ubuntu's server of 24.04 calls itself.
const SERVER: &str = "SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.14";
/// OpenSSH's `LoginGraceTime`.
const GRACE: Duration = Duration::from_mins(2);
/// OpenSSH's `MaxAuthTries`.
const TRIES: usize = 6;
const BUFFER: usize = 64 * 1024;

/// Serves one connection to a machine's SSH server.
pub(in crate::lab) async fn serve(
    network: Network,
    machine: Machine,
    stream: impl AsyncRead + AsyncWrite + Unpin,
) {
    let (near, far) = duplex(BUFFER);
    let ended = CancellationToken::new();
    let welcome = CancellationToken::new();
    let config = Arc::new(config(&network, &machine));
    let login = Login::new(&network, &machine, &ended, &welcome);
    let session = async {
        let served = match run_stream(config, far, login).await {
            Ok(session) => session.await,
            Err(error) => Err(error),
        };
        if let Err(error) = served {
            tracing::debug!(%error, machine = machine.name(), "an SSH connection ended");
        }
        ended.cancel();
    };
    let clock = network.clock();
    let end = async {
        let cut = network.switches().cut(machine.id());
        let off = machine.off();
        let late = async {
            if clock.timeout(GRACE, welcome.cancelled()).await.is_ok() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = cut.cancelled() => {}
            () = off.cancelled() => {}
            () = network.stop().cancelled() => {}
            () = late => {}
        }
    };
    tokio::join!(session, carry(stream, near, end));
}

fn config(network: &Network, machine: &Machine) -> Config {
    let keys: Vec<PrivateKey> = match network.switches().other_key(machine.id()) {
        Some(other) => vec![other],
        None => machine.host_keys().to_vec(),
    };
    Config {
        server_id: SshId::Standard(Cow::Borrowed(SERVER)),
        methods: MethodSet::from([MethodKind::PublicKey].as_slice()),
        keys,
        auth_rejection_time: Duration::ZERO,
        max_auth_attempts: TRIES,
        inactivity_timeout: None,
        ..Config::default()
    }
}

/// Carries bytes until the server has no more, or until `end`: then both sides see the stream end.
async fn carry(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    near: DuplexStream,
    end: impl Future<Output = ()>,
) {
    let (mut from_client, mut to_client) = split(stream);
    let (mut from_server, mut to_server) = split(near);
    let up = async {
        // A client that goes away is an end like any other.
        if copy(&mut from_client, &mut to_server).await.is_err() {
            return;
        }
        if to_server.shutdown().await.is_ok() {
            std::future::pending::<()>().await;
        }
    };
    let down = copy(&mut from_server, &mut to_client);
    tokio::select! {
        () = up => {}
        _ = down => {}
        () = end => {}
    }
}
