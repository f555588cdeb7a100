//! The engine in this process, on a lab of its own, and somebody who changes things behind its back.

use std::collections::BTreeSet;

use k3scope::app::cloud::Cloud;
use k3scope::config::Config;
use k3scope::domain::event::What;
use k3scope::domain::plan::{Action, Operation, Plan, ResourceKey, Step};
use k3scope::domain::problem::Problem;
use k3scope::domain::provision::{Outcome, ProvisionEvent};
use k3scope::lab::{Lab, Options};
use k3scope::oci::{Request, Service};
use k3scope::provision::direct::{Engine, Survey};
use k3scope::provision::journal::Journal;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A lab, and the engine of an operator.
pub(super) struct Desk {
    pub(super) lab: Lab,
    pub(super) engine: Engine,
    folder: tempfile::TempDir,
}

/// How a run went.
pub(super) struct Ran {
    pub(super) outcome: Outcome,
    pub(super) problems: Vec<(ResourceKey, Problem)>,
}

impl Ran {
    #[track_caller]
    pub(super) fn done(self) {
        assert_eq!(self.outcome, Outcome::Done, "{:?}", self.problems);
    }
}

impl Desk {
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            speed: 400.0,
            state_dir: Some(folder.path().join("lab")),
            ..Options::default()
        };
        let lab = Lab::start(options).await.unwrap();
        let loaded = Config::load(&lab.cluster_toml()).unwrap();
        let cloud = Cloud::open(&loaded, None, None).unwrap();
        Self {
            lab,
            engine: cloud.engine.direct,
            folder,
        }
    }

    /// With the reference cluster made.
    pub(super) async fn with_cluster() -> Self {
        let desk = Self::start().await;
        desk.apply().await.done();
        desk
    }

    pub(super) async fn plan(&self) -> Plan {
        self.engine.plan().await.unwrap().0
    }

    pub(super) async fn apply(&self) -> Ran {
        let planned = self.engine.plan().await.unwrap();
        self.run(planned, Operation::Apply).await
    }

    pub(super) async fn destroy(&self) -> Ran {
        let planned = self.engine.plan_destroy().await.unwrap();
        self.run(planned, Operation::Destroy).await
    }

    async fn run(&self, planned: (Plan, Survey), operation: Operation) -> Ran {
        let (sender, mut events) = mpsc::channel(64);
        let journals = self.folder.path().join("runs");
        let cluster = &self.engine.topology.cluster;
        let now = self.engine.clock.now();
        let journal = Journal::begin(&journals, cluster, operation, now).unwrap();
        let run = self
            .engine
            .execute(planned, journal, sender, CancellationToken::new());
        let listen = async {
            let mut problems = Vec::new();
            while let Some(event) = events.recv().await {
                if let What::Provision(ProvisionEvent::StepFailed { key, problem }) = event.what {
                    problems.push((key, problem));
                }
            }
            problems
        };
        let (outcome, problems) = tokio::join!(run, listen);
        Ran { outcome, problems }
    }

    /// The resource that bears this key.
    pub(super) fn resource(&self, collection: &str, key: &str) -> Value {
        let all = self.lab.oci().resources(collection);
        let found = all
            .into_iter()
            .find(|it| it["freeformTags"]["k3scope-key"] == key);
        found.unwrap_or_else(|| panic!("no {key} in {collection}"))
    }

    pub(super) fn id(&self, collection: &str, key: &str) -> String {
        let found = self.resource(collection, key);
        found["id"].as_str().unwrap().to_owned()
    }

    /// Somebody else changes a resource.
    pub(super) async fn put(&self, path: &str, body: Value) -> Value {
        let request = Request::put(Service::Core, path).with_body(&body).unwrap();
        let changed = self.engine.client.call(request).await;
        changed.unwrap_or_else(|error| panic!("PUT {path}: {error}"))
    }

    /// Somebody else makes something, or acts.
    pub(super) async fn post(&self, path: &str, body: Value) -> Value {
        let request = Request::post(Service::Core, path).with_body(&body).unwrap();
        let made = self.engine.client.call(request).await;
        made.unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }

    /// Tags as the engine writes them.
    pub(super) fn tags(&self, key: &str) -> Value {
        serde_json::json!({
            "k3scope-cluster": self.engine.topology.cluster,
            "k3scope-key": key,
        })
    }

    /// Everything that lives, but for what comes and goes by itself: kind, name and identifier.
    pub(super) fn world(&self) -> BTreeSet<(String, String)> {
        let all = self.lab.oci().everything();
        all.into_iter()
            .map(|item| (item.kind.to_owned(), item.id))
            .collect()
    }
}

/// What differs in a plan: key and field, in the plan's order.
pub(super) fn drift(plan: &Plan) -> Vec<(String, String)> {
    let fields = |step: &Step| {
        let key = step.key.0.clone();
        let fields = step.drift.iter().map(|drift| drift.field.clone());
        fields.map(|field| (key.clone(), field)).collect::<Vec<_>>()
    };
    plan.steps.iter().flat_map(fields).collect()
}

/// The steps that do something, as `action key`.
pub(super) fn doing(plan: &Plan) -> Vec<String> {
    let acts = plan.steps.iter().filter(|it| it.action != Action::Keep);
    acts.map(|step| format!("{} {}", step.action, step.key))
        .collect()
}

pub(super) fn step<'a>(plan: &'a Plan, key: &str) -> &'a Step {
    let mut steps = plan.steps.iter();
    steps.find(|step| step.key.0 == key).unwrap()
}
