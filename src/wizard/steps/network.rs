//! Step 4: addresses, and who may reach them.

use super::Row;
use super::shapes::text;
use crate::domain::topology::Cidr;
use crate::wizard::document::parts;
use crate::wizard::field::Field;
use crate::wizard::key::{Key, Step};
use crate::wizard::machine::Wizard;
use crate::wizard::remark::{Remark, Weight};

pub(super) const ROW: Row = Row {
    step: Step::Network,
    title: "Network",
    about: "Addresses inside, and who may come in from outside",
    first: Key::Vcn,
    fields,
    remarks,
};

fn fields(wizard: &Wizard) -> Vec<Field> {
    vec![
        text(
            wizard,
            Key::Vcn,
            "VCN",
            "The whole network. Its subnets follow it until you change them.",
        ),
        text(
            wizard,
            Key::PublicSubnet,
            "Public subnet",
            "Where the ingress node stands, behind the internet gateway.",
        ),
        text(
            wizard,
            Key::PrivateSubnet,
            "Private subnet",
            "Reaches the internet through the ingress node.",
        ),
        text(
            wizard,
            Key::SshFrom,
            "SSH from",
            "Networks with commas between them. Your own address is best: 198.51.100.7/32.",
        ),
        text(
            wizard,
            Key::NodeportsFrom,
            "Node ports from",
            "Ports 30000 to 32767. Empty: from the VCN only.",
        ),
    ]
}

fn remarks(wizard: &Wizard) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let ssh = wizard.ssh_from();
    if ssh.contains(&Cidr::ANYWHERE) {
        let said = "the whole internet may try to log in: name your own address";
        remarks.push(Remark::on(Key::SshFrom, Weight::Warn, said));
    } else if wizard.value(Key::SshFrom).is_empty() {
        let said = "nobody may log in, k3scope neither: it follows the nodes over SSH";
        remarks.push(Remark::on(Key::SshFrom, Weight::Warn, said));
    }
    if let Ok(vcn) = wizard.value(Key::Vcn).parse::<Cidr>() {
        let ports = wizard.value(Key::NodeportsFrom);
        let wide = parts(&ports)
            .filter_map(|part| part.parse::<Cidr>().ok())
            .any(|from| !vcn.covers(from));
        if wide {
            let said = "this opens the node ports to more than the VCN";
            remarks.push(Remark::on(Key::NodeportsFrom, Weight::Warn, said));
        }
    }
    remarks
}
