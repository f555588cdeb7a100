//! What cells of core kinds are made of: conditions, addresses, ports, a pod's state.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::meta::text;
use super::value::since;

/// A list, empty when it is not there.
pub(super) fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A number, 0 when it is not there.
pub(super) fn number(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}

/// How many entries a map has.
pub(super) fn size(object: &Value, pointer: &str) -> usize {
    let map = object.pointer(pointer).and_then(Value::as_object);
    map.map_or(0, serde_json::Map::len)
}

/// A text, or what kubectl prints for none.
pub(super) fn or_none(text: &str) -> Value {
    json!(if text.is_empty() { "<none>" } else { text })
}

/// The status of a condition.
pub(super) fn condition<'a>(object: &'a Value, form: &str) -> &'a str {
    list(object, "/status/conditions")
        .iter()
        .find(|condition| text(condition, "/type") == form)
        .map_or("", |condition| text(condition, "/status"))
}

/// A node's address of a type.
pub(super) fn address<'a>(node: &'a Value, form: &str) -> &'a str {
    list(node, "/status/addresses")
        .iter()
        .find(|address| text(address, "/type") == form)
        .map_or("", |address| text(address, "/address"))
}

/// A map as `key=value` pairs.
pub(super) fn pairs(object: &Value, pointer: &str) -> String {
    let map = object.pointer(pointer).and_then(Value::as_object);
    map.into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect::<Vec<_>>()
        .join(",")
}

/// A service's ports.
pub(super) fn ports(service: &Value) -> String {
    list(service, "/spec/ports")
        .iter()
        .map(|port| {
            let protocol = match text(port, "/protocol") {
                "" => "TCP",
                protocol => protocol,
            };
            match number(port, "/nodePort") {
                0 => format!("{}/{protocol}", number(port, "/port")),
                node => format!("{}:{node}/{protocol}", number(port, "/port")),
            }
        })
        .collect::<Vec<_>>()
        .join(",")
}

/// A field of each container of a workload's template.
pub(super) fn containers(object: &Value, field: &str) -> Value {
    let containers = list(object, "/spec/template/spec/containers");
    let shown = containers
        .iter()
        .filter_map(|container| container.get(field)?.as_str());
    json!(shown.collect::<Vec<_>>().join(","))
}

/// What kubectl prints for a pod: its phase, unless a container or its deletion says more.
pub(super) fn pod_status(pod: &Value) -> String {
    if pod.pointer("/metadata/deletionTimestamp").is_some() {
        return "Terminating".into();
    }
    for status in list(pod, "/status/initContainerStatuses") {
        let waiting = text(status, "/state/waiting/reason");
        if !waiting.is_empty() && waiting != "PodInitializing" {
            return format!("Init:{waiting}");
        }
    }
    let mut shown = match text(pod, "/status/reason") {
        "" => text(pod, "/status/phase"),
        reason => reason,
    };
    for status in list(pod, "/status/containerStatuses") {
        for pointer in ["/state/waiting/reason", "/state/terminated/reason"] {
            let reason = text(status, pointer);
            if !reason.is_empty() {
                shown = reason;
            }
        }
    }
    shown.to_owned()
}

/// How often a pod's containers restarted, and when last.
pub(super) fn restarts(pod: &Value, now: Timestamp) -> String {
    let statuses = list(pod, "/status/containerStatuses");
    let count = statuses
        .iter()
        .map(|one| number(one, "/restartCount"))
        .sum::<i64>();
    let last = statuses
        .iter()
        .map(|one| text(one, "/lastState/terminated/finishedAt"))
        .max()
        .unwrap_or_default();
    if count == 0 || last.is_empty() {
        return count.to_string();
    }
    format!("{count} ({} ago)", since(last, now))
}
