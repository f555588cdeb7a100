//! From a `[cluster]` table to a world that is played up to now, and kept going.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Breakage, ClusterSpec, scale};
use crate::clock::Clock;
use crate::lab::cloudflare::{Tokens, Zone};
use crate::lab::controllers::{
    AssetError, Authority, AuthorityError, Logs, World, join, settle, supervise,
};
use crate::lab::kube::{LogLine, LogSource, Objects, Options, Server, StartError};

/// A cluster cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClusterError {
    /// An embedded table is wrong.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// No certificate authority.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// Its API does not start.
    #[error(transparent)]
    Server(#[from] StartError),
}

/// The world of one scenario.
pub(crate) struct Cluster {
    pub(crate) world: World,
    logs: Arc<Logs>,
    clock: Clock,
    live: bool,
}

impl Cluster {
    /// Makes it and plays it from its beginning to now; `token` is what its vault holds for
    /// Cloudflare.
    pub(crate) fn new(
        spec: &ClusterSpec,
        (zone, tokens): (Zone, Tokens),
        token: &str,
        clock: Clock,
    ) -> Result<Self, ClusterError> {
        let now = clock.now();
        let mut values = spec.values.clone();
        values.insert("zone_id".to_owned(), zone.id().to_owned());
        values.insert("zone".to_owned(), zone.name().to_owned());
        let world = World::new(
            Objects::new(clock),
            zone,
            tokens,
            Authority::new(now)?,
            (&values, &spec.laid),
        )?;
        world.vault.put("cloudflare-api-token", token);
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
            live: spec.scale.is_none(),
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

    /// Starts its API, and keeps the controllers going; a cluster of plain objects has none.
    pub(crate) async fn serve(
        &self,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<Server, ClusterError> {
        let options = Options {
            logs: Some(self.log_source()),
            ..Options::default()
        };
        let server = Server::start(self.world.objects.clone(), options).await?;
        if self.live {
            tasks.spawn(supervise(self.world.clone(), self.clock, stop.clone()));
        }
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
