//! Everything that a source or a long task can tell.
//!
//! Events are the only way into the store; they are free of secrets and serialise to one line of
//! JSON, which is what recordings, `--json` streams and tests share.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::action::ActionEvent;
use super::application::Application;
use super::argo_settings::ArgoSettings;
use super::bootstrap::BootstrapEvent;
use super::certificate::Certificate;
use super::checkup::Checkup;
use super::cluster_event::ClusterEvent;
use super::comparison::Comparison;
use super::endpoints::EndpointSlice;
use super::external_secret::{ClusterSecretStore, ExternalSecret, SecretStore};
use super::forward::Forward;
use super::handshake::Handshake;
use super::hunt::HuntLeft;
use super::idle::Measured;
use super::instance::Instance;
use super::issuance::{CertificateRequest, Challenge, Order};
use super::issuer::{ClusterIssuer, Issuer};
use super::journey::Stage;
use super::line::Line;
use super::log_line::LogLine;
use super::node::Node;
use super::object::ObjectRef;
use super::plan::Plan;
use super::planning::Planning;
use super::pod::Pod;
use super::policy::Policy;
use super::preflight::PreflightEvent;
use super::problem::Problem;
use super::provision::ProvisionEvent;
use super::proxy::{Proxy, ProxyTraffic};
use super::reading::Reading;
use super::record::{DnsEndpoint, PublishedRecord};
use super::reference_grant::ReferenceGrant;
use super::resolved::Resolved;
use super::route::{Gateway, GatewayClass, HttpRoute, ListenerSet, Route};
use super::setup::Told;
use super::source::{SourceId, SourceStatus};
use super::usage::Usage;

/// Something that was learnt, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// When it was learnt.
    pub at: Timestamp,
    /// What was learnt.
    #[serde(flatten)]
    pub what: What,
}

/// A change to the objects of one kind.
///
/// `Relisting … Applied … Relisted` brackets a complete list: what was not applied between the two
/// is gone, and until the second nothing disappears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "change", content = "of", rename_all = "snake_case")]
pub enum Change<T> {
    /// The object is new or different.
    Applied(Box<T>),
    /// The object is gone.
    Removed(ObjectRef),
    /// A complete list begins.
    Relisting,
    /// The complete list has ended.
    Relisted,
}

/// The cluster, as its API server introduces itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterInfo {
    /// The kubeconfig's context.
    pub context: Line,
    /// The API server's address.
    pub server: Line,
    /// Its version, such as `v1.36.4+k3s1`.
    pub version: Line,
    /// The only namespace that is looked at; empty for all.
    pub namespace: Line,
}

