//! A lab whose nodes are instances, who follows and asks, and the screen.

use k3scope::app::acting::Actor;
use k3scope::app::feeds;
use k3scope::config::Config;
use k3scope::domain::action::{Action, InstanceAct};
use k3scope::domain::instance::{Instance, Power};
use k3scope::domain::object::ObjectRef;
use k3scope::kube::{Access, Connection, Target};
use k3scope::lab::{Lab, Options};
use k3scope::oci::RetryToken;
use k3scope::sources::{Feeds, Instances};
use tokio::sync::watch;

use crate::seat::{Seat, Sitting};

const LAB_SPEED: f64 = 40.0;

pub(super) struct Desk {
    seat: Box<Seat>,
    pub(super) instances: Instances,
}

impl Desk {
    pub(super) async fn open(access: Access) -> Self {
        // Another test of this binary may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = Options {
            scenario: "idle-worker".to_owned(),
            speed: LAB_SPEED,
            state_dir: None,
        };
        let lab = Lab::start(options).await.unwrap();
        let target = Target {
            kubeconfig: lab.kubeconfig(),
            ..Target::default()
        };
        let connection = Connection::open(&target).await.unwrap();
        let loaded = Config::load(&lab.cluster_toml()).unwrap();
        let instances = feeds::instances(&loaded).unwrap();
        let clock = feeds::clock(Some(&loaded));
        let (_, found) = watch::channel(Some(connection.clone()));
        let (_, known) = watch::channel(Some(instances.clone()));
        let feeds = Feeds {
            kubernetes: Some(connection),
            instances: Some(instances.clone()),
            ..Feeds::default()
        };
        let sitting = Sitting {
            access,
            feeds,
            clock,
            seeker: None,
        };
        Self {
            seat: Seat::take(lab, sitting, |teller| {
                Actor::new(found, access, teller).with_instances(known)
            }),
            instances,
        }
    }

    /// Waits until all instances and all Nodes are known.
    pub(super) async fn settle(&mut self) {
        self.until("nodes and instances are known", |it| {
            it.instances.len() == 3 && it.nodes.len() == 3 && it.nodes.is_complete()
        })
        .await;
    }

    pub(super) fn instance(&self, node: &str) -> Instance {
        let found = self.store.instances.get(&ObjectRef::cluster(node));
        found.unwrap().clone()
    }

    /// Somebody stops an instance at OCI.
    pub(super) async fn stop_at_oci(&self, node: &str) {
        let token = RetryToken::new(format!("somebody-stops-{node}")).unwrap();
        let client = &self.instances.client;
        let ocid = self.instance(node).ocid;
        client.instance_action(&ocid, "STOP", &token).await.unwrap();
    }

    pub(super) async fn until_power(&mut self, node: &str, power: Power) {
        let id = ObjectRef::cluster(node);
        let why = format!("{node} is {power}");
        self.until(&why, |it| {
            it.instances.get(&id).is_some_and(|it| it.power == power)
        })
        .await;
    }

    pub(super) async fn until_ready(&mut self, node: &str, ready: bool) {
        let id = ObjectRef::cluster(node);
        let why = format!("{node} is ready: {ready}");
        self.until(&why, |it| {
            it.nodes.get(&id).is_some_and(|it| it.is_ready() == ready)
        })
        .await;
    }

    /// What would be asked for an instance.
    pub(super) fn action(&self, node: &str, act: InstanceAct) -> Action {
        Action::Instance {
            node: node.into(),
            ocid: self.instance(node).ocid,
            act,
        }
    }

    /// Requests for an action of an instance that OCI was sent.
    pub(super) fn asked(&self) -> Vec<String> {
        let all = self.lab.oci().requests();
        let actions = all.iter().filter(|it| it.path.contains("?action="));
        actions.map(|it| it.path.clone()).collect()
    }

    pub(super) async fn close(self) {
        self.seat.leave().await;
    }
}

impl std::ops::Deref for Desk {
    type Target = Seat;

    fn deref(&self) -> &Seat {
        &self.seat
    }
}

impl std::ops::DerefMut for Desk {
    fn deref_mut(&mut self) -> &mut Seat {
        &mut self.seat
    }
}
