//! What one must be permitted to do for an action to go well, in the words of the authorisation API.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::line::Line;

/// A verb on a resource, in a namespace or in the whole cluster: what an access review asks about.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Right {
    /// Such as `patch`.
    pub verb: Line,
    /// API group; empty for the core group.
    pub group: Line,
    /// The resource in the plural, with its subresource: `pods`, `pods/eviction`.
    pub resource: Line,
    /// Where; empty for the whole cluster.
    pub namespace: Line,
}

impl Right {
    /// The right to `verb` the `resource` of `group` in `namespace`.
    pub fn new(verb: &str, group: &str, resource: &str, namespace: &Line) -> Self {
        Self {
            verb: verb.into(),
            group: group.into(),
            resource: resource.into(),
            namespace: namespace.clone(),
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        if !self.group.is_empty() {
            write!(f, " ({})", self.group)?;
        }
        match self.namespace.as_str() {
            "" => f.write_str(" in the cluster"),
            namespace => write!(f, " in namespace {namespace}"),
        }
    }
}
