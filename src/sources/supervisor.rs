//! The owner of every source's task.

use std::any::Any;
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use strum::IntoEnumIterator;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::cloudflare::Cloudflare;
use super::cluster::Cluster;
use super::handshakes::Handshakes;
use super::instances::Instances;
use super::measurements::Measurements;
use super::metrics::{Measured, Metrics};
use super::outbox::{Closed, Outbox};
use super::proxies::Proxies;
use super::resolvers::{Resolvers, Resolving};
use super::watched::Watched;
use crate::clock::Clock;
use crate::domain::application::Application;
use crate::domain::certificate::Certificate;
use crate::domain::cluster_event::ClusterEvent;
use crate::domain::endpoints::EndpointSlice;
use crate::domain::event::{Event, What};
use crate::domain::external_secret::{ClusterSecretStore, ExternalSecret, SecretStore};
use crate::domain::issuance::{CertificateRequest, Challenge, Order};
use crate::domain::issuer::{ClusterIssuer, Issuer};
use crate::domain::line::Line;
use crate::domain::node::Node;
use crate::domain::pod::Pod;
use crate::domain::problem::Problem;
use crate::domain::record::DnsEndpoint;
use crate::domain::reference_grant::ReferenceGrant;
use crate::domain::route::{Gateway, GatewayClass, HttpRoute, ListenerSet};
use crate::domain::sought::Sought;
use crate::domain::source::{SourceId, SourceStatus};
use crate::kube::{Connection, Kind, routing};
use crate::web::Visitor;

/// How many events the channel to the fold should hold.
pub const CHANNEL: usize = 1_024;

const AFTER_PANIC: Duration = Duration::from_secs(30);

/// What to follow.
#[derive(Clone, Debug, Default)]
pub struct Feeds {
    /// A cluster.
    pub kubernetes: Option<Connection>,
    /// Its metrics server too.
    pub metrics: bool,
    /// Records at Cloudflare.
    pub cloudflare: Option<Cloudflare>,
    /// What is looked for outside of the cluster, as it becomes known; nothing where nobody tells.
    pub sought: Option<watch::Receiver<Sought>>,
    /// How hosts are reached that are looked at from here; none is where absent.
    pub visitor: Option<Visitor>,
    /// The cluster's instances at OCI, and what OCI measures of them.
    pub instances: Option<Instances>,
    /// The name servers that are asked for the names that are sought.
    pub resolvers: Option<Resolvers>,
    /// Where Envoy's admin interface is reached instead of through the API server.
    pub envoy: Option<SocketAddr>,
}

impl Feeds {
    /// The feeds that will be heard of.
    pub fn expected(&self) -> impl Iterator<Item = SourceId> {
        let (cluster, metrics, cloudflare, instances) = (
            self.kubernetes.is_some(),
            self.metrics,
            self.cloudflare.is_some(),
            self.instances.is_some(),
        );
        let visits = self.visitor.is_some() && self.sought.is_some();
        let resolvers = self.resolvers.is_some() && self.sought.is_some();
        SourceId::iter().filter(move |id| match id {
            SourceId::Resolvers => resolvers,
            SourceId::Cloudflare => cloudflare,
            SourceId::Handshakes => visits,
            SourceId::Instances | SourceId::InstanceMetrics => instances,
            SourceId::NodeMetrics | SourceId::PodMetrics => cluster && metrics,
            SourceId::Cluster
            | SourceId::Nodes
            | SourceId::Pods
            | SourceId::Events
            | SourceId::Applications
            | SourceId::Certificates
            | SourceId::CertificateRequests
            | SourceId::Issuers
            | SourceId::ClusterIssuers
            | SourceId::Orders
            | SourceId::Challenges
            | SourceId::GatewayClasses
            | SourceId::Gateways
            | SourceId::HttpRoutes
            | SourceId::EndpointSlices
            | SourceId::DnsEndpoints
            | SourceId::ExternalSecrets
            | SourceId::SecretStores
            | SourceId::ClusterSecretStores
            | SourceId::GrpcRoutes
            | SourceId::TlsRoutes
            | SourceId::TcpRoutes
            | SourceId::ReferenceGrants
            | SourceId::ListenerSets
            | SourceId::BackendTrafficPolicies
            | SourceId::ClientTrafficPolicies
            | SourceId::SecurityPolicies
            | SourceId::BackendTlsPolicies => cluster,
            SourceId::Proxies => cluster || self.envoy.is_some(),
        })
    }
}

/// A live feed, as the supervisor runs it.
pub(super) trait Source: Send + Sync + 'static {
    /// Which feed.
    fn id(&self) -> SourceId;

    /// Tells what it learns for as long as someone listens.
    fn run(&self, outbox: &Outbox) -> impl Future<Output = Result<Infallible, Closed>> + Send;
}

