//! The columns that core kinds have in a Table.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::meta::text;
use super::reading::{
    address, condition, containers, list, number, or_none, pairs, pod_status, ports, restarts, size,
};
use super::value::{age, since};

/// A column: its heading, and how a cell is made of an object.
pub(super) struct CoreColumn {
    /// The heading.
    pub(super) name: &'static str,
    /// `string`, `integer`, `date`.
    pub(super) form: &'static str,
    /// 1: only in wide output.
    pub(super) priority: i64,
    /// The cell.
    pub(super) cell: fn(&Value, Timestamp) -> Value,
}

const fn column(
    name: &'static str,
    priority: i64,
    cell: fn(&Value, Timestamp) -> Value,
) -> CoreColumn {
    CoreColumn {
        name,
        form: "string",
        priority,
        cell,
    }
}

const AGE: CoreColumn = column("Age", 0, |object, now| json!(age(object, now)));

/// The columns of a core resource after its name; none: only its age.
pub(super) fn columns(resource: &str) -> Option<&'static [CoreColumn]> {
    TABLES
        .iter()
        .find(|(name, _)| *name == resource)
        .map(|(_, columns)| *columns)
}

const TABLES: &[(&str, &[CoreColumn])] = &[
    ("pods", PODS),
    ("nodes", NODES),
    ("namespaces", NAMESPACES),
    ("services", SERVICES),
    ("secrets", SECRETS),
    ("configmaps", CONFIG_MAPS),
    ("events", EVENTS),
    ("deployments.apps", DEPLOYMENTS),
    ("replicasets.apps", REPLICA_SETS),
    ("statefulsets.apps", STATEFUL_SETS),
    ("daemonsets.apps", DAEMON_SETS),
    ("jobs.batch", JOBS),
    ("endpointslices.discovery.k8s.io", ENDPOINT_SLICES),
    (
        "customresourcedefinitions.apiextensions.k8s.io",
        DEFINITIONS,
    ),
];

const PODS: &[CoreColumn] = &[
    column("Ready", 0, |pod, _| {
        let statuses = list(pod, "/status/containerStatuses");
        let ready = statuses
            .iter()
            .filter(|status| status.get("ready") == Some(&Value::Bool(true)));
        json!(format!(
            "{}/{}",
            ready.count(),
            list(pod, "/spec/containers").len()
        ))
    }),
    column("Status", 0, |pod, _| json!(pod_status(pod))),
    column("Restarts", 0, |pod, now| json!(restarts(pod, now))),
    AGE,
    column("IP", 1, |pod, _| or_none(text(pod, "/status/podIP"))),
    column("Node", 1, |pod, _| or_none(text(pod, "/spec/nodeName"))),
    column("Nominated Node", 1, |pod, _| {
        or_none(text(pod, "/status/nominatedNodeName"))
    }),
    column("Readiness Gates", 1, |_, _| json!("<none>")),
];

const NODES: &[CoreColumn] = &[
    column("Status", 0, |node, _| {
        let mut status = match condition(node, "Ready") {
            "True" => "Ready",
            "False" | "Unknown" => "NotReady",
            _ => "Unknown",
        }
        .to_owned();
        if node.pointer("/spec/unschedulable") == Some(&Value::Bool(true)) {
            status.push_str(",SchedulingDisabled");
        }
        json!(status)
    }),
    column("Roles", 0, |node, _| {
        let labels = node.pointer("/metadata/labels").and_then(Value::as_object);
        let roles = labels
            .into_iter()
            .flatten()
            .filter_map(|(label, _)| label.strip_prefix("node-role.kubernetes.io/"))
            .collect::<Vec<_>>();
        or_none(&roles.join(","))
    }),
    AGE,
    column("Version", 0, |node, _| {
        json!(text(node, "/status/nodeInfo/kubeletVersion"))
    }),
    column("Internal-IP", 1, |node, _| {
        or_none(address(node, "InternalIP"))
    }),
    column("External-IP", 1, |node, _| {
        or_none(address(node, "ExternalIP"))
    }),
    column("OS-Image", 1, |node, _| {
        json!(text(node, "/status/nodeInfo/osImage"))
    }),
    column("Kernel-Version", 1, |node, _| {
        json!(text(node, "/status/nodeInfo/kernelVersion"))
    }),
    column("Container-Runtime", 1, |node, _| {
        json!(text(node, "/status/nodeInfo/containerRuntimeVersion"))
    }),
];

const NAMESPACES: &[CoreColumn] = &[
    column("Status", 0, |object, _| {
        json!(text(object, "/status/phase"))
    }),
    AGE,
];

const SERVICES: &[CoreColumn] = &[
    column("Type", 0, |service, _| match text(service, "/spec/type") {
        "" => json!("ClusterIP"),
        form => json!(form),
    }),
    column("Cluster-IP", 0, |service, _| {
        or_none(text(service, "/spec/clusterIP"))
    }),
    column("External-IP", 0, |service, _| {
        let ingress = list(service, "/status/loadBalancer/ingress");
        let shown = ingress.iter().map(|one| match text(one, "/ip") {
            "" => text(one, "/hostname"),
            ip => ip,
        });
        let shown = shown.collect::<Vec<_>>().join(",");
        match (shown.is_empty(), text(service, "/spec/type")) {
            (true, "LoadBalancer") => json!("<pending>"),
            _ => or_none(&shown),
        }
    }),
    column("Port(s)", 0, |service, _| or_none(&ports(service))),
    AGE,
    column("Selector", 1, |service, _| {
        or_none(&pairs(service, "/spec/selector"))
    }),
];

