//! The lab: the outside world on loopback, so that the whole product can be tried without an account.
//!
//! It is made from documented formats and recorded exchanges and knows none of the product's types:
//! its world is JSON values and schema tables. Public clients must be able to work against it.
//!
//! Limits, so that nobody takes the lab for more than it is:
//! - OCI: one tenancy with one user, one API key and one compartment below the root; no policies, so
//!   the user may do everything. One region. No NAT, service or dynamic routing gateways, network
//!   security groups, IPv6, additional VNICs, block volumes or instance pools; a list of
//!   `volumeAttachments` and `ipv6` is always empty. Work requests exist for instances only. Session
//!   tokens cannot sign. A changed resource is available at once.
//! - Fields of a body are checked by name, type and the rules that this product's resources meet;
//!   other services' rules (tag defaults, quotas, dedicated hosts) are not played.
//! - A retry token is remembered only when its create was accepted.
//! - Pages are cut by position: what is made between two pages can shift them.
//! - Controllers render neither Helm nor Kustomize: a table says what a chart at a version or a path
//!   yields, an unknown source is a `ComparisonError`. No sync hooks, no sync windows, no projects.
//! - Containers do not run: a table says which images fail; all others start and stay ready.
//! - Cloudflare has one zone; its batch route, other record settings and other products are not there.

mod cloudflare;
mod cluster;
mod controllers;
mod dns;
mod folder;
mod frame;
pub mod kube;
pub mod oci;
mod outside;
mod scenario;

pub use cluster::{Breakage, ClusterSpec, Scale};
pub use frame::{Lab, LabError, Options};
pub use scenario::{Capacity, Limit, Scenario, Scope, Tenancy};
