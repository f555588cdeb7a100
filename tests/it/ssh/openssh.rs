//! OpenSSH on the other side: its server as both machines, its agent, and its eye on our file of pins.

use std::path::Path;
use std::process::{Command, Stdio};

use k3scope::clock::Clock;
use k3scope::ssh::{Exit, Gateway, Hop, HostKey, HostKeys, Link, Login, Pins, Session, SshError};
use tokio::net::TcpListener;

use super::server::{PUBLIC, new_key};
use super::sshd::{Sshd, Wire, real, user};

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
async fn its_other_host_key_is_refused_behind_a_jump_too() {
    let (Some(outer), Some(inner)) = (Sshd::start().await, Sshd::start().await) else {
        return;
    };
    let session = outer.session().await;
    let other = HostKeys::new([HostKey::from(new_key().public_key())]);
    let hop = Hop {
        name: "k3s-server".into(),
        host: "127.0.0.1".to_owned(),
        port: inner.address.port(),
        keys: other.clone(),
    };
    let refused = session.through(&hop, &inner.login()).await.unwrap_err();
    assert!(matches!(refused, SshError::HostKey { .. }), "{refused}");
    for keys in [&other, &inner.keys] {
        let told = refused.to_string();
        assert!(told.contains(&keys.fingerprints()[0]), "{told}");
    }
    // The way there outlives it.
    assert_eq!(session.run("echo in").await.unwrap().stdout, b"in\n");
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

#[tokio::test]
async fn a_server_that_falls_silent_is_noticed_and_met_again() {
    let Some(sshd) = Sshd::start().await else {
        return;
    };
    let wire = Wire::to(sshd.address).await;
    let gateway = Gateway::new(sshd.hop(), sshd.login(), wire.dial(), Clock::default());
    let first = gateway.session().await.unwrap();
    wire.falls_silent(true);
    // Nothing ends the connection but what the client asks into the silence, in its own time.
    let why = first.closed().await;
    assert!(matches!(why, SshError::Closed { .. }), "{why}");
    assert!(why.to_string().contains("eepalive"), "{why}");
    wire.falls_silent(false);
    let mut link = gateway.link();
    link.wait_for(|link| *link == Link::Open).await.unwrap();
    let again = gateway.session().await.unwrap();
    assert_eq!(again.run("echo in").await.unwrap().stdout, b"in\n");
    assert!(wire.connections() >= 2);
}

#[tokio::test]
async fn a_cut_in_the_middle_of_a_login_is_no_refusal() {
    let Some(sshd) = Sshd::start().await else {
        return;
    };
    let wire = Wire::to(sshd.address).await;
    let connect = async || {
        let (hop, login) = (sshd.hop(), sshd.login());
        Session::connect(&hop, &login, &wire.dial(), Clock::default()).await
    };
    let session = connect().await.unwrap();
    let whole = wire.passed();
    drop(session);
    let mut cuts = 0;
    // No answer to a login is shorter than the steps are.
    for lacking in (0..800).step_by(20) {
        wire.lasts(whole - lacking);
        if let Err(error) = connect().await {
            assert!(
                error.may_pass(),
                "without the last {lacking} bytes: {error}"
            );
            cuts += 1;
        }
    }
    assert!(cuts > 0);
}
