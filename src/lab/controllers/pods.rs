//! The scheduler's binding and the kubelet: a pod from Pending to Running, its restarts, its end.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::images::Behaviour;
use super::object::{
    Condition, conclude, date, dated, flag, hex, holds, items, name, namespace, number, set,
    suffix, text,
};
use super::scheduler::place;
use super::world::Pass;

const START_SECONDS: u64 = 2;
/// A Helm chart is pulled, unpacked and applied meanwhile.
const JOB_SECONDS: u64 = 45;
const LONGEST_BACKOFF: u64 = 300;

pub(super) fn reconcile(pass: &Pass<'_>) {
    for pod in pass.list("pods") {
        if !text(&pod, "/metadata/deletionTimestamp").is_empty() {
            pass.remove("pods", &pod);
            continue;
        }
        match text(&pod, "/status/phase") {
            "Succeeded" | "Failed" => {}
            "Running" => live(pass, &pod),
            _ if dated(&pod, "/status/startTime").is_some() => start(pass, &pod),
            _ => bind(pass, &pod),
        }
    }
}

/// Whether a pod's containers all answer.
pub(super) fn healthy(pod: &Value) -> bool {
    holds(pod, "Ready")
}

/// Whether a node has what a pod's selector wants, and no taint that the pod does not bear.
pub(super) fn tolerated(spec: &Value, node: &Value) -> bool {
    let labels = node.pointer("/metadata/labels");
    let selector = spec.pointer("/nodeSelector").and_then(Value::as_object);
    let fits = selector.is_none_or(|wanted| {
        wanted
            .iter()
            .all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
    });
    let taints = items(node, "/spec/taints").iter();
    let hard = taints.filter(|taint| {
        text(taint, "/effect") != "PreferNoSchedule"
            && text(taint, "/key") != "node.kubernetes.io/unschedulable"
    });
    let bears = |taint: &Value| {
        items(spec, "/tolerations").iter().any(|toleration| {
            matches!(text(toleration, "/key"), key if key.is_empty() || key == text(taint, "/key"))
        })
    };
    fits && hard.into_iter().all(bears)
}

fn bind(pass: &Pass<'_>, pod: &Value) {
    let node = match text(pod, "/spec/nodeName") {
        "" => place(pass, pod),
        chosen => Ok(chosen.to_owned()),
    };
    let node = match node {
        Ok(node) => node,
        Err(message) => return unscheduled(pass, pod, &message),
    };
    let host = pass.get("nodes", "", &node);
    let address = host
        .as_deref()
        .map(|host| text(host, "/status/addresses/0/address"));
    let message = format!(
        "Successfully assigned {}/{} to {node}",
        namespace(pod),
        name(pod)
    );
    pass.event(pod, "default-scheduler", ("Normal", "Scheduled", &message));
    pass.change("pods", pod, |next| {
        set(next, "/spec/nodeName", json!(node));
        if text(pod, "/spec/serviceAccountName").is_empty() {
            set(next, "/spec/serviceAccountName", json!("default"));
        }
        set(next, "/status/phase", json!("Pending"));
        set(next, "/status/startTime", json!(date(pass.now)));
        set(next, "/status/hostIP", json!(address));
        set(next, "/status/hostIPs", json!([{"ip": address}]));
        for (kind, met) in [
            ("PodScheduled", true),
            ("Initialized", true),
            ("Ready", false),
        ] {
            stand(next, kind, met, pass.now);
        }
        waiting(next, "ContainerCreating", "");
    });
}

