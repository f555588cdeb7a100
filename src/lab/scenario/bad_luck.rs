//! What a scenario lets go wrong at OCI over time: usage that is not there, launches that are too
//! many, requests that fail in turn, and somebody who changes what has just been made.

use std::num::NonZeroU64;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::span;

/// What a launch that found no host leaves behind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phantom {
    /// How long its cores and memory count as used, at the lab's pace.
    #[serde(rename = "for", deserialize_with = "span::read")]
    pub span: Duration,
    /// Whether the limits service shows them as used.
    #[serde(default = "yes")]
    pub shown: bool,
}

/// Requests that fail in turn: 500, 503, 429, cut before doing, cut after doing, answered late.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flaky {
    /// One of so many requests fails.
    pub one_in: NonZeroU64,
    /// Decides which one of them; the same seed, the same ones.
    #[serde(default)]
    pub seed: u64,
}

/// Somebody who changes a resource soon after it has been made, once.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meddling {
    /// The freeform tag `k3scope-key` of the resource.
    pub key: String,
    /// What of an instance is meant instead of itself.
    #[serde(default)]
    pub part: Option<Part>,
    /// How long after it has become ready, at the lab's pace.
    #[serde(default, deserialize_with = "span::read")]
    pub after: Duration,
    /// The action on it: `STOP` and others of instances, `addCidr` and others of VCNs, `DELETE`;
    /// an update when absent.
    #[serde(default)]
    pub action: Option<String>,
    /// The body of the update or action.
    #[serde(default)]
    pub set: Option<Value>,
}

/// What comes with an instance.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Its primary VNIC.
    Vnic,
    /// Its boot volume.
    BootVolume,
}

/// A request that was done before the lab began, so that its resource stands there already.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Existing {
    /// What later requests call the resource: `$name` is its id, `$name.field` a field of it.
    #[serde(default)]
    pub name: Option<String>,
    /// The method, where it is not POST.
    #[serde(default)]
    pub method: Option<String>,
    /// The collection (`vcns`), or a whole path that begins with `/`.
    pub collection: String,
    /// The body. `$compartment`, `$tenancy`, `$image` and `$domain1` to `$domain3` are known names.
    #[serde(default)]
    pub body: Option<Value>,
    /// How many days ago it was made.
    #[serde(default)]
    pub days_ago: u32,
}

fn yes() -> bool {
    true
}
