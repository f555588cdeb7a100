//! `externaldns.k8s.io/v1alpha1` `DNSEndpoint`.

use serde::Deserialize;

use super::fields::nullable;
use super::object::Meta;
use crate::domain::line::Line;
use crate::domain::record::{DnsEndpoint, WantedRecord};

/// The body of a `DNSEndpoint`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DnsEndpointBody {
    spec: Spec,
    status: Status,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    #[serde(deserialize_with = "nullable")]
    endpoints: Vec<Endpoint>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    observed_generation: i64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Endpoint {
    dns_name: String,
    record_type: Line,
    #[serde(rename = "recordTTL")]
    record_ttl: Option<u32>,
    #[serde(deserialize_with = "nullable")]
    targets: Vec<Line>,
    #[serde(deserialize_with = "nullable")]
    provider_specific: Vec<Property>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Property {
    name: String,
    value: String,
}

const PROXIED: &str = "external-dns.alpha.kubernetes.io/cloudflare-proxied";

impl From<(Meta, DnsEndpointBody)> for DnsEndpoint {
    fn from((meta, body): (Meta, DnsEndpointBody)) -> Self {
        Self {
            id: meta.id(),
            created: meta.created(),
            records: body
                .spec
                .endpoints
                .into_iter()
                .map(WantedRecord::from)
                .collect(),
            observed: body.status.observed_generation >= meta.generation,
        }
    }
}

impl From<Endpoint> for WantedRecord {
    fn from(wire: Endpoint) -> Self {
        let proxied = wire
            .provider_specific
            .iter()
            .find(|property| property.name == PROXIED);
        Self {
            name: Line::new(wire.dns_name.trim_end_matches('.')),
            kind: wire.record_type,
            ttl: wire.record_ttl.filter(|ttl| *ttl > 0),
            targets: wire.targets,
            proxied: proxied.map(|property| property.value == "true"),
        }
    }
}
