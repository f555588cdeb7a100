//! A cluster that never was, as events: healthy, or with something wrong in every tab.

mod delivery;
mod network;

use delivery::{applications, certificates, issuance};
use jiff::{SignedDuration, Timestamp};
use k3scope::domain::cluster_event::ClusterEvent;
use k3scope::domain::event::{Change, ClusterInfo, Event, What};
use k3scope::domain::log_line::{Level, LogLine};
use k3scope::domain::node::{Node, Resources};
use k3scope::domain::object::{Condition, ObjectRef, Owner, Truth};
use k3scope::domain::pod::{Container, Pod, Termination};
use k3scope::domain::quantity::{Bytes, Millicores};
use k3scope::domain::source::{SourceId, SourceStatus};
use k3scope::domain::usage::Usage;
use network::{classes, gateways, published, routes, slices, wanted};
use strum::IntoEnumIterator;

/// The moment at which all screens are drawn.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T14:03:20Z".parse().unwrap()
}

fn ago(seconds: i64) -> Option<Timestamp> {
    now().checked_sub(SignedDuration::from_secs(seconds)).ok()
}

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// What was learnt, at the moment.
pub(crate) fn told(what: What) -> Event {
    Event { at: now(), what }
}

/// How all feeds are.
pub(crate) fn feeds(status: &SourceStatus) -> Vec<Event> {
    let each = |id| {
        told(What::Source {
            id,
            status: status.clone(),
        })
    };
    let of_a_cluster = |id: &SourceId| {
        // A session that does not ask OCI is whole as well.
        !matches!(id, SourceId::Instances | SourceId::InstanceMetrics)
    };
    SourceId::iter().filter(of_a_cluster).map(each).collect()
}

fn applied<T>(objects: Vec<T>, what: impl Fn(Change<T>) -> What) -> Vec<Event> {
    let list = objects
        .into_iter()
        .map(|object| Change::Applied(Box::new(object)));
    let all = std::iter::once(Change::Relisting)
        .chain(list)
        .chain([Change::Relisted]);
    all.map(|change| told(what(change))).collect()
}

fn condition(kind: &str, status: Truth, reason: &str, message: &str, age: i64) -> Condition {
    Condition {
        kind: kind.into(),
        status,
        reason: reason.into(),
        message: message.into(),
        since: ago(age),
    }
}

/// A healthy cluster, with `wrong` something wrong in every tab.
pub(crate) fn cluster(wrong: bool) -> Vec<Event> {
    let mut events = vec![told(What::Cluster(ClusterInfo {
        context: "k3s-frankfurt".into(),
        server: "https://127.0.0.1:6443".into(),
        version: "v1.36.4+k3s1".into(),
        namespace: "".into(),
    }))];
    events.extend(feeds(&SourceStatus::Live));
    events.extend(applied(nodes(), What::Node));
    events.extend(applied(node_usage(), What::NodeUsage));
    events.extend(applied(pods(wrong), What::Pod));
    events.extend(applied(pod_usage(), What::PodUsage));
    events.extend(applied(applications(wrong), What::Application));
    events.extend(applied(certificates(wrong), What::Certificate));
    if wrong {
        events.extend(issuance());
    }
    events.extend(applied(classes(), What::GatewayClass));
    events.extend(applied(gateways(), What::Gateway));
    events.extend(applied(routes(wrong), What::HttpRoute));
    events.extend(applied(slices(), What::EndpointSlice));
    events.extend(applied(wanted(), What::DnsEndpoint));
    events.extend(applied(published(wrong), What::Record));
    events.extend(applied(cluster_events(wrong), What::ClusterEvent));
    events.extend(log());
    events
}

