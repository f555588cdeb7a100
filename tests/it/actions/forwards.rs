//! Ports of pods on this machine: many connections, much data, and every way to an end.

use std::time::Duration;

use k3scope::app::acting::Actor;
use k3scope::clock::Clock;
use k3scope::domain::action::{Action, ActionEvent, ActionOutcome};
use k3scope::domain::event::{Event, What};
use k3scope::domain::forward::Forward;
use k3scope::domain::object::ObjectRef;
use k3scope::kube::Access;
use k3scope::store::{Store, fold};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

use super::shells::connection;
use crate::lab_kube::cluster::Cluster;
use crate::seat::{done, refused};

/// After this a wait has failed; nothing is measured by it.
const LIMIT: Duration = Duration::from_mins(3);
const BIG: usize = 3 << 20;

struct Desk {
    cluster: Cluster,
    store: Store,
    events: mpsc::Receiver<Event>,
    actor: Actor,
}

impl Desk {
    async fn of(user: &str) -> Self {
        let cluster = Cluster::start().await;
        let (_, found) = watch::channel(Some(connection(&cluster, user).await));
        let (told, events) = mpsc::channel(256);
        let clock = Clock::paced(100.0);
        Self {
            cluster,
            store: Store::default(),
            events,
            actor: Actor::new(found, Access::ReadWrite, (told, clock)),
        }
    }

    async fn next(&mut self, why: &str) -> What {
        let next = Clock::default().timeout(LIMIT, self.events.recv()).await;
        let Ok(Some(event)) = next else {
            panic!("not so: {why}: {:#?}", self.store.forwards);
        };
        let what = event.what.clone();
        fold(&mut self.store, event);
        what
    }

    async fn until(&mut self, why: &str, holds: impl Fn(&Store) -> bool) {
        while !holds(&self.store) {
            self.next(why).await;
        }
    }

    async fn forward(&mut self, port: u16) -> ActionOutcome {
        self.act(Action::Forward {
            pod: pod(),
            port,
            made: None,
        })
        .await
    }

    async fn act(&mut self, action: Action) -> ActionOutcome {
        self.actor.act(action);
        loop {
            if let What::Action(ActionEvent::Ended { outcome, .. }) = self.next("its end").await {
                return outcome;
            }
        }
    }

    fn only(&self) -> &Forward {
        let mut all = self.store.forwards.iter();
        all.next().expect("there is one")
    }
}

fn pod() -> ObjectRef {
    ObjectRef::new("docs", "docs-1")
}

