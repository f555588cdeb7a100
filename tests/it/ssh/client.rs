//! Sessions: who is let in, what commands leave behind, and the way through one machine to another.

use k3scope::clock::Clock;
use k3scope::ssh::{Chunk, Exit, Hop, Session, Size, SshError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::server::{Machine, PUBLIC, User, new_key};

#[tokio::test]
async fn a_command_leaves_its_outputs_and_its_status() {
    let user = User::new();
    let machine = Machine::start(&user).await;
    let session = machine.session(&user).await.unwrap();

    let ok = session.run("echo all is well").await.unwrap();
    assert_eq!(ok.exit, Exit::Status(0));
    assert_eq!(ok.stdout, b"all is well\n");
    assert!(ok.stderr.is_empty());

    let failed = session.run("fail no such thing").await.unwrap();
    assert_eq!(failed.exit, Exit::Status(7));
    assert_eq!(failed.stderr, b"no such thing\n");

    let killed = session.run("killed").await.unwrap();
    assert_eq!(killed.exit, Exit::Signal("KILL".into()));
    assert!(!killed.exit.is_success());

    let refused = session.run("refused").await.unwrap_err();
    assert!(
        refused.to_string().contains("it refuses to run that"),
        "{refused}"
    );
}

#[tokio::test]
async fn lines_come_whole_and_harmless() {
    let user = User::new();
    let machine = Machine::start(&user).await;
    let session = machine.session(&user).await.unwrap();
    let mut lines = session.stream("torn").await.unwrap().lines();
    let mut seen = Vec::new();
    while let Some(line) = lines.next().await {
        seen.push(line);
    }
    assert_eq!(seen, ["one", "two", "three"]);
    assert_eq!(lines.exit().await.unwrap(), Exit::Status(0));
}

#[tokio::test]
async fn a_command_reads_what_it_is_given() {
    let user = User::new();
    let machine = Machine::start(&user).await;
    let session = machine.session(&user).await.unwrap();
    let mut running = session.stream("cat").await.unwrap();
    let input = running.input();
    input.write(b"over there".to_vec()).await.unwrap();
    assert_eq!(
        running.next().await,
        Some(Chunk::Out(b"over there".to_vec()))
    );
    input.end().await.unwrap();
    assert_eq!(running.exit().await.unwrap(), Exit::Status(0));
}

#[tokio::test]
async fn a_shell_knows_its_terminals_size() {
    let user = User::new();
    let machine = Machine::start(&user).await;
    let session = machine.session(&user).await.unwrap();
    let size = |columns, rows| Size { columns, rows };
    let mut shell = session.shell("xterm", size(80, 24)).await.unwrap();
    let input = shell.input();
    assert_eq!(shell.next().await, Some(Chunk::Out(b"$ ".to_vec())));
    input.resize(size(140, 40)).await.unwrap();
    assert_eq!(shell.next().await, Some(Chunk::Out(b"[140x40]".to_vec())));
    input.write(b"x".to_vec()).await.unwrap();
    assert_eq!(shell.next().await, Some(Chunk::Out(b"x".to_vec())));
    assert_eq!(machine.sizes(), [(80, 24), (140, 40)]);
}

#[tokio::test]
async fn another_host_key_is_refused_with_both_fingerprints() {
    let user = User::new();
    let machine = Machine::start(&user).await;
    let stranger = Machine::with_key(&user, new_key()).await;
    let hop = Hop::node("k3s-ingress", PUBLIC, stranger.keys.clone());
    let refused = Session::connect(&hop, &user.login(), &machine.dial(), Clock::default()).await;
    let error = refused.unwrap_err();
    let problem = error.problem();
    for keys in [&machine.keys, &stranger.keys] {
        let fingerprint = &keys.fingerprints()[0];
        assert!(problem.detail.contains(fingerprint), "{problem:?}");
    }
    assert!(matches!(error, SshError::HostKey { .. }));
    assert!(problem.next.contains(".k3scope/known_hosts"));
    // Nothing was shown to a machine that is not the one.
    assert_eq!(machine.logins(), 0);
}

#[tokio::test]
async fn without_a_pinned_key_nobody_is_trusted() {
    let user = User::new();
    let machine = Machine::start(&user).await;
    let hop = Hop::node("k3s-ingress", PUBLIC, k3scope::ssh::HostKeys::default());
    let refused = Session::connect(&hop, &user.login(), &machine.dial(), Clock::default()).await;
    assert!(matches!(refused, Err(SshError::HostKey { .. })));
}

#[tokio::test]
async fn through_one_machine_to_another() {
    let user = User::new();
    let (outer, inner) = (Machine::start(&user).await, Machine::start(&user).await);
    outer.forwards("10.0.2.10:22", inner.address);
    let session = outer.session(&user).await.unwrap();
    let hop = Hop::node("k3s-server", "10.0.2.10", inner.keys.clone());
    let private = session.through(&hop, &user.login()).await.unwrap();
    let output = private.run("echo from inside").await.unwrap();
    assert_eq!(output.stdout, b"from inside\n");
    assert_eq!((outer.logins(), inner.logins()), (1, 1));

    // The machine in between cannot pose as the one behind it.
    outer.forwards("10.0.2.10:22", outer.address);
    let posed = session.through(&hop, &user.login()).await;
    assert!(matches!(posed, Err(SshError::HostKey { .. })));
}

#[tokio::test]
async fn a_stream_from_there_carries_bytes_both_ways() {
    let user = User::new();
    let machine = Machine::start(&user).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    machine.forwards("10.0.2.20:80", listener.local_addr().unwrap());
    let session = machine.session(&user).await.unwrap();
    let mut stream = session.direct("10.0.2.20", 80).await.unwrap();
    let (mut far, _) = listener.accept().await.unwrap();
    stream.write_all(b"ping").await.unwrap();
    let mut heard = [0; 4];
    far.read_exact(&mut heard).await.unwrap();
    far.write_all(b"pong").await.unwrap();
    stream.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"pong");
    drop(stream);
    assert_eq!(far.read(&mut heard).await.unwrap(), 0);

    let nowhere = session.direct("10.0.2.99", 80).await.unwrap_err();
    let told = nowhere.to_string();
    assert!(
        told.contains("does not forward to 10.0.2.99:80: nothing answers there"),
        "{told}"
    );
    assert!(nowhere.may_pass());
}

#[tokio::test]
async fn a_cut_session_says_that_it_is_gone() {
    let user = User::new();
    let machine = Machine::start(&user).await;
    let session = machine.session(&user).await.unwrap();
    let mut running = session.stream("silent").await.unwrap();
    machine.cut();
    assert!(matches!(session.closed().await, SshError::Closed { .. }));
    assert_eq!(running.next().await, None);
    assert!(matches!(running.exit().await, Err(SshError::Closed { .. })));
    let after = session.run("echo x").await.unwrap_err();
    assert!(matches!(after, SshError::Closed { .. }), "{after}");
}
