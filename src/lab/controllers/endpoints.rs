//! Services: a cluster address for each, and an `EndpointSlice` with the pods that are ready.

use std::sync::Arc;

use serde_json::{Value, json};

use super::object::{
    hex, items, name, namespace, number, owned_by, owner, selected, set, suffix, text,
};
use super::pods::healthy;
use super::world::Pass;

const SLICES: &str = "endpointslices.discovery.k8s.io";

pub(super) fn reconcile(pass: &Pass<'_>) {
    for service in pass.list("services") {
        address(pass, &service);
        slice(pass, &service);
    }
}

fn address(pass: &Pass<'_>, service: &Value) {
    if !text(service, "/spec/clusterIP").is_empty() {
        return;
    }
    let seed = format!("{}/{}", namespace(service), name(service));
    let taken = pass.list("services");
    let address = (0..50_u32)
        .map(|step| {
            let digits = hex(&format!("{seed}{step}"), 4);
            let number = u16::from_str_radix(&digits, 16).unwrap_or(0);
            let [high, low] = number.to_be_bytes();
            format!("10.43.{high}.{}", low.clamp(2, 253))
        })
        .find(|address| {
            taken
                .iter()
                .all(|other| text(other, "/spec/clusterIP") != address)
        })
        .unwrap_or_default();
    pass.change("services", service, |next| {
        set(next, "/spec/clusterIP", json!(address));
        set(next, "/spec/clusterIPs", json!([address]));
        if text(service, "/spec/type").is_empty() {
            set(next, "/spec/type", json!("ClusterIP"));
        }
        set(next, "/spec/ipFamilies", json!(["IPv4"]));
        set(next, "/spec/ipFamilyPolicy", json!("SingleStack"));
        set(next, "/spec/internalTrafficPolicy", json!("Cluster"));
        set(next, "/spec/sessionAffinity", json!("None"));
        set(next, "/status", json!({"loadBalancer": {}}));
        node_ports(next, &seed);
    });
}

fn node_ports(service: &mut Value, seed: &str) {
    let exposed = matches!(text(service, "/spec/type"), "NodePort" | "LoadBalancer");
    let Some(ports) = service
        .pointer_mut("/spec/ports")
        .and_then(Value::as_array_mut)
    else {
        return;
    };
    for (index, port) in ports.iter_mut().enumerate() {
        if text(port, "/protocol").is_empty() {
            set(port, "/protocol", json!("TCP"));
        }
        if port.get("targetPort").is_none() {
            let same = port.get("port").cloned().unwrap_or_default();
            set(port, "/targetPort", same);
        }
        if exposed && port.get("nodePort").is_none() {
            let digits = hex(&format!("{seed}{index}"), 4);
            let offset = u32::from_str_radix(&digits, 16).unwrap_or(0) % 2_768;
            set(port, "/nodePort", json!(30_000 + offset));
        }
    }
}

fn slice(pass: &Pass<'_>, service: &Value) {
    let selector = service.pointer("/spec/selector");
    if selector.is_none() {
        return;
    }
    let mut pods = pass.list("pods");
    pods.retain(|pod| {
        namespace(pod) == namespace(service)
            && selected(pod, selector)
            && !text(pod, "/status/podIP").is_empty()
            && text(pod, "/status/phase") == "Running"
    });
    let ports: Vec<Value> = items(service, "/spec/ports")
        .iter()
        .map(|port| {
            json!({
                "name": text(port, "/name"), "protocol": "TCP",
                "port": target(port, pods.first()),
            })
        })
        .collect();
    let endpoints: Vec<Value> = pods.iter().map(|pod| endpoint(pod)).collect();
    let known = pass
        .list(SLICES)
        .into_iter()
        .find(|slice| owned_by(slice, service));
    let mut next = match known.as_deref() {
        Some(known) => known.clone(),
        None => empty(service),
    };
    set(&mut next, "/endpoints", json!(endpoints));
    set(&mut next, "/ports", json!(ports));
    if known.as_deref() != Some(&next) {
        pass.put(SLICES, next);
    }
}

fn empty(service: &Value) -> Value {
    let tail = suffix(text(service, "/metadata/uid"), 5);
    let mut labels = service
        .pointer("/metadata/labels")
        .cloned()
        .unwrap_or_else(|| json!({}));
    set(
        &mut labels,
        "/kubernetes.io~1service-name",
        json!(name(service)),
    );
    set(
        &mut labels,
        "/endpointslice.kubernetes.io~1managed-by",
        json!("endpointslice-controller.k8s.io"),
    );
    json!({
        "metadata": {
            "name": format!("{}-{tail}", name(service)), "namespace": namespace(service),
            "labels": labels, "ownerReferences": owner(service),
        },
        "addressType": "IPv4",
    })
}

fn endpoint(pod: &Value) -> Value {
    let ready = healthy(pod);
    json!({
        "addresses": [text(pod, "/status/podIP")],
        "conditions": {"ready": ready, "serving": ready, "terminating": false},
        "nodeName": text(pod, "/spec/nodeName"),
        "targetRef": {
            "kind": "Pod", "name": name(pod), "namespace": namespace(pod),
            "uid": text(pod, "/metadata/uid"),
        },
    })
}

/// The number of a target port that may be a name of a container's port.
fn target(port: &Value, pod: Option<&Arc<Value>>) -> Option<i64> {
    let wanted = port.get("targetPort").or_else(|| port.get("port"))?;
    if let Some(number) = wanted.as_i64() {
        return Some(number);
    }
    let containers = items(pod?, "/spec/containers").iter();
    let mut ports = containers.flat_map(|container| items(container, "/ports"));
    let named = ports.find(|port| Some(text(port, "/name")) == wanted.as_str())?;
    number(named, "/containerPort")
}
