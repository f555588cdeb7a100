//! The way in: one connection for all, there again after a cut.

use k3scope::clock::Clock;
use k3scope::ssh::{Gateway, Hop, Link, SshError};
use tokio::net::TcpListener;

use super::server::{Machine, PUBLIC, User, new_key};

/// Waits of the product are a hundredth.
const PACE: f64 = 100.0;

fn gateway(machine: &Machine, user: &User) -> Gateway {
    let clock = Clock::paced(PACE);
    Gateway::new(machine.hop(), user.login(), machine.dial(), clock)
}

async fn until(gateway: &Gateway, so: impl Fn(&Link) -> bool) {
    let mut link = gateway.link();
    let waiting = link.wait_for(so);
    let patience = std::time::Duration::from_secs(20);
    Clock::default()
        .timeout(patience, waiting)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn all_share_one_connection_that_is_made_when_it_is_needed() {
    let user = User::new();
    let machine = Machine::start(&user).await;
    let gateway = gateway(&machine, &user);
    assert_eq!(*gateway.link().borrow(), Link::Idle);
    let asking = (0..20).map(|_| {
        let gateway = gateway.clone();
        async move {
            gateway
                .session()
                .await
                .unwrap()
                .run("echo x")
                .await
                .unwrap()
        }
    });
    let outputs = futures::future::join_all(asking).await;
    assert!(outputs.iter().all(|output| output.stdout == b"x\n"));
    assert_eq!(machine.logins(), 1);
}

#[tokio::test]
async fn after_a_cut_it_comes_back_by_itself() {
    let user = User::new();
    let (machine, inner) = (Machine::start(&user).await, Machine::start(&user).await);
    machine.forwards("10.0.2.10:22", inner.address);
    let gateway = gateway(&machine, &user);
    let first = gateway.session().await.unwrap();
    machine.cut();
    first.closed().await;
    // Nobody asks; it is there again all the same.
    until(&gateway, |link| {
        *link == Link::Open && machine.logins() == 2
    })
    .await;
    let hop = Hop::node("k3s-server", "10.0.2.10", inner.keys.clone());
    let node = gateway.node(&hop).await.unwrap();
    assert_eq!(node.run("echo again").await.unwrap().stdout, b"again\n");
    assert_eq!(machine.logins(), 2);
}

#[tokio::test]
async fn while_it_is_down_who_asks_is_told_and_it_is_tried_again() {
    let user = User::new();
    let host = new_key();
    let machine = Machine::with_key(&user, host.clone()).await;
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let relay = format!("{PUBLIC}:22");
    let dial = k3scope::ssh::Dial::new([(relay, closed)].into());
    let gateway = Gateway::new(machine.hop(), user.login(), dial, Clock::paced(PACE));
    let refused = gateway.session().await.unwrap_err();
    assert!(matches!(refused, SshError::Refused { .. }), "{refused}");

    // Somebody listens there from now on: the same machine, at last.
    let listener = TcpListener::bind(closed).await.unwrap();
    let carrying = tokio::spawn(async move {
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut far = tokio::net::TcpStream::connect(machine.address)
                .await
                .unwrap();
            tokio::spawn(async move {
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    until(&gateway, |link| *link == Link::Open).await;
    assert_eq!(
        gateway
            .session()
            .await
            .unwrap()
            .run("echo up")
            .await
            .unwrap()
            .stdout,
        b"up\n"
    );
    carrying.abort();
}

#[tokio::test]
async fn a_refusal_that_does_not_pass_is_not_tried_again_by_itself() {
    let (user, stranger) = (User::new(), User::new());
    let machine = Machine::start(&user).await;
    let gateway = gateway(&machine, &stranger);
    let refused = gateway.session().await.unwrap_err();
    assert!(matches!(refused, SshError::Login { .. }), "{refused}");
    let again = gateway.session().await.unwrap_err();
    assert_eq!(again, refused);
    assert_eq!(machine.logins(), 0);
}