/// What listens in the pod: it takes as many connections, waits until all are there, and sends each
/// what it was sent.
async fn echo(connections: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        // The first looks whether the pod takes connections at all.
        let mut open = Vec::new();
        while open.len() < connections {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut first = [0];
            if stream.read(&mut first).await.unwrap_or(0) == 1 {
                stream.write_all(&first).await.unwrap();
                open.push(stream);
            }
        }
        for mut stream in open {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    port
}

/// Sends much, and reads it back.
async fn converse(address: String, letter: u8) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let sent = vec![letter; BIG];
    let mut back = vec![0; BIG];
    let (mut from, mut to) = stream.split();
    let (read, written) = tokio::join!(from.read_exact(&mut back), to.write_all(&sent));
    read.unwrap();
    written.unwrap();
    assert!(back == sent, "another answer came back");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_at_once_carry_much_each_and_are_counted() {
    let mut desk = Desk::of("admin").await;
    let port = echo(2).await;
    let said = done(desk.forward(port).await);
    // The pod's own port is on this machine in this test.
    assert!(
        said.ends_with(&format!("; {port} is in use on this machine")),
        "{said}"
    );
    desk.until("it is listed", |it| it.forwards.len() == 1)
        .await;
    let address = desk.only().id.name.to_string();
    assert!(said.starts_with(&format!("{address} leads to its port {port}")));
    assert!(address.starts_with("127.0.0.1:"));
    assert_eq!(desk.only().url(), format!("http://{address}"));
    let both = [b'a', b'b'].map(|letter| tokio::spawn(converse(address.clone(), letter)));
    for one in both {
        one.await.unwrap();
    }
    let all = u64::try_from(2 * BIG).unwrap();
    desk.until("all is counted", |it| {
        let forward = it.forwards.iter().next().unwrap();
        (forward.taken, forward.open) == (2, 0) && (forward.sent, forward.received) == (all, all)
    })
    .await;
    let again = refused(desk.forward(port).await);
    assert_eq!(
        again,
        format!("not forwarded again: {address} leads there already")
    );

    desk.actor.stop_forward(desk.only().id.clone());
    desk.until("it is gone", |it| it.forwards.is_empty()).await;
    assert!(TcpStream::connect(address).await.is_err());
    let asked = desk.cluster.server.authorised();
    assert!(asked.iter().all(|it| it.resource == "pods/portforward"));
    desk.actor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_is_gone_ends_it_and_the_one_in_its_place_is_not_followed() {
    let mut desk = Desk::of("admin").await;
    let port = echo(1).await;
    let mut object = desk
        .cluster
        .objects
        .get("pods", Some("docs"), "docs-1")
        .unwrap();
    object["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "docs-7d", "uid": "1",
        "controller": true,
    }]);
    desk.cluster.objects.put("pods", object);
    done(desk.forward(port).await);
    desk.until("it is listed", |it| it.forwards.len() == 1)
        .await;
    let address = desk.only().id.name.to_string();
    desk.cluster.objects.remove("pods", Some("docs"), "docs-1");
    // Nobody has to connect for it.
    desk.until("it is over", |it| {
        it.forwards.iter().any(|one| one.over.is_some())
    })
    .await;
    let why = desk.only().over.clone().unwrap();
    assert_eq!(
        why,
        "pod docs/docs-1 is gone; ReplicaSet docs-7d has another one: forward its port"
    );
    assert!(TcpStream::connect(address).await.is_err());
    desk.actor.stop_forward(desk.only().id.clone());
    desk.until("it is taken off", |it| it.forwards.is_empty())
        .await;
    desk.actor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_where_nothing_listens_is_told_and_the_next_try_may_go_well() {
    let mut desk = Desk::of("admin").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let taken = TcpListener::bind(("127.0.0.1", port)).await;
    // Where nothing listens in the pod, the same number is free here as well; it is taken meanwhile.
    done(desk.forward(port).await);
    drop(taken);
    desk.until("it is listed", |it| it.forwards.len() == 1)
        .await;
    let address = desk.only().id.name.to_string();
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let mut nothing = Vec::new();
    let _ = stream.read_to_end(&mut nothing).await;
    assert!(nothing.is_empty(), "{nothing:?}");
    desk.until("it is told", |it| {
        it.forwards.iter().any(|one| one.error.is_some())
    })
    .await;
    let error = desk.only().error.clone().unwrap();
    assert!(error.contains(&format!("port {port}")), "{error}");
    assert_eq!(desk.only().over, None);
    desk.actor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_forwarded_says_why() {
    let mut desk = Desk::of("viewer").await;
    let why = refused(desk.forward(80).await);
    assert!(
        why.starts_with("not permitted: may not forward ports of pods in namespace docs"),
        "{why}"
    );

    let mut desk = Desk::of("admin").await;
    let other = Action::Forward {
        pod: pod(),
        port: 80,
        made: Some("2020-01-01T00:00:00Z".parse().unwrap()),
    };
    let why = refused(desk.act(other).await);
    assert_eq!(
        why,
        "not forwarded: pod docs/docs-1 is gone; another one has its name now"
    );
    let mut object = desk
        .cluster
        .objects
        .get("pods", Some("docs"), "docs-1")
        .unwrap();
    object["status"]["phase"] = json!("Pending");
    desk.cluster.objects.put("pods", object);
    let why = refused(desk.forward(80).await);
    assert!(why.contains("because pod docs-1 is not running"), "{why}");
    desk.cluster.objects.remove("pods", Some("docs"), "docs-1");
    let why = refused(desk.forward(80).await);
    assert_eq!(why, "not forwarded: pod docs/docs-1 is gone");
    let shell = Action::Exec {
        pod: pod(),
        container: "docs".into(),
    };
    let why = refused(desk.act(shell).await);
    assert!(why.contains("there is no terminal"), "{why}");
}