fn nodes() -> Vec<Node> {
    let node = |name: &str, role: &str, internal: &str, external: &str, cpu, gb: u64| Node {
        id: ObjectRef::cluster(name),
        labels: [("role", role)].into_iter().collect(),
        created: ago(40 * DAY),
        roles: vec![role.into()],
        version: "v1.36.4+k3s1".into(),
        architecture: "arm64".into(),
        os: "Ubuntu 24.04.3 LTS".into(),
        internal_ip: internal.into(),
        external_ip: external.into(),
        cordoned: false,
        capacity: resources(cpu, gb),
        allocatable: resources(cpu, gb),
        conditions: vec![
            condition(
                "MemoryPressure",
                Truth::False,
                "KubeletHasSufficientMemory",
                "",
                40 * DAY,
            ),
            condition(
                "DiskPressure",
                Truth::False,
                "KubeletHasNoDiskPressure",
                "",
                40 * DAY,
            ),
            condition(
                "Ready",
                Truth::True,
                "KubeletReady",
                "kubelet is posting ready status",
                40 * DAY,
            ),
        ],
        taints: Vec::new(),
    };
    vec![
        node(
            "k3s-ingress",
            "ingress",
            "10.0.1.10",
            "203.0.113.10",
            1_000,
            6,
        ),
        node("k3s-server", "control-plane", "10.0.2.10", "", 2_000, 12),
        node("k3s-worker", "worker", "10.0.2.11", "", 1_000, 6),
    ]
}

fn resources(cpu: u64, gb: u64) -> Resources {
    Resources {
        cpu: Millicores(cpu),
        memory: Bytes(gb << 30),
        pods: 110,
    }
}

fn node_usage() -> Vec<Usage> {
    let usage = |name: &str, cpu, mib: u64| Usage {
        id: ObjectRef::cluster(name),
        cpu: Millicores(cpu),
        memory: Bytes(mib << 20),
        at: ago(12),
    };
    vec![
        usage("k3s-ingress", 124, 2_520),
        usage("k3s-server", 764, 7_750),
        usage("k3s-worker", 910, 1_110),
    ]
}

const PODS: &[(&str, &str, &str, u64)] = &[
    (
        "argocd",
        "argocd-application-controller-0",
        "k3s-server",
        410,
    ),
    ("argocd", "argocd-redis-6c8f5b9d7c-x2kqp", "k3s-server", 22),
    (
        "argocd",
        "argocd-repo-server-7f9d64c5b8-mm4wz",
        "k3s-server",
        180,
    ),
    ("argocd", "argocd-server-5d8c7b6f4-9tq7h", "k3s-server", 96),
    (
        "cert-manager",
        "cert-manager-5969544f77-htk2n",
        "k3s-worker",
        48,
    ),
    (
        "cert-manager",
        "cert-manager-cainjector-65c7bff89d-2m6zr",
        "k3s-worker",
        61,
    ),
    (
        "cert-manager",
        "cert-manager-webhook-7449dd9f6b-r5x8k",
        "k3s-worker",
        19,
    ),
    ("docs", "docs-6b7f8d9c5-4jzlp", "k3s-worker", 12),
    ("docs", "docs-6b7f8d9c5-w8v2m", "k3s-ingress", 12),
    (
        "envoy-gateway-system",
        "envoy-gateway-7c9b6d8f5-bq4tn",
        "k3s-server",
        72,
    ),
    (
        "envoy-gateway-system",
        "envoy-public-gateway-5f4d8c7b9-kx9ws",
        "k3s-ingress",
        128,
    ),
    (
        "external-dns",
        "external-dns-68c8d5b7f9-vn2hd",
        "k3s-worker",
        31,
    ),
    (
        "external-secrets",
        "external-secrets-5b6c9f7d8-j7pmc",
        "k3s-worker",
        44,
    ),
    ("kube-system", "coredns-64fd4b4794-c6m9l", "k3s-server", 24),
    (
        "kube-system",
        "local-path-provisioner-774c6665dc-lz8fw",
        "k3s-server",
        14,
    ),
    (
        "kube-system",
        "metrics-server-7bfffcd44-dkqxn",
        "k3s-server",
        38,
    ),
];

