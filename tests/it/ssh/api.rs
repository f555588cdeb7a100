//! Kubernetes through the ingress node: the server's private address, verified TLS, and no port on
//! this machine.

use std::collections::BTreeMap;
use std::path::PathBuf;

use k3scope::clock::Clock;
use k3scope::kube::{Connection, Fault, Target, Way};
use k3scope::lab::kube::{Objects, Options, Server};
use k3scope::ssh::{Dial, Gateway};

use super::server::{Machine, User};

const PRIVATE: &str = "10.0.2.10";

async fn api() -> Server {
    let options = Options {
        names: vec![PRIVATE.to_owned()],
        ..Options::default()
    };
    Server::start(Objects::new(Clock::default()), options)
        .await
        .unwrap()
}

/// A kubeconfig as the server node keeps it for others: with its private address.
fn target(user: &User, api: &Server, host: &str) -> Target {
    let path: PathBuf = user.folder.path().join("kubeconfig");
    let server = format!("https://{host}:6443");
    std::fs::write(&path, api.kubeconfig_at("admin", &server).unwrap()).unwrap();
    Target {
        kubeconfig: Some(path),
        ..Target::default()
    }
}

#[tokio::test]
async fn requests_go_through_and_go_on_after_a_cut() {
    let user = User::new();
    let (api, machine) = (api().await, Machine::start(&user).await);
    machine.forwards(&format!("{PRIVATE}:6443"), api.address());
    let clock = Clock::paced(100.0);
    let gateway = Gateway::new(machine.hop(), user.login(), machine.dial(), clock);
    let target = target(&user, &api, PRIVATE);
    let way = Way::Through(gateway.clone());
    let connection = Connection::open_by(&target, &way).await.unwrap();
    let first = connection.introduce().await.unwrap();
    assert_eq!(first.server, "https://10.0.2.10:6443/");
    assert!(first.version.starts_with("v1."), "{first:?}");

    let session = gateway.session().await.unwrap();
    machine.cut();
    session.closed().await;
    assert_eq!(connection.introduce().await.unwrap().version, first.version);
    assert_eq!(machine.logins(), 2);
    api.stop().await;
}

#[tokio::test]
async fn the_certificate_must_be_the_servers() {
    let user = User::new();
    let (api, machine) = (api().await, Machine::start(&user).await);
    machine.forwards("10.0.2.99:6443", api.address());
    let clock = Clock::paced(100.0);
    let gateway = Gateway::new(machine.hop(), user.login(), machine.dial(), clock);
    let target = target(&user, &api, "10.0.2.99");
    let way = Way::Through(gateway);
    let connection = Connection::open_by(&target, &way).await.unwrap();
    let fault = connection.introduce().await.unwrap_err();
    let Fault::Unreachable(why) = &fault else {
        panic!("{fault}");
    };
    assert!(why.contains("certificate"), "{why}");
    api.stop().await;
}

#[tokio::test]
async fn what_the_ingress_node_says_is_what_a_person_reads() {
    let user = User::new();
    let (api, machine) = (api().await, Machine::start(&user).await);
    let clock = Clock::paced(100.0);
    let gateway = Gateway::new(machine.hop(), user.login(), machine.dial(), clock);
    let way = Way::Through(gateway);
    let connection = Connection::open_by(&target(&user, &api, PRIVATE), &way)
        .await
        .unwrap();
    let told = connection.introduce().await.unwrap_err().to_string();
    assert!(
        told.contains("does not forward to 10.0.2.10:6443: nothing answers there"),
        "{told}"
    );
    api.stop().await;
}

#[tokio::test]
async fn dialled_instead_and_nowhere_else() {
    let user = User::new();
    let api = api().await;
    let address = format!("{PRIVATE}:6443");
    let dial = Dial::new(BTreeMap::from([(address, api.address())]));
    let way = Way::Dialled(dial, Clock::default());
    let connection = Connection::open_by(&target(&user, &api, PRIVATE), &way)
        .await
        .unwrap();
    connection.introduce().await.unwrap();

    let elsewhere = target(&user, &api, "127.0.0.1");
    let connection = Connection::open_by(&elsewhere, &way).await.unwrap();
    let told = connection.introduce().await.unwrap_err().to_string();
    assert!(told.contains("127.0.0.1:6443 is not in [dial]"), "{told}");
    api.stop().await;
}
