//! What the API server fills into core objects that a client creates or changes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::meta;

/// Fills in the defaults of a core kind; `created` says that the object is new.
pub(super) fn fill(resource: &str, object: &mut Value, created: bool) {
    match resource {
        "pods" if created => {
            let status = json!({"phase": "Pending", "qosClass": "BestEffort"});
            meta::map(object).insert("status".into(), status);
            pod_spec(meta::member(meta::map(object), "spec"));
        }
        "namespaces" => namespace(object, created),
        "secrets" => secret(object),
        "services" => service(meta::member(meta::map(object), "spec")),
        "deployments.apps" | "statefulsets.apps" | "replicasets.apps" => {
            let spec = meta::member(meta::map(object), "spec");
            spec.entry("replicas").or_insert_with(|| json!(1));
            pod_template(spec);
        }
        "daemonsets.apps" => pod_template(meta::member(meta::map(object), "spec")),
        _ => {}
    }
}

fn namespace(object: &mut Value, created: bool) {
    let name = json!(meta::key(object).1);
    let labels = meta::member(meta::metadata(object), "labels");
    labels.insert("kubernetes.io/metadata.name".into(), name);
    let map = meta::map(object);
    meta::member(map, "spec").insert("finalizers".into(), json!(["kubernetes"]));
    if created {
        meta::member(map, "status").insert("phase".into(), json!("Active"));
    }
}

/// Text that was given in the clear is stored as base64.
fn secret(object: &mut Value) {
    let map = meta::map(object);
    map.entry("type").or_insert_with(|| json!("Opaque"));
    if let Some(Value::Object(clear)) = map.remove("stringData") {
        let data = meta::member(map, "data");
        for (name, value) in clear {
            let value = STANDARD.encode(value.as_str().unwrap_or_default());
            data.insert(name, json!(value));
        }
    }
}

fn service(spec: &mut Map<String, Value>) {
    spec.entry("type").or_insert_with(|| json!("ClusterIP"));
    spec.entry("sessionAffinity")
        .or_insert_with(|| json!("None"));
    if let Some(ports) = spec.get_mut("ports").and_then(Value::as_array_mut) {
        for port in ports.iter_mut().filter_map(Value::as_object_mut) {
            port.entry("protocol").or_insert_with(|| json!("TCP"));
            if let Some(number) = port.get("port").cloned() {
                port.entry("targetPort").or_insert(number);
            }
        }
    }
}

fn pod_template(spec: &mut Map<String, Value>) {
    if let Some(template) = spec.get_mut("template").and_then(Value::as_object_mut) {
        pod_spec(meta::member(template, "spec"));
    }
}

fn pod_spec(spec: &mut Map<String, Value>) {
    for (name, value) in [
        ("restartPolicy", "Always"),
        ("dnsPolicy", "ClusterFirst"),
        ("schedulerName", "default-scheduler"),
    ] {
        spec.entry(name).or_insert_with(|| json!(value));
    }
    let containers = spec.get_mut("containers").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten() {
        let ports = container.get_mut("ports").and_then(Value::as_array_mut);
        for port in ports.into_iter().flatten() {
            meta::map(port)
                .entry("protocol")
                .or_insert_with(|| json!("TCP"));
        }
    }
}
