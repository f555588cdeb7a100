//! Nodes, with what they use.

use std::collections::BTreeMap;

use super::offers;
use super::signs::{self, Sign, age, age_key, dated, signed};
use crate::domain::line::Line;
use crate::domain::node::Node;
use crate::domain::object::{Labels, ObjectRef};
use crate::domain::pod::{Pod, Requests};
use crate::domain::reading::Thing;
use crate::domain::source::SourceId;
use crate::domain::usage::Usage;
use crate::effect::{Offer, Place};
use crate::store::{Store, views};
use crate::theme::Role;
use crate::ui::list::{Cell, Column, Kind};
use crate::ui::pane::{Ctx, Found};
use crate::ui::widgets::gauge::pressure;
use crate::ui::widgets::page::Page;

/// Nodes.
pub struct Nodes;

/// A node with what belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub(super) node: &'a Node,
    pub(super) usage: Option<&'a Usage>,
    pub(super) pods: usize,
}

impl Row<'_> {
    /// Used processors, in hundredths of what there is.
    pub(super) fn cpu(&self) -> Option<u8> {
        percent(self.usage?.cpu.0, self.node.allocatable.cpu.0)
    }

    /// Used memory, in hundredths of what there is.
    pub(super) fn memory(&self) -> Option<u8> {
        percent(self.usage?.memory.0, self.node.allocatable.memory.0)
    }

    pub(super) fn sign(&self) -> Sign {
        if !self.node.is_ready() {
            signs::BAD
        } else if self.node.pressures().next().is_some() {
            signs::WARN
        } else if self.node.cordoned {
            signs::HELD
        } else {
            signs::OK
        }
    }

    fn state(&self) -> &'static str {
        match (self.node.is_ready(), self.node.cordoned) {
            (true, false) => "Ready",
            (true, true) => "Ready, cordoned",
            (false, false) => "NotReady",
            (false, true) => "NotReady, cordoned",
        }
    }
}

fn percent(part: u64, whole: u64) -> Option<u8> {
    let share = part.checked_mul(100)?.checked_div(whole)?;
    Some(u8::try_from(share).unwrap_or(u8::MAX))
}

fn share<'a>(percent: Option<u8>) -> Cell<'a> {
    percent.map_or_else(
        || Cell::muted("–"),
        |percent| {
            let role = Some(pressure(percent)).filter(|role| *role != Role::Fill);
            let role = role.unwrap_or(Role::Text);
            Cell::new(format!("{percent}%"), role)
        },
    )
}

impl Kind for Nodes {
    type Id = ObjectRef;
    type Joined = BTreeMap<String, usize>;
    type Row<'a> = Row<'a>;

    const TITLE: &'static str = "Nodes";
    const NOUN: &'static str = "nodes";
    const HAS_LABELS: bool = true;
    const SOURCES: &'static [SourceId] = &[SourceId::Nodes, SourceId::NodeMetrics];

    fn revision(store: &Store) -> u64 {
        store.nodes.revision() + store.node_usage.revision() + store.pods.revision()
    }

    fn join(store: &Store) -> BTreeMap<String, usize> {
        let counts = views::pods_by_node(store);
        counts
            .into_iter()
            .map(|(node, count)| (node.to_owned(), count))
            .collect()
    }

    fn all<'a>(store: &'a Store, pods: &'a Self::Joined) -> impl Iterator<Item = Row<'a>> {
        store.nodes.iter().map(|node| row(store, pods, node))
    }

    fn get<'a>(store: &'a Store, pods: &'a Self::Joined, id: &ObjectRef) -> Option<Row<'a>> {
        store.nodes.get(id).map(|node| row(store, pods, node))
    }

    fn id(row: &Row<'_>) -> ObjectRef {
        row.node.id.clone()
    }