const SECRETS: &[CoreColumn] = &[
    column("Type", 0, |secret, _| match text(secret, "/type") {
        "" => json!("Opaque"),
        form => json!(form),
    }),
    column("Data", 0, |secret, _| json!(size(secret, "/data"))),
    AGE,
];

const CONFIG_MAPS: &[CoreColumn] = &[
    column("Data", 0, |map, _| {
        json!(size(map, "/data") + size(map, "/binaryData"))
    }),
    AGE,
];

const EVENTS: &[CoreColumn] = &[
    column("Last Seen", 0, |event, now| {
        let seen = [
            "/series/lastObservedTime",
            "/lastTimestamp",
            "/eventTime",
            "/firstTimestamp",
        ]
        .into_iter()
        .map(|pointer| text(event, pointer))
        .find(|date| !date.is_empty());
        json!(since(seen.unwrap_or_default(), now))
    }),
    column("Type", 0, |event, _| json!(text(event, "/type"))),
    column("Reason", 0, |event, _| json!(text(event, "/reason"))),
    column("Object", 0, |event, _| {
        let kind = text(event, "/involvedObject/kind").to_lowercase();
        json!(format!("{kind}/{}", text(event, "/involvedObject/name")))
    }),
    column("Message", 0, |event, _| {
        json!(text(event, "/message").trim())
    }),
];

const DEPLOYMENTS: &[CoreColumn] = &[
    column("Ready", 0, |object, _| {
        json!(format!(
            "{}/{}",
            number(object, "/status/readyReplicas"),
            number(object, "/spec/replicas")
        ))
    }),
    column("Up-to-date", 0, |object, _| {
        json!(number(object, "/status/updatedReplicas"))
    }),
    column("Available", 0, |object, _| {
        json!(number(object, "/status/availableReplicas"))
    }),
    AGE,
    column("Containers", 1, |object, _| containers(object, "name")),
    column("Images", 1, |object, _| containers(object, "image")),
];

const REPLICA_SETS: &[CoreColumn] = &[
    column("Desired", 0, |object, _| {
        json!(number(object, "/spec/replicas"))
    }),
    column("Current", 0, |object, _| {
        json!(number(object, "/status/replicas"))
    }),
    column("Ready", 0, |object, _| {
        json!(number(object, "/status/readyReplicas"))
    }),
    AGE,
];

const STATEFUL_SETS: &[CoreColumn] = &[
    column("Ready", 0, |object, _| {
        json!(format!(
            "{}/{}",
            number(object, "/status/readyReplicas"),
            number(object, "/spec/replicas")
        ))
    }),
    AGE,
    column("Containers", 1, |object, _| containers(object, "name")),
    column("Images", 1, |object, _| containers(object, "image")),
];

const DAEMON_SETS: &[CoreColumn] = &[
    column("Desired", 0, |object, _| {
        json!(number(object, "/status/desiredNumberScheduled"))
    }),
    column("Current", 0, |object, _| {
        json!(number(object, "/status/currentNumberScheduled"))
    }),
    column("Ready", 0, |object, _| {
        json!(number(object, "/status/numberReady"))
    }),
    column("Up-to-date", 0, |object, _| {
        json!(number(object, "/status/updatedNumberScheduled"))
    }),
    column("Available", 0, |object, _| {
        json!(number(object, "/status/numberAvailable"))
    }),
    column("Node Selector", 0, |object, _| {
        or_none(&pairs(object, "/spec/template/spec/nodeSelector"))
    }),
    AGE,
];

const JOBS: &[CoreColumn] = &[
    column("Status", 0, |job, _| {
        let is = |name| condition(job, name) == "True";
        json!(match (is("Complete"), is("Failed")) {
            (true, _) => "Complete",
            (false, true) => "Failed",
            (false, false) => "Running",
        })
    }),
    column("Completions", 0, |job, _| {
        let wanted = number(job, "/spec/completions").max(1);
        json!(format!("{}/{wanted}", number(job, "/status/succeeded")))
    }),
    AGE,
];

const ENDPOINT_SLICES: &[CoreColumn] = &[
    column("AddressType", 0, |slice, _| {
        json!(text(slice, "/addressType"))
    }),
    column("Ports", 0, |slice, _| {
        let ports = list(slice, "/ports");
        let ports = ports.iter().map(|port| number(port, "/port").to_string());
        or_none(&ports.collect::<Vec<_>>().join(","))
    }),
    column("Endpoints", 0, |slice, _| {
        let endpoints = list(slice, "/endpoints");
        let addresses = endpoints.iter().flat_map(|one| list(one, "/addresses"));
        let addresses = addresses.filter_map(Value::as_str).collect::<Vec<_>>();
        or_none(&addresses.join(","))
    }),
    AGE,
];

const DEFINITIONS: &[CoreColumn] = &[column("Created At", 0, |object, _| {
    json!(text(object, "/metadata/creationTimestamp"))
})];
