//! `ReplicaSets`, `StatefulSets` and `DaemonSets`: as many pods as they want, and what became of them.
//!
//! Also the garbage collector: what lost its owner goes.

use std::sync::Arc;

use serde_json::{Value, json};

use super::object::{
    generation, holds, items, name, namespace, number, owned_by, owner, set, suffix, text,
};
use super::pods::{healthy, tolerated};
use super::world::Pass;

/// Kinds whose objects go with their owner.
const OWNED: &[&str] = &[
    "replicasets.apps",
    "pods",
    "services",
    "configmaps",
    "serviceaccounts",
    "deployments.apps",
    "jobs.batch",
    "endpointslices.discovery.k8s.io",
    "httproutes.gateway.networking.k8s.io",
    "certificaterequests.cert-manager.io",
    "orders.acme.cert-manager.io",
    "challenges.acme.cert-manager.io",
];

pub(super) fn reconcile(pass: &Pass<'_>) {
    collect(pass);
    for set in pass.list("replicasets.apps") {
        let wanted = number(&set, "/spec/replicas").unwrap_or(1);
        let pods = pods_of(pass, &set);
        fill(pass, &set, &pods, wanted, "replicaset-controller");
        count(pass, "replicasets.apps", &set, wanted);
    }
    for set in pass.list("statefulsets.apps") {
        ordinals(pass, &set);
        count(
            pass,
            "statefulsets.apps",
            &set,
            number(&set, "/spec/replicas").unwrap_or(1),
        );
    }
    for set in pass.list("daemonsets.apps") {
        daemons(pass, &set);
    }
}

fn collect(pass: &Pass<'_>) {
    for resource in OWNED {
        for object in pass.list(resource) {
            let Some(reference) = items(&object, "/metadata/ownerReferences").first() else {
                continue;
            };
            let Some(owner_resource) = resource_of(text(reference, "/kind")) else {
                continue;
            };
            let found = pass.get(owner_resource, namespace(&object), text(reference, "/name"));
            if found.is_none_or(|found| text(&found, "/metadata/uid") != text(reference, "/uid")) {
                pass.remove(resource, &object);
            }
        }
    }
}

fn resource_of(kind: &str) -> Option<&'static str> {
    let known = [
        ("Deployment", "deployments.apps"),
        ("ReplicaSet", "replicasets.apps"),
        ("StatefulSet", "statefulsets.apps"),
        ("DaemonSet", "daemonsets.apps"),
        ("Job", "jobs.batch"),
        ("Service", "services"),
        ("HelmChart", "helmcharts.helm.cattle.io"),
        ("Certificate", "certificates.cert-manager.io"),
        ("CertificateRequest", "certificaterequests.cert-manager.io"),
        ("Order", "orders.acme.cert-manager.io"),
        ("Challenge", "challenges.acme.cert-manager.io"),
    ];
    known
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, resource)| *resource)
}

/// The pods that an object owns and that are not finished.
pub(super) fn pods_of(pass: &Pass<'_>, set: &Value) -> Vec<Arc<Value>> {
    let mut pods = pass.list("pods");
    pods.retain(|pod| owned_by(pod, set));
    pods
}

fn fill(pass: &Pass<'_>, set: &Value, pods: &[Arc<Value>], wanted: i64, component: &str) {
    let there = i64::try_from(pods.len()).unwrap_or(i64::MAX);
    for index in there..wanted {
        let seed = format!(
            "{}{}{index}{}",
            text(set, "/metadata/uid"),
            pass.now,
            pods.len()
        );
        let pod = format!("{}-{}", name(set), suffix(&seed, 5));
        create(pass, set, &pod, None);
        let message = format!("Created pod: {pod}");
        pass.event(set, component, ("Normal", "SuccessfulCreate", &message));
    }
    let excess = usize::try_from(there - wanted).unwrap_or(0);
    let mut leaving: Vec<_> = pods.iter().collect();
    leaving.sort_by_key(|pod| holds(pod, "Ready"));
    for pod in leaving.into_iter().take(excess) {
        pass.remove("pods", pod);
        let message = format!("Deleted pod: {}", name(pod));
        pass.event(set, component, ("Normal", "SuccessfulDelete", &message));
    }
}

/// Makes a pod of an object's template; a node is named where the owner chooses it.
pub(super) fn create(pass: &Pass<'_>, set_object: &Value, pod: &str, node: Option<&str>) {
    let mut spec = set_object
        .pointer("/spec/template/spec")
        .cloned()
        .unwrap_or_default();
    if let Some(node) = node {
        set(&mut spec, "/nodeName", json!(node));
    }
    let mut labels = set_object
        .pointer("/spec/template/metadata/labels")
        .cloned()
        .unwrap_or_else(|| json!({}));
    if text(set_object, "/kind") == "StatefulSet" {
        set(
            &mut labels,
            "/apps.kubernetes.io~1pod-index",
            json!(pod.rsplit('-').next()),
        );
        set(
            &mut labels,
            "/statefulset.kubernetes.io~1pod-name",
            json!(pod),
        );
    }
    let mut made = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": pod, "namespace": namespace(set_object), "labels": labels,
            "ownerReferences": owner(set_object),
        },
        "spec": spec,
        "status": {"phase": "Pending", "qosClass": "Burstable"},
    });
    if let Some(annotations) = set_object.pointer("/spec/template/metadata/annotations") {
        set(&mut made, "/metadata/annotations", annotations.clone());
    }
    pass.put("pods", made);
}

