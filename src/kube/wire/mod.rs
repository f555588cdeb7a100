//! What the API sends, read as narrowly as it is shown: one file a kind, everything defaulted.
//!
//! Nothing here leaves `kube`: each struct becomes the domain's value in its own file.

pub(super) mod application;
pub(super) mod certificate;
pub(super) mod cluster_event;
mod dns_annotations;
pub(super) mod dns_endpoint;
pub(super) mod endpoint_slice;
pub(super) mod external_secret;
mod fields;
pub(super) mod gateway;
pub(super) mod issuance;
pub(super) mod issuer;
pub(super) mod metrics;
pub(super) mod node;
mod object;
pub(super) mod pod;
pub(super) mod policy;
pub(super) mod reference_grant;
pub(super) mod route;
pub(super) mod vital;

pub(super) use object::{Meta, Seen};
