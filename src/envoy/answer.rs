//! The answers in Envoy's JSON (`envoy.admin.v3`), read narrowly: only what is shown or compared.

mod numbers;
mod routes;

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use super::client::Snapshot;
use crate::domain::line::Line;
use crate::domain::proxy::{BoundListener, Cluster, Host, Loaded, LoadedCertificate, VirtualHost};

pub(super) use numbers::numbers;
pub(super) use routes::routes;

type Read<T> = Result<T, serde_json::Error>;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Server {
    version: String,
    state: Line,
    uptime_current_epoch: String,
    command_line_options: Options,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Options {
    restart_epoch: u32,
}

/// `/server_info`.
pub(super) fn server(bytes: &[u8]) -> Read<Snapshot> {
    let server: Server = serde_json::from_slice(bytes)?;
    // REVISION/VERSION/MODIFIED/BUILD/TLS.
    let version = server.version.split('/').nth(1).unwrap_or(&server.version);
    let uptime = server.uptime_current_epoch.trim_end_matches('s');
    Ok(Snapshot {
        version: Line::new(version),
        state: server.state,
        epoch: server.command_line_options.restart_epoch,
        uptime: Duration::from_secs(uptime.parse().unwrap_or_default()),
        loaded: Loaded::default(),
    })
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Listeners {
    listener_statuses: Vec<ListenerStatus>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ListenerStatus {
    name: Line,
    local_address: Address,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Address {
    socket_address: SocketAddress,
    pipe: Pipe,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SocketAddress {
    address: String,
    port_value: u16,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Pipe {
    path: String,
}

impl Address {
    fn told(&self) -> Line {
        let SocketAddress {
            address,
            port_value,
        } = &self.socket_address;
        let told = match address.parse() {
            Ok(ip) => SocketAddr::new(ip, *port_value).to_string(),
            Err(_) if address.is_empty() => self.pipe.path.clone(),
            Err(_) => format!("{address}:{port_value}"),
        };
        Line::new(&told)
    }
}

/// `/listeners?format=json`.
pub(super) fn listeners(bytes: &[u8]) -> Read<Vec<BoundListener>> {
    let found: Listeners = serde_json::from_slice(bytes)?;
    let bound = found
        .listener_statuses
        .into_iter()
        .map(|one| BoundListener {
            name: one.name,
            port: one.local_address.socket_address.port_value,
        });
    Ok(bound.collect())
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Clusters {
    cluster_statuses: Vec<ClusterStatus>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ClusterStatus {
    name: Line,
    host_statuses: Vec<HostStatus>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct HostStatus {
    address: Address,
    health_status: Health,
}

#[derive(Deserialize, Default)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "they are Envoy's")]
struct Health {
    eds_health_status: String,
    failed_active_health_check: bool,
    failed_outlier_check: bool,
    failed_active_degraded_check: bool,
    failed_active_hc_timeout: bool,
    excluded_via_immediate_hc_fail: bool,
    pending_dynamic_removal: bool,
    pending_active_hc: bool,
}

impl Health {
    /// Why the host takes no requests, by the rules of Envoy's load balancer.
    fn ill(&self) -> &'static str {
        match self.eds_health_status.as_str() {
            "UNHEALTHY" => return "unhealthy, says the control plane",
            "DRAINING" => return "draining",
            "TIMEOUT" => return "its health check timed out",
            _ => {}
        }
        if self.excluded_via_immediate_hc_fail {
            "it asks to be left out"
        } else if self.pending_active_hc {
            "not checked yet"
        } else if self.failed_active_hc_timeout {
            "its health check timed out"
        } else if self.failed_active_health_check {
            "its health check fails"
        } else if self.failed_outlier_check {
            "ejected: it failed too often"
        } else if self.pending_dynamic_removal {
            "to be removed"
        } else {
            // A degraded host takes requests when no other does.
            ""
        }
    }
}

/// `/clusters?format=json`.
pub(super) fn clusters(bytes: &[u8]) -> Read<Vec<Cluster>> {
    let found: Clusters = serde_json::from_slice(bytes)?;
    let clusters = found.cluster_statuses.into_iter().map(|cluster| {
        let hosts: Vec<Host> = cluster
            .host_statuses
            .iter()
            .map(|host| Host {
                address: host.address.told(),
                ill: host.health_status.ill().into(),
            })
            .collect();
        let healthy = hosts.iter().filter(|host| host.ill.is_empty()).count();
        Cluster {
            name: cluster.name,
            healthy: u32::try_from(healthy).unwrap_or(u32::MAX),
            hosts,
        }
    });
    Ok(clusters.collect())
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Certificates {
    certificates: Vec<CertificateStatus>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CertificateStatus {
    cert_chain: Vec<Details>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Details {
    serial_number: Line,
    subject_alt_names: Vec<AlternativeName>,
    valid_from: Option<Timestamp>,
    expiration_time: Option<Timestamp>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct AlternativeName {
    dns: Option<Line>,
    ip_address: Option<Line>,
    uri: Option<Line>,
}

/// `/certs`: of each chain the first, which is the server's own.
pub(super) fn certificates(bytes: &[u8]) -> Read<Vec<LoadedCertificate>> {
    let found: Certificates = serde_json::from_slice(bytes)?;
    let own = found
        .certificates
        .into_iter()
        .filter_map(|one| one.cert_chain.into_iter().next());
    let mut found: Vec<LoadedCertificate> = own
        .map(|own| LoadedCertificate {
            serial: own.serial_number,
            names: own
                .subject_alt_names
                .into_iter()
                .filter_map(|name| name.dns.or(name.ip_address).or(name.uri))
                .collect(),
            from: own.valid_from,
            until: own.expiration_time,
        })
        .collect();
    // One that several listeners present is told once for each.
    found.sort_by(|one, other| (&one.names, &one.serial).cmp(&(&other.names, &other.serial)));
    found.dedup();
    Ok(found)
}

/// What is loaded, from its parts.
pub(super) fn loaded(
    (updated, hosts): (Option<Timestamp>, Vec<VirtualHost>),
    mut listeners: Vec<BoundListener>,
    mut clusters: Vec<Cluster>,
    certificates: Vec<LoadedCertificate>,
) -> Loaded {
    // Envoy's own order is that of a hash.
    listeners.sort_by(|one, other| one.name.cmp(&other.name));
    clusters.sort_by(|one, other| one.name.cmp(&other.name));
    for cluster in &mut clusters {
        cluster
            .hosts
            .sort_by(|one, other| one.address.cmp(&other.address));
    }
    Loaded {
        updated,
        listeners,
        hosts,
        clusters,
        certificates,
    }
}