fn ordinals(pass: &Pass<'_>, set: &Value) {
    let wanted = number(set, "/spec/replicas").unwrap_or(1);
    let pods = pods_of(pass, set);
    let template = hash(set);
    for ordinal in 0..wanted {
        let pod_name = format!("{}-{ordinal}", name(set));
        match pods.iter().find(|pod| name(pod) == pod_name) {
            None => {
                create(pass, set, &pod_name, None);
                let message = format!(
                    "create Pod {pod_name} in StatefulSet {} successful",
                    name(set)
                );
                let what = ("Normal", "SuccessfulCreate", message.as_str());
                pass.event(set, "statefulset-controller", what);
                break;
            }
            Some(pod) if pod_hash(pod, set) != template => {
                pass.remove("pods", pod);
                break;
            }
            Some(pod) if !holds(pod, "Ready") => break,
            Some(_) => {}
        }
    }
    for pod in &pods {
        let ordinal = name(pod)
            .rsplit('-')
            .next()
            .and_then(|end| end.parse::<i64>().ok());
        if ordinal.is_none_or(|ordinal| ordinal >= wanted) {
            pass.remove("pods", pod);
        }
    }
}

fn hash(set: &Value) -> String {
    let images = items(set, "/spec/template/spec/containers").iter();
    let restarted = text(
        set,
        "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt",
    );
    images
        .map(|container| text(container, "/image"))
        .collect::<String>()
        + restarted
}

fn pod_hash(pod: &Value, _set: &Value) -> String {
    let images = items(pod, "/spec/containers").iter();
    let restarted = text(
        pod,
        "/metadata/annotations/kubectl.kubernetes.io~1restartedAt",
    );
    images
        .map(|container| text(container, "/image"))
        .collect::<String>()
        + restarted
}

fn count(pass: &Pass<'_>, resource: &str, set_object: &Value, wanted: i64) {
    let pods = pods_of(pass, set_object);
    let size = |ready: bool| {
        let counted = pods.iter().filter(|pod| !ready || healthy(pod)).count();
        i64::try_from(counted).unwrap_or(i64::MAX)
    };
    let (all, ready) = (size(false), size(true));
    pass.change(resource, set_object, |next| {
        let mut status = json!({
            "observedGeneration": generation(set_object), "replicas": all,
        });
        for field in ["readyReplicas", "availableReplicas"] {
            if ready > 0 {
                set(&mut status, &format!("/{field}"), json!(ready));
            }
        }
        if resource == "statefulsets.apps" {
            let revision = format!("{}-{}", name(set_object), suffix(&hash(set_object), 9));
            set(&mut status, "/currentReplicas", json!(all));
            set(&mut status, "/updatedReplicas", json!(all));
            set(&mut status, "/currentRevision", json!(revision));
            set(&mut status, "/updateRevision", json!(revision));
            set(&mut status, "/collisionCount", json!(0));
        } else if wanted > 0 {
            set(&mut status, "/fullyLabeledReplicas", json!(all));
        }
        set(next, "/status", status);
    });
}

fn daemons(pass: &Pass<'_>, set_object: &Value) {
    let spec = set_object
        .pointer("/spec/template/spec")
        .cloned()
        .unwrap_or_default();
    let mut nodes = pass.list("nodes");
    nodes.retain(|node| tolerated(&spec, node));
    let pods = pods_of(pass, set_object);
    for node in &nodes {
        let here = pods
            .iter()
            .any(|pod| text(pod, "/spec/nodeName") == name(node));
        if !here {
            let seed = format!(
                "{}{}{}",
                text(set_object, "/metadata/uid"),
                name(node),
                pass.now
            );
            let pod = format!("{}-{}", name(set_object), suffix(&seed, 5));
            create(pass, set_object, &pod, Some(name(node)));
        }
    }
    for pod in &pods {
        if !nodes
            .iter()
            .any(|node| name(node) == text(pod, "/spec/nodeName"))
        {
            pass.remove("pods", pod);
        }
    }
    // One at a time, as a rolling update goes: the next when all the others answer again.
    let outdated = pods
        .iter()
        .find(|pod| pod_hash(pod, set_object) != hash(set_object));
    if let Some(pod) = outdated.filter(|_| pods.len() >= nodes.len())
        && pods
            .iter()
            .all(|other| healthy(other) || name(other) == name(pod))
    {
        pass.remove("pods", pod);
    }
    let ready = pods.iter().filter(|pod| healthy(pod)).count();
    pass.change("daemonsets.apps", set_object, |next| {
        let wanted = nodes.len();
        set(
            next,
            "/status",
            json!({
                "observedGeneration": generation(set_object),
                "desiredNumberScheduled": wanted, "currentNumberScheduled": pods.len(),
                "updatedNumberScheduled": pods.len(), "numberMisscheduled": 0,
                "numberReady": ready, "numberAvailable": ready,
            }),
        );
    });
}
