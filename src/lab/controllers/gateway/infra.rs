//! What Envoy Gateway runs for a Gateway: Deployment, Service, `ConfigMap`, `ServiceAccount`.
//!
//! An `EnvoyProxy` shapes the Deployment: strategy, node selector, and host ports through a patch.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::object::{contains, hex, items, name, namespace, number, overlay, set, text};
use super::super::world::Pass;
use super::status::labels;
use super::{CLASSES, PROXIES, SPACE};

const PROXY_IMAGE: &str = "docker.io/envoyproxy/envoy:distroless-v1.39.0";
const SHUTDOWN_IMAGE: &str = "docker.io/envoyproxy/gateway:v1.9.0";
/// Listener ports below 1024 are shifted by this, so that Envoy needs no privilege.
const SHIFT: i64 = 10_000;

/// The name of all generated objects: `envoy-NS-NAME-HASH`.
pub(super) fn name_of(gateway: &Value) -> String {
    let (space, own) = (namespace(gateway), name(gateway));
    let mut stem = format!("{space}-{own}");
    stem.truncate(48);
    format!("envoy-{stem}-{}", hex(&format!("{space}/{own}"), 8))
}

pub(super) fn reconcile(pass: &Pass<'_>, gateway: &Value) {
    let proxy = proxy(pass, gateway);
    let kubernetes = proxy
        .as_deref()
        .and_then(|proxy| proxy.pointer("/spec/provider/kubernetes"))
        .cloned()
        .unwrap_or_else(|| json!({}));
    let own = name_of(gateway);
    let metadata = json!({"name": own, "namespace": SPACE, "labels": labels(gateway)});
    ensure(pass, "serviceaccounts", json!({"metadata": metadata}));
    let config = json!({"metadata": metadata, "data": {"xds-trusted-ca.json": "{}", "xds-certificate.json": "{}"}});
    ensure(pass, "configmaps", config);
    ensure(pass, "services", service(gateway, &metadata, &kubernetes));
    ensure(
        pass,
        "deployments.apps",
        deployment(gateway, &metadata, &kubernetes),
    );
}

fn proxy(pass: &Pass<'_>, gateway: &Value) -> Option<Arc<Value>> {
    let own = text(gateway, "/spec/infrastructure/parametersRef/name");
    if !own.is_empty() {
        return pass.get(PROXIES, namespace(gateway), own);
    }
    let class = pass.get(CLASSES, "", text(gateway, "/spec/gatewayClassName"))?;
    let space = text(&class, "/spec/parametersRef/namespace");
    pass.get(PROXIES, space, text(&class, "/spec/parametersRef/name"))
}

fn ensure(pass: &Pass<'_>, resource: &str, wanted: Value) {
    match pass.get(resource, SPACE, name(&wanted)) {
        None => {
            pass.put(resource, wanted);
        }
        Some(live) if !contains(&live, &wanted) => {
            pass.change(resource, &live, |next| overlay(next, &wanted));
        }
        Some(_) => {}
    }
}

fn ports(gateway: &Value) -> Vec<(String, i64)> {
    let mut ports: Vec<(String, i64)> = Vec::new();
    for listener in items(gateway, "/spec/listeners") {
        let port = number(listener, "/port").unwrap_or(80);
        if ports.iter().all(|(_, known)| *known != port) {
            let scheme = text(listener, "/protocol").to_lowercase();
            ports.push((format!("{scheme}-{port}"), port));
        }
    }
    ports
}

fn inside(port: i64) -> i64 {
    if port < 1_024 { port + SHIFT } else { port }
}

fn service(gateway: &Value, metadata: &Value, kubernetes: &Value) -> Value {
    let kind = match text(kubernetes, "/envoyService/type") {
        "" => "LoadBalancer",
        kind => kind,
    };
    let ports: Vec<Value> = ports(gateway)
        .iter()
        .map(|(name, port)| {
            json!({"name": name, "port": port, "protocol": "TCP", "targetPort": inside(*port)})
        })
        .collect();
    json!({
        "metadata": metadata,
        "spec": {"type": kind, "selector": labels(gateway), "ports": ports},
    })
}

fn deployment(gateway: &Value, metadata: &Value, kubernetes: &Value) -> Value {
    let shape = kubernetes.pointer("/envoyDeployment");
    let of = |pointer: &str| shape.and_then(|shape| shape.pointer(pointer)).cloned();
    let own = text(metadata, "/name");
    let mut envoy = json!({
        "name": "envoy", "image": PROXY_IMAGE,
        "args": ["--service-cluster", own, "--log-level", "warn", "--cpuset-threads"],
        "ports": [
            {"name": "metrics", "containerPort": 19001, "protocol": "TCP"},
            {"name": "readiness", "containerPort": 19003, "protocol": "TCP"},
        ],
        "resources": of("/container/resources")
            .unwrap_or_else(|| json!({"requests": {"cpu": "100m", "memory": "512Mi"}})),
    });
    let patch = of("/patch/value/spec/template/spec/containers").unwrap_or_default();
    for more in patch.as_array().into_iter().flatten() {
        if text(more, "/name") == "envoy"
            && let (Some(known), Some(extra)) = (
                envoy.pointer("/ports").and_then(Value::as_array).cloned(),
                more.pointer("/ports").and_then(Value::as_array),
            )
        {
            let all: Vec<Value> = known.iter().chain(extra).cloned().collect();
            set(&mut envoy, "/ports", json!(all));
        }
    }
    let shutdown = json!({
        "name": "shutdown-manager", "image": SHUTDOWN_IMAGE, "args": ["envoy", "shutdown-manager"],
        "ports": [{"name": "shutdown", "containerPort": 19002, "protocol": "TCP"}],
    });
    let mut spec = json!({
        "serviceAccountName": own, "containers": [envoy, shutdown],
        "terminationGracePeriodSeconds": 360,
    });
    for field in ["nodeSelector", "tolerations"] {
        if let Some(value) = of(&format!("/pod/{field}")) {
            set(&mut spec, &format!("/{field}"), value);
        }
    }
    json!({
        "metadata": metadata,
        "spec": {
            "replicas": of("/replicas").unwrap_or_else(|| json!(1)),
            "strategy": of("/strategy").unwrap_or_else(|| json!({"type": "RollingUpdate"})),
            "selector": {"matchLabels": labels(gateway)},
            "progressDeadlineSeconds": 600,
            "template": {"metadata": {"labels": labels(gateway)}, "spec": spec},
        },
    })
}
