//! A machine with an SSH server: it takes one user's key, runs a few commands of its own, forwards
//! to whom it knows, and can be cut off.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use k3scope::clock::Clock;
use k3scope::ssh::{Dial, Hop, HostKey, HostKeys, Login, Session, SshError};
use russh::keys::{Algorithm, PrivateKey, PublicKey};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, VerifiedPublicKey, run_stream};
use russh::{Channel, ChannelId, ChannelOpenFailure, Pty, Sig};
use tempfile::TempDir;
use tokio::io::{copy_bidirectional, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinHandle};

pub(super) const USER: &str = "ubuntu";
/// The address that a machine of these tests has for others; no test dials it.
pub(super) const PUBLIC: &str = "203.0.113.10";

pub(super) fn new_key() -> PrivateKey {
    PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).unwrap()
}

/// The user: a key on disk.
pub(super) struct User {
    pub(super) folder: TempDir,
    pub(super) key: PrivateKey,
}

impl User {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = new_key();
        let text = key
            .to_openssh(russh::keys::ssh_key::LineEnding::LF)
            .unwrap();
        std::fs::write(folder.path().join("key"), text.as_bytes()).unwrap();
        Self { folder, key }
    }

    pub(super) fn login(&self) -> Login {
        Login::new(USER, &self.folder.path().join("key"))
    }
}

/// The machine.
pub(super) struct Machine {
    pub(super) address: SocketAddr,
    pub(super) keys: HostKeys,
    world: Arc<World>,
    accepting: JoinHandle<()>,
}

struct World {
    /// Who may log in.
    user: PublicKey,
    /// Where names lead that it forwards to.
    knows: Mutex<BTreeMap<String, SocketAddr>>,
    connections: Mutex<Vec<AbortHandle>>,
    logins: Mutex<usize>,
    sizes: Mutex<Vec<(u32, u32)>>,
}

impl Machine {
    pub(super) async fn start(user: &User) -> Self {
        Self::with_key(user, new_key()).await
    }

    pub(super) async fn with_key(user: &User, host: PrivateKey) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let keys = HostKeys::new([HostKey::from(host.public_key())]);
        let world = Arc::new(World {
            user: user.key.public_key().clone(),
            knows: Mutex::default(),
            connections: Mutex::default(),
            logins: Mutex::default(),
            sizes: Mutex::default(),
        });
        let config = Arc::new(Config {
            keys: vec![host],
            auth_rejection_time: std::time::Duration::ZERO,
            ..Config::default()
        });
        let accepting = tokio::spawn(accept(listener, config, Arc::clone(&world)));
        Self {
            address,
            keys,
            world,
            accepting,
        }
    }

    /// Forwards `name` (`host:port`) to `to`.
    pub(super) fn forwards(&self, name: &str, to: SocketAddr) {
        self.world.knows.lock().unwrap().insert(name.to_owned(), to);
    }

    /// Cuts every connection, as a router that forgets does.
    pub(super) fn cut(&self) {
        for connection in self.world.connections.lock().unwrap().drain(..) {
            connection.abort();
        }
    }

    /// Logins that were let in.
    pub(super) fn logins(&self) -> usize {
        *self.world.logins.lock().unwrap()
    }

    /// Sizes that terminals were said to have.
    pub(super) fn sizes(&self) -> Vec<(u32, u32)> {
        self.world.sizes.lock().unwrap().clone()
    }

    pub(super) fn dial(&self) -> Dial {
        Dial::new(BTreeMap::from([(format!("{PUBLIC}:22"), self.address)]))
    }

    pub(super) fn hop(&self) -> Hop {
        Hop::node("k3s-ingress", PUBLIC, self.keys.clone())
    }

    pub(super) async fn session(&self, user: &User) -> Result<Session, SshError> {
        let clock = Clock::default();
        Session::connect(&self.hop(), &user.login(), &self.dial(), clock).await
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn accept(listener: TcpListener, config: Arc<Config>, world: Arc<World>) {
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        // The server speaks into a pipe, so that cutting is only letting go of the socket.
        let (mut far, inner) = duplex(1 << 16);
        let visit = Visit {
            world: Arc::clone(&world),
            channels: BTreeMap::new(),
        };
        let config = Arc::clone(&config);
        let connection = tokio::spawn(async move {
            let serving = async {
                if let Ok(session) = run_stream(config, inner, visit).await {
                    let _ = session.await;
                }
            };
            let carrying = copy_bidirectional(&mut near, &mut far);
            let _ = tokio::join!(serving, carrying);
        });
        let handle = connection.abort_handle();
        world.connections.lock().unwrap().push(handle);
    }
}

