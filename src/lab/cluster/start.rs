//! From a `[cluster]` table to a world that is played up to now, and kept going.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::spec::Scale;
use super::{Breakage, ClusterSpec, scale};
use crate::clock::Clock;
use crate::lab::cloudflare::{Tokens, Zone};
use crate::lab::controllers::{
    AssetError, Authority, Logs, NodeSpec, Underlay, World, admits, join, remember, report, settle,
    supervise,
};
use crate::lab::edge::admin_door;
use crate::lab::kube::{LogLine, LogSource, Objects, Options, Server, StartError};

/// A cluster cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClusterError {
    /// An embedded table is wrong.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// Its API does not start.
    #[error(transparent)]
    Server(#[from] StartError),
}

/// What a cluster finds in the world around it.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) zone: Zone,
    pub(crate) tokens: Tokens,
    /// What the vault holds for Cloudflare.
    pub(crate) token: &'static str,
    /// Who issues certificates to the cluster.
    pub(crate) authority: Arc<Authority>,
}

/// The world of one scenario.
pub(crate) struct Cluster {
    pub(crate) world: World,
    logs: Arc<Logs>,
    clock: Clock,
    /// Plain objects instead of controllers.
    plain: Option<Scale>,
}

impl Cluster {
    /// Makes it and plays it from its beginning to now.
    pub(crate) fn new(
        spec: &ClusterSpec,
        around: &Surroundings,
        clock: Clock,
    ) -> Result<Self, ClusterError> {
        let now = clock.now();
        let mut values = spec.values.clone();
        values.insert("zone_id".to_owned(), around.zone.id().to_owned());
        values.insert("zone".to_owned(), around.zone.name().to_owned());
        let mut world = World::new(
            Objects::new(clock),
            around.zone.clone(),
            around.tokens.clone(),
            Arc::clone(&around.authority),
            (&values, &spec.laid),
        )?;
        world.data_plane.steady = spec.traffic;
        world.vault.put("cloudflare-api-token", around.token);
        for (name, content) in &spec.vault {
            world.vault.put(name, content);
        }
        for group in &spec.install {
            world.objects.install(group);
        }
        let cluster = Self {
            world,
            logs: Arc::new(Logs::load()?),
            clock,
            plain: spec.scale,
        };
        cluster.play(spec, now);
        Ok(cluster)
    }

    fn play(&self, spec: &ClusterSpec, now: Timestamp) {
        let mut at = before(now, i64::from(spec.age_hours) * 60);
        for node in &spec.nodes {
            join(&self.world, node, at);
        }
        if let Some(counts) = spec.scale {
            scale::lay(&self.world, counts, now);
            return;
        }
        let mut past = spec.breaks.clone();
        past.sort_by_key(|one| std::cmp::Reverse(one.minutes_ago));
        for one in past {
            let then = before(now, i64::from(one.minutes_ago));
            settle(&self.world, at, then);
            one.what.apply(&self.world, then);
            at = then;
        }
        settle(&self.world, at, now);
    }

    /// Manifests that its first server finds in K3s' folder, beside what K3s brings.
    pub(crate) fn lay(&mut self, manifests: Vec<Value>) {
        self.world.found = manifests.into_iter().map(Arc::new).collect();
    }

    /// Its nodes are joined by this network.
    pub(crate) fn over(&mut self, underlay: Arc<dyn Underlay>) {
        self.world.underlay = underlay;
    }

    /// A machine's kubelet begins to report: its node is there, and Ready.
    /// The node's name is its password's from now on.
    pub(crate) fn join(&self, node: &NodeSpec, password: &str) {
        let now = self.clock.now();
        if !report(&self.world, &node.name, true, now) {
            join(&self.world, node, now);
        }
        remember(&self.world, &node.name, password, now);
    }

    /// Whether a node's name is free, or this password's.
    pub(crate) fn admits(&self, node: &str, password: &str) -> bool {
        admits(&self.world, node, password)
    }

    /// A machine whose kubelet was set up long ago reports again, if its node is there.
    pub(crate) fn find(&self, node: &str) {
        report(&self.world, node, true, self.clock.now());
    }

    /// A machine's kubelet no longer reports.
    pub(crate) fn lose(&self, node: &str) {
        report(&self.world, node, false, self.clock.now());
    }

    /// Starts its API with these names in its certificate, and keeps the controllers going; a
    /// cluster of plain objects has none.
    pub(crate) async fn serve(
        &self,
        names: Vec<String>,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<Server, ClusterError> {
        let options = Options {
            names,
            logs: Some(self.log_source()),
            forward: Some(admin_door(&self.world, self.clock, (tasks, stop))),
            ..Options::default()
        };
        let server = Server::start(self.world.objects.clone(), options).await?;
        let (objects, clock, stop) = (&self.world.objects, self.clock, stop.clone());
        match self.plain {
            None => tasks.spawn(supervise(self.world.clone(), clock, stop)),
            Some(counts) => tasks.spawn(scale::stir(objects.clone(), counts, clock, stop)),
        };
        Ok(server)
    }

    fn log_source(&self) -> LogSource {
        let (objects, logs, clock) = (
            self.world.objects.clone(),
            Arc::clone(&self.logs),
            self.clock,
        );
        Arc::new(move |of| {
            let Some(pod) = objects.get("pods", Some(&of.namespace), &of.pod) else {
                return Vec::new();
            };
            let lines = logs.lines(&pod, &of.container, of.previous, clock.now());
            let lines = lines.into_iter();
            lines.map(|(at, text)| LogLine { at, text }).collect()
        })
    }

    /// Breaks something now.
    pub(crate) fn break_it(&self, what: Breakage) {
        what.apply(&self.world, self.clock.now());
    }
}

fn before(now: Timestamp, minutes: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_mins(minutes))
        .unwrap_or(now)
}