/// What was learnt, by the task that tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "topic", rename_all = "snake_case")]
pub enum What {
    /// The session has come to this stage.
    Stage {
        /// Which.
        stage: Stage,
    },
    /// What the wizard is told.
    Setup(Told),
    /// What is checked before money or time is spent.
    Preflight(PreflightEvent),
    /// What is done to find out what `apply` would do; nothing any more where it is absent.
    Planning {
        /// It.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        now: Option<Planning>,
    },
    /// What `apply` would do.
    Planned(Box<Plan>),
    /// An earlier run left a hunt for capacity open, which the next one goes on with.
    HuntLeft(HuntLeft),
    /// A run of `apply` or `destroy`.
    Provision(ProvisionEvent),
    /// How the nodes come up.
    Bootstrap(BootstrapEvent),
    /// What is done in the cluster on a person's wish.
    Action(ActionEvent),
    /// What a resource is, against what was applied.
    Compared(Box<Comparison>),
    /// What a person has open to read.
    Reading(Reading),
    /// How a feed is.
    Source {
        /// Which.
        id: SourceId,
        /// How it is now.
        status: SourceStatus,
    },
    /// What cluster this is.
    Cluster(ClusterInfo),
    /// A line of our own log.
    Log(LogLine),
    /// Something went wrong that a person should see.
    Problem(Problem),
    /// Nodes.
    Node(Change<Node>),
    /// Pods.
    Pod(Change<Pod>),
    /// Kubernetes events.
    ClusterEvent(Change<ClusterEvent>),
    /// Argo CD applications.
    Application(Change<Application>),
    /// Certificates.
    Certificate(Change<Certificate>),
    /// Requests for certificates.
    CertificateRequest(Change<CertificateRequest>),
    /// Issuers of one namespace.
    Issuer(Change<Issuer>),
    /// Issuers for all namespaces.
    ClusterIssuer(Change<ClusterIssuer>),
    /// ACME orders.
    Order(Change<Order>),
    /// ACME challenges.
    Challenge(Change<Challenge>),
    /// Gateway classes.
    GatewayClass(Change<GatewayClass>),
    /// Gateways.
    Gateway(Change<Gateway>),
    /// HTTP routes.
    HttpRoute(Change<HttpRoute>),
    /// Endpoint slices.
    EndpointSlice(Change<EndpointSlice>),
    /// Wanted records.
    DnsEndpoint(Change<DnsEndpoint>),
    /// Published records.
    Record(Change<PublishedRecord>),
    /// Use of nodes.
    NodeUsage(Change<Usage>),
    /// Use of pods.
    PodUsage(Change<Usage>),
    /// What hosts present over TLS.
    Handshake(Change<Handshake>),
    /// Secrets that are kept as stores outside have them.
    ExternalSecret(Change<ExternalSecret>),
    /// Stores of one namespace.
    SecretStore(Change<SecretStore>),
    /// Stores for all namespaces.
    ClusterSecretStore(Change<ClusterSecretStore>),
    /// The cluster's instances at OCI.
    Instance(Change<Instance>),
    /// What OCI measured of them.
    Measured(Change<Measured>),
    /// What name servers answer.
    Resolved(Change<Resolved>),
    /// gRPC routes.
    GrpcRoute(Change<Route>),
    /// TLS routes.
    TlsRoute(Change<Route>),
    /// TCP routes.
    TcpRoute(Change<Route>),
    /// Grants of references.
    ReferenceGrant(Change<ReferenceGrant>),
    /// Listeners that are added to gateways.
    ListenerSet(Change<ListenerSet>),
    /// Policies for traffic to backends.
    BackendTrafficPolicy(Change<Policy>),
    /// Policies for traffic of clients.
    ClientTrafficPolicy(Change<Policy>),
    /// Policies of who may ask.
    SecurityPolicy(Change<Policy>),
    /// Policies for TLS to backends.
    BackendTlsPolicy(Change<Policy>),
    /// Proxies, and what they have loaded.
    Proxy(Change<Proxy>),
    /// What proxies serve.
    ProxyTraffic(Change<ProxyTraffic>),
    /// Ports of pods that can be reached on this machine.
    Forward(Change<Forward>),
    /// How the resources of an application are that somebody looks at.
    Checkup(Checkup),
    /// How Argo CD is set up.
    ArgoSettings(ArgoSettings),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::bootstrap::{
        self, Cause, Diagnosis, Followed, LogOrigin, NodeAct, Outcome, Progress, Remedy, Subject,
        Usual,
    };
    use crate::domain::planning::Awaited;
    use crate::domain::reading::{LogState, PodLine, Thing, Whole};
    use crate::domain::resolved::{Answer, Heard, ServerSort};
    use crate::domain::setup::{
        AccountFound, ApiKeyMade, LimitsFound, ProfileFound, SshKeyFound, Topic,
    };
    use crate::domain::topology::Role;
    use rstest::rstest;

    fn problem() -> Problem {
        Problem {
            title: "It did not work".to_owned(),
            detail: "refused".to_owned(),
            next: "try again".to_owned(),
            request_id: None,
        }
    }

