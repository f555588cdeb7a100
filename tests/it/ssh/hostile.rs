//! Machines that mean harm or are broken: none of them holds us up for longer than our patience.

use std::collections::BTreeMap;
use std::time::Duration;

use k3scope::clock::Clock;
use k3scope::ssh::{Dial, Session, SshError};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::server::{Machine, PUBLIC, User};

const SHORT: Duration = Duration::from_millis(300);

/// What a connection comes to with a peer that does `what` with every connection.
async fn against<F>(what: impl Fn(TcpStream) -> F + Send + 'static) -> SshError
where
    F: Future<Output = ()> + Send + 'static,
{
    let user = User::new();
    let honest = Machine::start(&user).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let peer = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        what(stream).await;
    });
    let dial = Dial::new(BTreeMap::from([(format!("{PUBLIC}:22"), at)])).with_patience(SHORT);
    let clock = Clock::default();
    let ended = Session::connect(&honest.hop(), &user.login(), &dial, clock).await;
    peer.abort();
    ended.unwrap_err()
}

#[tokio::test]
async fn one_that_never_answers() {
    let error = against(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    assert!(matches!(error, SshError::TimedOut { .. }), "{error}");
}

#[tokio::test]
async fn one_whose_greeting_never_ends() {
    let error = against(|mut stream| async move {
        while stream
            .write_all(b"welcome to this machine\r\n")
            .await
            .is_ok()
        {}
    })
    .await;
    assert!(
        matches!(error, SshError::TimedOut { .. } | SshError::Protocol { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn one_that_is_no_ssh_server() {
    let error = against(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let _ = stream.shutdown().await;
    })
    .await;
    let told = matches!(error, SshError::Closed { .. } | SshError::Protocol { .. });
    assert!(told, "{error}");
}

#[tokio::test]
async fn one_that_sends_a_packet_of_four_gigabytes() {
    let error = against(|mut stream| async move {
        let _ = stream.write_all(b"SSH-2.0-x\r\n\xff\xff\xff\xf0\x04").await;
        std::future::pending::<()>().await;
    })
    .await;
    let told = matches!(error, SshError::Closed { .. } | SshError::Protocol { .. });
    assert!(told, "{error}");
}

#[tokio::test]
async fn nobody_at_all() {
    let user = User::new();
    let machine = Machine::start(&user).await;
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let dial = Dial::new(BTreeMap::from([(format!("{PUBLIC}:22"), closed)]));
    let refused = Session::connect(&machine.hop(), &user.login(), &dial, Clock::default()).await;
    let error = refused.unwrap_err();
    assert!(matches!(error, SshError::Refused { .. }), "{error}");
    assert!(error.problem().next.contains("network.ssh_from"));
}

#[tokio::test]
async fn a_command_that_prints_without_end() {
    let user = User::new();
    let machine = Machine::start(&user).await;
    let session = machine.session(&user).await.unwrap();
    let error = session.run("flood").await.unwrap_err();
    assert!(matches!(error, SshError::TooMuch { .. }), "{error}");
    // The session outlives it.
    assert_eq!(session.run("echo x").await.unwrap().stdout, b"x\n");
}

#[tokio::test]
async fn a_command_that_never_ends() {
    let user = User::new();
    let machine = Machine::start(&user).await;
    let dial = machine.dial().with_patience(Duration::from_secs(2));
    let clock = Clock::default();
    let session = Session::connect(&machine.hop(), &user.login(), &dial, clock)
        .await
        .unwrap();
    let error = session.run("silent").await.unwrap_err();
    assert!(matches!(error, SshError::TimedOut { .. }), "{error}");
    assert_eq!(session.run("echo x").await.unwrap().stdout, b"x\n");
}
