//! How resources are whose objects were read while somebody looks at their application.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::checkup::{Checked, Checkup, Vital};
use crate::domain::comparison::ResourceRef;

/// Resources that are kept.
const MOST: usize = 5_000;

/// What was found last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkups {
    found: BTreeMap<ResourceRef, (Timestamp, Vital)>,
}

impl Checkups {
    /// How a resource was when it was looked at, and when; nothing where nobody looked.
    pub fn get(&self, of: &ResourceRef) -> Option<&(Timestamp, Vital)> {
        self.found.get(of)
    }

    pub(super) fn learn(&mut self, checkup: Checkup, at: Timestamp) {
        match checkup {
            Checkup::Over => self.found.clear(),
            Checkup::Looked { found } => {
                for Checked { of, vital } in found {
                    if self.found.len() < MOST || self.found.contains_key(&of) {
                        self.found.insert(of, (at, vital));
                    }
                }
            }
        }
    }
}
