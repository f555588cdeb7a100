//! OpenSSH on the other side: its server as both machines, its agent, and its eye on our file of pins.

use std::net::{Shutdown, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use k3scope::clock::Clock;
use k3scope::ssh::{Dial, Exit, Gateway, Hop, HostKey, HostKeys, Login, Pins, Session, SshError};
use russh::keys::PrivateKey;
use russh::keys::ssh_key::LineEnding;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::server::{PUBLIC, new_key};

/// Finds a program; with `K3SCOPE_REQUIRE_REAL=1` it has to be there.
fn real(name: &str) -> Option<PathBuf> {
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

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn private(key: &PrivateKey) -> String {
    key.to_openssh(LineEnding::LF).unwrap().to_string()
}

/// OpenSSH's server on loopback, as whoever runs the tests; one process for each connection.
struct Sshd {
    folder: TempDir,
    address: std::net::SocketAddr,
    keys: HostKeys,
    sockets: Arc<Mutex<Vec<TcpStream>>>,
    accepting: JoinHandle<()>,
}

impl Sshd {
    async fn start() -> Option<Self> {
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

    fn login(&self) -> Login {
        Login::new(&user(), &self.folder.path().join("key"))
    }

    fn dial(&self) -> Dial {
        Dial::new([(format!("{PUBLIC}:22"), self.address)].into())
    }

    fn hop(&self) -> Hop {
        Hop::node("k3s-ingress", PUBLIC, self.keys.clone())
    }

    async fn session(&self) -> Session {
        let (login, dial) = (self.login(), self.dial());
        let session = Session::connect(&self.hop(), &login, &dial, Clock::default()).await;
        session.unwrap_or_else(|error| panic!("{error}\n{}", self.log()))
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn cut(&self) {
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

fn user() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn commands_run_as_over_ssh() {
    let Some(sshd) = Sshd::start().await else {
        return;
    };
    let session = sshd.session().await;
    let output = session
        .run("printf 'to %s' out; printf 'to err' >&2; exit 3")
        .await
        .unwrap();
    assert_eq!(output.exit, Exit::Status(3));
    assert_eq!(output.stdout, b"to out");
    assert_eq!(output.stderr, b"to err");
    let killed = session.run("kill -TERM $$").await.unwrap();
    assert_eq!(killed.exit, Exit::Signal("TERM".into()));

    let cat = session.stream("cat").await.unwrap();
    cat.input().write(b"one\ntwo".to_vec()).await.unwrap();
    cat.input().end().await.unwrap();
    let mut lines = cat.lines();
    assert_eq!(lines.next().await.unwrap(), "one");
    assert_eq!(lines.next().await.unwrap(), "two");
    assert!(lines.next().await.is_none());
    assert!(lines.exit().await.unwrap().is_success());

    // Far more than one window of flow control.
    let much = session.run("head -c 3000000 /dev/zero").await.unwrap();
    assert_eq!(much.stdout.len(), 3_000_000);
}

#[tokio::test]
async fn it_is_both_hops_of_a_jump() {
    let (Some(outer), Some(inner)) = (Sshd::start().await, Sshd::start().await) else {
        return;
    };
    let session = outer.session().await;
    let hop = Hop {
        name: "k3s-server".into(),
        host: "127.0.0.1".to_owned(),
        port: inner.address.port(),
        keys: inner.keys.clone(),
    };
    let private = session.through(&hop, &inner.login()).await.unwrap();
    let output = private.run("echo $SSH_CONNECTION").await.unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(!told.is_empty(), "{}", inner.log());

    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let refused = session.direct("127.0.0.1", closed).await.unwrap_err();
    assert!(matches!(refused, SshError::Forward { .. }), "{refused}");
}

#[tokio::test]
async fn its_other_host_key_is_refused() {
    let Some(sshd) = Sshd::start().await else {
        return;
    };
    let other = HostKeys::new([HostKey::from(new_key().public_key())]);
    let hop = Hop::node("k3s-ingress", PUBLIC, other.clone());
    let refused = Session::connect(&hop, &sshd.login(), &sshd.dial(), Clock::default()).await;
    let told = refused.unwrap_err().to_string();
    for keys in [&other, &sshd.keys] {
        assert!(told.contains(&keys.fingerprints()[0]), "{told}");
    }
}

#[tokio::test]
async fn the_way_in_comes_back_after_a_cut() {
    let Some(sshd) = Sshd::start().await else {
        return;
    };
    let gateway = Gateway::new(sshd.hop(), sshd.login(), sshd.dial(), Clock::paced(100.0));
    let first = gateway.session().await.unwrap();
    sshd.cut();
    first.closed().await;
    let output = gateway
        .session()
        .await
        .unwrap()
        .run("echo again")
        .await
        .unwrap();
    assert_eq!(output.stdout, b"again\n");
}

#[tokio::test]
async fn its_agent_logs_in_where_the_file_does_not() {
    let (Some(sshd), Some(agent), Some(add)) =
        (Sshd::start().await, real("ssh-agent"), real("ssh-add"))
    else {
        return;
    };
    let socket = sshd.folder.path().join("agent");
    let mut agent = tokio::process::Command::new(agent)
        .arg("-D")
        .arg("-a")
        .arg(&socket)
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    // The agent is there once it takes the key.
    let taken = async {
        loop {
            let added = tokio::process::Command::new(&add)
                .arg(sshd.folder.path().join("key"))
                .env("SSH_AUTH_SOCK", &socket)
                .stderr(Stdio::null())
                .status();
            if added.await.unwrap().success() {
                return;
            }
        }
    };
    let patience = std::time::Duration::from_secs(20);
    Clock::default()
        .timeout(patience, taken)
        .await
        .expect("the agent takes a key");
    let login = Login::new(&user(), Path::new("/nonexistent/key")).with_agent(Some(socket));
    let session = Session::connect(&sshd.hop(), &login, &sshd.dial(), Clock::default()).await;
    let output = session.unwrap().run("echo in").await.unwrap();
    assert_eq!(output.stdout, b"in\n");
    agent.kill().await.unwrap();
}

#[test]
fn it_finds_our_pins() {
    let Some(keygen) = real("ssh-keygen") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("known_hosts");
    let key = HostKey::from(new_key().public_key());
    let instance = "ocid1.instance.oc1.iad.abc";
    let mut pins = Pins::load(&path).unwrap();
    pins.pin("k3s-worker", instance, &HostKeys::new([key.clone()]))
        .unwrap();
    for name in [instance, "k3s-worker"] {
        let found = Command::new(&keygen)
            .args(["-l", "-F", name, "-f"])
            .arg(&path)
            .output()
            .unwrap();
        let told = String::from_utf8(found.stdout).unwrap();
        assert!(told.contains(&key.fingerprint()), "{told}");
    }
}