/// Owns the tasks of all sources; what it owns ends with it.
#[derive(Debug)]
pub struct Supervisor {
    outbox: Outbox,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Supervisor {
    /// Starts all that `feeds` names; events go to `events` (of about [`CHANNEL`] places).
    pub fn start(feeds: Feeds, events: mpsc::Sender<Event>, clock: Clock) -> Self {
        let mut supervisor = Self {
            outbox: Outbox::new(events, clock),
            stop: CancellationToken::new(),
            tasks: JoinSet::new(),
        };
        if let Some(connection) = &feeds.kubernetes {
            supervisor.start_kubernetes(connection, feeds.metrics);
        }
        if feeds.kubernetes.is_some() || feeds.envoy.is_some() {
            supervisor.spawn(Proxies::new(
                feeds.kubernetes,
                feeds.envoy,
                feeds.sought.clone(),
            ));
        }
        if let Some(cloudflare) = feeds.cloudflare {
            supervisor.spawn(cloudflare);
        }
        if let Some((visitor, sought)) = feeds.visitor.zip(feeds.sought.clone()) {
            supervisor.spawn(Handshakes { visitor, sought });
        }
        if let Some(instances) = feeds.instances {
            supervisor.spawn(Measurements(instances.clone()));
            supervisor.spawn(instances);
        }
        if let (Some(resolvers), Some(sought)) = (feeds.resolvers, feeds.sought) {
            supervisor.spawn(Resolving { resolvers, sought });
        }
        supervisor
    }

    fn start_kubernetes(&mut self, connection: &Connection, metrics: bool) {
        self.spawn(Cluster(connection.clone()));
        self.watch::<Node>(connection);
        self.watch::<Pod>(connection);
        self.watch::<ClusterEvent>(connection);
        self.watch::<Application>(connection);
        self.watch::<Certificate>(connection);
        self.watch::<CertificateRequest>(connection);
        self.watch::<Issuer>(connection);
        self.watch::<ClusterIssuer>(connection);
        self.watch::<Order>(connection);
        self.watch::<Challenge>(connection);
        self.watch::<GatewayClass>(connection);
        self.watch::<Gateway>(connection);
        self.watch::<HttpRoute>(connection);
        self.watch::<EndpointSlice>(connection);
        self.watch::<DnsEndpoint>(connection);
        self.watch::<ExternalSecret>(connection);
        self.watch::<SecretStore>(connection);
        self.watch::<ClusterSecretStore>(connection);
        self.watch::<routing::GrpcRoutes>(connection);
        self.watch::<routing::TlsRoutes>(connection);
        self.watch::<routing::TcpRoutes>(connection);
        self.watch::<ReferenceGrant>(connection);
        self.watch::<ListenerSet>(connection);
        self.watch::<routing::BackendTrafficPolicies>(connection);
        self.watch::<routing::ClientTrafficPolicies>(connection);
        self.watch::<routing::SecurityPolicies>(connection);
        self.watch::<routing::BackendTlsPolicies>(connection);
        for of in [Measured::Nodes, Measured::Pods]
            .into_iter()
            .filter(|_| metrics)
        {
            let connection = connection.clone();
            self.spawn(Metrics { connection, of });
        }
    }

    fn watch<K: Kind>(&mut self, connection: &Connection) {
        self.spawn(Watched::<K>::new(connection));
    }

    fn spawn(&mut self, source: impl Source) {
        let stop = self.stop.clone();
        let outbox = self.outbox.clone();
        self.tasks.spawn(async move {
            stop.run_until_cancelled(keep_running(&source, &outbox))
                .await;
        });
    }

    /// Ends all sources and waits until they have ended.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Runs a source until nobody listens. A panic costs the source a pause, and is shown.
async fn keep_running(source: &impl Source, outbox: &Outbox) {
    loop {
        match AssertUnwindSafe(source.run(outbox)).catch_unwind().await {
            Ok(Err(Closed)) => return,
            Err(panic) => {
                let said = words(&*panic);
                if after_panic(source.id(), &said, outbox).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let fixed = panic.downcast_ref::<&str>().map(ToString::to_string);
    let made = || panic.downcast_ref::<String>().cloned();
    fixed
        .or_else(made)
        .unwrap_or_else(|| "without a word".to_owned())
}

async fn after_panic(id: SourceId, said: &str, outbox: &Outbox) -> Result<(), Closed> {
    let error = Line::new(&format!("a mistake in k3scope: {said}"));
    let now = outbox.clock().now();
    outbox
        .tell(What::Problem(Problem {
            title: format!("The feed `{id}` broke down"),
            detail: error.to_string(),
            next: "It starts again by itself. Please report this with the log.".to_owned(),
            request_id: None,
        }))
        .await?;
    let status = SourceStatus::Stale {
        since: now,
        error,
        retry_at: now.checked_add(AFTER_PANIC).unwrap_or(now),
    };
    outbox.tell(What::Source { id, status }).await?;
    outbox.clock().sleep(AFTER_PANIC).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Clumsy;

    impl Source for Clumsy {
        fn id(&self) -> SourceId {
            SourceId::Pods
        }

        async fn run(&self, outbox: &Outbox) -> Result<Infallible, Closed> {
            outbox
                .tell(What::Source {
                    id: self.id(),
                    status: SourceStatus::Live,
                })
                .await?;
            panic!("tripped");
        }
    }

    #[tokio::test]
    async fn a_panic_is_told_and_the_source_begins_again() {
        let (events, mut told) = mpsc::channel(8);
        let mut supervisor = Supervisor::start(Feeds::default(), events, Clock::paced(10_000.0));
        supervisor.spawn(Clumsy);
        let mut seen = Vec::new();
        while seen.len() < 4 {
            seen.push(told.recv().await.unwrap().what);
        }
        let live = What::Source {
            id: SourceId::Pods,
            status: SourceStatus::Live,
        };
        assert_eq!(seen[0], live);
        assert!(matches!(&seen[1], What::Problem(problem) if problem.detail.contains("tripped")));
        assert!(matches!(
            &seen[2],
            What::Source {
                status: SourceStatus::Stale { .. },
                ..
            }
        ));
        assert_eq!(seen[3], live);
        supervisor.stop().await;
        while told.recv().await.is_some() {}
    }
}
