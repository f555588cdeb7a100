//! What is outside the cloud: names, and other addresses for the services that are called.
//!
//! Keys that redirect are only data here; whether they count is `trust`'s to say.

use std::net::SocketAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shapes;
use crate::config::SecretRef;

/// The names under which the cluster is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DnsTable {
    /// Who keeps the records: `none` (no domain yet) or `cloudflare`.
    pub provider: DnsProvider,
    /// The zone, such as `example.org`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::domain_name")]
    pub zone: Option<String>,
    /// The zone's identifier at Cloudflare; without it, it is looked up by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::zone_id")]
    pub zone_id: Option<String>,
    /// Where the API token is found; never the token itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::secret")]
    pub token: Option<SecretRef>,
    /// The hosts that the cluster serves.
    pub hosts: DnsHosts,
    /// Other zones whose records are shown, each with a token of its own where `token` does not reach
    /// it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<DnsZone>,
    /// The resolvers that are asked what names lead to, as `ip` or `ip:port`, instead of the system's
    /// and two public ones. An empty list asks nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::name_servers")]
    pub resolvers: Option<Vec<String>>,
}

/// A further zone at Cloudflare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsZone {
    /// Its name, such as `example.net`.
    #[schemars(schema_with = "shapes::domain_name")]
    pub name: String,
    /// Its identifier at Cloudflare; without it, it is looked up by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::zone_id")]
    pub id: Option<String>,
    /// Where its API token is found; `dns.token` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::secret")]
    pub token: Option<SecretRef>,
}

/// Who keeps the DNS records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum DnsProvider {
    /// Nobody yet: the cluster is reached by its address.
    #[default]
    None,
    /// Cloudflare.
    Cloudflare,
}

/// The hosts that the cluster serves, each inside the zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DnsHosts {
    /// The documentation site.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::domain_name")]
    pub docs: Option<String>,
    /// Argo CD.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::domain_name")]
    pub argocd: Option<String>,
}

/// Other addresses for the services that k3scope calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EndpointsTable {
    /// Where all of OCI's services are called instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::url")]
    pub oci: Option<String>,
    /// Where Cloudflare's API is called instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::url")]
    pub cloudflare: Option<String>,
    /// The DNS resolver that is asked, as `ip:port`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::socket_address")]
    pub resolver: Option<SocketAddr>,
    /// A file of certificate authorities (PEM) that are trusted when hosts are checked, besides the
    /// usual ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::path")]
    pub certificate_authority: Option<PathBuf>,
    /// The provider that Terraform uses instead of OCI's own, as the value of
    /// `TF_REATTACH_PROVIDERS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::text")]
    pub terraform_reattach: Option<String>,
    /// Where Envoy's admin interface is, as `ip:port` on this machine, instead of in its pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::loopback_address")]
    pub envoy: Option<SocketAddr>,
    /// Divides every wait: 10 waits a tenth.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "shapes::pace")]
    pub pace: Option<f64>,
}

impl EndpointsTable {
    /// Whether nothing is redirected.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
