//! What stands in the way of a stage, from the machines and from OCI's resources as they are.

use std::net::Ipv4Addr;

use super::firewall::Traffic;
use super::identity;
use super::machine::{K3s, Machine};
use super::machines::Machines;
use super::passage::Passage;
use super::settings::Settings;
use super::stages::{self, Need};
use super::trouble::Trouble;

/// An address in the internet.
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(1, 1, 1, 1);
const KUBERNETES: u16 = 6443;

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
    }
}

/// Whether packets of a machine reach the internet, and the answers come back.
fn goes_out(machine: &Machine, machines: &Machines) -> bool {
    machines.passage(machine, OUTSIDE, Traffic::Tcp(443)) == Passage::Through
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
    let release = format!(
        "https://github.com/k3s-io/k3s/releases/download/{}",
        version.replace('+', "%2B")
    );
    let gone = machine.suffers(Trouble::ReleaseMissing) || !stages::is_released(version);
    let (says, exit) = if !goes_out(machine, machines) {
        (
            "curl: (28) Failed to connect to github.com port 443 after 10002 ms: Timeout was reached",
            28,
        )
    } else if gone {
        ("curl: (22) The requested URL returned error: 404", 22)
    } else if machine.disk_is_full() {
        return Some(no_room(&release));
    } else {
        return None;
    };
    let url = format!("{release}/sha256sum-arm64.txt");
    Some(Obstacle {
        command: format!("curl -fsSL --connect-timeout 10 --max-time 900 {url}"),
        awaits: url,
        says: says.to_owned(),
        exit,
    })
}

/// The list of checksums finds room where the release does not.
fn no_room(release: &str) -> Obstacle {
    let what = format!("{release}/k3s-arm64 with the right checksum");
    Obstacle {
        awaits: what.clone(),
        command: what,
        says: "curl: (23) Failure writing output to destination: No space left on device"
            .to_owned(),
        exit: 23,
    }
}

/// The server that a machine's settings name, when K3s runs there.
fn server(machine: &Machine, machines: &Machines, settings: &Settings) -> Option<Machine> {
    let address: Ipv4Addr = settings.get("SERVER")?.parse().ok()?;
    let server = machines.by_private(machine.vcn(), address)?;
    (server.k3s() == Some(K3s::Server)).then_some(server)
}

/// What becomes of the first packet to the server's API.
fn way_to_api(machine: &Machine, machines: &Machines, settings: &Settings) -> Passage {
    let address = settings.get("SERVER").and_then(|text| text.parse().ok());
    address.map_or(Passage::Unreachable, |address| {
        machines.passage(machine, address, Traffic::Tcp(KUBERNETES))
    })
}

fn api_server(machine: &Machine, machines: &Machines, settings: &Settings) -> Option<Obstacle> {
    let address = settings.get("SERVER").unwrap_or_default();
    let (exit, after, why) = match way_to_api(machine, machines, settings) {
        Passage::Through if server(machine, machines, settings).is_some() => return None,
        Passage::Through | Passage::Prohibited(_) => (7, 1, "Couldn't connect to server"),
        Passage::Lost | Passage::Unreachable => (28, 5_002, "Timeout was reached"),
    };
    let what = format!("API server at {address}:6443");
    Some(Obstacle {
        awaits: what.clone(),
        command: what,
        says: format!(
            "curl: ({exit}) Failed to connect to {address} port 6443 after {after} ms: {why}"
        ),
        exit,
    })
}

/// What an agent's server answers as long as it does not take the agent; none when it does. Whether
/// the node's name is free is for the cluster to say.
pub(super) fn to_join(machine: &Machine, machines: &Machines) -> Option<String> {
    const FAILED: &str = "failed to retrieve configuration from server";
    const CONFIG: &str = "https://127.0.0.1:6444/v1-k3s/config";
    let settings = machine.settings();
    let passes = way_to_api(machine, machines, &settings) == Passage::Through;
    let Some(server) = server(machine, machines, &settings).filter(|_| passes) else {
        return Some(format!("{FAILED}: {CONFIG}: 503 Service Unavailable"));
    };
    let standing = machines.site().now();
    let authority = standing
        .as_ref()
        .map_or("", |standing| standing.server().authority());
    if identity::is_stale(machine.disk(), authority) {
        return Some(format!(
            "{FAILED}: Get \"{CONFIG}\": tls: failed to verify certificate: x509: certificate \
             signed by unknown authority (possibly because of \"x509: ECDSA verification failure\" \
             while trying to verify candidate authority certificate \"k3s-server-ca\")"
        ));
    }
    (!tokens_agree(&server, machine, &settings))
        .then(|| format!("{FAILED}: {CONFIG}: 401 Unauthorized"))
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
