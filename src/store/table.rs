//! The objects of one kind, in order of their names.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::event::Change;
use crate::domain::object::{Object, ObjectRef};

/// The objects of one kind.
///
/// A list that is under way never hides a row: what it did not name is removed when it is complete.
#[derive(Clone, Debug)]
pub struct Table<T> {
    rows: BTreeMap<ObjectRef, Row<T>>,
    unwell: BTreeSet<ObjectRef>,
    listing: Option<u64>,
    lists: u64,
    complete: bool,
    revision: u64,
}

#[derive(Clone, Debug)]
struct Row<T> {
    object: Box<T>,
    /// The list that named it last.
    named_by: u64,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            unwell: BTreeSet::new(),
            listing: None,
            lists: 0,
            complete: false,
            revision: 0,
        }
    }
}

/// Tables are equal when they show the same: how they came to it does not count.
impl<T: PartialEq> PartialEq for Table<T> {
    fn eq(&self, other: &Self) -> bool {
        let rows = |table: &Self| table.rows.len();
        rows(self) == rows(other)
            && self.complete == other.complete
            && self.unwell == other.unwell
            && self
                .rows
                .iter()
                .zip(&other.rows)
                .all(|((a, x), (b, y))| a == b && x.object == y.object)
    }
}

impl<T: Object> Table<T> {
    /// The object of this name.
    pub fn get(&self, id: &ObjectRef) -> Option<&T> {
        self.rows.get(id).map(|row| &*row.object)
    }

    /// All objects, in order of namespace and name.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.rows.values().map(|row| &*row.object)
    }

    /// The objects of one namespace, in order of name.
    pub fn in_namespace<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a T> {
        self.rows
            .range(ObjectRef::new(namespace, "")..)
            .take_while(move |(id, _)| id.namespace == *namespace)
            .map(|(_, row)| &*row.object)
    }

    /// Objects that say of themselves that they are not well, in order of name.
    pub fn unwell(&self) -> impl Iterator<Item = &T> {
        self.unwell.iter().filter_map(|id| self.get(id))
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether a complete list was ever read: before that, nothing follows from an absence.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Rises whenever what the table shows has changed.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn apply(&mut self, change: Change<T>) {
        match change {
            Change::Applied(object) => self.put(object),
            Change::Removed(id) => self.remove(&id),
            Change::Relisting => {
                self.lists += 1;
                self.listing = Some(self.lists);
            }
            Change::Relisted => self.end_list(),
        }
    }

    fn put(&mut self, object: Box<T>) {
        let id = object.id().clone();
        let named_by = self.lists;
        match self.rows.get_mut(&id) {
            Some(row) if row.object == object => {
                row.named_by = named_by;
                return;
            }
            _ => {}
        }
        if object.ailment().is_some() {
            self.unwell.insert(id.clone());
        } else {
            self.unwell.remove(&id);
        }
        self.rows.insert(id, Row { object, named_by });
        self.revision += 1;
    }

    fn remove(&mut self, id: &ObjectRef) {
        if self.rows.remove(id).is_some() {
            self.unwell.remove(id);
            self.revision += 1;
        }
    }

    fn end_list(&mut self) {
        let Some(list) = self.listing.take() else {
            return;
        };
        let before = self.rows.len();
        self.rows.retain(|_, row| row.named_by == list);
        self.unwell.retain(|id| self.rows.contains_key(id));
        if before != self.rows.len() || !self.complete {
            self.revision += 1;
        }
        self.complete = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::usage::Usage;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn usage(name: u8, cpu: u64) -> Usage {
        Usage {
            id: ObjectRef::new("ns", format!("{name}")),
            cpu: crate::domain::quantity::Millicores(cpu),
            ..Usage::default()
        }
    }

    fn applied(name: u8, cpu: u64) -> Change<Usage> {
        Change::Applied(Box::new(usage(name, cpu)))
    }

    #[test]
    fn a_list_under_way_hides_nothing_and_its_end_removes_what_is_gone() {
        let mut table = Table::default();
        for change in [
            Change::Relisting,
            applied(1, 1),
            applied(2, 1),
            Change::Relisted,
        ] {
            table.apply(change);
        }
        let revision = table.revision();
        table.apply(Change::Relisting);
        table.apply(applied(2, 1));
        assert_eq!(table.len(), 2);
        assert_eq!(table.revision(), revision, "nothing shown has changed");
        table.apply(Change::Relisted);
        assert_eq!(
            table.iter().map(|u| u.id.name.as_str()).collect::<Vec<_>>(),
            ["2"]
        );
        assert!(table.revision() > revision);
    }

    #[test]
    fn a_list_that_was_broken_off_removes_nothing() {
        let mut table = Table::default();
        for change in [
            Change::Relisting,
            applied(1, 1),
            Change::Relisted,
            Change::Relisting,
        ] {
            table.apply(change);
        }
        for change in [applied(2, 1), Change::Relisting, applied(1, 1)] {
            table.apply(change);
        }
        assert_eq!(table.len(), 2);
        table.apply(Change::Relisted);
        assert_eq!(
            table.len(),
            1,
            "2 was named only by the list that broke off"
        );
        table.apply(Change::Relisted);
        assert_eq!(table.len(), 1, "an end without a beginning means nothing");
    }

    #[derive(Clone, Debug)]
    enum Step {
        Put(u8, u64),
        Remove(u8),
        List(Vec<(u8, u64)>),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let object = || (0_u8..12, 0_u64..4);
        let step = prop_oneof![
            4 => object().prop_map(|(name, cpu)| Step::Put(name, cpu)),
            2 => (0_u8..12).prop_map(Step::Remove),
            1 => prop::collection::vec(object(), 0..12).prop_map(Step::List),
        ];
        prop::collection::vec(step, 0..60)
    }

    proptest! {
        #[test]
        fn folding_deltas_equals_rebuilding(steps in steps()) {
            let mut table = Table::default();
            let mut model = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Put(name, cpu) => {
                        model.insert(name.to_string(), cpu);
                        table.apply(applied(name, cpu));
                    }
                    Step::Remove(name) => {
                        model.remove(&name.to_string());
                        table.apply(Change::Removed(usage(name, 0).id));
                    }
                    Step::List(objects) => {
                        model = objects.iter().map(|(name, cpu)| (name.to_string(), *cpu)).collect();
                        table.apply(Change::Relisting);
                        for (name, cpu) in objects {
                            table.apply(applied(name, cpu));
                        }
                        table.apply(Change::Relisted);
                    }
                }
            }
            let shown: BTreeMap<_, _> = table.iter().map(|u| (u.id.name.to_string(), u.cpu.0)).collect();
            prop_assert_eq!(shown, model);
        }
    }
}
