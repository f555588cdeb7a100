//! Deployments: a `ReplicaSet` for each template, the change-over from one to the next, the status.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::object::{
    Condition, conclude, condition, dated, flag, generation, name, namespace, number, owned_by,
    owner, set, suffix, text,
};
use super::world::Pass;

const RESOURCE: &str = "deployments.apps";
const SETS: &str = "replicasets.apps";
const COMPONENT: &str = "deployment-controller";

pub(super) fn reconcile(pass: &Pass<'_>) {
    for deployment in pass.list(RESOURCE) {
        if !flag(&deployment, "/spec/paused") {
            roll(pass, &deployment);
        }
        conclude_status(pass, &deployment);
    }
}

fn roll(pass: &Pass<'_>, deployment: &Value) {
    let wanted = number(deployment, "/spec/replicas").unwrap_or(1);
    let hash = template_hash(deployment);
    let mut sets = sets_of(pass, deployment);
    let current = format!("{}-{hash}", name(deployment));
    if !sets.iter().any(|set| name(set) == current) {
        sets.push(Arc::new(create(pass, deployment, &current, &hash)));
    }
    let recreate = text(deployment, "/spec/strategy/type") == "Recreate";
    let (new, old): (Vec<_>, Vec<_>) = sets.into_iter().partition(|set| name(set) == current);
    let Some(new) = new.first() else { return };
    let old_pods: i64 = old
        .iter()
        .filter_map(|set| number(set, "/status/replicas"))
        .sum();
    let ready = number(new, "/status/readyReplicas").unwrap_or(0);
    if !recreate || old_pods == 0 {
        scale(pass, deployment, new, wanted);
    }
    if recreate || ready >= wanted {
        for set in &old {
            scale(pass, deployment, set, 0);
        }
    }
    let revision = text(
        new,
        "/metadata/annotations/deployment.kubernetes.io~1revision",
    )
    .to_owned();
    pass.change(RESOURCE, deployment, |deployment| {
        let place = "/metadata/annotations/deployment.kubernetes.io~1revision";
        set(deployment, place, json!(revision));
    });
}

fn sets_of(pass: &Pass<'_>, deployment: &Value) -> Vec<Arc<Value>> {
    let mut sets = pass.list(SETS);
    sets.retain(|set| owned_by(set, deployment));
    sets
}

fn template_hash(deployment: &Value) -> String {
    let template = deployment.pointer("/spec/template");
    suffix(&template.unwrap_or(&Value::Null).to_string(), 9)
}

fn create(pass: &Pass<'_>, deployment: &Value, set_name: &str, hash: &str) -> Value {
    let revision = sets_of(pass, deployment).len() + 1;
    let mut template = deployment
        .pointer("/spec/template")
        .cloned()
        .unwrap_or_else(|| json!({}));
    set(
        &mut template,
        "/metadata/labels/pod-template-hash",
        json!(hash),
    );
    let labels = template.pointer("/metadata/labels").cloned();
    let mut selector = deployment
        .pointer("/spec/selector")
        .cloned()
        .unwrap_or_default();
    set(&mut selector, "/matchLabels/pod-template-hash", json!(hash));
    pass.put(
        SETS,
        json!({
            "metadata": {
                "name": set_name, "namespace": namespace(deployment), "labels": labels,
                "annotations": {"deployment.kubernetes.io/revision": revision.to_string()},
                "ownerReferences": owner(deployment),
            },
            "spec": {"replicas": 0, "selector": selector, "template": template},
            "status": {"replicas": 0},
        }),
    )
}

fn scale(pass: &Pass<'_>, deployment: &Value, set_object: &Value, to: i64) {
    let from = number(set_object, "/spec/replicas").unwrap_or(0);
    if from == to {
        return;
    }
    pass.change(SETS, set_object, |object| {
        set(object, "/spec/replicas", json!(to));
    });
    let way = if to > from { "up" } else { "down" };
    let text = format!(
        "Scaled {way} replica set {} from {from} to {to}",
        name(set_object)
    );
    pass.event(
        deployment,
        COMPONENT,
        ("Normal", "ScalingReplicaSet", &text),
    );
}

fn conclude_status(pass: &Pass<'_>, deployment: &Value) {
    let wanted = number(deployment, "/spec/replicas").unwrap_or(1);
    let current = format!("{}-{}", name(deployment), template_hash(deployment));
    let sets = sets_of(pass, deployment);
    let sum = |pointer: &str| -> i64 { sets.iter().filter_map(|set| number(set, pointer)).sum() };
    let new = sets.iter().find(|set| name(set) == current);
    let of_new = |pointer: &str| new.and_then(|set| number(set, pointer)).unwrap_or(0);
    let ready = sum("/status/readyReplicas");
    let all = sum("/status/replicas");
    let updated_ready = of_new("/status/readyReplicas");
    let complete = updated_ready >= wanted && all == of_new("/status/replicas");
    let began = new
        .and_then(|set| dated(set, "/metadata/creationTimestamp"))
        .unwrap_or(pass.now);
    let late = !complete && timed_out(pass, deployment, began);
    pass.change(RESOURCE, deployment, |next| {
        let conditions = deployment.pointer("/status/conditions").cloned();
        set(
            next,
            "/status",
            json!({"observedGeneration": generation(deployment), "conditions": conditions}),
        );
        let counts = [
            ("replicas", all),
            ("updatedReplicas", of_new("/status/replicas")),
            ("readyReplicas", ready),
            ("availableReplicas", ready),
            ("unavailableReplicas", (wanted - ready).max(0)),
        ];
        for (field, count) in counts.into_iter().filter(|(_, count)| *count != 0) {
            set(next, &format!("/status/{field}"), json!(count));
        }
        available(next, ready >= wanted, pass.now);
        progressing(next, &current, (complete, late), pass.now);
    });
}

/// The progress deadline counts from the newest template, or from when pods were last all there.
fn timed_out(pass: &Pass<'_>, deployment: &Value, began: Timestamp) -> bool {
    let limit = number(deployment, "/spec/progressDeadlineSeconds")
        .and_then(|seconds| u64::try_from(seconds).ok())
        .unwrap_or(600);
    let lost = condition(deployment, "Available")
        .and_then(|found| dated(found, "/lastTransitionTime"))
        .unwrap_or(began);
    pass.elapsed(began.max(lost), limit)
}

fn available(deployment: &mut Value, met: bool, now: Timestamp) {
    let (reason, message) = if met {
        (
            "MinimumReplicasAvailable",
            "Deployment has minimum availability.",
        )
    } else {
        (
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
        )
    };
    let written = Condition {
        kind: "Available",
        met,
        reason,
        message,
    };
    conclude(deployment, written, None, now);
}

fn progressing(deployment: &mut Value, set_name: &str, state: (bool, bool), now: Timestamp) {
    let (reason, words) = match state {
        (true, _) => ("NewReplicaSetAvailable", "has successfully progressed"),
        (false, true) => ("ProgressDeadlineExceeded", "has timed out progressing"),
        (false, false) => ("ReplicaSetUpdated", "is progressing"),
    };
    let message = format!("ReplicaSet \"{set_name}\" {words}.");
    let written = Condition {
        kind: "Progressing",
        met: state != (false, true),
        reason,
        message: &message,
    };
    conclude(deployment, written, None, now);
}
