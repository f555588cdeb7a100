//! Many plain objects, as their controllers would have left them: for measuring, not for playing.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::spec::Scale;
use crate::clock::Clock;
use crate::lab::controllers::World;
use crate::lab::kube::Objects;

const SPACES: u32 = 50;
/// Changes come in as many portions a second.
const PORTIONS: u32 = 20;

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
    for index in 0..counts.events {
        objects.put("events", event(index, now));
    }
}

/// Changes as many objects a second as `counts` says, one after another, in real time: it is for
/// measuring what that costs.
pub(super) async fn stir(objects: Objects, counts: Scale, clock: Clock, stop: CancellationToken) {
    if counts.changes == 0 {
        return;
    }
    let pause = Duration::from_secs(1) / PORTIONS;
    let mut turn = 0_u32;
    let stirring = async {
        loop {
            Clock::default().sleep(pause).await;
            let until = turn.saturating_add(counts.changes.div_ceil(PORTIONS));
            for turn in turn..until {
                change(&objects, counts, turn, clock.now());
            }
            turn = until % u32::MAX.div_ceil(2);
        }
    };
    stop.run_until_cancelled(stirring).await;
}

/// The change of one turn: a pod that was restarted, an application that left or found its sync, an
/// event that came again.
fn change(objects: &Objects, counts: Scale, turn: u32, now: Timestamp) {
    let (kind, round) = (turn % 3, turn / 3);
    match kind {
        0 if counts.pods > 0 => {
            let index = round % counts.pods;
            objects.change("pods", Some(&space(index)), &pod_name(index), |pod| {
                let restarts = json!(round / counts.pods + 1);
                set(pod, "/status/containerStatuses/0/restartCount", restarts);
            });
        }
        1 if counts.apps > 0 => {
            let index = round % counts.apps;
            let resource = "applications.argoproj.io";
            objects.change(resource, Some("argocd"), &app_name(index), |app| {
                let is_there = (round / counts.apps).is_multiple_of(2);
                let sync = if is_there { "OutOfSync" } else { "Synced" };
                set(app, "/status/sync/status", json!(sync));
            });
        }
        2 if counts.events > 0 => {
            let index = round % counts.events;
            objects.change("events", Some(&space(index)), &event_name(index), |event| {
                let last = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
                set(event, "/count", json!(round / counts.events + 2));
                set(event, "/lastTimestamp", json!(last));
            });
        }
        _ => {}
    }
}

fn set(object: &mut Value, place: &str, value: Value) {
    if let Some(there) = object.pointer_mut(place) {
        *there = value;
    }
}

fn app_name(index: u32) -> String {
    format!("app-{index:04}")
}

fn pod_name(index: u32) -> String {
    format!("work-{index:05}")
}

fn event_name(index: u32) -> String {
    format!("work-{index:05}.18a1")
}

fn event(index: u32, now: Timestamp) -> Value {
    json!({
        "metadata": {"name": event_name(index), "namespace": space(index),
                     "creationTimestamp": ago(now, 0)},
        "involvedObject": {"kind": "Pod", "namespace": space(index), "name": pod_name(index)},
        "reason": "BackOff", "type": "Warning", "count": 1,
        "message": format!("Back-off restarting failed container main in pod {}", pod_name(index)),
        "source": {"component": "kubelet"},
        "firstTimestamp": ago(now, 0), "lastTimestamp": ago(now, 0),
    })
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
    let name = app_name(index);
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
            "name": pod_name(index), "namespace": space(index),
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
