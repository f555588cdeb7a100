//! Nodes beside the instances that they run on: which of the two is missing, and what the one explains
//! of the other.

use jiff::{SignedDuration, Timestamp};

use super::Store;
use super::health::Unhealthy;
use crate::domain::instance::{Instance, Power};
use crate::domain::line::Line;
use crate::domain::node::Node;
use crate::domain::object::{ObjectRef, Severity};
use crate::domain::source::{SourceId, SourceStatus};

/// How long an instance may run before its node has joined.
const JOINS_WITHIN: SignedDuration = SignedDuration::from_mins(30);

/// Instances without a Node, in order of their names. Those that were deleted are only a memory of
/// OCI's.
pub fn without_node(store: &Store) -> impl Iterator<Item = &Instance> {
    let missing = |it: &&Instance| store.nodes.get(&it.id).is_none();
    let instances = store.instances.iter();
    instances
        .filter(missing)
        .filter(|it| it.power != Power::Terminated)
}

/// What its instance explains of a node that is not ready.
pub fn explains(node: &Node, instance: Option<&Instance>) -> Option<&'static str> {
    let power = &instance.filter(|_| !node.is_ready())?.power;
    power.explains()
}

/// What follows from nodes and instances together: the reason of nodes that are not ready, instances
/// whose nodes never joined, and those that may be reclaimed.
pub(super) fn weigh(found: &mut Vec<Unhealthy>, store: &Store, now: Timestamp) {
    for item in found.iter_mut().filter(|item| item.kind == "node") {
        let node = store.nodes.get(&item.what);
        let instance = store.instances.get(&item.what);
        if let Some(why) = node.and_then(|node| explains(node, instance)) {
            item.why = Line::new(&format!("NotReady: {why}"));
        }
    }
    let listed = *store.sources.status(SourceId::Nodes) == SourceStatus::Live;
    let late = |it: &&Instance| {
        let since = it.created.map(|at| now.duration_since(at));
        it.power == Power::Running && since.is_some_and(|since| since > JOINS_WITHIN)
    };
    let waits = without_node(store).filter(|_| listed).filter(late);
    found.extend(waits.map(|it| {
        let why = "its instance runs, and it has not joined the cluster";
        warning(&it.id, why, it.created)
    }));
    for measured in store.measured.iter() {
        if let Some(why) = measured.risk() {
            found.push(warning(&measured.id, &why, None));
        }
    }
}

fn warning(of: &ObjectRef, why: &str, since: Option<Timestamp>) -> Unhealthy {
    Unhealthy {
        severity: Severity::Warning,
        kind: "node",
        what: of.clone(),
        why: Line::new(why),
        since,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{Change, Event, What};
    use crate::domain::idle::{Measured, PerMille, Week};
    use crate::store::fold;
    use crate::store::health::unhealthy;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn instance(name: &str, power: Power) -> What {
        let instance = Instance {
            id: ObjectRef::cluster(name),
            power,
            created: Some(at(0)),
            ..Instance::default()
        };
        What::Instance(Change::Applied(Box::new(instance)))
    }

    fn store(events: Vec<What>) -> Store {
        let mut store = Store::default();
        let live = What::Source {
            id: SourceId::Nodes,
            status: SourceStatus::Live,
        };
        for what in events.into_iter().chain([live]) {
            fold(&mut store, Event { at: at(0), what });
        }
        store
    }

    fn said(store: &Store, minutes: i64) -> Vec<String> {
        let found = unhealthy(store, at(minutes));
        let said = found.iter();
        said.map(|it| format!("{}: {}", it.what, it.why)).collect()
    }

    #[test]
    fn a_node_that_is_silent_is_explained_by_its_instance() {
        let node = Node {
            id: ObjectRef::cluster("worker"),
            ..Node::default()
        };
        let store = store(vec![
            What::Node(Change::Applied(Box::new(node))),
            instance("worker", Power::Stopped),
        ]);
        assert_eq!(
            said(&store, 1),
            ["worker: NotReady: its instance is stopped at OCI: start it"]
        );
    }

    #[test]
    fn an_instance_may_take_its_time_to_join() {
        let store = store(vec![
            instance("worker", Power::Running),
            instance("old", Power::Terminated),
        ]);
        assert!(said(&store, 20).is_empty());
        assert_eq!(
            said(&store, 31),
            ["worker: its instance runs, and it has not joined the cluster"]
        );
        assert_eq!(without_node(&store).count(), 1);
    }

    #[test]
    fn who_may_be_reclaimed_is_told_with_the_figures() {
        let low = Some(PerMille(50));
        let measured = Measured {
            id: ObjectRef::cluster("worker"),
            shape: "VM.Standard.A1.Flex".into(),
            week: Some(Week {
                cpu: low,
                network: low,
                memory: low,
                hours: 168,
            }),
            ..Measured::default()
        };
        let store = store(vec![What::Measured(Change::Applied(Box::new(measured)))]);
        let said = said(&store, 0);
        assert_eq!(said.len(), 1);
        assert!(
            said[0].starts_with("worker: may be reclaimed as idle: CPU 5.0 % (p95)"),
            "{said:?}"
        );
    }
}