fn pods(wrong: bool) -> Vec<Pod> {
    PODS.iter()
        .enumerate()
        .map(|(at, (namespace, name, node, _))| {
            let at = i64::try_from(at).unwrap();
            let mut pod = Pod {
                id: ObjectRef::new(*namespace, *name),
                created: ago(3 * DAY + at * HOUR),
                status: "Running".into(),
                ready: 1,
                containers: vec![Container {
                    name: "main".into(),
                    image: format!("registry.example.com/{namespace}:1.{at}").into(),
                    ready: true,
                    state: "Running".into(),
                    ..Container::default()
                }],
                node: (*node).into(),
                ip: format!("10.42.0.{}", 10 + at).into(),
                owner: Some(Owner {
                    kind: "ReplicaSet".into(),
                    name: name
                        .rsplit_once('-')
                        .map_or(*name, |(owner, _)| owner)
                        .into(),
                }),
                since: ago(3 * DAY),
                ..Pod::default()
            };
            if wrong && *namespace == "external-secrets" {
                crash(&mut pod);
            }
            pod
        })
        .collect()
}

fn crash(pod: &mut Pod) {
    pod.status = "CrashLoopBackOff".into();
    pod.message = "back-off 5m0s restarting failed container main".into();
    pod.ready = 0;
    pod.restarts = 14;
    pod.last_restart = ago(3 * MINUTE);
    pod.since = ago(52 * MINUTE);
    let container = &mut pod.containers[0];
    container.ready = false;
    container.restarts = 14;
    container.state = "CrashLoopBackOff".into();
    container.message = pod.message.clone();
    container.last = Some(Termination {
        reason: "Error".into(),
        exit_code: 1,
        message: "could not read the instance principal: 404 from 169.254.169.254".into(),
        at: ago(3 * MINUTE),
    });
}

fn pod_usage() -> Vec<Usage> {
    let usage = |(at, (namespace, name, _, mib)): (usize, &(&str, &str, &str, u64))| Usage {
        id: ObjectRef::new(*namespace, *name),
        cpu: Millicores(2 + u64::try_from(at).unwrap() * 3),
        memory: Bytes(mib << 20),
        at: ago(12),
    };
    PODS.iter().enumerate().map(usage).collect()
}

fn cluster_events(wrong: bool) -> Vec<ClusterEvent> {
    let event =
        |name: &str, warning, reason: &str, message: &str, kind: &str, about: ObjectRef, age| {
            ClusterEvent {
                id: ObjectRef::new(about.namespace.clone(), name),
                warning,
                reason: reason.into(),
                message: message.into(),
                kind: kind.into(),
                about,
                by: "kubelet".into(),
                count: if warning { 61 } else { 1 },
                first_seen: ago(age + HOUR),
                last_seen: ago(age),
            }
        };
    let pod = ObjectRef::new("external-secrets", "external-secrets-5b6c9f7d8-j7pmc");
    let mut events = vec![
        event(
            "docs.1",
            false,
            "Pulled",
            "Container image already present on machine",
            "Pod",
            ObjectRef::new("docs", "docs-6b7f8d9c5-4jzlp"),
            3 * HOUR,
        ),
        event(
            "docs.2",
            false,
            "ScalingReplicaSet",
            "Scaled up replica set docs-6b7f8d9c5 from 1 to 2",
            "Deployment",
            ObjectRef::new("docs", "docs"),
            3 * HOUR + 20,
        ),
    ];
    if wrong {
        events.push(event(
            "es.1",
            true,
            "BackOff",
            "Back-off restarting failed container main in pod external-secrets-5b6c9f7d8-j7pmc",
            "Pod",
            pod,
            14,
        ));
    }
    events
}

fn log() -> Vec<Event> {
    let line = |level, by: &str, text: &str| {
        told(What::Log(LogLine {
            level,
            by: by.into(),
            text: text.into(),
        }))
    };
    vec![
        line(
            Level::Info,
            "cluster",
            "connected to https://127.0.0.1:6443, v1.36.4+k3s1",
        ),
        line(
            Level::Warn,
            "pods",
            "the watch was too old (410): listing again",
        ),
        line(Level::Error, "cloudflare", "9109: Invalid access token"),
    ]
}
