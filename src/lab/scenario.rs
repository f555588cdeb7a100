//! Scenarios: what the world is like when the lab starts, as TOML files in `assets/lab/scenarios`.
//!
//! A part of the lab that needs more adds a table here and a default for it, so that every scenario
//! names only what it is about.

mod bad_luck;
pub(in crate::lab) mod span;
mod tenancy;

use include_dir::{Dir, include_dir};
use serde::Deserialize;
use toml::Table;

use super::cluster::ClusterSpec;
use super::frame::LabError;
use super::nodes::PlannedTrouble;

pub use bad_luck::{Existing, Flaky, Meddling, Part, Phantom};
pub use tenancy::{Capacity, Limit, Load, Reported, Scope, Tenancy};

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
    /// Records that are in the zone already.
    #[serde(default)]
    pub records: Vec<PlannedRecord>,
    /// The resolver of everybody in this world.
    #[serde(default)]
    pub resolver: PlannedResolver,
    /// What goes wrong with nodes.
    #[serde(default, rename = "trouble")]
    pub troubles: Vec<PlannedTrouble>,
    /// The cluster that stands already, if one does.
    #[serde(default)]
    pub cluster: Option<ClusterSpec>,
    /// The cluster that comes into being when a server's K3s starts.
    #[serde(default = "default_birth")]
    pub birth: ClusterSpec,
}

/// A record of Cloudflare's zone at the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedRecord {
    /// Its type: `A`, `TXT`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Its whole name.
    pub name: String,
    /// Its content.
    pub content: String,
    /// Whether Cloudflare stands between.
    #[serde(default)]
    pub proxied: bool,
    /// Seconds; automatic where it says nothing.
    #[serde(default = "automatic")]
    pub ttl: u64,
}

/// What the resolver is like.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedResolver {
    /// Whether it remembers answers until their time is over.
    pub remembers: bool,
}

fn automatic() -> u64 {
    1
}

/// What is embedded is tested to be readable.
fn default_birth() -> ClusterSpec {
    toml::from_str(BIRTH).unwrap_or_default()
}

impl Scenario {
    /// Reads an embedded scenario by name.
    pub fn named(name: &str) -> Result<Self, LabError> {
        Self::parse(name, embedded(name)?)
    }

    /// Reads a scenario from its text; `name` is for the message. One that is `like` another has
    /// its tables, where it does not bring its own.
    pub fn parse(name: &str, text: &str) -> Result<Self, LabError> {
        let wrong = |error: toml::de::Error| LabError::Scenario {
            name: name.to_owned(),
            reason: error.to_string(),
        };
        let mut own: Table = toml::from_str(text).map_err(wrong)?;
        let Some(other) = own.remove("like") else {
            return toml::from_str(text).map_err(wrong);
        };
        let other = embedded(other.as_str().unwrap_or_default())?;
        let mut whole: Table = toml::from_str(other).map_err(wrong)?;
        whole.extend(own);
        whole.try_into().map_err(wrong)
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

fn embedded(name: &str) -> Result<&'static str, LabError> {
    let file = FILES.get_file(format!("{name}.toml"));
    let text = file.and_then(|file| file.contents_utf8());
    text.ok_or_else(|| LabError::UnknownScenario {
        name: name.to_owned(),
        known: Scenario::names().join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_like_another_has_what_it_does_not_say_itself() {
        let (own, other) = ("wrong-token", "empty");
        let (own, other) = (
            Scenario::named(own).unwrap(),
            Scenario::named(other).unwrap(),
        );
        assert_eq!(own.tenancy.region, other.tenancy.region);
        assert_ne!(own.description, other.description);
        assert_eq!((own.troubles.len(), other.troubles.len()), (1, 0));
        let missing = Scenario::parse("mine", "like = \"nothing\"\n");
        assert!(matches!(missing, Err(LabError::UnknownScenario { .. })));
    }

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
