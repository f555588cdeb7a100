//! The table of the bootstrap script's stages: `assets/lab/nodes/stages.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

const TABLE: &str = include_str!("../../../assets/lab/nodes/stages.toml");

static STAGES: LazyLock<Result<Table, String>> =
    LazyLock::new(|| toml::from_str(TABLE).map_err(|error| error.to_string()));

/// The whole table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    releases: Vec<String>,
    #[serde(rename = "stage")]
    stages: Vec<Stage>,
}

/// A row of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stage {
    pub(super) name: String,
    /// How long it takes when nothing is waited for.
    pub(super) seconds: u32,
    /// What it prints meanwhile.
    #[serde(default)]
    pub(super) lines: Vec<String>,
    /// What K3s itself logs meanwhile, as server and as agent.
    #[serde(default)]
    pub(super) server: Vec<String>,
    #[serde(default)]
    pub(super) agent: Vec<String>,
    /// What must be true before it goes on.
    pub(super) needs: Option<Need>,
    /// How many seconds it waits for that, or for what it does.
    #[serde(default)]
    pub(super) patience: u32,
    /// Whether its time is spent on the network.
    #[serde(default)]
    pub(super) network: bool,
    /// What it says that it waits for when it begins.
    pub(super) awaits: Option<String>,
    /// What is true afterwards.
    pub(super) does: Option<Deed>,
}

/// What a stage waits for.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Need {
    /// Packets to the internet find their way and back.
    WayOut,
    /// The release of K3s can be downloaded.
    Release,
    /// The server's API answers.
    ApiServer,
}

/// What a stage brings about.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Deed {
    /// The machine forwards and masquerades.
    Masquerade,
    /// The unit of K3s is started; the stage waits until K3s runs.
    K3s,
    /// The firewall lets nodes and pods talk, and keeps pods from the metadata service.
    Firewall,
}

/// The row of a stage; none for one that the script does not have.
pub(super) fn stage(name: &str) -> Option<&'static Stage> {
    let table = STAGES.as_ref().ok()?;
    table.stages.iter().find(|stage| stage.name == name)
}

/// What K3s logs while it comes up.
pub(super) fn k3s_lines(server: bool) -> &'static [String] {
    stage("k3s").map_or(
        &[],
        |stage| {
            if server { &stage.server } else { &stage.agent }
        },
    )
}

/// How long a stage takes when nothing is waited for.
pub(super) fn seconds(name: &str) -> u32 {
    stage(name).map_or(0, |stage| stage.seconds)
}

/// Whether a release of K3s can be had.
pub(super) fn is_released(version: &str) -> bool {
    let table = STAGES.as_ref();
    table.is_ok_and(|table| table.releases.iter().any(|known| known == version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_readable_and_knows_every_stage_of_the_script() {
        assert_eq!(STAGES.as_ref().err(), None);
        for name in [
            "firewall",
            "nat",
            "route",
            "download",
            "manifests",
            "api-server",
            "k3s",
        ] {
            let stage = stage(name).unwrap();
            assert!(stage.needs.is_none() || stage.patience > 0, "{name}");
        }
        assert!(stage("magic").is_none());
        assert!(is_released("v1.36.4+k3s1") && !is_released("v9.9.9+k3s1"));
    }
}
