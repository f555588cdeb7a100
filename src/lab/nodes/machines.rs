//! Every machine of the lab, found by address: the router of its VCNs.
//!
//! From outside only public addresses lead anywhere; from one machine, the private addresses of its
//! own VCN. What listens behind a port follows from what runs on the machine.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::firewall::Traffic;
use super::machine::{K3s, Machine};
use super::passage::Passage;
use super::trouble::Conditions;
use crate::lab::cluster::Site;

const SSH: u16 = 22;
const HTTP: u16 = 80;
const HTTPS: u16 = 443;
const KUBERNETES: u16 = 6443;

/// All machines; clones share them.
#[derive(Clone)]
pub(in crate::lab) struct Machines {
    all: Arc<Mutex<BTreeMap<String, Machine>>>,
    site: Site,
    conditions: Conditions,
    touched: watch::Sender<u64>,
}

/// Where a connection to an address and port leads.
#[derive(Clone, Debug)]
pub(in crate::lab) enum Lead {
    /// To the SSH server of this machine, which takes connections.
    Ssh(Machine),
    /// To a listener of the lab, such as the Kubernetes API of the server node.
    Tcp(SocketAddr),
    /// To the data plane's port for HTTP, on the ingress node.
    Http,
    /// To the data plane's port for HTTPS, on the ingress node.
    Https,
    /// To a machine on which nothing listens there.
    Refused,
    /// To nothing that answers, and someone says so.
    Unreachable,
    /// Nowhere, and nobody says so.
    Silent,
}

impl Machines {
    /// None yet; `site` tells whether a cluster stands.
    pub(in crate::lab) fn new(site: Site) -> Self {
        Self {
            all: Arc::default(),
            site,
            conditions: Conditions::default(),
            touched: watch::Sender::new(0),
        }
    }

    /// The machine of an instance.
    pub(in crate::lab) fn by_id(&self, id: &str) -> Option<Machine> {
        self.lock().get(id).cloned()
    }

    /// The machine with this private address in a VCN.
    pub(in crate::lab) fn by_private(&self, vcn: &str, address: Ipv4Addr) -> Option<Machine> {
        let all = self.lock();
        let mut all = all.values();
        all.find(|one| one.vcn() == vcn && one.private_address() == address)
            .cloned()
    }

    /// The machine with this public address.
    pub(in crate::lab) fn by_public(&self, address: Ipv4Addr) -> Option<Machine> {
        let all: Vec<Machine> = self.all();
        all.into_iter()
            .find(|one| one.public_address() == Some(address))
    }

    /// Every machine.
    pub(in crate::lab) fn all(&self) -> Vec<Machine> {
        self.lock().values().cloned().collect()
    }

    /// Where a connection from the internet leads.
    pub(in crate::lab) fn lead_from_outside(&self, address: Ipv4Addr, port: u16) -> Lead {
        match self.by_public(address) {
            Some(machine) => self.port(&machine, port),
            // A cluster that stood before the lab began has no instances in OCI.
            None if self.site.serves(address) => match port {
                HTTP => Lead::Http,
                HTTPS => Lead::Https,
                _ => Lead::Refused,
            },
            None => Lead::Unreachable,
        }
    }

    /// Where a connection from a machine leads; `host` is an address or a host name of its VCN.
    pub(in crate::lab) fn lead_from_inside(&self, from: &Machine, host: &str, port: u16) -> Lead {
        let found = match host.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) if address.is_loopback() => Some(from.clone()),
            Ok(IpAddr::V4(address)) => {
                let near = self.by_private(from.vcn(), address);
                near.or_else(|| self.by_public(address))
            }
            Ok(IpAddr::V6(_)) => None,
            Err(_) if host == "localhost" => Some(from.clone()),
            Err(_) => {
                let label = host.split('.').next().unwrap_or_default();
                let all = self.all();
                all.into_iter()
                    .find(|one| one.vcn() == from.vcn() && one.name() == label)
            }
        };
        let Some(machine) = found.filter(Machine::is_on) else {
            return Lead::Unreachable;
        };
        match self.passage(from, machine.private_address(), Traffic::Tcp(port)) {
            Passage::Through => self.port(&machine, port),
            Passage::Prohibited(_) | Passage::Unreachable => Lead::Unreachable,
            Passage::Lost => Lead::Silent,
        }
    }

    fn port(&self, machine: &Machine, port: u16) -> Lead {
        if !machine.is_on() {
            return Lead::Unreachable;
        }
        match (port, machine.k3s()) {
            (SSH, _) if machine.sshd_is_up() => Lead::Ssh(machine.clone()),
            (KUBERNETES, Some(K3s::Server)) => self.site.api().map_or(Lead::Refused, Lead::Tcp),
            (HTTP, Some(_)) if is_ingress(machine) => Lead::Http,
            (HTTPS, Some(_)) if is_ingress(machine) => Lead::Https,
            _ => Lead::Refused,
        }
    }

    /// What holds for them.
    pub(super) fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// Where their cluster can stand.
    pub(super) fn site(&self) -> &Site {
        &self.site
    }

    /// Changes when anything changed on which the way of a packet can depend.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.touched.subscribe()
    }

    /// Says that something changed.
    pub(super) fn touch(&self) {
        self.touched.send_modify(|count| *count += 1);
    }

    /// What a new machine tells its changes to.
    pub(super) fn ear(&self) -> &watch::Sender<u64> {
        &self.touched
    }

    pub(super) fn add(&self, machine: &Machine) {
        self.lock().insert(machine.id().to_owned(), machine.clone());
        self.touch();
    }

    pub(super) fn remove(&self, id: &str) -> Option<Machine> {
        let gone = self.lock().remove(id);
        self.touch();
        gone
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Machine>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_ingress(machine: &Machine) -> bool {
    machine.role().as_deref() == Some("ingress")
}
