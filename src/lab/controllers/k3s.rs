//! What K3s itself writes: nodes that join, their leases and metrics, each namespace's furniture,
//! the end of old events and of namespaces that are deleted.

use serde::Deserialize;
use serde_json::{Value, json};

use super::argocd::resource_of;
use super::node_password;
use super::object::{Condition, conclude, date, dated, hex, items, name, namespace, set, text};
use super::world::{Pass, World};

const LEASE_SECONDS: u64 = 10;
const HEARTBEAT_SECONDS: i64 = 300;
const METRICS_SECONDS: u64 = 15;
const EVENT_SECONDS: i64 = 3_600;
const NAMESPACES: &[&str] = &["default", "kube-node-lease", "kube-public", "kube-system"];

/// Kinds that go with their namespace.
const NAMESPACED: &[&str] = &[
    "applications.argoproj.io",
    "certificates.cert-manager.io",
    "externalsecrets.external-secrets.io",
    "dnsendpoints.externaldns.k8s.io",
    "gateways.gateway.networking.k8s.io",
    "httproutes.gateway.networking.k8s.io",
    "deployments.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "jobs.batch",
    "services",
    "secrets",
    "configmaps",
    "serviceaccounts",
    "pods",
];

/// A machine that joins the cluster.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeSpec {
    pub(crate) name: String,
    /// Its private address.
    pub(crate) address: String,
    /// Whether it runs the control plane.
    #[serde(default)]
    pub(crate) server: bool,
    /// `role=` label, where it has one.
    pub(crate) role: Option<String>,
    pub(crate) ocpus: u32,
    pub(crate) memory_gb: u32,
    /// K3s' version.
    pub(crate) version: String,
}

/// Makes a namespace, with the labels that the API server gives it.
pub(super) fn ensure_namespace(pass: &Pass<'_>, space: &str) {
    if space.is_empty() || pass.get("namespaces", "", space).is_some() {
        return;
    }
    pass.put(
        "namespaces",
        json!({
            "metadata": {"name": space, "labels": {"kubernetes.io/metadata.name": space}},
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
        }),
    );
}

/// Registers a node, Ready at once.
pub(crate) fn join(world: &World, spec: &NodeSpec, now: jiff::Timestamp) {
    let pass = Pass::new(world, now, crate::clock::Clock::default());
    let joining = world.joining.lock();
    let made = pass.put("nodes", node(spec, &free_range(&pass), now));
    drop(joining);
    let message = format!(
        "Node {} event: Registered Node {0} in Controller",
        spec.name
    );
    pass.event(
        &made,
        "node-controller",
        ("Normal", "RegisteredNode", &message),
    );
}

/// A node's kubelet reports that it is ready, or has stopped reporting; says whether there is such
/// a node.
pub(crate) fn report(world: &World, node: &str, ready: bool, now: jiff::Timestamp) -> bool {
    let changed = world.objects.change("nodes", None, node, |node| {
        let written = if ready {
            Condition {
                kind: "Ready",
                met: true,
                reason: "KubeletReady",
                message: "kubelet is posting ready status",
            }
        } else {
            Condition {
                kind: "Ready",
                met: false,
                reason: "NodeStatusUnknown",
                message: "Kubelet stopped posting node status.",
            }
        };
        conclude(node, written, None, now);
    });
    changed.is_some()
}

/// The first range of pod addresses that no node has.
fn free_range(pass: &Pass<'_>) -> String {
    let nodes = pass.list("nodes");
    let ranges = (0..=u8::MAX).map(|place| format!("10.42.{place}.0/24"));
    let free = |range: &String| {
        nodes
            .iter()
            .all(|node| text(node, "/spec/podCIDR") != range)
    };
    ranges.into_iter().find(free).unwrap_or_default()
}

