//! The `scale` subresource of workloads.

use serde_json::{Value, json};

use super::meta::{self, text};
use super::status::Failure;
use super::write::Writer;

/// An object's scale.
pub(super) fn of(object: &Value) -> Value {
    let number = |pointer: &str| object.pointer(pointer).cloned().unwrap_or_else(|| json!(0));
    let labels = object.pointer("/spec/selector/matchLabels");
    let labels = labels.and_then(Value::as_object);
    let selector = labels
        .into_iter()
        .flatten()
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
        .collect::<Vec<_>>()
        .join(",");
    json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": text(object, "/metadata/name"),
            "namespace": text(object, "/metadata/namespace"),
            "uid": text(object, "/metadata/uid"),
            "resourceVersion": text(object, "/metadata/resourceVersion"),
            "creationTimestamp": text(object, "/metadata/creationTimestamp"),
        },
        "spec": {"replicas": number("/spec/replicas")},
        "status": {"replicas": number("/status/replicas"), "selector": selector},
    })
}

/// Writes the wanted number of replicas into the object.
pub(super) fn write(writer: &Writer<'_>, found: &Value, scale: &Value) -> Result<Value, Failure> {
    let replicas = scale.pointer("/spec/replicas").and_then(Value::as_u64);
    let replicas =
        replicas.ok_or_else(|| Failure::bad_request("spec.replicas must be a whole number"))?;
    let written = writer.transact(writer.key(), |before| {
        let before = before.unwrap_or(found);
        let mut after = before.clone();
        if let Some(version) = scale.pointer("/metadata/resourceVersion") {
            meta::metadata(&mut after).insert("resourceVersion".into(), version.clone());
        }
        meta::member(meta::map(&mut after), "spec").insert("replicas".into(), json!(replicas));
        writer.settle(Some(before), after)
    })?;
    Ok(of(&written.object))
}
