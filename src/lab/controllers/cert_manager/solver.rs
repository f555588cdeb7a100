//! The pod, Service and `HTTPRoute` that answer one HTTP-01 challenge, in the Certificate's namespace.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::object::{holds, namespace, owned_by, owner, set, suffix, text};
use super::super::world::Pass;
use super::adler32;

const ROUTES: &str = "httproutes.gateway.networking.k8s.io";
const IMAGE: &str = "quay.io/jetstack/cert-manager-acmesolver:v1.21.1";
const PORT: u16 = 8_089;

/// Makes the three objects, or says why not.
pub(super) fn present(pass: &Pass<'_>, challenge: &Value) -> Result<(), String> {
    let solver = challenge
        .pointer("/spec/solver/http01/gatewayHTTPRoute")
        .ok_or("no solver of the issuer can be used for HTTP-01")?;
    if !pass.serves(ROUTES) {
        return Err(format!(
            "couldn't Present challenge {}/{}: gateway api is not enabled",
            namespace(challenge),
            super::super::object::name(challenge)
        ));
    }
    let labels = labels(challenge);
    let stem = format!(
        "cm-acme-http-solver-{}",
        suffix(text(challenge, "/metadata/uid"), 5)
    );
    let metadata = json!({
        "name": stem, "namespace": namespace(challenge), "labels": labels,
        "ownerReferences": owner(challenge),
    });
    pass.put("pods", pod(challenge, &metadata));
    let exposure = match text(solver, "/serviceType") {
        "" => "NodePort",
        chosen => chosen,
    };
    pass.put(
        "services",
        json!({
            "metadata": metadata,
            "spec": {
                "type": exposure, "selector": labels,
                "ports": [{"name": "http", "port": PORT, "protocol": "TCP", "targetPort": PORT}],
            },
        }),
    );
    let mut route_metadata = metadata.clone();
    if let Some(more) = solver.pointer("/labels") {
        let mut all = labels.clone();
        super::super::object::overlay(&mut all, more);
        set(&mut route_metadata, "/labels", all);
    }
    let path = format!(
        "/.well-known/acme-challenge/{}",
        text(challenge, "/spec/token")
    );
    pass.put(
        ROUTES,
        json!({
            "metadata": route_metadata,
            "spec": {
                "parentRefs": solver.pointer("/parentRefs"),
                "hostnames": [text(challenge, "/spec/dnsName")],
                "rules": [{
                    "matches": [{"path": {"type": "Exact", "value": path}}],
                    "backendRefs": [{"group": "", "kind": "Service", "name": stem, "port": PORT, "weight": 1}],
                }],
            },
        }),
    );
    Ok(())
}

fn labels(challenge: &Value) -> Value {
    json!({
        "acme.cert-manager.io/http-domain": adler32(text(challenge, "/spec/dnsName")).to_string(),
        "acme.cert-manager.io/http-token": adler32(text(challenge, "/spec/token")).to_string(),
        "acme.cert-manager.io/http01-solver": "true",
    })
}

fn pod(challenge: &Value, metadata: &Value) -> Value {
    json!({
        "metadata": metadata,
        "spec": {
            "containers": [{
                "name": "acmesolver", "image": IMAGE,
                "args": [
                    format!("--listen-port={PORT}"),
                    format!("--domain={}", text(challenge, "/spec/dnsName")),
                    format!("--token={}", text(challenge, "/spec/token")),
                    format!("--key={}", text(challenge, "/spec/key")),
                ],
                "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
                "resources": {"requests": {"cpu": "10m", "memory": "64Mi"},
                              "limits": {"cpu": "100m", "memory": "64Mi"}},
            }],
            "restartPolicy": "OnFailure",
        },
        "status": {"phase": "Pending", "qosClass": "Burstable"},
    })
}

/// The challenge's route, when it is there.
pub(super) fn route(pass: &Pass<'_>, challenge: &Value) -> Option<Arc<Value>> {
    let mut routes = pass.list(ROUTES).into_iter();
    routes.find(|route| owned_by(route, challenge))
}

/// Whether the solver's pod is ready.
pub(super) fn answers(pass: &Pass<'_>, challenge: &Value) -> bool {
    let pods = pass.list("pods");
    pods.iter()
        .any(|pod| owned_by(pod, challenge) && holds(pod, "Ready"))
}
