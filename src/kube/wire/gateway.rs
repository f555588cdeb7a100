//! `gateway.networking.k8s.io` `GatewayClass` and Gateway.

use serde::Deserialize;

use super::fields::{Condition, conditions, nullable};
use super::object::Meta;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::route::{Gateway, GatewayClass, Listener};

/// The body of a `GatewayClass`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct GatewayClassBody {
    spec: ClassSpec,
    status: ClassStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ClassSpec {
    controller_name: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ClassStatus {
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
}

/// The body of a Gateway.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct GatewayBody {
    spec: Spec,
    status: Status,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    gateway_class_name: Line,
    #[serde(deserialize_with = "nullable")]
    listeners: Vec<ListenerSpec>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ListenerSpec {
    name: Line,
    protocol: Line,
    port: u16,
    hostname: Line,
    #[serde(deserialize_with = "nullable")]
    tls: Tls,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Tls {
    #[serde(deserialize_with = "nullable")]
    certificate_refs: Vec<SecretRef>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct SecretRef {
    namespace: Line,
    name: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    #[serde(deserialize_with = "nullable")]
    addresses: Vec<Address>,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
    #[serde(deserialize_with = "nullable")]
    listeners: Vec<ListenerStatus>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Address {
    value: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ListenerStatus {
    name: Line,
    attached_routes: u32,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
}

/// Where external-dns is told what to publish for the object's host names.
const TARGET: &str = "external-dns.alpha.kubernetes.io/target";

pub(super) fn dns_targets(meta: &Meta) -> Vec<Line> {
    let targets = meta
        .annotation(TARGET)
        .unwrap_or_default()
        .split(',')
        .map(str::trim);
    targets
        .filter(|target| !target.is_empty())
        .map(Line::new)
        .collect()
}

impl From<(Meta, GatewayClassBody)> for GatewayClass {
    fn from((meta, body): (Meta, GatewayClassBody)) -> Self {
        Self {
            id: meta.id(),
            controller: body.spec.controller_name,
            conditions: conditions(body.status.conditions),
        }
    }
}

impl From<(Meta, GatewayBody)> for Gateway {
    fn from((meta, body): (Meta, GatewayBody)) -> Self {
        let GatewayBody { spec, mut status } = body;
        let id = meta.id();
        let listeners = spec.listeners.into_iter().map(|spec| {
            let told = status
                .listeners
                .iter()
                .position(|listener| listener.name == *spec.name);
            let told = told
                .map(|place| status.listeners.swap_remove(place))
                .unwrap_or_default();
            spec.joined(told, &id)
        });
        Self {
            listeners: listeners.collect(),
            created: meta.created(),
            class: spec.gateway_class_name,
            addresses: status
                .addresses
                .into_iter()
                .map(|address| address.value)
                .collect(),
            conditions: conditions(status.conditions),
            dns_targets: dns_targets(&meta),
            id,
        }
    }
}

impl ListenerSpec {
    fn joined(self, told: ListenerStatus, gateway: &ObjectRef) -> Listener {
        let certificates = self
            .tls
            .certificate_refs
            .into_iter()
            .map(|secret| ObjectRef {
                namespace: secret.namespace.or(&gateway.namespace),
                name: secret.name,
            });
        Listener {
            certificates: certificates.collect(),
            name: self.name,
            protocol: self.protocol,
            port: self.port,
            hostname: self.hostname,
            attached_routes: told.attached_routes,
            conditions: conditions(told.conditions),
        }
    }
}
