//! Nodes, with what they use, and the instances that they run on.
//!
//! An instance that no Node tells of is a row of its own: it has not joined.

mod instance;
mod page;

use std::collections::BTreeMap;

use super::offers;
use super::signs::{self, Sign, age, age_key, signed};
use crate::domain::idle::{Idleness, Measured, PerMille};
use crate::domain::instance::Instance;
use crate::domain::line::Line;
use crate::domain::node::Node;
use crate::domain::object::{Labels, ObjectRef};
use crate::domain::reading::Thing;
use crate::domain::source::SourceId;
use crate::domain::usage::Usage;
use crate::effect::{Offer, Place};
use crate::store::{Store, machines, views};
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
    pub(super) id: &'a ObjectRef,
    /// Nothing where only its instance is known.
    pub(super) node: Option<&'a Node>,
    pub(super) instance: Option<&'a Instance>,
    pub(super) measured: Option<&'a Measured>,
    pub(super) usage: Option<&'a Usage>,
    pub(super) pods: usize,
    /// Whether all Nodes were told: before that, nothing follows from an absence.
    listed: bool,
}

/// A share, and who measured it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Share {
    percent: u8,
    by_oci: bool,
}

impl Row<'_> {
    /// Used processors, in hundredths of what there is.
    pub(super) fn cpu(&self) -> Option<u8> {
        self.cpu_share().map(|share| share.percent)
    }

    /// Used memory, in hundredths of what there is.
    pub(super) fn memory(&self) -> Option<u8> {
        self.memory_share().map(|share| share.percent)
    }

    fn cpu_share(&self) -> Option<Share> {
        let has = self.node.map(|node| node.allocatable.cpu.0);
        let used = self.usage.map(|usage| usage.cpu.0);
        share_of(used.zip(has), self.measured.and_then(|it| it.cpu))
    }

    fn memory_share(&self) -> Option<Share> {
        let has = self.node.map(|node| node.allocatable.memory.0);
        let used = self.usage.map(|usage| usage.memory.0);
        share_of(used.zip(has), self.measured.and_then(|it| it.memory))
    }

    /// Whether Oracle may stop it because it is idle.
    fn is_at_risk(&self) -> bool {
        let idleness = self.measured.and_then(Measured::idleness);
        idleness == Some(Idleness::AtRisk)
    }

    pub(super) fn sign(&self) -> Sign {
        let Some(node) = self.node else {
            return if self.listed {
                signs::WARN
            } else {
                signs::NONE
            };
        };
        if !node.is_ready() {
            signs::BAD
        } else if node.pressures().next().is_some() {
            signs::WARN
        } else if node.cordoned {
            signs::HELD
        } else if self.is_at_risk() {
            signs::WARN
        } else {
            signs::OK
        }
    }

    fn state(&self) -> &'static str {
        let Some(node) = self.node else {
            return if self.listed { "not joined" } else { "–" };
        };
        match (node.is_ready(), node.cordoned) {
            (true, false) if self.is_at_risk() => "Ready, idle",
            (true, false) => "Ready",
            (true, true) => "Ready, cordoned",
            (false, false) => "NotReady",
            (false, true) => "NotReady, cordoned",
        }
    }

    fn roles(&self) -> String {
        let roles = self.node.map_or(&[][..], |node| &node.roles);
        let roles: Vec<&str> = roles.iter().map(Line::as_str).collect();
        roles.join(",")
    }

    /// A text of the Node; empty where there is none.
    fn text<'a>(&'a self, of: impl Fn(&'a Node) -> &'a Line) -> &'a str {
        self.node.map_or("", |node| of(node).as_str())
    }
}

/// What the metrics server measured, or else OCI.
fn share_of(used: Option<(u64, u64)>, oci: Option<PerMille>) -> Option<Share> {
    let measured = used.and_then(|(part, whole)| percent(part, whole));
    let by_cluster = measured.map(|percent| Share {
        percent,
        by_oci: false,
    });
    by_cluster.or_else(|| {
        oci.map(|share| Share {
            percent: share.percent(),
            by_oci: true,
        })
    })
}

fn percent(part: u64, whole: u64) -> Option<u8> {
    let share = part.checked_mul(100)?.checked_div(whole)?;
    Some(u8::try_from(share).unwrap_or(u8::MAX))
}

fn share<'a>(share: Option<Share>) -> Cell<'a> {
    share.map_or_else(
        || Cell::muted("–"),
        |Share { percent, by_oci }| {
            let role = Some(pressure(percent)).filter(|role| *role != Role::Fill);
            let role = role.unwrap_or(Role::Text);
            let mark = if by_oci { "*" } else { "" };
            Cell::new(format!("{percent}%{mark}"), role)
        },
    )
}

