//! What stands in the way of a stage, from the machines and from OCI's resources as they are.

use std::net::Ipv4Addr;

use super::cloud::NextHop;
use super::machine::{K3s, Machine};
use super::machines::Machines;
use super::settings::Settings;
use super::stages::{self, Need};

/// Why a stage does not go on yet, and how it fails if that lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Obstacle {
    /// What is waited for.
    pub(super) awaits: String,
    /// The command that fails meanwhile.
    pub(super) command: String,
    /// What it prints.
    pub(super) says: String,
    /// Its exit status.
    pub(super) exit: u8,
}

/// The obstacle to `need`; none when it is met.
pub(super) fn of(
    need: Need,
    machine: &Machine,
    machines: &Machines,
    settings: &Settings,
) -> Option<Obstacle> {
    match need {
        Need::WayOut => way_out(machine, machines, settings),
        Need::Release => release(machine, machines, settings),
        Need::ApiServer => api_server(machine, machines, settings),
        Need::Token => token(machine, machines, settings),
    }
}

/// Whether packets of a machine reach the internet, and the answers come back.
fn goes_out(machine: &Machine, machines: &Machines) -> bool {
    let cloud = machine.cloud();
    match cloud.default_route(machine.id()) {
        NextHop::Nowhere => false,
        NextHop::Gateway => machine.public_address().is_some(),
        NextHop::Machine(address) => {
            let Some(router) = machines.by_private(machine.vcn(), address) else {
                return false;
            };
            router.masquerades()
                && cloud.forwards(router.id())
                && cloud.default_route(router.id()) == NextHop::Gateway
                && router.public_address().is_some()
        }
    }
}

fn way_out(machine: &Machine, machines: &Machines, settings: &Settings) -> Option<Obstacle> {
    if goes_out(machine, machines) {
        return None;
    }
    let through = settings.get("INGRESS").unwrap_or("the gateway");
    Some(Obstacle {
        awaits: format!("route to 1.1.1.1:443 through {through}"),
        command: "curl -sS -o /dev/null --connect-timeout 5 --max-time 10 https://1.1.1.1/"
            .to_owned(),
        says: "curl: (28) Failed to connect to 1.1.1.1 port 443 after 5002 ms: Timeout was reached"
            .to_owned(),
        exit: 28,
    })
}

fn release(machine: &Machine, machines: &Machines, settings: &Settings) -> Option<Obstacle> {
    let version = settings.get("K3S_VERSION").unwrap_or_default();
    let (says, exit) = if !goes_out(machine, machines) {
        (
            "curl: (28) Failed to connect to github.com port 443 after 10002 ms: Timeout was reached",
            28,
        )
    } else if !stages::is_released(version) {
        ("curl: (22) The requested URL returned error: 404", 22)
    } else {
        return None;
    };
    let url = format!(
        "https://github.com/k3s-io/k3s/releases/download/{}/sha256sum-arm64.txt",
        version.replace('+', "%2B")
    );
    Some(Obstacle {
        command: format!("curl -fsSL --connect-timeout 10 --max-time 900 {url}"),
        awaits: url,
        says: says.to_owned(),
        exit,
    })
}

/// The server that a machine's settings name, when K3s runs there.
fn server(machine: &Machine, machines: &Machines, settings: &Settings) -> Option<Machine> {
    let address: Ipv4Addr = settings.get("SERVER")?.parse().ok()?;
    let server = machines.by_private(machine.vcn(), address)?;
    (server.k3s() == Some(K3s::Server)).then_some(server)
}

fn api_server(machine: &Machine, machines: &Machines, settings: &Settings) -> Option<Obstacle> {
    if server(machine, machines, settings).is_some() {
        return None;
    }
    let address = settings.get("SERVER").unwrap_or_default();
    Some(Obstacle {
        awaits: format!("API server at {address}:6443"),
        command: "api_server_answers".to_owned(),
        says: format!(
            "curl: (7) Failed to connect to {address} port 6443 after 1 ms: Couldn't connect to server"
        ),
        exit: 7,
    })
}

fn token(machine: &Machine, machines: &Machines, settings: &Settings) -> Option<Obstacle> {
    if settings.get("ROLE") == Some("server") {
        return None;
    }
    let error = match server(machine, machines, settings) {
        Some(server) if tokens_agree(&server, machine, settings) => return None,
        Some(_) => "https://127.0.0.1:6444/v1-k3s/config: 401 Unauthorized",
        None => "https://127.0.0.1:6444/v1-k3s/config: 503 Service Unavailable",
    };
    let date = machine.clock().now().strftime("%Y-%m-%dT%H:%M:%SZ");
    Some(Obstacle {
        awaits: "k3s-agent.service to be active and to write \
                 /var/lib/rancher/k3s/agent/kubelet.kubeconfig"
            .to_owned(),
        command: "k3s_runs k3s-agent.service /var/lib/rancher/k3s/agent/kubelet.kubeconfig"
            .to_owned(),
        says: format!(
            "time=\"{date}\" level=info msg=\"Waiting to retrieve agent configuration; server is \
             not ready: failed to retrieve configuration from server: {error}\""
        ),
        exit: 1,
    })
}

fn tokens_agree(server: &Machine, agent: &Machine, settings: &Settings) -> bool {
    let known = k3s_secret(server, "agent-token").or_else(|| k3s_secret(server, "token"));
    let fallback = || {
        let path = settings.get("TOKEN_FILE")?;
        agent.disk().text(path)
    };
    let shown = k3s_secret(agent, "token").or_else(fallback);
    match (known, shown) {
        (Some(known), Some(shown)) => known.trim() == shown.trim() && !known.trim().is_empty(),
        _ => false,
    }
}

/// A secret of K3s' configuration, written there or in the file that it names.
fn k3s_secret(machine: &Machine, key: &str) -> Option<String> {
    let configuration = machine.k3s_configuration();
    let text = |key: &str| {
        let value = configuration.get(key)?;
        value.as_str().map(str::to_owned)
    };
    text(key).or_else(|| machine.disk().text(&text(&format!("{key}-file"))?))
}