fn node(spec: &NodeSpec, range: &str, now: jiff::Timestamp) -> Value {
    let capacity = json!({
        "cpu": spec.ocpus.to_string(), "ephemeral-storage": "47258Mi", "hugepages-2Mi": "0",
        "memory": format!("{}Ki", u64::from(spec.memory_gb) * 1024 * 1024 - 218_112),
        "pods": "110",
    });
    let mut labels = json!({
        "beta.kubernetes.io/arch": "arm64", "beta.kubernetes.io/instance-type": "k3s",
        "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64",
        "kubernetes.io/hostname": spec.name, "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": "k3s",
    });
    if spec.server {
        set(
            &mut labels,
            "/node-role.kubernetes.io~1control-plane",
            json!("true"),
        );
    }
    if let Some(role) = &spec.role {
        set(&mut labels, "/role", json!(role));
    }
    let seed = hex(&spec.name, 32);
    let mut made = json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {
            "name": spec.name, "labels": labels,
            "annotations": {
                "k3s.io/internal-ip": spec.address, "k3s.io/hostname": spec.name,
                "flannel.alpha.coreos.com/backend-type": "vxlan",
                "flannel.alpha.coreos.com/public-ip": spec.address,
            },
        },
        "spec": {
            "podCIDR": range, "podCIDRs": [range], "providerID": format!("k3s://{}", spec.name),
        },
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": spec.address},
                {"type": "Hostname", "address": spec.name},
            ],
            "capacity": capacity, "allocatable": capacity,
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "architecture": "arm64", "operatingSystem": "linux",
                "kubeletVersion": spec.version, "kubeProxyVersion": "",
                "containerRuntimeVersion": "containerd://2.2.1-k3s1",
                "kernelVersion": "6.8.0-1039-oracle", "osImage": "Ubuntu 24.04.3 LTS",
                "machineID": seed, "systemUUID": hex(&seed, 32), "bootID": hex(&spec.address, 32),
            },
        },
    });
    let pressures = [
        (
            "MemoryPressure",
            "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available",
        ),
        (
            "DiskPressure",
            "KubeletHasNoDiskPressure",
            "kubelet has no disk pressure",
        ),
        (
            "PIDPressure",
            "KubeletHasSufficientPID",
            "kubelet has sufficient PID available",
        ),
        ("Ready", "KubeletReady", "kubelet is posting ready status"),
    ];
    for (kind, reason, message) in pressures {
        let written = Condition {
            kind,
            met: kind == "Ready",
            reason,
            message,
        };
        conclude(&mut made, written, None, now);
    }
    made
}

pub(super) fn reconcile(pass: &Pass<'_>) {
    if pass.list("nodes").is_empty() {
        return;
    }
    for space in NAMESPACES {
        ensure_namespace(pass, space);
    }
    deploy(pass);
    for space in pass.list("namespaces") {
        if text(&space, "/metadata/deletionTimestamp").is_empty() {
            furnish(pass, name(&space));
        } else {
            empty_namespace(pass, &space);
        }
    }
    cordoned(pass);
    node_password::reconcile(pass);
    lost_pods(pass);
    if pass.every("k3s/leases", LEASE_SECONDS) {
        leases(pass);
        forget_events(pass);
    }
    if pass.runs("deployments.apps", "kube-system", "metrics-server")
        && pass.every("k3s/metrics", METRICS_SECONDS)
    {
        metrics(pass);
    }
}

/// Applies each laid manifest once, when its kind is served.
fn deploy(pass: &Pass<'_>) {
    let laid = pass.world.laid.iter();
    let files = laid.flat_map(|file| pass.world.sources.file(file));
    for manifest in files.chain(pass.world.found.iter()) {
        let Some(resource) = resource_of(manifest) else {
            continue;
        };
        let key = format!(
            "k3s/laid/{resource}/{}/{}",
            namespace(manifest),
            name(manifest)
        );
        if pass.serves(&resource) && pass.once(&key) {
            ensure_namespace(pass, namespace(manifest));
            pass.put(&resource, Value::clone(manifest));
        }
    }
}

/// Pods of a node that was deleted go with it.
fn lost_pods(pass: &Pass<'_>) {
    for pod in pass.list("pods") {
        let node = text(&pod, "/spec/nodeName");
        if !node.is_empty() && pass.get("nodes", "", node).is_none() {
            pass.remove("pods", &pod);
        }
    }
}

/// An unschedulable node bears the taint that says so.
fn cordoned(pass: &Pass<'_>) {
    for node in pass.list("nodes") {
        let wanted = super::object::flag(&node, "/spec/unschedulable");
        let key = "node.kubernetes.io/unschedulable";
        let mut taints = items(&node, "/spec/taints").to_vec();
        taints.retain(|taint| text(taint, "/key") != key);
        if wanted {
            taints.push(json!({"key": key, "effect": "NoSchedule"}));
        }
        if taints.as_slice() != items(&node, "/spec/taints") {
            pass.change("nodes", &node, |next| {
                if taints.is_empty() {
                    super::object::unset(next, "/spec/taints");
                } else {
                    set(next, "/spec/taints", json!(taints));
                }
            });
        }
    }
}

fn furnish(pass: &Pass<'_>, space: &str) {
    if pass.get("serviceaccounts", space, "default").is_none() {
        let account = json!({"metadata": {"name": "default", "namespace": space}});
        pass.put("serviceaccounts", account);
    }
}

