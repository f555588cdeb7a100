//! What keeps pods, and pods.

use serde_json::Value;

use crate::domain::application::Health;
use crate::domain::health_rule::{Judged, well};
use crate::domain::object::{Truth, condition};
use crate::kube::wire::vital::Seen;

fn on_its_way(why: impl Into<String>) -> Judged {
    (Health::Progressing, why.into())
}

const UNSEEN: &str = "its controller has not seen the last change yet";

/// A Deployment: a rollout that got stuck is Degraded, one that goes on is not.
pub(super) fn deployment(seen: &Seen) -> Judged {
    if seen.spec.paused == true {
        return (Health::Suspended, "its rollout is paused".to_owned());
    }
    if !seen.is_observed() {
        return on_its_way(UNSEEN);
    }
    let conditions = seen.conditions();
    let progressing = condition(&conditions, "Progressing");
    if let Some(stuck) = progressing.filter(|it| it.reason == "ProgressDeadlineExceeded") {
        return (Health::Degraded, stuck.message.to_string());
    }
    let (all, updated, available) = (
        seen.number("/replicas"),
        seen.number("/updatedReplicas"),
        seen.number("/availableReplicas"),
    );
    match seen.spec.replicas.as_i64() {
        Some(wanted) if updated < wanted => on_its_way(format!(
            "{updated} of {wanted} pods are of the new template"
        )),
        _ if all > updated => on_its_way(format!("{} old pods have to end", all - updated)),
        _ if available < updated => {
            on_its_way(format!("{available} of {updated} pods are available"))
        }
        _ => well(),
    }
}

/// A StatefulSet: pods that are ready, then pods of the new revision.
pub(super) fn stateful_set(seen: &Seen) -> Judged {
    if seen.number("/observedGeneration") == 0 || !seen.is_observed() {
        return on_its_way(UNSEEN);
    }
    let wanted = seen.spec.replicas.as_i64().unwrap_or(0);
    let (ready, updated) = (
        seen.number("/readyReplicas"),
        seen.number("/updatedReplicas"),
    );
    if ready < wanted {
        return on_its_way(format!("{ready} of {wanted} pods are ready"));
    }
    let strategy = &seen.spec.update_strategy;
    let how = strategy.get("type").and_then(Value::as_str);
    let rolling = strategy.get("rollingUpdate").filter(|it| !it.is_null());
    match (how, rolling) {
        (Some("RollingUpdate"), Some(rolling)) => {
            let kept = rolling.get("partition").and_then(Value::as_i64);
            match kept.map(|kept| wanted - kept) {
                Some(new) if updated < new => {
                    on_its_way(format!("{updated} of {new} pods are of the new revision"))
                }
                _ => well(),
            }
        }
        (Some("OnDelete"), _) => well(),
        _ if seen.text("/updateRevision") != seen.text("/currentRevision") => {
            on_its_way(format!("{updated} pods are of the new revision"))
        }
        _ => well(),
    }
}

/// A DaemonSet.
pub(super) fn daemon_set(seen: &Seen) -> Judged {
    if !seen.is_observed() {
        return on_its_way(UNSEEN);
    }
    let strategy = &seen.spec.update_strategy;
    if strategy.get("type").and_then(Value::as_str) == Some("OnDelete") {
        return well();
    }
    let (wanted, updated, available) = (
        seen.number("/desiredNumberScheduled"),
        seen.number("/updatedNumberScheduled"),
        seen.number("/numberAvailable"),
    );
    if updated < wanted {
        on_its_way(format!(
            "{updated} of {wanted} pods are of the new template"
        ))
    } else if available < wanted {
        on_its_way(format!("{available} of {wanted} pods are available"))
    } else {
        well()
    }
}