    #[rstest]
    #[case::applied(What::Pod(Change::Applied(Box::default())))]
    #[case::removed(What::Application(Change::Removed(ObjectRef::new("argocd", "docs"))))]
    #[case::bracket(What::NodeUsage(Change::Relisting))]
    #[case::source(What::Source {
        id: SourceId::HttpRoutes,
        status: SourceStatus::Denied { hint: "may not list".into() },
    })]
    #[case::certificate(What::Certificate(Change::Applied(Box::default())))]
    #[case::order(What::Order(Change::Applied(Box::default())))]
    #[case::stage(What::Stage { stage: Stage::OnDuty })]
    #[case::asked(What::Setup(Told::Asked { topic: Topic::Zone }))]
    #[case::refused(What::Setup(Told::Failed { topic: Topic::Zone, problem: problem() }))]
    #[case::profiles(What::Setup(Told::Profiles { profiles: vec![ProfileFound::default()] }))]
    #[case::api_key(What::Setup(Told::ApiKey { key: ApiKeyMade::default() }))]
    #[case::ssh_key(What::Setup(Told::SshKey { key: SshKeyFound::default() }))]
    #[case::account(What::Setup(Told::Account { account: AccountFound::default() }))]
    #[case::limits(What::Setup(Told::Limits { limits: LimitsFound::default() }))]
    #[case::zone(What::Setup(Told::Zone { name: "example.com".into(), id: "1a".into() }))]
    #[case::draft(What::Setup(Told::Draft))]
    #[case::looking(What::Planning { now: Some(Planning::Looking) })]
    #[case::waiting(What::Planning {
        now: Some(Planning::Waiting { on: Awaited::Oci { address: "a.b".into() }, seconds: 20 }),
    })]
    #[case::planned(What::Planning { now: None })]
    #[case::nodes(What::Bootstrap(BootstrapEvent::Started {
        nodes: vec![Followed { name: "k3s-server".into(), role: Role::Server }],
        delivers: true,
        hosts: vec!["docs.example.com".into()],
        places: true,
        usual: Usual::default(),
    }))]
    #[case::stage_of_node(What::Bootstrap(BootstrapEvent::Stage {
        of: Subject::Node("k3s-server".into()),
        stage: bootstrap::Stage::K3s,
        progress: Progress::Running { waits_for: "the API".into() },
        took: Some(7),
    }))]
    #[case::failed_stage(What::Bootstrap(BootstrapEvent::Stage {
        of: Subject::Cluster,
        stage: bootstrap::Stage::Api,
        progress: Progress::Failed { problem: problem() },
        took: None,
    }))]
    #[case::diagnosis(What::Bootstrap(BootstrapEvent::Diagnosed {
        of: Subject::Node("k3s-worker".into()),
        stage: bootstrap::Stage::K3s,
        diagnosis: Some(Diagnosis {
            cause: Cause::StaleCertificates,
            meaning: "k3s-worker has certificates of a server that is no more".into(),
            evidence: vec!["x509: certificate signed by unknown authority".into()],
            next: "let it join anew".into(),
            remedy: Remedy::Act(NodeAct::Rejoin { node: "k3s-worker".into() }),
        }),
    }))]
    #[case::rebooted(What::Bootstrap(BootstrapEvent::Rebooted { node: "k3s-server".into() }))]
    #[case::acted(What::Bootstrap(BootstrapEvent::Acted {
        act: NodeAct::RunAgain { node: "k3s-server".into(), from: Some(bootstrap::Stage::K3s) },
        outcome: Outcome::Done { said: "it runs".into() },
    }))]
    #[case::pod_log(What::Reading(Reading::LogLines {
        number: 1,
        lines: vec![PodLine { container: "docs".into(), ..PodLine::default() }],
        skipped: 2,
    }))]
    #[case::pod_log_refused(What::Reading(Reading::LogState {
        number: 1,
        container: "docs".into(),
        state: LogState::Refused(problem()),
    }))]
    #[case::whole(What::Reading(Reading::Whole {
        of: Thing::new("Pod", ObjectRef::new("docs", "docs-1")),
        found: Whole::Lines { lines: vec!["kind: Pod".into()] },
    }))]
    #[case::log(What::Bootstrap(BootstrapEvent::Log {
        node: "k3s-server".into(),
        origin: LogOrigin::Console,
        lines: vec!["boots".into()],
    }))]
    #[case::host(What::Bootstrap(BootstrapEvent::Host {
        host: "docs.example.com".into(),
        well: false,
        answer: "refused".into(),
    }))]
    #[case::instance(What::Instance(Change::Applied(Box::default())))]
    #[case::argo_settings(What::ArgoSettings(ArgoSettings::default()))]
    #[case::measured(What::Measured(Change::Relisted))]
    #[case::healthy(What::Bootstrap(BootstrapEvent::Finished { healthy: true }))]
    #[case::resolved(What::Resolved(Change::Applied(Box::new(Resolved {
        id: ObjectRef::new("A", "docs.example.com"),
        heard: vec![Heard {
            server: "192.0.2.53".into(),
            sort: ServerSort::Resolver,
            at: Timestamp::UNIX_EPOCH,
            answer: Answer::Nothing { exists: false, ttl: Some(300) },
        }],
    }))))]
    fn an_event_is_one_line_of_json_and_back(#[case] what: What) {
        let event = Event {
            at: Timestamp::UNIX_EPOCH,
            what,
        };
        let line = serde_json::to_string(&event).unwrap();
        assert!(!line.contains('\n'));
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
    }
}
