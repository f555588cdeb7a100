//! The lab: the outside world on loopback, so that the whole product can be tried without an account.
//!
//! It is made from documented formats and recorded exchanges and knows none of the product's types:
//! its world is JSON values and schema tables. Public clients must be able to work against it.
//!
//! Limits, so that nobody takes the lab for more than it is:
//! - OCI: one tenancy with one user, one API key and one compartment below the root; no policies, so
//!   the user may do everything. One region. No NAT, service or dynamic routing gateways, network
//!   security groups, IPv6, additional VNICs, block volumes or instance pools; a list of
//!   `volumeAttachments` and `ipv6` is always empty. Work requests exist for instances and VCNs only.
//!   Session tokens cannot sign. A changed resource is available at once, but for the blocks of a VCN
//!   and the size of an instance, which restarts for it; addresses are given and taken at once.
//! - Fields of a body are checked by name, type and the rules that this product's resources meet;
//!   other services' rules (tag defaults, dedicated hosts) are not played.
//! - Quotas hold for launches and grown disks, VCNs and reserved addresses; their statements have no
//!   conditions and no patterns. Vaults have no keys and no secrets, and never reach their last day.
//! - Monitoring has four metrics of `oci_computeagent`, with no more of its query language than equal
//!   dimensions and one statistic. A private instance sends figures without a way out, too.
//! - A retry token is remembered only when its create was accepted.
//! - Pages are cut by position: what is made between two pages can shift them.
//! - Controllers render neither Helm nor Kustomize: a table says what a chart at a version or a path
//!   yields, an unknown source is a `ComparisonError`. An earlier commit of a path differs from now by one
//!   text, where the table has it. No sync hooks, no sync windows, no projects. Argo CD applies on the
//!   server's side; a forced sync makes anew only what has another selector, or a Job's template.
//! - Containers do not run: a table says which images fail; all others start and stay ready.
//! - Machines run no code: a table says what the stages of `k3scope-bootstrap` print and how long they
//!   take. What a stage waits for and brings about is looked up in the lab's world: routes, rules of
//!   the firewalls, security lists between nodes and on the way out, tokens, certificates and node
//!   passwords, K3s' releases by name. From the internet, security lists and firewalls stop nobody. Of
//!   cloud-config, `write_files`, `runcmd` where it is about that script's unit, and
//!   `ssh.emit_keys_to_console` count. There are no RSA host keys, no second user, no IPv6.
//! - There is room for one cluster, with one server. It takes the manifests that lie on the server's disk
//!   when K3s first starts; hosts and their Gateway are those of the lab's table, whatever the
//!   repository holds. A node that is off becomes `NotReady`, its pods stay where they are; with its Node they go.
//! - Pods feel blocked VXLAN where Envoy asks them, where Argo CD compares, and where cert-manager,
//!   external-dns and external-secrets need names; other pods take no notice.
//! - A slow network makes downloads, images and the first answer of a machine slower, nothing else.
//!   A full disk has no room for a release and takes everything else.
//! - Who rebuilds a machine on purpose keeps its name, address and user data; a reserved public
//!   address is not given to the new one.
//! - Public addresses past 203.0.113.17 lead nowhere.
//! - The provider for terraform has the resource types of its table and no ephemeral resources,
//!   functions, moves between types or write-only attributes. Credentials in its configuration are not
//!   looked at. Blocks that a configuration leaves out stay out of the state, where the real one writes
//!   what the API tells. A compartment never changes in place; identity's dynamic groups and policies
//!   can be configured, but there is no such API here. It stops when it is told to, but never cuts
//!   short what it has begun.
//! - The Git host names the references of its repositories and holds no objects.
//! - The DNS server is the zone's and everybody's resolver; what it remembers, when it is let remember,
//!   it tells only who asks for recursion.
//! - Cloudflare has one zone; its batch route, other record settings and other products are not there.

mod bad_day;
mod cloudflare;
mod cluster;
mod controllers;
mod dns;
mod edge;
mod folder;
mod frame;
mod git;
pub mod kube;
mod nodes;
pub mod oci;
mod outside;
mod provider;
mod random;
mod ready;
mod scenario;

pub use cloudflare::CloudflareFault;
pub use cluster::{Breakage, ClusterSpec, Scale};
pub use frame::{Lab, LabError, Options};
pub use nodes::{PlannedTrouble, Trouble};
pub use provider::Asked;
pub use scenario::{
    Capacity, Existing, Flaky, Limit, Load, Meddling, Part, Phantom, PlannedRecord,
    PlannedResolver, Reported, Scenario, Scope, Tenancy,
};