    fn named(id: &ObjectRef) -> Option<ObjectRef> {
        Some(id.clone())
    }

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::<Self>::new(
                "NAME",
                (14, 40),
                |row, _| Cell::text(row.node.id.name.as_str()),
                |row, _| (0, row.node.id.name.as_str().into()),
            ),
            Column::<Self>::new(
                "STATUS",
                (10, 18),
                |row, _| signed(row.sign(), row.state()),
                |row, _| (0, row.state().into()),
            ),
            Column::<Self>::new(
                "ROLES",
                (8, 24),
                |row, _| Cell::muted(joined_roles(row.node)),
                |row, _| (0, joined_roles(row.node).into()),
            )
            .rank(2),
            Column::<Self>::new(
                "CPU",
                (4, 4),
                |row, _| share(row.cpu()),
                |row, _| (row.cpu().map_or(-1, i64::from), "".into()),
            )
            .right(),
            Column::<Self>::new(
                "MEM",
                (4, 4),
                |row, _| share(row.memory()),
                |row, _| (row.memory().map_or(-1, i64::from), "".into()),
            )
            .right(),
            Column::<Self>::new(
                "PODS",
                (4, 4),
                |row, _| Cell::text(row.pods.to_string()),
                |row, _| (i64::try_from(row.pods).unwrap_or(0), "".into()),
            )
            .right(),
            Column::<Self>::new(
                "VERSION",
                (12, 16),
                |row, _| Cell::muted(row.node.version.as_str()),
                |row, _| (0, row.node.version.as_str().into()),
            )
            .rank(3),
            Column::<Self>::new(
                "INTERNAL IP",
                (11, 15),
                |row, _| Cell::muted(row.node.internal_ip.as_str()),
                |row, _| (0, row.node.internal_ip.as_str().into()),
            )
            .rank(4),
            Column::<Self>::new(
                "EXTERNAL IP",
                (11, 15),
                |row, _| Cell::muted(row.node.external_ip.as_str()),
                |row, _| (0, row.node.external_ip.as_str().into()),
            )
            .rank(5),
            Column::<Self>::new(
                "AGE",
                (4, 4),
                |row, ctx| age(row.node.created, ctx),
                |row, _| age_key(row.node.created),
            )
            .right(),
        ]
    }

    fn labels<'r>(row: &'r Row<'_>) -> Option<&'r Labels> {
        Some(&row.node.labels)
    }

    fn name(row: &Row<'_>) -> String {
        row.node.id.name.to_string()
    }

    fn page(row: &Row<'_>, ctx: &Ctx<'_>) -> Page {
        page(row, ctx)
    }

    fn offers(row: &Row<'_>, ctx: &Ctx<'_>) -> Vec<Offer> {
        offers::nodes::offers(row.node, row.pods, ctx)
    }

    fn thing(row: &Row<'_>) -> Option<Thing> {
        Some(Thing::new("Node", row.node.id.clone()))
    }

    fn count(store: &Store) -> Option<usize> {
        Some(store.nodes.len())
    }

    fn objects(store: &Store) -> Vec<Found> {
        Found::all(&store.nodes, "node", Place::Nodes)
    }
}

pub(super) fn row<'a>(store: &'a Store, pods: &BTreeMap<String, usize>, node: &'a Node) -> Row<'a> {
    Row {
        node,
        usage: store.node_usage.get(&node.id),
        pods: pods.get(node.id.name.as_str()).copied().unwrap_or(0),
    }
}

fn joined_roles(node: &Node) -> String {
    let roles: Vec<&str> = node.roles.iter().map(Line::as_str).collect();
    roles.join(",")
}

fn page(row: &Row<'_>, ctx: &Ctx<'_>) -> Page {
    let node = row.node;
    let mut page = Page::default();
    page.item(vec![signs::before(row.sign())], row.state(), Role::Title);
    for meaning in node.meanings() {
        page.item(vec![("→ ".to_owned(), Role::Accent)], meaning, Role::Text);
    }
    page.blank();
    page.field("Roles", joined_roles(node));
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
    used(&mut page, row, &pods);
    signs::conditions(&mut page, &node.conditions, ctx);
    if !pods.is_empty() {
        page.heading(format!("Pods {}", pods.len()));
        for pod in pods {
            let requests = pod.requests();
            let kept = if requests == Requests::default() {
                String::new()
            } else {
                format!("  {} · {}", requests.cpu, requests.memory)
            };
            page.item(
                vec![signs::before(super::pods::sign(pod))],
                format!("{}{kept}", pod.id),
                Role::Text,
            );
        }
    }
    signs::recent_events(&mut page, "Node", &node.id, ctx);
    page
}

/// What is used of it, and what is kept free for its pods.
fn used(page: &mut Page, row: &Row<'_>, pods: &[&Pod]) {
    let has = row.node.allocatable;
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