fn empty_namespace(pass: &Pass<'_>, space: &Value) {
    for resource in NAMESPACED {
        for object in pass.list(resource) {
            if namespace(&object) == name(space) {
                pass.remove(resource, &object);
            }
        }
    }
    pass.remove("namespaces", space);
}

/// The kubelet renews its lease often, and the dates in its Node seldom.
fn leases(pass: &Pass<'_>) {
    for node in pass.list("nodes") {
        heartbeat(pass, &node);
        let precise = pass.now.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
        pass.put(
            "leases.coordination.k8s.io",
            json!({
                "metadata": {
                    "name": name(&node), "namespace": "kube-node-lease",
                    "ownerReferences": [{
                        "apiVersion": "v1", "kind": "Node", "name": name(&node),
                        "uid": text(&node, "/metadata/uid"),
                    }],
                },
                "spec": {
                    "holderIdentity": name(&node), "leaseDurationSeconds": 40,
                    "renewTime": precise,
                },
            }),
        );
    }
}

fn heartbeat(pass: &Pass<'_>, node: &Value) {
    let last = dated(node, "/status/conditions/0/lastHeartbeatTime");
    let age = last.map(|last| pass.now.duration_since(last).as_secs());
    if age.is_some_and(|age| age < HEARTBEAT_SECONDS) {
        return;
    }
    pass.change("nodes", node, |next| {
        let conditions = next
            .pointer_mut("/status/conditions")
            .and_then(Value::as_array_mut);
        for condition in conditions.into_iter().flatten() {
            set(condition, "/lastHeartbeatTime", json!(date(pass.now)));
        }
    });
}

fn forget_events(pass: &Pass<'_>) {
    for event in pass.list("events") {
        let last = dated(&event, "/lastTimestamp").unwrap_or(pass.now);
        if pass.now.duration_since(last).as_secs() > EVENT_SECONDS {
            pass.remove("events", &event);
        }
    }
}

/// Figures that follow from the objects' names and move slowly with time.
fn metrics(pass: &Pass<'_>) {
    let pods = pass.list("pods");
    let mut sums: std::collections::BTreeMap<&str, (u64, u64)> = std::collections::BTreeMap::new();
    for pod in pods
        .iter()
        .filter(|pod| text(pod, "/status/phase") == "Running")
    {
        let containers: Vec<Value> = items(pod, "/spec/containers")
            .iter()
            .map(|container| {
                let (milli, mebi) = usage(pass, pod, container);
                let sum = sums.entry(text(pod, "/spec/nodeName")).or_default();
                *sum = (sum.0 + milli, sum.1 + mebi);
                json!({
                    "name": text(container, "/name"),
                    "usage": {"cpu": format!("{milli}m"), "memory": format!("{mebi}Mi")},
                })
            })
            .collect();
        let labels = pod.pointer("/metadata/labels");
        measure(
            pass,
            "pods.metrics.k8s.io",
            pod,
            &json!({"containers": containers}),
            labels,
        );
    }
    for node in pass.list("nodes") {
        let (milli, mebi) = sums.get(name(&node)).copied().unwrap_or_default();
        let usage = json!({"usage": {
            "cpu": format!("{}m", milli + 60), "memory": format!("{}Mi", mebi + 640),
        }});
        let labels = node.pointer("/metadata/labels");
        measure(pass, "nodes.metrics.k8s.io", &node, &usage, labels);
    }
    for gone in pass.list("pods.metrics.k8s.io") {
        if pass.get("pods", namespace(&gone), name(&gone)).is_none() {
            pass.remove("pods.metrics.k8s.io", &gone);
        }
    }
}

fn usage(pass: &Pass<'_>, pod: &Value, container: &Value) -> (u64, u64) {
    let seed = hex(
        &format!("{}{}", text(container, "/name"), text(container, "/image")),
        4,
    );
    let steady = u64::from_str_radix(&seed, 16).unwrap_or(0);
    let minute = pass.now.as_second() / 60;
    let wave = u64::from_str_radix(&hex(&format!("{}{minute}", name(pod)), 2), 16).unwrap_or(0);
    (2 + steady % 30 + wave % 9, 24 + steady % 150 + wave % 5)
}

fn measure(
    pass: &Pass<'_>,
    resource: &str,
    about: &Value,
    figures: &Value,
    labels: Option<&Value>,
) {
    let mut made = json!({
        "metadata": {"name": name(about), "labels": labels},
        "timestamp": date(pass.now), "window": "15s",
    });
    if !namespace(about).is_empty() {
        set(&mut made, "/metadata/namespace", json!(namespace(about)));
    }
    super::object::overlay(&mut made, figures);
    pass.put(resource, made);
}