fn stand(pod: &mut Value, kind: &str, met: bool, now: Timestamp) {
    let unready = !met && kind.ends_with("Ready");
    let names: Vec<&str> = items(pod, "/spec/containers")
        .iter()
        .map(|c| text(c, "/name"))
        .collect();
    let message = format!("containers with unready status: [{}]", names.join(" "));
    let written = Condition {
        kind,
        met,
        reason: if unready { "ContainersNotReady" } else { "" },
        message: if unready { &message } else { "" },
    };
    conclude(pod, written, None, now);
    let place = format!("/status/conditions/{}", position(pod, kind));
    if let Some(entry) = pod.pointer_mut(&place).and_then(Value::as_object_mut)
        && met
    {
        entry.remove("reason");
        entry.remove("message");
    }
}

fn position(pod: &Value, kind: &str) -> usize {
    let mut all = items(pod, "/status/conditions").iter();
    all.position(|c| text(c, "/type") == kind).unwrap_or(0)
}

fn unscheduled(pass: &Pass<'_>, pod: &Value, message: &str) {
    let before = super::object::condition(pod, "PodScheduled").map(|c| text(c, "/message"));
    if before != Some(message) {
        let what = ("Warning", "FailedScheduling", message);
        pass.event(pod, "default-scheduler", what);
    }
    pass.change("pods", pod, |next| {
        let written = Condition {
            kind: "PodScheduled",
            met: false,
            reason: "Unschedulable",
            message,
        };
        conclude(next, written, None, pass.now);
    });
}

/// Gives every container a status that waits.
fn waiting(pod: &mut Value, reason: &str, message: &str) {
    let mut state = json!({"waiting": {"reason": reason}});
    if !message.is_empty() {
        set(&mut state, "/waiting/message", json!(message));
    }
    states(pod, &state, false);
}

/// Writes one state into all container statuses, keeping what counts and what ended last.
fn states(pod: &mut Value, state: &Value, ready: bool) {
    let known = items(pod, "/status/containerStatuses").to_vec();
    let made: Vec<Value> = items(pod, "/spec/containers")
        .iter()
        .enumerate()
        .map(|(index, container)| {
            let before = known.get(index);
            let restarts = before.and_then(|b| number(b, "/restartCount")).unwrap_or(0);
            let last = before.and_then(|b| b.get("lastState")).cloned();
            let image = text(container, "/image");
            let mut status = json!({
                "name": text(container, "/name"), "image": image, "imageID": "",
                "ready": ready, "started": ready, "restartCount": restarts,
                "state": state, "lastState": last.unwrap_or_else(|| json!({})),
            });
            if ready {
                let digest = hex(image, 64);
                let repository = image.rsplit_once(':').map_or(image, |(head, _)| head);
                set(
                    &mut status,
                    "/imageID",
                    json!(format!("{repository}@sha256:{digest}")),
                );
                set(
                    &mut status,
                    "/containerID",
                    json!(format!(
                        "containerd://{}",
                        hex(&format!("{image}{restarts}{}", name(pod)), 64)
                    )),
                );
            }
            status
        })
        .collect();
    set(pod, "/status/containerStatuses", json!(made));
}

fn start(pass: &Pass<'_>, pod: &Value) {
    let began = dated(pod, "/status/startTime").unwrap_or(pass.now);
    if let Some(secret) = missing_secret(pass, pod) {
        let message = format!("secret \"{secret}\" not found");
        if text(pod, "/status/containerStatuses/0/state/waiting/message") != message {
            let text = format!("Error: {message}");
            pass.event(pod, "kubelet", ("Warning", "Failed", &text));
        }
        pass.change("pods", pod, |next| {
            waiting(next, "CreateContainerConfigError", &message);
        });
        return;
    }
    let slowness = pass.world.underlay.slowness(text(pod, "/spec/nodeName"));
    if !pass.elapsed(began, START_SECONDS * slowness) {
        return;
    }
    let behaviour = behaviour(pass, pod);
    if let Some(reason) = behaviour.and_then(|b| b.unpullable.as_deref()) {
        return unpullable(pass, pod, reason);
    }
    for container in items(pod, "/spec/containers") {
        let (image, container) = (text(container, "/image"), text(container, "/name"));
        let pulled = format!("Container image \"{image}\" already present on machine");
        pass.event(pod, "kubelet", ("Normal", "Pulled", &pulled));
        let created = format!("Created container: {container}");
        pass.event(pod, "kubelet", ("Normal", "Created", &created));
        let started = format!("Started container {container}");
        pass.event(pod, "kubelet", ("Normal", "Started", &started));
    }
    pass.change("pods", pod, |next| run(pass, next));
}

