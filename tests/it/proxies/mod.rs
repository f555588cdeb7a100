//! Envoy's admin interface: the lab's through its port-forward, up to the screen, and a real one's.

mod forward;
mod lab;
mod real_envoy;
mod screen;

use std::time::Duration;

use k3scope::app::headless::{self, Ended};
use k3scope::clock::Clock;
use k3scope::domain::object::ObjectRef;
use k3scope::kube::{Connection, Target};
use k3scope::lab::{Lab, Options};
use k3scope::sources::Feeds;
use k3scope::store::Store;

const PATIENCE: Duration = Duration::from_mins(1);

async fn lab(scenario: &str) -> Lab {
    let options = Options {
        scenario: scenario.to_owned(),
        ..Options::default()
    };
    Lab::start(options).await.unwrap()
}

async fn connection(lab: &Lab, user: &str) -> Connection {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    let text = lab.kubernetes().unwrap().kubeconfig(user).unwrap();
    std::fs::write(&path, text).unwrap();
    let target = Target {
        kubeconfig: Some(path),
        ..Target::default()
    };
    Connection::open(&target).await.unwrap()
}

/// Follows a lab's cluster until `so` holds.
async fn seen(lab: &Lab, so: impl Fn(&Store) -> bool) -> Store {
    let feeds = Feeds {
        kubernetes: Some(connection(lab, "admin").await),
        ..Feeds::default()
    };
    // Waits of the product go fast here; dates are real.
    let clock = Clock::paced(50.0);
    let (store, ended) = headless::follow(feeds, clock, PATIENCE, so).await;
    assert_eq!(ended, Ended::Reached, "{:#?}", store.sources);
    store
}

fn gateway() -> ObjectRef {
    ObjectRef::new("envoy-gateway-system", "public-gateway")
}

/// All is known that differences follow from.
fn is_known(store: &Store) -> bool {
    store.proxies.iter().any(|proxy| proxy.loaded.is_some())
        && store.proxy_traffic.iter().any(|it| it.whole.now.is_some())
        && store.sources.are_settled()
        && store.gateways.get(&gateway()).is_some()
}
