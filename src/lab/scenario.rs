//! Scenarios: what the world is like when the lab starts, as TOML files in `assets/lab/scenarios`.
//!
//! A part of the lab that needs more adds a table here and a default for it, so that every scenario
//! names only what it is about.

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::cluster::ClusterSpec;
use super::frame::LabError;
use super::oci::PlannedFault;

const BIRTH: &str = include_str!("../../assets/lab/nodes/cluster.toml");
static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets/lab/scenarios");

/// A whole scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, in one sentence.
    pub description: String,
    /// The tenancy at OCI.
    pub tenancy: Tenancy,
    /// The cluster that stands already, if one does.
    #[serde(default)]
    pub cluster: Option<ClusterSpec>,
    /// The cluster that comes into being when a server's K3s starts.
    #[serde(default = "default_birth")]
    pub birth: ClusterSpec,
}

/// A tenancy: its names, what it may use and what the data centres have left.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenancy {
    /// The tenancy's name.
    pub name: String,
    /// The name of the compartment below the root.
    pub compartment: String,
    /// The home region's identifier.
    pub region: String,
    /// The home region's key.
    pub region_key: String,
    /// How many availability domains the region has; each has three fault domains.
    pub availability_domains: u8,
    /// What precedes the names of this tenancy's availability domains.
    pub domain_prefix: String,
    /// Items on one page of a list when the client names no limit, and at most.
    #[serde(default = "default_page")]
    pub page: usize,
    /// Service limits.
    pub limits: Vec<Limit>,
    /// What hosts have left for a shape.
    pub capacity: Vec<Capacity>,
    /// Refusals that happen from the start.
    #[serde(default)]
    pub faults: Vec<PlannedFault>,
}

/// A service limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The service, as `ListServices` names it.
    pub service: String,
    /// The limit's name.
    pub name: String,
    /// Whether it holds for each availability domain or for the region.
    pub scope: Scope,
    /// What may be used.
    pub value: u32,
}

/// Where a limit holds.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// In each availability domain.
    AvailabilityDomain,
    /// In the region as a whole.
    Region,
}

/// What the hosts of one fault domain have left for a shape.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// The shape.
    pub shape: String,
    /// The availability domain's number, from 1.
    pub availability_domain: u8,
    /// The fault domain's number, from 1 to 3; all three when absent.
    pub fault_domain: Option<u8>,
    /// OCPUs left.
    pub ocpus: f64,
    /// Memory left, in GB.
    pub memory_gb: f64,
}

/// What is embedded is tested to be readable.
fn default_birth() -> ClusterSpec {
    toml::from_str(BIRTH).unwrap_or_default()
}

fn default_page() -> usize {
    100
}

impl Scenario {
    /// Reads an embedded scenario by name.
    pub fn named(name: &str) -> Result<Self, LabError> {
        let file = FILES
            .get_file(format!("{name}.toml"))
            .and_then(|file| file.contents_utf8())
            .ok_or_else(|| LabError::UnknownScenario {
                name: name.to_owned(),
                known: Self::names().join(", "),
            })?;
        Self::parse(name, file)
    }

    /// Reads a scenario from its text; `name` is for the message.
    pub fn parse(name: &str, text: &str) -> Result<Self, LabError> {
        toml::from_str(text).map_err(|error| LabError::Scenario {
            name: name.to_owned(),
            reason: error.to_string(),
        })
    }

    /// The names of the embedded scenarios.
    pub fn names() -> Vec<String> {
        let mut names: Vec<String> = FILES
            .files()
            .filter_map(|file| file.path().file_stem()?.to_str().map(str::to_owned))
            .collect();
        names.sort();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_scenario_parses() {
        assert!(Scenario::names().contains(&"empty".to_owned()));
        for name in Scenario::names() {
            Scenario::named(&name).unwrap();
        }
    }

    #[test]
    fn the_cluster_to_come_is_readable() {
        let birth: ClusterSpec = toml::from_str(BIRTH).unwrap();
        assert!(birth.values.contains_key("docs_host"));
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        let text = "description = \"x\"\nsurprise = 1\n";
        let error = Scenario::parse("mine", text).unwrap_err().to_string();
        assert!(error.contains("surprise"), "{error}");
    }
}
