//! The full view of a node.

use super::{Row, instance, percent};
use crate::domain::node::Node;
use crate::domain::pod::{Pod, Requests};
use crate::store::{failures, machines};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::advised;
use crate::ui::panes::signs::{self, dated};
use crate::ui::widgets::page::Page;

pub(super) fn page(row: &Row<'_>, ctx: &Ctx<'_>) -> Page {
    let mut page = Page::default();
    page.item(vec![signs::before(row.sign())], row.state(), Role::Title);
    let Some(node) = row.node else {
        not_joined(&mut page, row);
        instance::section(&mut page, row, ctx);
        return page;
    };
    let explained = machines::explains(node, row.instance);
    for meaning in explained.into_iter().chain(node.meanings()) {
        page.item(vec![("→ ".to_owned(), Role::Accent)], meaning, Role::Text);
    }
    advised::all(&mut page, &failures::node(ctx.store, node));
    page.blank();
    page.field("Roles", row.roles());
    page.field("Kubelet", node.version.as_str());
    page.field("System", format!("{} {}", node.os, node.architecture));
    page.field("Internal IP", node.internal_ip.as_str());
    page.field("External IP", node.external_ip.as_str());
    dated(&mut page, "Joined", node.created, ctx);
    for taint in &node.taints {
        page.field("Taint", taint.as_str());
    }
    let all = ctx.store.pods.iter();
    let pods: Vec<&Pod> = all.filter(|pod| pod.node == node.id.name).collect();
    used(&mut page, (row, node), &pods);
    instance::section(&mut page, row, ctx);
    signs::conditions(&mut page, &node.conditions, ctx);
    if !pods.is_empty() {
        page.heading(format!("Pods {}", pods.len()));
        for pod in pods {
            page.item(
                vec![signs::before(crate::ui::panes::pods::sign(pod))],
                format!("{}{}", pod.id, kept(pod)),
                Role::Text,
            );
        }
    }
    signs::recent_events(&mut page, "Node", &node.id, ctx);
    page
}

fn not_joined(page: &mut Page, row: &Row<'_>) {
    let meaning = if row.listed {
        "its instance is there, and no Node of this name is in the cluster"
    } else {
        "its instance is there; which Nodes the cluster has is not known yet"
    };
    page.item(vec![("→ ".to_owned(), Role::Accent)], meaning, Role::Text);
    let explained = row.instance.and_then(|it| it.power.explains());
    if let Some(explained) = explained {
        page.item(vec![("→ ".to_owned(), Role::Accent)], explained, Role::Text);
    }
}

/// What is kept free for a pod.
fn kept(pod: &Pod) -> String {
    let requests = pod.requests();
    if requests == Requests::default() {
        String::new()
    } else {
        format!("  {} · {}", requests.cpu, requests.memory)
    }
}

/// What is used of it, and what is kept free for its pods.
fn used(page: &mut Page, (row, node): (&Row<'_>, &Node), pods: &[&Pod]) {
    let has = node.allocatable;
    page.heading("Use");
    if let Some(usage) = row.usage {
        let cpu = in_hundredths(row.cpu());
        page.field("CPU", format!("{} of {}{cpu}", usage.cpu, has.cpu));
        let memory = in_hundredths(row.memory());
        page.field(
            "Memory",
            format!("{} of {}{memory}", usage.memory, has.memory),
        );
    } else {
        page.styled(
            "No measurements: the metrics server has none of this node",
            Role::Muted,
        );
    }
    page.field("Pods", format!("{} of {}", row.pods, has.pods));
    let kept: Requests = pods.iter().map(|pod| pod.requests()).sum();
    let cpu = in_hundredths(percent(kept.cpu.0, has.cpu.0));
    let memory = in_hundredths(percent(kept.memory.0, has.memory.0));
    let kept = format!("CPU {}{cpu}, memory {}{memory}", kept.cpu, kept.memory);
    page.field("Requested", kept);
}

fn in_hundredths(percent: Option<u8>) -> String {
    percent.map_or_else(String::new, |percent| format!(" · {percent}%"))
}