fn run(pass: &Pass<'_>, pod: &mut Value) {
    let address = if flag(pod, "/spec/hostNetwork") {
        text(pod, "/status/hostIP").to_owned()
    } else {
        pod_address(pass, pod)
    };
    set(pod, "/status/phase", json!("Running"));
    set(pod, "/status/podIP", json!(address));
    set(pod, "/status/podIPs", json!([{"ip": address}]));
    states(
        pod,
        &json!({"running": {"startedAt": date(pass.now)}}),
        true,
    );
    for kind in ["Ready", "ContainersReady", "PodReadyToStartContainers"] {
        stand(pod, kind, true, pass.now);
    }
}

fn pod_address(pass: &Pass<'_>, pod: &Value) -> String {
    let mut nodes = pass.list("nodes").into_iter();
    let index = nodes
        .position(|node| name(&node) == text(pod, "/spec/nodeName"))
        .unwrap_or(0);
    let node = pass.list("nodes").into_iter().nth(index);
    let range = node
        .as_deref()
        .map(|node| text(node, "/spec/podCIDR").to_owned())
        .and_then(|range| Some(range.rsplit_once('.')?.0.to_owned()))
        .unwrap_or_else(|| "10.42.0".to_owned());
    let taken = pass.list("pods");
    let seed = u64::from_str_radix(&hex(text(pod, "/metadata/uid"), 4), 16).unwrap_or(0);
    (0..250)
        .map(|step| format!("{range}.{}", 4 + (seed + step) % 250))
        .find(|address| {
            taken
                .iter()
                .all(|other| text(other, "/status/podIP") != address)
        })
        .unwrap_or_else(|| format!("{range}.3"))
}

/// A Secret that a container's environment or a volume names and that is not there.
fn missing_secret(pass: &Pass<'_>, pod: &Value) -> Option<String> {
    let containers = items(pod, "/spec/containers").iter();
    let variables = containers.flat_map(|container| items(container, "/env"));
    let named = variables
        .filter(|variable| !flag(variable, "/valueFrom/secretKeyRef/optional"))
        .map(|variable| text(variable, "/valueFrom/secretKeyRef/name"));
    let mounted = items(pod, "/spec/volumes")
        .iter()
        .map(|v| text(v, "/secret/secretName"));
    named
        .chain(mounted)
        .filter(|secret| !secret.is_empty())
        .find(|secret| pass.get("secrets", namespace(pod), secret).is_none())
        .map(str::to_owned)
}

fn behaviour<'a>(pass: &'a Pass<'_>, pod: &Value) -> Option<&'a Behaviour> {
    let mut containers = items(pod, "/spec/containers").iter();
    containers.find_map(|container| pass.world.images.behaviour(text(container, "/image")))
}

fn unpullable(pass: &Pass<'_>, pod: &Value, reason: &str) {
    let image = text(pod, "/spec/containers/0/image").to_owned();
    if text(pod, "/status/containerStatuses/0/state/waiting/reason") == "ImagePullBackOff" {
        return;
    }
    let message = format!(
        "Failed to pull image \"{image}\": rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": {reason}"
    );
    pass.event(pod, "kubelet", ("Warning", "Failed", &message));
    pass.event(
        pod,
        "kubelet",
        ("Warning", "Failed", "Error: ImagePullBackOff"),
    );
    let text = format!("Back-off pulling image \"{image}\"");
    pass.change("pods", pod, |next| waiting(next, "ImagePullBackOff", &text));
}

