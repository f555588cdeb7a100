//! A folder of rendered files: paths and bytes, no file system.

use std::collections::BTreeMap;

/// A folder of the workspace, as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// Its name, beside `cluster.toml`.
    pub folder: &'static str,
    /// What each file holds, by its path in the folder (with `/` between names).
    pub files: BTreeMap<String, Vec<u8>>,
}
