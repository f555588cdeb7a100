//! The way to one node or to the API, for a command that wants to go there now.

use secrecy::SecretString;
use tokio::sync::{Mutex, mpsc, watch};

use super::console::Console;
use super::join_token;
use super::kubeconfig::Kubeconfig;
use super::machines::{Machine, machines};
use super::mask::Mask;
use super::shared::Shared;
use super::target::Target;
use super::visit;
use crate::clock::Clock;
use crate::domain::bootstrap::JOIN_TOKEN;
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::text;
use crate::domain::topology::{Role, Topology};
use crate::oci;
use crate::ssh::{Gateway, Hop, HostKeys, Pins, Session, SshError};

/// The cluster's machines and the way in to them.
pub struct Reach {
    shared: Shared,
    machines: Vec<Machine>,
    gateway: Gateway,
}

/// Why there is no way to a node.
#[derive(Debug)]
pub struct NoWay {
    /// Whether trying again later, with nothing changed on our side, may help.
    pub may_pass: bool,
    /// What a person is told.
    pub problem: Problem,
}

impl From<SshError> for NoWay {
    fn from(error: SshError) -> Self {
        Self {
            may_pass: error.may_pass(),
            problem: error.problem(),
        }
    }
}

/// Looks where the nodes are, and prepares the way in through the ingress node. Connects to none of
/// them yet. Host keys that are not pinned are read from the console.
pub async fn reach(target: Target, clock: Clock) -> Result<Reach, NoWay> {
    let found = machines(&target.client, &target.compartment, &target.topology)
        .await
        .map_err(|error| unasked("the cloud does not tell where the nodes are", &error))?;
    let pins = Pins::load(&target.pins()).map_err(|error| {
        let detail = Line::new(&error.to_string()).to_string();
        let title = "the pinned host keys cannot be read";
        no_way(title, detail, "mend the file or remove it")
    })?;
    let (events, _) = mpsc::channel(1);
    let shared = Shared {
        mask: Mask::default(),
        clock,
        machines: watch::Sender::new(found.clone()),
        pins: Mutex::new(pins),
        gateway: watch::Sender::new(None),
        sessions: watch::Sender::default(),
        standing: watch::Sender::default(),
        captures: Mutex::default(),
        door: watch::Sender::new(None),
        events,
        target,
    };
    let ingress = found
        .iter()
        .find(|machine| machine.role == Role::Ingress)
        .ok_or_else(|| missing("the ingress node"))?;
    let address = ingress.public_ip.clone().ok_or_else(|| {
        no_way(
            &format!("{} has no public address", ingress.name),
            format!("its instance is {}", ingress.state),
            "see whether the instance runs, and give its first VNIC a public address",
        )
    })?;
    let keys = host_keys(ingress, &shared).await?;
    let gateway = shared.way_in(&Hop::node(&ingress.name, &address, keys));
    Ok(Reach {
        shared,
        machines: found,
        gateway,
    })
}

impl Reach {
    /// The cluster as it is wanted.
    pub fn topology(&self) -> &Topology {
        &self.shared.target.topology
    }

    /// The way in through the ingress node.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// A session on the node of this name.
    pub async fn session(&self, node: &str) -> Result<Session, NoWay> {
        let machine = self
            .machines
            .iter()
            .find(|machine| machine.name == node)
            .ok_or_else(|| missing(node))?;
        if machine.role == Role::Ingress {
            return Ok(self.gateway.session().await?);
        }
        let keys = host_keys(machine, &self.shared).await?;
        let hop = Hop::node(&machine.name, &machine.private_ip, keys);
        Ok(self.gateway.node(&hop).await?)
    }

    /// The join token that lies on the node of this name.
    pub async fn join_token(&self, node: &str) -> Result<SecretString, NoWay> {
        let session = self.session(node).await?;
        let found = join_token::read(&session).await?;
        found.ok_or_else(|| {
            let detail = format!("{JOIN_TOKEN} is not there, or is not one line");
            let next = format!("look there: k3scope ssh {node} -- sudo ls -l {JOIN_TOKEN}");
            no_way(&format!("{node} has no join token"), detail, &next)
        })
    }

    /// Fetches the kubeconfig from the server and keeps it.
    pub async fn kubeconfig(&self) -> Result<Kubeconfig, NoWay> {
        let topology = self.topology();
        let server = topology.server().ok_or_else(|| missing("the server"))?;
        let session = self.session(&server.name).await?;
        let text = visit::fetch(&session).await?.ok_or_else(|| {
            let waits = no_way(
                "the server has no kubeconfig yet",
                "K3s writes it when it runs".to_owned(),
                "k3scope bootstrap follows it until it does",
            );
            NoWay {
                may_pass: true,
                ..waits
            }
        })?;
        let refused = |why: String| {
            let next = "look at /etc/rancher/k3s/k3s.yaml on the server";
            no_way("the server's kubeconfig is not taken", why, next)
        };
        let kubeconfig = Kubeconfig::of_server(&text, &topology.cluster, server.private_ip)
            .map_err(|error| refused(error.to_string()))?;
        kubeconfig
            .keep(&self.shared.target.kubeconfig())
            .map_err(|error| refused(error.to_string()))?;
        Ok(kubeconfig)
    }
}

/// The machine's pinned keys; where there are none, those that its console shows first.
async fn host_keys(machine: &Machine, shared: &Shared) -> Result<HostKeys, NoWay> {
    if let Some(keys) = shared.pinned(&machine.id).await {
        return Ok(keys);
    }
    let mut console = Console::default();
    let text = console.look(&machine.id, shared).await.map_err(|error| {
        let title = format!("the console of {} cannot be read", machine.name);
        unasked(&title, &error)
    })?;
    if console.has_lost_its_beginning() {
        return Err(no_way(
            &format!("the host keys of {} are not known", machine.name),
            "its serial console no longer has its beginning, where they stood; what stands there now \
             may be forged"
                .to_owned(),
            "copy .k3scope/known_hosts from a computer that knows them",
        ));
    }
    let keys = HostKeys::from_console(&text).ok_or_else(|| {
        let unknown = no_way(
            &format!("the host keys of {} are not known yet", machine.name),
            "its serial console does not show them, and a key that nobody has vouched for is not \
             trusted"
                .to_owned(),
            "wait until it has booted; k3scope bootstrap follows it",
        );
        NoWay {
            may_pass: true,
            ..unknown
        }
    })?;
    let pinned = shared.pin(machine, &keys).await;
    pinned.map_err(|problem| NoWay {
        may_pass: false,
        problem,
    })?;
    Ok(keys)
}

pub(super) fn missing(node: &str) -> NoWay {
    let title = format!("{node} has no instance");
    no_way(&title, String::new(), "k3scope apply makes it")
}

fn unasked(title: &str, error: &oci::Error) -> NoWay {
    let mut unasked = no_way(
        title,
        Line::new(&error.to_string()).to_string(),
        "k3scope plan tells what is missing",
    );
    unasked.may_pass = matches!(error, oci::Error::Transport { .. });
    unasked.problem.request_id = error.request_id().map(text::line);
    unasked
}

pub(super) fn no_way(title: &str, detail: String, next: &str) -> NoWay {
    NoWay {
        may_pass: false,
        problem: Problem {
            title: title.to_owned(),
            detail,
            next: next.to_owned(),
            request_id: None,
        },
    }
}
