//! What can be broken of the platform itself: the proxy's node and ports, Argo CD's settings, stores of
//! secrets.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{PROXIES, edit};
use crate::lab::controllers::World;
use crate::lab::controllers::object::{name, namespace, put_condition, set, text};

const ROLE: &str = "role";

/// Labelling the node again mends it.
pub(super) fn lost_label(world: &World) {
    for node in world.objects.list("nodes") {
        edit(world, "nodes", None, name(&node), |node| {
            let labels = node.pointer_mut("/metadata/labels");
            if let Some(labels) = labels.and_then(Value::as_object_mut)
                && labels.get(ROLE) == Some(&json!("ingress"))
            {
                labels.remove(ROLE);
            }
        });
    }
    let label = "/metadata/labels/app.kubernetes.io~1component";
    for pod in world.objects.list("pods") {
        if namespace(&pod) == PROXIES && text(&pod, label) == "proxy" {
            world.objects.remove("pods", Some(PROXIES), name(&pod));
        }
    }
}

/// Deleting it mends it.
pub(super) fn second_gateway(world: &World, now: Timestamp) {
    world.objects.put(
        "gateways.gateway.networking.k8s.io",
        json!({
            "metadata": {"name": "second", "namespace": "docs", "creationTimestamp": made(now)},
            "spec": {
                "gatewayClassName": "eg",
                "listeners": [{
                    "name": "https", "port": 443, "protocol": "HTTPS",
                    "hostname": "second.example.com",
                    "tls": {"mode": "Terminate", "certificateRefs": [{
                        "group": "", "kind": "Secret", "name": "docs-tls", "namespace": PROXIES,
                    }]},
                    "allowedRoutes": {"namespaces": {"from": "Same"}},
                }],
            },
        }),
    );
}

pub(super) fn secret_by_ocid(world: &World, now: Timestamp) {
    world.objects.put(
        "externalsecrets.external-secrets.io",
        json!({
            "metadata": {"name": "mailer", "namespace": "docs", "creationTimestamp": made(now)},
            "spec": {
                "refreshInterval": "1h0m0s",
                "secretStoreRef": {"kind": "ClusterSecretStore", "name": "oci-vault"},
                "target": {"name": "mailer", "creationPolicy": "Owner"},
                "data": [{
                    "secretKey": "password",
                    "remoteRef": {"key": "ocid1.vaultsecret.oc1.iad.labsecret"},
                }],
            },
        }),
    );
}

/// Its controller looks again when the condition is taken away.
pub(super) fn store_refused(world: &World, now: Timestamp) {
    let resource = "clustersecretstores.external-secrets.io";
    edit(world, resource, None, "oci-vault", |store| {
        let told = ("InvalidProviderConfig", "unable to create client");
        put_condition(store, ("Ready", false), told, now);
    });
}

/// Changes a setting of Argo CD, and pauses the application that would put it back.
pub(super) fn argo_setting(world: &World, map: &str, (key, value): (&str, &str)) {
    let applications = "applications.argoproj.io";
    edit(
        world,
        applications,
        Some("argocd"),
        "argocd-self-managed",
        |app| {
            set(app, "/spec/syncPolicy/automated/enabled", json!(false));
        },
    );
    edit(world, "configmaps", Some("argocd"), map, |map| {
        if let Some(data) = map.pointer_mut("/data").and_then(Value::as_object_mut) {
            data.remove(key);
            if !value.is_empty() {
                data.insert(key.to_owned(), json!(value));
            }
        }
    });
}

fn made(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
