//! Resources that were compared with what was applied, the newest look at each.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::comparison::{Compared, Comparison, ResourceRef};

/// Comparisons that are kept.
const MOST: usize = 64;

/// What was found of resources that a person looked into.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparisons {
    found: BTreeMap<ResourceRef, (Timestamp, Compared)>,
}

impl Comparisons {
    /// What was found of a resource, and when; nothing where nobody looked yet.
    pub fn get(&self, of: &ResourceRef) -> Option<&(Timestamp, Compared)> {
        self.found.get(of)
    }

    pub(super) fn learn(&mut self, comparison: Comparison, at: Timestamp) {
        let Comparison { of, found } = comparison;
        if self.found.len() >= MOST && !self.found.contains_key(&of) {
            let eldest = self.found.iter().min_by_key(|(_, (at, _))| *at);
            if let Some(eldest) = eldest.map(|(of, _)| of.clone()) {
                self.found.remove(&eldest);
            }
        }
        self.found.insert(of, (at, found));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::object::ObjectRef;

    #[test]
    fn the_newest_look_is_kept_and_the_eldest_goes() {
        let mut comparisons = Comparisons::default();
        let of = |number: i64| ResourceRef {
            kind: "Deployment".into(),
            id: ObjectRef::new("docs", format!("docs-{number}")),
            ..ResourceRef::default()
        };
        let missing = |number| Comparison {
            of: of(number),
            found: Compared::Missing,
        };
        let at = |second| Timestamp::from_second(second).unwrap();
        for number in 0..64 {
            comparisons.learn(missing(number), at(number));
        }
        comparisons.learn(missing(0), at(100));
        comparisons.learn(missing(64), at(101));
        assert_eq!(comparisons.get(&of(1)), None);
        assert_eq!(comparisons.get(&of(0)), Some(&(at(100), Compared::Missing)));
    }
}