/// A ReplicaSet.
pub(super) fn replica_set(seen: &Seen) -> Judged {
    if !seen.is_observed() {
        return on_its_way(UNSEEN);
    }
    let conditions = seen.conditions();
    let failure = condition(&conditions, "ReplicaFailure");
    if let Some(failure) = failure.filter(|it| it.status == Truth::True) {
        return (Health::Degraded, failure.message.to_string());
    }
    let available = seen.number("/availableReplicas");
    match seen.spec.replicas.as_i64() {
        Some(wanted) if available < wanted => {
            on_its_way(format!("{available} of {wanted} pods are available"))
        }
        _ => well(),
    }
}

/// A Job.
pub(super) fn job(seen: &Seen) -> Judged {
    let conditions = seen.conditions();
    let holds = |kind| condition(&conditions, kind).filter(|it| it.status == Truth::True);
    if let Some(it) = holds("Failed") {
        return (Health::Degraded, it.message.to_string());
    }
    if holds("Complete").is_some() {
        return well();
    }
    match holds("Suspended") {
        Some(it) => (Health::Suspended, it.message.to_string()),
        None => on_its_way("it runs"),
    }
}

/// A `CronJob`: what failed last is known only once nothing of it runs.
pub(super) fn cron_job(seen: &Seen) -> Judged {
    if seen.spec.suspend == true {
        return (Health::Suspended, "it is suspended".to_owned());
    }
    if !seen.has_status() {
        return well();
    }
    let at = |place| seen.text(place).parse::<jiff::Timestamp>().ok();
    let (Some(begun), Some(done)) = (at("/lastScheduleTime"), at("/lastSuccessfulTime")) else {
        return well();
    };
    if seen.list("/active").is_empty() && done < begun {
        return (Health::Degraded, "its last run did not end well".to_owned());
    }
    well()
}

/// A pod.
pub(super) fn pod(seen: &Seen) -> Judged {
    let said = || seen.text("/message").to_owned();
    let always = seen.spec.restart_policy == "Always";
    let containers = seen.list("/containerStatuses");
    let stuck = containers.iter().find(|it| {
        let reason = text(it, "/state/waiting/reason");
        reason.starts_with("Err") || reason.ends_with("Error") || reason.ends_with("BackOff")
    });
    if let Some(stuck) = stuck.filter(|_| always) {
        let reason = text(stuck, "/state/waiting/reason");
        let why = match text(stuck, "/state/waiting/message") {
            "" => reason.to_owned(),
            message => format!("{reason}: {message}"),
        };
        return (Health::Degraded, why);
    }
    match seen.text("/phase") {
        "Succeeded" => well(),
        "Failed" => (Health::Degraded, failure(seen).unwrap_or_else(said)),
        "Running" if always => {
            let conditions = seen.conditions();
            let ready = condition(&conditions, "Ready").map(|it| it.status);
            let ended = |it: &Value| !text(it, "/lastState/terminated/reason").is_empty();
            if ready == Some(Truth::True) {
                well()
            } else if containers.iter().any(ended) {
                (
                    Health::Degraded,
                    "a container was started again and is not ready".to_owned(),
                )
            } else {
                on_its_way(said())
            }
        }
        "Running" | "Pending" => on_its_way(said()),
        _ => (Health::Unknown, said()),
    }
}

/// Why a pod failed, by the first container that says so.
fn failure(seen: &Seen) -> Option<String> {
    if !seen.text("/message").is_empty() {
        return None;
    }
    let lists = ["/initContainerStatuses", "/containerStatuses"];
    let mut containers = lists.iter().flat_map(|at| seen.list(at));
    containers.find_map(|it| {
        let code = it.pointer("/state/terminated/exitCode")?.as_i64()?;
        let (message, reason) = (
            text(it, "/state/terminated/message"),
            text(it, "/state/terminated/reason"),
        );
        match (message, reason, code) {
            ("", "OOMKilled", _) => Some(reason.to_owned()),
            ("", _, 0) => None,
            ("", _, code) => Some(format!(
                "container {} ended with exit status {code}",
                text(it, "/name")
            )),
            (message, _, _) => Some(message.to_owned()),
        }
    })
}

fn text<'a>(of: &'a Value, at: &str) -> &'a str {
    of.pointer(at).and_then(Value::as_str).unwrap_or_default()
}
