//! `cluster.toml`: its keys, how it is read and checked, and what it may make the program do.
//!
//! [`Config::load`] tells all problems at once, each with its position. Secrets are references;
//! keys that execute or redirect count only once the operator trusts them. Nothing here connects
//! to anything, and the one thing that executes is a secret's program, after that trust.

mod agent_token;
pub mod files;
mod forms;
mod git_index;
mod hunting;
mod keys;
mod load;
mod nearest;
mod paths;
pub mod pin;
mod problem;
mod report;
mod rules;
mod schema;
mod secret;
mod settings;
mod shape;
mod template;
mod topology;
mod trust;
mod workspace;

pub use agent_token::{AgentToken, TokenError};
pub use forms::name_server;
pub use hunting::{HUNT_LENGTH, hunt_length};
pub use keys::{
    AllowanceTable, AvailabilityDomain, BootstrapTable, CertificatesTable, ClusterTable, Config,
    DnsHosts, DnsProvider, DnsTable, DnsZone, EndpointsTable, Engine, GitopsTable, ImageTable,
    Issuer, K3sTable, Layout, NetworkTable, NodeTable, OciTable, Preset, ProvisionTable,
    RegistryTable, SecretsBy, SshTable,
};
pub use load::{Ignored, Loaded};
pub use paths::Home;
pub use problem::{Excerpt, Position, Problem, Problems};
pub use secret::{SecretError, SecretRef};
pub use settings::{Origin, Setting};
pub use template::annotated;
pub use topology::KeyFileError;
pub use trust::{Guarded, TrustStore, guarded};
pub use workspace::{StateError, Workspace, is_tracked};