fn power<'a>(instance: Option<&Instance>) -> Cell<'a> {
    let Some(Instance { power, .. }) = instance else {
        return Cell::muted("–");
    };
    match self::instance::sign(power) {
        (_, Role::Ok) => Cell::muted(power.word()),
        sign => signed(sign, power.word()),
    }
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
        store.nodes.revision()
            + store.node_usage.revision()
            + store.pods.revision()
            + store.instances.revision()
            + store.measured.revision()
    }

    fn join(store: &Store) -> BTreeMap<String, usize> {
        let counts = views::pods_by_node(store);
        counts
            .into_iter()
            .map(|(node, count)| (node.to_owned(), count))
            .collect()
    }

    fn all<'a>(store: &'a Store, pods: &'a Self::Joined) -> impl Iterator<Item = Row<'a>> {
        let nodes = store.nodes.iter().map(|node| row(store, pods, node));
        let others = machines::without_node(store);
        nodes.chain(others.map(|instance| lone(store, instance)))
    }

    fn get<'a>(store: &'a Store, pods: &'a Self::Joined, id: &ObjectRef) -> Option<Row<'a>> {
        let joined = store.nodes.get(id).map(|node| row(store, pods, node));
        joined.or_else(|| {
            let mut others = machines::without_node(store);
            let found = others.find(|instance| instance.id == *id)?;
            Some(lone(store, found))
        })
    }

    fn id(row: &Row<'_>) -> ObjectRef {
        row.id.clone()
    }

    fn named(id: &ObjectRef) -> Option<ObjectRef> {
        Some(id.clone())
    }

    fn columns() -> Vec<Column<Self>> {
        let mut columns = state_columns();
        columns.extend(use_columns());
        columns.extend(place_columns());
        columns
    }

    fn labels<'r>(row: &'r Row<'_>) -> Option<&'r Labels> {
        row.node.map(|node| &node.labels)
    }

    fn name(row: &Row<'_>) -> String {
        row.id.name.to_string()
    }

    fn page(row: &Row<'_>, ctx: &Ctx<'_>) -> Page {
        page::page(row, ctx)
    }

    fn offers(row: &Row<'_>, ctx: &Ctx<'_>) -> Vec<Offer> {
        offers::nodes::offers(row, ctx)
    }

    fn thing(row: &Row<'_>) -> Option<Thing> {
        row.node.map(|node| Thing::new("Node", node.id.clone()))
    }

    fn count(store: &Store) -> Option<usize> {
        Some(store.nodes.len())
    }

    fn objects(store: &Store) -> Vec<Found> {
        Found::all(&store.nodes, "node", Place::Nodes)
    }
}

fn state_columns() -> Vec<Column<Nodes>> {
    vec![
        Column::<Nodes>::new(
            "NAME",
            (14, 40),
            |row, _| Cell::text(row.id.name.as_str()),
            |row, _| (0, row.id.name.as_str().into()),
        ),
        Column::<Nodes>::new(
            "STATUS",
            (13, 18),
            |row, _| signed(row.sign(), row.state()),
            |row, _| (0, row.state().into()),
        ),
        Column::<Nodes>::new(
            "OCI",
            (9, 14),
            |row, _| power(row.instance),
            |row, _| (0, row.instance.map_or("", |it| it.power.word()).into()),
        )
        .rank(1),
        Column::<Nodes>::new(
            "ROLES",
            (8, 24),
            |row, _| Cell::muted(row.roles()),
            |row, _| (0, row.roles().into()),
        )
        .rank(2),
    ]
}

fn use_columns() -> Vec<Column<Nodes>> {
    vec![
        Column::<Nodes>::new(
            "CPU",
            (4, 5),
            |row, _| share(row.cpu_share()),
            |row, _| (row.cpu().map_or(-1, i64::from), "".into()),
        )
        .right(),
        Column::<Nodes>::new(
            "MEM",
            (4, 5),
            |row, _| share(row.memory_share()),
            |row, _| (row.memory().map_or(-1, i64::from), "".into()),
        )
        .right(),
        Column::<Nodes>::new(
            "PODS",
            (4, 4),
            |row, _| Cell::text(row.pods.to_string()),
            |row, _| (i64::try_from(row.pods).unwrap_or(0), "".into()),
        )
        .right(),
    ]
}

fn place_columns() -> Vec<Column<Nodes>> {
    vec![
        Column::<Nodes>::new(
            "VERSION",
            (12, 16),
            |row, _| Cell::muted(row.text(|node| &node.version).to_owned()),
            |row, _| (0, row.text(|node| &node.version).to_owned().into()),
        )
        .rank(3),
        Column::<Nodes>::new(
            "INTERNAL IP",
            (11, 15),
            |row, _| Cell::muted(row.text(|node| &node.internal_ip).to_owned()),
            |row, _| (0, row.text(|node| &node.internal_ip).to_owned().into()),
        )
        .rank(4),
        Column::<Nodes>::new(
            "EXTERNAL IP",
            (11, 15),
            |row, _| Cell::muted(row.text(|node| &node.external_ip).to_owned()),
            |row, _| (0, row.text(|node| &node.external_ip).to_owned().into()),
        )
        .rank(5),
        Column::<Nodes>::new(
            "AGE",
            (4, 4),
            |row, ctx| age(created(row), ctx),
            |row, _| age_key(created(row)),
        )
        .right(),
    ]
}

/// When it joined, or else when its instance was made.
fn created(row: &Row<'_>) -> Option<jiff::Timestamp> {
    let made = row.instance.and_then(|instance| instance.created);
    row.node.map_or(made, |node| node.created)
}

pub(super) fn row<'a>(store: &'a Store, pods: &BTreeMap<String, usize>, node: &'a Node) -> Row<'a> {
    Row {
        node: Some(node),
        instance: store.instances.get(&node.id),
        pods: pods.get(node.id.name.as_str()).copied().unwrap_or(0),
        ..known(store, &node.id)
    }
}

/// The row of an instance that no Node tells of.
fn lone<'a>(store: &'a Store, instance: &'a Instance) -> Row<'a> {
    Row {
        instance: Some(instance),
        ..known(store, &instance.id)
    }
}

fn known<'a>(store: &'a Store, id: &'a ObjectRef) -> Row<'a> {
    Row {
        id,
        node: None,
        instance: None,
        measured: store.measured.get(id),
        usage: store.node_usage.get(id),
        pods: 0,
        listed: store.nodes.is_complete(),
    }
}
