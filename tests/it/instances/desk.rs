//! A lab whose nodes are instances, who follows and asks, and the screen.

use std::time::Duration;

use k3scope::app::acting::Actor;
use k3scope::app::feeds;
use k3scope::clock::Clock;
use k3scope::config::Config;
use k3scope::domain::action::{Action, ActionEvent, ActionOutcome, InstanceAct};
use k3scope::domain::event::{Event, What};
use k3scope::domain::instance::{Instance, Power};
use k3scope::domain::object::ObjectRef;
use k3scope::effect::Effect;
use k3scope::kube::{Access, Connection, Target};
use k3scope::lab::{Lab, Options};
use k3scope::oci::RetryToken;
use k3scope::sources::{CHANNEL, Feeds, Instances, Supervisor};
use k3scope::store::{Store, fold};
use k3scope::ui::Cockpit;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::{mpsc, watch};

use crate::cockpit::stage;

/// After this a wait has failed; nothing is measured by it.
const LIMIT: Duration = Duration::from_mins(3);
const LAB_SPEED: f64 = 40.0;

pub(super) struct Desk {
    pub(super) lab: Lab,
    pub(super) store: Store,
    pub(super) instances: Instances,
    cockpit: Cockpit,
    events: mpsc::Receiver<Event>,
    effects: mpsc::Sender<Effect>,
    supervisor: Option<Supervisor>,
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
        let (told, events) = mpsc::channel(CHANNEL);
        let (effects, asked) = mpsc::channel(16);
        let (_, found) = watch::channel(Some(connection.clone()));
        let (_, known) = watch::channel(Some(instances.clone()));
        let actor = Actor::new(found, access, (told.clone(), clock)).with_instances(known);
        tokio::spawn(actor.attend(asked));
        let feeds = Feeds {
            kubernetes: Some(connection),
            instances: Some(instances.clone()),
            ..Feeds::default()
        };
        let mut look = stage::look();
        look.badges.read_only = access == Access::ReadOnly;
        Self {
            lab,
            store: Store::default(),
            instances,
            cockpit: Cockpit::new(look),
            events,
            effects,
            supervisor: Some(Supervisor::start(feeds, told, clock)),
        }
    }

    /// Folds what is told until `holds`.
    pub(super) async fn until(&mut self, why: &str, holds: impl Fn(&Store) -> bool) {
        while !holds(&self.store) {
            self.next(why).await;
        }
    }

    async fn next(&mut self, why: &str) -> What {
        let next = Clock::default().timeout(LIMIT, self.events.recv()).await;
        let Ok(Some(event)) = next else {
            panic!("not so: {why}");
        };
        let what = event.what.clone();
        fold(&mut self.store, event);
        what
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

    /// Does it and waits for its end.
    pub(super) async fn act(&mut self, action: Action) -> ActionOutcome {
        self.effects.send(Effect::Act(action)).await.unwrap();
        self.outcome().await
    }

    pub(super) async fn outcome(&mut self) -> ActionOutcome {
        loop {
            if let What::Action(ActionEvent::Ended { outcome, .. }) = self.next("its end").await {
                return outcome;
            }
        }
    }

    /// Requests for an action of an instance that OCI was sent.
    pub(super) fn asked(&self) -> Vec<String> {
        let all = self.lab.oci().requests();
        let actions = all.iter().filter(|it| it.path.contains("?action="));
        actions.map(|it| it.path.clone()).collect()
    }

    /// Presses keys, written as in `keymap.toml` with blanks between them; what follows is done.
    pub(super) async fn press(&mut self, keys: &str) -> Vec<Effect> {
        let mut all = Vec::new();
        for key in keys.split_whitespace() {
            self.shown();
            let now = Clock::default().now();
            for effect in self.cockpit.key(key.parse().unwrap(), &self.store, now) {
                all.push(effect.clone());
                self.effects.send(effect).await.unwrap();
            }
        }
        all
    }

    /// The screen as text.
    pub(super) fn shown(&mut self) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 42));
        let now = Clock::default().now();
        self.cockpit.draw(&mut buffer, &self.store, now);
        stage::text(&buffer)
    }

    pub(super) async fn close(mut self) {
        drop(self.events);
        self.supervisor.take().unwrap().stop().await;
        drop(self.effects);
        self.lab.stop().await.unwrap();
    }
}
