//! The `[cluster]` table of a scenario.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Breakage;
use crate::lab::controllers::NodeSpec;
use crate::lab::controllers::data_plane::Steady;

/// A cluster as a scenario describes it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterSpec {
    /// How long ago it began, in hours.
    #[serde(default)]
    pub age_hours: u32,
    /// Its machines.
    #[serde(default, rename = "node")]
    pub(crate) nodes: Vec<NodeSpec>,
    /// Files of `assets/lab/sources` that are laid down at the start.
    pub(crate) laid: Vec<String>,
    /// What stands for `${…}` in manifests.
    #[serde(default)]
    pub(crate) values: BTreeMap<String, String>,
    /// What the vault holds, beside the Cloudflare token.
    #[serde(default)]
    pub(crate) vault: BTreeMap<String, String>,
    /// API groups that are served from the start.
    #[serde(default)]
    pub(crate) install: Vec<String>,
    /// What went wrong, and when.
    #[serde(default)]
    pub(crate) breaks: Vec<Past>,
    /// Requests that come without anybody here sending them.
    #[serde(default)]
    pub(crate) traffic: Steady,
    /// Plain objects in numbers, instead of controllers.
    #[serde(default)]
    pub scale: Option<Scale>,
}

/// Something that was broken before the lab began.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Past {
    pub(crate) what: Breakage,
    pub(crate) minutes_ago: u32,
}

/// How many of each.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Applications.
    pub apps: u32,
    /// Pods.
    pub pods: u32,
    /// `HTTPRoutes`.
    pub routes: u32,
    /// Certificates.
    pub certs: u32,
    /// Events.
    pub events: u32,
    /// Objects that change each second once it is served: pods, applications and events in turn.
    #[serde(default)]
    pub changes: u32,
}