struct Visit {
    world: Arc<World>,
    channels: BTreeMap<ChannelId, Channel<Msg>>,
}

impl Handler for Visit {
    type Error = russh::Error;

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        if user == USER && key.public_key.key_data() == self.world.user.key_data() {
            *self.world.logins.lock().unwrap() += 1;
            return Ok(Auth::Accept);
        }
        Ok(Auth::reject())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        let known = self
            .world
            .knows
            .lock()
            .unwrap()
            .get(&format!("{host}:{port}"))
            .copied();
        let Some(to) = known else {
            reply.reject(ChannelOpenFailure::ConnectFailed).await;
            return Ok(());
        };
        let mut far = TcpStream::connect(to).await.unwrap();
        reply.accept().await;
        tokio::spawn(async move {
            let mut near = channel.into_stream();
            let _ = copy_bidirectional(&mut near, &mut far).await;
        });
        Ok(())
    }

    async fn pty_request(
        &mut self,
        _: ChannelId,
        _: &str,
        columns: u32,
        rows: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        _: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        self.world.sizes.lock().unwrap().push((columns, rows));
        Ok(())
    }

    async fn window_change_request(
        &mut self,
        id: ChannelId,
        columns: u32,
        rows: u32,
        _: u32,
        _: u32,
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        self.world.sizes.lock().unwrap().push((columns, rows));
        session.data(id, format!("[{columns}x{rows}]"))
    }

    async fn shell_request(
        &mut self,
        id: ChannelId,
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(id)?;
        let channel = self.channels.remove(&id).unwrap();
        tokio::spawn(perform(channel, "shell".to_owned()));
        Ok(())
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        data: &[u8],
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        let command = String::from_utf8(data.to_vec()).unwrap();
        if command == "refused" {
            return session.channel_failure(id);
        }
        session.channel_success(id)?;
        if command == "killed" {
            session.exit_signal_request(id, Sig::KILL, false, "", "en")?;
            return session.close(id);
        }
        let channel = self.channels.remove(&id).unwrap();
        tokio::spawn(perform(channel, command));
        Ok(())
    }
}

/// The commands that this machine has.
async fn perform(mut channel: Channel<Msg>, command: String) -> Result<(), russh::Error> {
    let mut status = 0;
    if command == "shell" {
        channel.data_bytes("$ ").await?;
    }
    match command.split_once(' ').unwrap_or((&command, "")) {
        ("echo", words) => channel.data_bytes(format!("{words}\n")).await?,
        ("fail", words) => {
            channel.extended_data_bytes(1, format!("{words}\n")).await?;
            status = 7;
        }
        // Lines that come in pieces, the last without its end.
        ("torn", _) => {
            for piece in ["one\nt", "wo\n\u{1b}[31mth", "ree"] {
                channel.data_bytes(piece).await?;
            }
        }
        ("flood", _) => loop {
            channel.data_bytes(vec![b'x'; 1 << 15]).await?;
        },
        ("silent", _) => while channel.wait().await.is_some() {},
        ("cat" | "shell", _) => {
            use russh::ChannelMsg::{Data, Eof};
            loop {
                match channel.wait().await {
                    // What a terminal's Ctrl-D means to a shell.
                    Some(Data { data }) if data.starts_with(b"\x04") => break,
                    Some(Data { data }) => channel.data_bytes(data).await?,
                    Some(Eof) | None => break,
                    Some(_) => {}
                }
            }
        }
        _ => status = 127,
    }
    channel.exit_status(status).await?;
    channel.eof().await?;
    channel.close().await
}
