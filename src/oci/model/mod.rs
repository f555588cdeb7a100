//! What OCI's services take and give, as narrow structs: only the fields that are used here.
//!
//! Fields carry OCI's own names. What OCI may leave out is an `Option` or has a default (`null` is
//! dropped before decoding, so it counts as left out). Bodies leave out what is `None`.

mod compute;
mod identity;
mod lifecycle;
mod limits;
mod monitoring;
mod network;
mod security;

pub use compute::*;
pub use identity::*;
pub use lifecycle::Lifecycle;
pub use limits::*;
pub use monitoring::*;
pub use network::*;
pub use security::*;

use std::collections::BTreeMap;

/// Freeform tags: a flat map, at most ten a resource.
pub type Tags = BTreeMap<String, String>;
