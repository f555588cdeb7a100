//! What a row of the table of resource types says.

use serde_json::{Map, Value};

use crate::lab::oci::answer::Refusal;
use crate::lab::oci::schema::{Field, Type, may};
use crate::lab::oci::world::World;

/// Looks at a new or changed body before it is accepted; the id is that of the changed resource.
type Check = fn(&World, &Map<String, Value>, Option<&str>) -> Result<(), Refusal>;

/// Follows an accepted change of the resource with this id, given its fields from before.
type Changed = fn(&mut World, &str, &Map<String, Value>);

/// A resource type.
#[derive(Debug)]
pub(in crate::lab::oci) struct Kind {
    /// The collection in the path.
    pub(in crate::lab::oci) path: &'static str,
    /// The type's word in an OCID.
    pub(in crate::lab::oci) word: &'static str,
    /// Fields of a create; a kind without any is made by other means.
    pub(in crate::lab::oci) create: &'static [Field],
    /// Fields of an update.
    pub(in crate::lab::oci) update: &'static [Field],
    /// Query parameters that a list must have.
    pub(in crate::lab::oci) list_needs: &'static [&'static str],
    /// Query parameters that select by the field of the same name.
    pub(in crate::lab::oci) filters: &'static [&'static str],
    /// The state while it is made, and for how long.
    pub(in crate::lab::oci) making: Option<(&'static str, f64)>,
    /// The state afterwards; empty when the type has no states.
    pub(in crate::lab::oci) ready: &'static str,
    /// The state while it is removed, for how long, and the state at the end.
    pub(in crate::lab::oci) removing: Option<(&'static str, f64, &'static str)>,
    /// How long it stays listed after its end.
    pub(in crate::lab::oci) lingers: u64,
    /// Whether a DELETE removes it.
    pub(in crate::lab::oci) deletable: bool,
    /// Types that use this one, with the field that names it.
    pub(in crate::lab::oci) used_by: &'static [(&'static str, &'static str)],
    pub(in crate::lab::oci) check: Option<Check>,
    /// Adds what the service adds to a new resource.
    pub(in crate::lab::oci) made: Option<fn(&mut World, &str)>,
    /// Follows an accepted change.
    pub(in crate::lab::oci) changed: Option<Changed>,
    /// Follows a state that was reached.
    pub(in crate::lab::oci) arrived: Option<fn(&mut World, &str, &str)>,
}

pub(super) const PLAIN: Kind = Kind {
    path: "",
    word: "",
    create: &[],
    update: &[],
    list_needs: &["compartmentId"],
    filters: &["compartmentId", "displayName", "lifecycleState"],
    making: None,
    ready: "AVAILABLE",
    removing: None,
    lingers: 0,
    deletable: true,
    used_by: &[],
    check: None,
    made: None,
    changed: None,
    arrived: None,
};

/// What may be changed of everything: its name and its tags.
pub(super) const NAME: Field = may("displayName", Type::Text);
pub(super) const TAGS: Field = may("freeformTags", Type::TextMap);
pub(super) const DEFINED: Field = may("definedTags", Type::Object);
pub(super) const RENAME: &[Field] = &[NAME, TAGS, DEFINED];
