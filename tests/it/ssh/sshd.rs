//! OpenSSH's server on loopback, and a wire to it that can be cut and can fall silent.

use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use k3scope::clock::Clock;
use k3scope::ssh::{Dial, Hop, HostKey, HostKeys, Login, Session};
use russh::keys::PrivateKey;
use russh::keys::ssh_key::LineEnding;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::server::{PUBLIC, new_key};

/// Finds a program; with `K3SCOPE_REQUIRE_REAL=1` it has to be there.
pub(super) fn real(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(name))
        .find(|program| program.is_file());
    if found.is_none() {
        let required = std::env::var_os("K3SCOPE_REQUIRE_REAL").is_some_and(|value| value == "1");
        assert!(
            !required,
            "{name} was not found (Debian's openssh-server, openssh-client)"
        );
        println!("skipped: {name} was not found");
    }
    found
}

pub(super) fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn private(key: &PrivateKey) -> String {
    key.to_openssh(LineEnding::LF).unwrap().to_string()
}

/// OpenSSH's server on loopback, as whoever runs the tests; one process for each connection.
pub(super) struct Sshd {
    pub(super) folder: TempDir,
    pub(super) address: SocketAddr,
    pub(super) keys: HostKeys,
    sockets: Arc<Mutex<Vec<TcpStream>>>,
    accepting: JoinHandle<()>,
}

impl Sshd {
    pub(super) async fn start() -> Option<Self> {
        let program = real("sshd")?;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (host, user) = (new_key(), new_key());
        write(&at("host"), &private(&host));
        write(&at("key"), &private(&user));
        write(&at("authorized"), &user.public_key().to_openssh().unwrap());
        let config = format!(
            "HostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nPidFile none\n\
             AllowTcpForwarding yes\nPrintMotd no\nPrintLastLog no\nLogLevel VERBOSE\n",
            at("host").display(),
            at("authorized").display()
        );
        write(&at("config"), &config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sockets: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let accepting = tokio::spawn(serve(
            listener,
            program,
            folder.path().to_owned(),
            Arc::clone(&sockets),
        ));
        Some(Self {
            keys: HostKeys::new([HostKey::from(host.public_key())]),
            folder,
            address,
            sockets,
            accepting,
        })
    }

    pub(super) fn login(&self) -> Login {
        Login::new(&user(), &self.folder.path().join("key"))
    }

    /// Lets in who has the private half of this key, and nobody else.
    pub(super) fn lets_in(&self, public: &str) {
        write(&self.folder.path().join("authorized"), public);
    }

    pub(super) fn dial(&self) -> Dial {
        Dial::new([(format!("{PUBLIC}:22"), self.address)].into())
    }

    pub(super) fn hop(&self) -> Hop {
        Hop::node("k3s-ingress", PUBLIC, self.keys.clone())
    }

    pub(super) async fn session(&self) -> Session {
        let (login, dial) = (self.login(), self.dial());
        let session = Session::connect(&self.hop(), &login, &dial, Clock::default()).await;
        session.unwrap_or_else(|error| panic!("{error}\n{}", self.log()))
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub(super) fn cut(&self) {
        for socket in self.sockets.lock().unwrap().drain(..) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn serve(
    listener: TcpListener,
    program: PathBuf,
    folder: PathBuf,
    sockets: Arc<Mutex<Vec<TcpStream>>>,
) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let stream = stream.into_std().unwrap();
        stream.set_nonblocking(false).unwrap();
        sockets.lock().unwrap().push(stream.try_clone().unwrap());
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("log"));
        let mut child: Child = Command::new(&program)
            .args(["-i", "-e", "-f"])
            .arg(folder.join("config"))
            .stdin(Stdio::from(OwnedFd::from(stream.try_clone().unwrap())))
            .stdout(Stdio::from(OwnedFd::from(stream)))
            .stderr(log.unwrap())
            .spawn()
            .unwrap();
        tokio::task::spawn_blocking(move || child.wait());
    }
}

pub(super) fn user() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A wire to a server.
pub(super) struct Wire {
    pub(super) address: SocketAddr,
    state: Arc<WireState>,
    accepting: JoinHandle<()>,
}

struct WireState {
    far: SocketAddr,
    /// How often it was cut: a connection ends with the next time.
    cuts: watch::Sender<usize>,
    /// Whether it carries nothing, and ends nothing either.
    silent: watch::Sender<bool>,
    /// Bytes from the server after which it is cut by itself; 0 for never.
    lasts: AtomicUsize,
    connections: AtomicUsize,
    /// Bytes from the server that were passed on.
    passed: AtomicUsize,
}

impl Wire {
    pub(super) async fn to(far: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let state = Arc::new(WireState {
            far,
            cuts: watch::Sender::new(0),
            silent: watch::Sender::new(false),
            lasts: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            passed: AtomicUsize::new(0),
        });
        Self {
            address: listener.local_addr().unwrap(),
            accepting: tokio::spawn(carry_all(listener, Arc::clone(&state))),
            state,
        }
    }

    pub(super) fn dial(&self) -> Dial {
        Dial::new([(format!("{PUBLIC}:22"), self.address)].into())
    }

    pub(super) fn cut(&self) {
        self.state.cuts.send_modify(|cuts| *cuts += 1);
    }

    pub(super) fn falls_silent(&self, silent: bool) {
        self.state.silent.send_replace(silent);
    }

    /// Each connection from now on is cut after so many bytes from the server.
    pub(super) fn lasts(&self, bytes: usize) {
        self.state.lasts.store(bytes, Ordering::Relaxed);
    }

    /// Bytes from the server that were passed on, of all connections.
    pub(super) fn passed(&self) -> usize {
        self.state.passed.load(Ordering::Relaxed)
    }

    pub(super) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn carry_all(listener: TcpListener, state: Arc<WireState>) {
    loop {
        let (near, _) = listener.accept().await.unwrap();
        state.connections.fetch_add(1, Ordering::Relaxed);
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let mut cuts = state.cuts.subscribe();
            let Ok(far) = tokio::net::TcpStream::connect(state.far).await else {
                return;
            };
            let (near, far) = (near.into_split(), far.into_split());
            let lasts = match state.lasts.load(Ordering::Relaxed) {
                0 => usize::MAX,
                bytes => bytes,
            };
            let uncounted = AtomicUsize::new(0);
            tokio::select! {
                () = carry(near.0, far.1, (usize::MAX, &uncounted), &state) => {}
                () = carry(far.0, near.1, (lasts, &state.passed), &state) => {}
                _ = cuts.changed() => {}
            }
        });
    }
}

async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    (mut left, passes): (usize, &AtomicUsize),
    state: &WireState,
) {
    let mut silent = state.silent.subscribe();
    let mut buffer = vec![0; 16 * 1024];
    while left > 0 {
        let Ok(read @ 1..) = from.read(&mut buffer).await else {
            return;
        };
        silent.wait_for(|silent| !silent).await.unwrap();
        let taken = read.min(left);
        if to.write_all(&buffer[..taken]).await.is_err() {
            return;
        }
        passes.fetch_add(taken, Ordering::Relaxed);
        left -= taken;
    }
}
