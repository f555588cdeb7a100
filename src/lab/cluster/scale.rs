//! Many plain objects, as their controllers would have left them: for measuring, not for playing.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::spec::Scale;
use crate::lab::controllers::World;

const SPACES: u32 = 50;

/// Lays everything at once.
pub(super) fn lay(world: &World, counts: Scale, now: Timestamp) {
    let objects = &world.objects;
    for space in 0..SPACES {
        objects.put(
            "namespaces",
            json!({
                "metadata": {"name": format!("team-{space:02}"), "creationTimestamp": ago(now, 90)},
                "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
            }),
        );
    }
    let nodes: Vec<String> = objects
        .list("nodes")
        .iter()
        .filter_map(|node| node.pointer("/metadata/name")?.as_str().map(str::to_owned))
        .collect();
    for index in 0..counts.apps {
        objects.put("applications.argoproj.io", application(index, now));
    }
    for index in 0..counts.pods {
        let place = usize::try_from(index).unwrap_or(0) % nodes.len().max(1);
        let node = nodes.get(place).map_or("", String::as_str);
        objects.put("pods", pod(index, node, now));
    }
    for index in 0..counts.routes {
        objects.put("httproutes.gateway.networking.k8s.io", route(index, now));
    }
    for index in 0..counts.certs {
        objects.put("certificates.cert-manager.io", certificate(index, now));
    }
}

fn space(index: u32) -> String {
    format!("team-{:02}", index % SPACES)
}

fn ago(now: Timestamp, days: i64) -> String {
    let then = now
        .checked_sub(SignedDuration::from_hours(days * 24))
        .unwrap_or(now);
    then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn application(index: u32, now: Timestamp) -> Value {
    let name = format!("app-{index:04}");
    let (sync, health) = match index % 40 {
        7 => ("OutOfSync", "Healthy"),
        19 => ("Synced", "Degraded"),
        31 => ("Synced", "Progressing"),
        _ => ("Synced", "Healthy"),
    };
    let revision = format!("{index:040x}");
    let source = json!({
        "repoURL": "https://github.com/example/fleet.git", "path": name,
        "targetRevision": "main",
    });
    let destination = json!({
        "server": "https://kubernetes.default.svc", "namespace": space(index),
    });
    json!({
        "metadata": {
            "name": name, "namespace": "argocd", "creationTimestamp": ago(now, 60),
            "annotations": {"argocd.argoproj.io/sync-wave": (index % 4).to_string()},
        },
        "spec": {"project": "default", "source": source, "destination": destination,
                 "syncPolicy": {"automated": {"prune": true}}},
        "status": {
            "sync": {"status": sync, "revision": revision,
                     "comparedTo": {"source": source, "destination": destination}},
            "health": {"status": health, "lastTransitionTime": ago(now, 2)},
            "reconciledAt": ago(now, 0), "sourceType": "Kustomize",
            "resourceHealthSource": "appTree", "controllerNamespace": "argocd",
            "resources": [{"group": "apps", "version": "v1", "kind": "Deployment",
                           "namespace": space(index), "name": name, "status": sync}],
            "history": [{"id": 0, "revision": revision, "source": source,
                         "deployStartedAt": ago(now, 3), "deployedAt": ago(now, 3),
                         "initiatedBy": {"automated": true}}],
            "operationState": {
                "phase": "Succeeded", "message": "successfully synced (all tasks run)",
                "startedAt": ago(now, 3), "finishedAt": ago(now, 3),
                "operation": {"sync": {"revision": revision},
                              "initiatedBy": {"automated": true}},
            },
        },
    })
}

fn pod(index: u32, node: &str, now: Timestamp) -> Value {
    let ready = index % 97 != 13;
    let state = if ready {
        json!({"running": {"startedAt": ago(now, 1)}})
    } else {
        json!({"waiting": {"reason": "CrashLoopBackOff",
                           "message": "back-off 5m0s restarting failed container=main"}})
    };
    let truth = if ready { "True" } else { "False" };
    let [.., high, low] = index.to_be_bytes();
    json!({
        "metadata": {
            "name": format!("work-{index:05}"), "namespace": space(index),
            "creationTimestamp": ago(now, i64::from(index % 30)),
            "labels": {"app": format!("work-{}", index % 500)},
        },
        "spec": {"nodeName": node, "containers": [{
            "name": "main", "image": format!("ghcr.io/example/work:{}", index % 7),
            "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
        }]},
        "status": {
            "phase": "Running", "podIP": format!("10.42.{high}.{low}"),
            "startTime": ago(now, 1), "qosClass": "Burstable",
            "conditions": [
                {"type": "Ready", "status": truth, "lastTransitionTime": ago(now, 1)},
                {"type": "PodScheduled", "status": "True", "lastTransitionTime": ago(now, 1)},
            ],
            "containerStatuses": [{
                "name": "main", "ready": ready, "restartCount": index % 5, "state": state,
                "image": "ghcr.io/example/work", "imageID": "", "lastState": {},
            }],
        },
    })
}

fn route(index: u32, now: Timestamp) -> Value {
    let parent = json!({
        "group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "public-gateway",
        "namespace": "envoy-gateway-system",
    });
    let lost = index % 50 == 11;
    let (status, reason) = if lost {
        ("False", "BackendNotFound")
    } else {
        ("True", "ResolvedRefs")
    };
    let message = if lost {
        format!(
            "Failed to process route rule 0 backendRef 0: service {}/web-{index} not found.",
            space(index)
        )
    } else {
        "Resolved all the Object references for the Route".to_owned()
    };
    json!({
        "metadata": {"name": format!("web-{index:04}"), "namespace": space(index),
                     "creationTimestamp": ago(now, 40)},
        "spec": {
            "parentRefs": [parent], "hostnames": [format!("web-{index:04}.example.com")],
            "rules": [{"backendRefs": [{"name": format!("web-{index}"), "port": 80}]}],
        },
        "status": {"parents": [{
            "parentRef": parent,
            "controllerName": "gateway.envoyproxy.io/gatewayclass-controller",
            "conditions": [
                {"type": "Accepted", "status": "True", "reason": "Accepted",
                 "message": "Route is accepted", "lastTransitionTime": ago(now, 40),
                 "observedGeneration": 1},
                {"type": "ResolvedRefs", "status": status, "reason": reason,
                 "message": message, "lastTransitionTime": ago(now, 4), "observedGeneration": 1},
            ],
        }]},
    })
}

fn certificate(index: u32, now: Timestamp) -> Value {
    let begun = i64::from(index % 85);
    json!({
        "metadata": {"name": format!("web-{index:04}-tls"), "namespace": space(index),
                     "creationTimestamp": ago(now, begun)},
        "spec": {
            "secretName": format!("web-{index:04}-tls"),
            "dnsNames": [format!("web-{index:04}.example.com")],
            "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer",
                          "name": "letsencrypt-production"},
        },
        "status": {
            "revision": 1, "notBefore": ago(now, begun), "notAfter": ago(now, begun - 90),
            "renewalTime": ago(now, begun - 60),
            "conditions": [{
                "type": "Ready", "status": "True", "reason": "Ready", "observedGeneration": 1,
                "message": "Certificate is up to date and has not expired",
                "lastTransitionTime": ago(now, begun),
            }],
        },
    })
}
