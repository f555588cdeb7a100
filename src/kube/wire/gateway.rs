//! `gateway.networking.k8s.io` `GatewayClass`, Gateway and `ListenerSet`.

use serde::Deserialize;

use super::dns_annotations::dns_targets;
use super::fields::{Condition, conditions, nullable};
use super::object::Meta;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::route::{Gateway, GatewayClass, Listener, ListenerSet, Namespaces};

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
    /// Who may add listeners.
    allowed_listeners: Option<Allowed>,
}

/// The body of a `ListenerSet`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListenerSetBody {
    spec: SetSpec,
    #[serde(deserialize_with = "nullable")]
    status: Status,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SetSpec {
    parent_ref: Named,
    #[serde(deserialize_with = "nullable")]
    listeners: Vec<ListenerSpec>,
}

/// From where something is let in, and of which kinds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Allowed {
    #[serde(deserialize_with = "nullable")]
    namespaces: AllowedFrom,
    #[serde(deserialize_with = "nullable")]
    kinds: Vec<AllowedKind>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct AllowedFrom {
    from: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct AllowedKind {
    kind: Line,
}

impl AllowedFrom {
    fn or(&self, absent: Namespaces) -> Namespaces {
        match self.from.as_str() {
            "All" => Namespaces::All,
            "Selector" => Namespaces::Selector,
            "Same" => Namespaces::Same,
            "None" => Namespaces::None,
            _ => absent,
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ListenerSpec {
    name: Line,
    protocol: Line,
    port: u16,
    hostname: Line,
    #[serde(deserialize_with = "nullable")]
    tls: Tls,
    #[serde(deserialize_with = "nullable")]
    allowed_routes: Allowed,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Tls {
    mode: Line,
    #[serde(deserialize_with = "nullable")]
    certificate_refs: Vec<Named>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
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

/// Each listener with what is said of it.
fn joined(
    specs: Vec<ListenerSpec>,
    mut told: Vec<ListenerStatus>,
    of: &ObjectRef,
) -> Vec<Listener> {
    let join = |spec: ListenerSpec| {
        let place = told.iter().position(|status| status.name == *spec.name);
        let own = place.map(|place| told.swap_remove(place));
        spec.joined(own.unwrap_or_default(), of)
    };
    specs.into_iter().map(join).collect()
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
        let GatewayBody { spec, status } = body;
        let id = meta.id();
        let sets = spec.allowed_listeners;
        Self {
            listeners: joined(spec.listeners, status.listeners, &id),
            admits_sets: sets.map(|allowed| allowed.namespaces.or(Namespaces::None)),
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

impl From<(Meta, ListenerSetBody)> for ListenerSet {
    fn from((meta, body): (Meta, ListenerSetBody)) -> Self {
        let ListenerSetBody { spec, status } = body;
        let id = meta.id();
        let parent = ObjectRef {
            namespace: spec.parent_ref.namespace.or(&id.namespace),
            name: spec.parent_ref.name,
        };
        Self {
            created: meta.created(),
            parent,
            listeners: joined(spec.listeners, status.listeners, &id),
            conditions: conditions(status.conditions),
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
            passthrough: self.tls.mode == "Passthrough",
            admits: self.allowed_routes.namespaces.or(Namespaces::Same),
            admits_kinds: (self.allowed_routes.kinds.into_iter())
                .map(|allowed| allowed.kind)
                .collect(),
            attached_routes: told.attached_routes,
            conditions: conditions(told.conditions),
        }
    }
}
