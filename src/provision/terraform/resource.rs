//! A resource as Terraform names it: in a line of the stream, and in a saved plan.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::line::Line;

/// One resource or data source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Resource {
    /// Its whole address: `module.net.oci_core_subnet.this["public"]`.
    #[serde(default)]
    pub addr: Line,
    /// The address of its module; empty in the root module.
    #[serde(default)]
    pub module: Line,
    /// Its address inside that module; begins with `data.` for a data source.
    #[serde(default)]
    pub resource: Line,
    /// Its type: `oci_core_subnet`.
    #[serde(default, rename = "resource_type")]
    pub kind: Line,
    /// Its name in the configuration.
    #[serde(default, rename = "resource_name")]
    pub name: Line,
    /// Which one of several (`for_each` or `count`).
    #[serde(default, rename = "resource_key", deserialize_with = "index")]
    pub index: Option<Line>,
}

impl Resource {
    /// Whether it is read only and makes nothing.
    pub fn is_data(&self) -> bool {
        self.resource.starts_with("data.")
    }
}

/// A text, a number, or nothing.
pub(super) fn index<'de, D: Deserializer<'de>>(given: D) -> Result<Option<Line>, D::Error> {
    Ok(match Value::deserialize(given)? {
        Value::String(text) => Some(text.into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}