/// A running pod: a job's ends, a failing one exits and is started again after its back-off.
fn live(pass: &Pass<'_>, pod: &Value) {
    if text(pod, "/metadata/ownerReferences/0/kind") == "Job" {
        return finish(pass, pod);
    }
    let Some(behaviour) = behaviour(pass, pod) else {
        return;
    };
    let exits = behaviour
        .needs
        .as_deref()
        .is_none_or(|kind| !pass.serves(kind));
    let Some(code) = behaviour.exit.filter(|_| exits) else {
        if !healthy(pod) {
            pass.change("pods", pod, |next| run(pass, next));
        }
        return;
    };
    let status = "/status/containerStatuses/0";
    if let Some(started) = dated(pod, &format!("{status}/state/running/startedAt")) {
        if pass.elapsed(started, behaviour.after) {
            exit(pass, pod, code, started);
        }
        return;
    }
    let ended = dated(pod, &format!("{status}/lastState/terminated/finishedAt"));
    let restarts = number(pod, &format!("{status}/restartCount")).unwrap_or(0);
    if pass.elapsed(ended.unwrap_or(pass.now), backoff(restarts)) {
        pass.change("pods", pod, |next| run(pass, next));
    }
}

fn backoff(restarts: i64) -> u64 {
    let doublings = u32::try_from(restarts.clamp(1, 6) - 1).unwrap_or(0);
    (10 * 2_u64.pow(doublings)).min(LONGEST_BACKOFF)
}

fn exit(pass: &Pass<'_>, pod: &Value, code: i64, started: Timestamp) {
    let restarts = number(pod, "/status/containerStatuses/0/restartCount").unwrap_or(0) + 1;
    let wait = match Duration::from_secs(backoff(restarts)).as_secs() {
        300 => "5m0s".to_owned(),
        seconds if seconds >= 60 => format!("{}m{}s", seconds / 60, seconds % 60),
        seconds => format!("{seconds}s"),
    };
    let uid = text(pod, "/metadata/uid");
    let (pod_name, space) = (name(pod), namespace(pod));
    let container = text(pod, "/spec/containers/0/name");
    let back = format!(
        "Back-off restarting failed container {container} in pod {pod_name}_{space}({uid})"
    );
    pass.event(pod, "kubelet", ("Warning", "BackOff", &back));
    let message = format!(
        "back-off {wait} restarting failed container={container} pod={pod_name}_{space}({uid})"
    );
    pass.change("pods", pod, |next| {
        waiting(next, "CrashLoopBackOff", &message);
        let place = "/status/containerStatuses/0";
        let ended = json!({"terminated": {
            "exitCode": code, "reason": "Error", "startedAt": date(started),
            "finishedAt": date(pass.now), "containerID": format!("containerd://{}", hex(&suffix(uid, 8), 64)),
        }});
        if let Some(status) = next.pointer_mut(place) {
            set(status, "/restartCount", json!(restarts));
            set(status, "/lastState", ended);
        }
        for kind in ["Ready", "ContainersReady"] {
            stand(next, kind, false, pass.now);
        }
    });
}

fn finish(pass: &Pass<'_>, pod: &Value) {
    let started = dated(pod, "/status/containerStatuses/0/state/running/startedAt");
    let started = started.unwrap_or(pass.now);
    if !pass.elapsed(started, JOB_SECONDS) {
        return;
    }
    pass.change("pods", pod, |next| {
        set(next, "/status/phase", json!("Succeeded"));
        let ended = json!({"terminated": {
            "exitCode": 0, "reason": "Completed", "startedAt": date(started),
            "finishedAt": date(pass.now),
        }});
        states(next, &ended, false);
        for kind in ["Ready", "ContainersReady"] {
            stand(next, kind, false, pass.now);
        }
        let place = format!("/status/conditions/{}/reason", position(next, "Ready"));
        set(next, &place, json!("PodCompleted"));
    });
}
