//! Step 3: the machines, and what they cost.

use strum::IntoEnumIterator;

use super::Row;
use super::shapes::{action, choice, text};
use crate::domain::setup::{Answer, Topic};
use crate::wizard::answers::NodeRow;
use crate::wizard::field::{Choice, Field, Kind};
use crate::wizard::key::{Column, FieldId, Key, Step};
use crate::wizard::machine::Wizard;
use crate::wizard::remark::{Remark, Weight};

pub(super) const ROW: Row = Row {
    step: Step::Nodes,
    title: "Nodes",
    about: "The machines (Ampere A1), held against what is free",
    first: Key::ClusterName,
    fields,
    remarks,
};

fn fields(wizard: &Wizard) -> Vec<Field> {
    let mut allowances = vec![
        Choice::new("always-free", "Always Free (2 OCPU, 12 GB)"),
        Choice::new("payg-2025", "pay as you go (4 OCPU, 24 GB)"),
    ];
    if wizard.document.shown("allowance.preset") == "custom" {
        allowances.push(Choice::new("custom", "as the file has it"));
    }
    let mut fields = vec![
        text(
            wizard,
            Key::ClusterName,
            "Name",
            "Names and tags everything that belongs to the cluster.",
        ),
        choice(
            wizard,
            Key::Layout,
            "Layout",
            "Change any number below, and the layout becomes your own.",
            vec![
                Choice::new("compact", "compact · 2 nodes, 2 OCPU, 12 GB"),
                Choice::new("reference", "reference · 3 nodes, 4 OCPU, 24 GB"),
                Choice::new("custom", "custom · nodes of your own"),
            ],
        ),
        choice(
            wizard,
            Key::Allowance,
            "Free",
            "What your account has for nothing. Since 2026-06-15 Always Free has 2 OCPU and 12 GB.",
            allowances,
        ),
    ];
    for (at, row) in wizard.rows().iter().enumerate() {
        fields.extend(cells(at, row));
    }
    fields.push(action(
        Key::AddWorker,
        "Add a worker",
        "One more node for workloads, in the private subnet.",
        true,
    ));
    fields
}

fn cells(at: usize, row: &NodeRow) -> impl Iterator<Item = Field> {
    let worker = row.role == "worker";
    Column::iter()
        .filter(move |column| *column != Column::Remove || worker)
        .map(move |column| Field {
            id: FieldId::Node(at, column),
            label: column.title().to_owned(),
            kind: match column {
                Column::Name | Column::PrivateIp => Kind::Text,
                Column::Remove => Kind::Action { ready: true },
                Column::Ocpus | Column::MemoryGb | Column::BootVolumeGb => Kind::Number,
            },
            text: row.text(column).to_owned(),
            about: about(column, row),
        })
}

fn about(column: Column, row: &NodeRow) -> String {
    let role = match row.role.as_str() {
        "ingress" => "serves the hosts and routes the private nodes' traffic",
        "server" => "the control plane",
        _ => "takes workloads",
    };
    match column {
        Column::Name => format!("Its name in Oracle Cloud and in Kubernetes. It {role}."),
        Column::Ocpus => "Processors: 1 to 80.".to_owned(),
        Column::MemoryGb => "Memory: 1 to 64 GB for each OCPU.".to_owned(),
        Column::BootVolumeGb => "Boot volume: 50 GB or more.".to_owned(),
        Column::PrivateIp => format!("Its fixed address in the {} subnet.", row.subnet),
        Column::Remove => format!("Takes {} away.", row.name),
    }
}

fn remarks(wizard: &Wizard) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let check = wizard.allowance_check();
    if check.costs_more() {
        let excess = check.excess();
        let mut parts = Vec::new();
        for (amount, what) in [
            (excess.ocpus.0, "OCPU"),
            (excess.memory.0, "GB of memory"),
            (excess.boot_volumes.0, "GB of volumes"),
        ] {
            if amount > 0 {
                parts.push(format!("{amount} {what}"));
            }
        }
        let said = format!(
            "{} more than is free: about {}",
            parts.join(", "),
            check.price()
        );
        remarks.push(Remark::on(Key::Layout, Weight::Warn, said));
    } else if !wizard.is_typed(Key::Layout) && wizard.value(Key::Layout) == "compact" {
        let said = "proposed, because `reference` would cost money here";
        remarks.push(Remark::on(Key::Layout, Weight::Note, said));
    }
    for said in check.beyond_limits() {
        let said = format!("your account's limits have no room: {said}");
        remarks.push(Remark::on(Key::Layout, Weight::Warn, said));
    }
    if wizard.is_asking(Topic::Limits) {
        let said = "reading your account's limits";
        remarks.push(Remark::of(Step::Nodes, Weight::Busy, said));
    } else if let Answer::Failed(problem) = &wizard.facts().limits {
        let said = format!("the limits are not known: {}", problem.title);
        remarks.push(Remark::of(Step::Nodes, Weight::Warn, said));
    }
    remarks
}
