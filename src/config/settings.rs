//! Every key with the value that counts and where that value comes from, for showing.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Layout, Loaded, Position, shape};

/// A key, what counts for it, and why.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Setting {
    /// The key's path, such as `node[1].ocpus`.
    pub key: String,
    /// What counts; `***` for a secret.
    pub value: serde_json::Value,
    /// Where that comes from.
    pub origin: Origin,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "from", rename_all = "lowercase")]
pub enum Origin {
    /// The file has it.
    File(Position),
    /// The layout has it.
    Layout {
        /// Which layout.
        layout: Layout,
    },
    /// Neither: it is the default.
    Default,
}

impl Loaded {
    /// Every key that has a value.
    pub fn settings(&self) -> Vec<Setting> {
        let mut config = self.config.clone();
        let network = &mut config.network;
        network.nodeports_from = Some(network.nodeports_from.take().unwrap_or(vec![network.vcn]));
        let mut settings = Vec::new();
        match serde_json::to_value(&config) {
            Ok(value) => self.leaves("", value, &mut settings),
            Err(error) => tracing::error!(%error, "a configuration could not be shown"),
        }
        settings
    }

    fn leaves(&self, key: &str, value: serde_json::Value, settings: &mut Vec<Setting>) {
        use serde_json::Value::{Array, Bool, Null, Number, Object, String};
        match value {
            Object(_) if is_secret(key) => self.leaf(key, "***".into(), settings),
            Object(entries) => {
                for (name, value) in entries {
                    self.leaves(&shape::join(key, &name), value, settings);
                }
            }
            Array(items) if items.iter().any(serde_json::Value::is_object) => {
                for (index, value) in items.into_iter().enumerate() {
                    self.leaves(&format!("{key}[{index}]"), value, settings);
                }
            }
            Array(_) | Null | Bool(_) | Number(_) | String(_) => self.leaf(key, value, settings),
        }
    }

    fn leaf(&self, key: &str, value: serde_json::Value, settings: &mut Vec<Setting>) {
        let written = self.written.get(key).copied();
        let origin = match written {
            Some(position) => Origin::File(position),
            None if key.starts_with("node[") && !self.written.contains_key("node") => {
                Origin::Layout {
                    layout: self.config.cluster.layout,
                }
            }
            None => Origin::Default,
        };
        settings.push(Setting {
            key: key.to_owned(),
            value,
            origin,
        });
    }
}

/// Whether a key holds a reference to a secret, of which only is shown that it is there.
fn is_secret(key: &str) -> bool {
    matches!(key, "dns.token" | "gitops.token" | "registry.token")
        || key.starts_with("dns.zones[") && key.rsplit('.').next() == Some("token")
}
