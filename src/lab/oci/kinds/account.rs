//! Resource types beside the core service: compartment quotas and key vaults.

use super::kind::{DEFINED, Kind, PLAIN, RENAME, TAGS};
use crate::lab::oci::schema::{Type, may, must};
use crate::lab::oci::{quota, vault};

pub(in crate::lab::oci) static QUOTA: Kind = Kind {
    path: "quotas",
    word: "quota",
    create: &[
        must("compartmentId", Type::Text),
        must("name", Type::Text),
        must("description", Type::Text),
        must("statements", Type::Texts),
        TAGS,
        DEFINED,
    ],
    update: &[
        may("description", Type::Text),
        may("statements", Type::Texts),
        TAGS,
        DEFINED,
    ],
    filters: &["compartmentId", "name", "lifecycleState"],
    ready: "ACTIVE",
    check: Some(quota::check),
    made: Some(quota::furnish),
    ..PLAIN
};

pub(in crate::lab::oci) static VAULT: Kind = Kind {
    path: "vaults",
    word: "vault",
    create: &[
        must("compartmentId", Type::Text),
        must("displayName", Type::Text),
        must("vaultType", Type::Text),
        TAGS,
        DEFINED,
    ],
    update: RENAME,
    filters: &["compartmentId"],
    making: Some(("CREATING", 15.0)),
    ready: "ACTIVE",
    deletable: false,
    check: Some(vault::check),
    made: Some(vault::furnish),
    ..PLAIN
};
