//! The table of nodes: what the layout has, and what a person makes of it.

use std::collections::BTreeSet;

use super::answers::NodeRow;
use super::document::parts;
use super::key::{Column, Key};
use super::machine::Wizard;
use crate::config::{Layout, NetworkTable, NodeTable};
use crate::domain::topology::{Cidr, Placement, Role};

/// More nodes than anybody makes here.
const MOST_NODES: usize = 64;

impl Wizard {
    /// Whether the nodes are a person's own.
    pub(super) fn is_custom(&self) -> bool {
        self.value(Key::Layout) == "custom"
    }

    /// The nodes that will be made.
    pub fn rows(&self) -> Vec<NodeRow> {
        let layout = match self.value(Key::Layout).as_str() {
            "reference" => Layout::Reference,
            "compact" => Layout::Compact,
            _ => {
                let own = self.answers.nodes.clone();
                return own.unwrap_or_else(|| self.document.nodes());
            }
        };
        layout.nodes(&self.network()).iter().map(row).collect()
    }

    /// The subnets as far as they are well-formed; the rest as it is by default.
    fn network(&self) -> NetworkTable {
        let default = NetworkTable::default();
        let cidr = |key, other| self.value(key).parse::<Cidr>().unwrap_or(other);
        NetworkTable {
            vcn: cidr(Key::Vcn, default.vcn),
            public_subnet: cidr(Key::PublicSubnet, default.public_subnet),
            private_subnet: cidr(Key::PrivateSubnet, default.private_subnet),
            ..default
        }
    }

    /// Changes one cell. Nodes that are not the layout's any more are `custom`.
    pub(super) fn put_cell(&mut self, at: usize, column: Column, text: String) {
        let mut rows = self.rows();
        if let Some(row) = rows.get_mut(at) {
            row.set(column, text);
            self.put_rows(rows);
        }
    }

    pub(super) fn add_worker(&mut self) {
        let mut rows = self.rows();
        if rows.len() < MOST_NODES {
            let worker = self.new_worker(&rows);
            rows.push(worker);
            self.put_rows(rows);
        }
    }

    pub(super) fn remove_node(&mut self, at: usize) {
        let mut rows = self.rows();
        if rows.get(at).is_some_and(|row| row.role == "worker") {
            rows.remove(at);
            self.put_rows(rows);
        }
    }

    /// Begins `custom` with the nodes that stand there, where there are none of one's own.
    pub(super) fn begin_custom(&mut self, rows: Vec<NodeRow>) {
        if self.answers.nodes.is_none() && self.document.nodes().is_empty() {
            self.answers.nodes = Some(rows);
        }
    }

    fn put_rows(&mut self, rows: Vec<NodeRow>) {
        self.mark_changed();
        self.answers.nodes = Some(rows);
        self.answers.typed.insert(Key::Layout, "custom".to_owned());
    }

    fn new_worker(&self, rows: &[NodeRow]) -> NodeRow {
        let names: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        let mut numbered = std::iter::once("k3s-worker".to_owned())
            .chain((2..=MOST_NODES + 1).map(|number| format!("k3s-worker-{number}")));
        let taken: BTreeSet<&str> = rows.iter().map(|row| row.private_ip.as_str()).collect();
        let subnet = self.network().private_subnet;
        let mut addresses = (11..=250).filter_map(|number| subnet.host(number));
        let address = addresses.find(|address| {
            subnet.has_usable(*address) && !taken.contains(address.to_string().as_str())
        });
        NodeRow {
            name: numbered
                .find(|name| !names.contains(name.as_str()))
                .unwrap_or_default(),
            role: "worker".to_owned(),
            ocpus: "1".to_owned(),
            memory_gb: "6".to_owned(),
            boot_volume_gb: "50".to_owned(),
            subnet: "private".to_owned(),
            private_ip: address.map(|it| it.to_string()).unwrap_or_default(),
        }
    }

    /// From where SSH is allowed, as far as that is well-formed.
    pub(super) fn ssh_from(&self) -> Vec<Cidr> {
        let typed = self.value(Key::SshFrom);
        parts(&typed).filter_map(|part| part.parse().ok()).collect()
    }
}

fn row(node: &NodeTable) -> NodeRow {
    let role = match node.role {
        Role::Ingress => "ingress",
        Role::Server => "server",
        Role::Worker => "worker",
    };
    let subnet = match node.subnet {
        Placement::Public => "public",
        Placement::Private => "private",
    };
    NodeRow {
        name: node.name.clone(),
        role: role.to_owned(),
        ocpus: node.ocpus.to_string(),
        memory_gb: node.memory_gb.to_string(),
        boot_volume_gb: node.boot_volume_gb.to_string(),
        subnet: subnet.to_owned(),
        private_ip: node.private_ip.to_string(),
    }
}
