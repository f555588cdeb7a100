//! The provider's schema: what may be configured, read from the form in which
//! `terraform providers schema -json` prints it, and sent on in the form of the protocol.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::messages;
use super::value::{Cty, Object};

const TEXT: &str = include_str!("../../../assets/lab/terraform/schema.json");

/// Every schema of the provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Schemas {
    provider: Schema,
    #[serde(rename = "resource_schemas")]
    pub(super) resources: BTreeMap<String, Schema>,
    #[serde(rename = "data_source_schemas")]
    pub(super) data_sources: BTreeMap<String, Schema>,
}

/// The schema of one type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Schema {
    version: i64,
    pub(super) block: Block,
}

/// What stands between two braces.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Block {
    pub(super) attributes: BTreeMap<String, Attribute>,
    pub(super) block_types: BTreeMap<String, Nested>,
}

/// `name = value`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are the protocol's own marks, each independent of the others"
)]
pub(super) struct Attribute {
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) optional: bool,
    #[serde(default)]
    pub(super) computed: bool,
    #[serde(default)]
    sensitive: bool,
    #[serde(default)]
    deprecated: bool,
}

/// `name { … }`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nested {
    #[serde(rename = "nesting_mode")]
    pub(super) nesting: Nesting,
    pub(super) block: Block,
    #[serde(default)]
    pub(super) min_items: i64,
    #[serde(default)]
    pub(super) max_items: i64,
}

/// How blocks of one name make a value.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Nesting {
    Single,
    List,
    Set,
}

/// The type of an attribute.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(try_from = "Json")]
pub(super) enum Kind {
    Text,
    Number,
    Flag,
    List(Box<Kind>),
    Set(Box<Kind>),
    Map(Box<Kind>),
    Object(BTreeMap<String, Kind>),
}

impl Schemas {
    /// The embedded schemas.
    pub(super) fn embedded() -> Result<Self, serde_json::Error> {
        serde_json::from_str(TEXT)
    }

    /// What `GetSchema` answers.
    pub(super) fn message(&self) -> messages::GetSchemaResponse {
        let all = |schemas: &BTreeMap<String, Schema>| {
            schemas
                .iter()
                .map(|(name, schema)| (name.clone(), schema.message()))
                .collect()
        };
        messages::GetSchemaResponse {
            provider: Some(self.provider.message()),
            resource_schemas: all(&self.resources),
            data_source_schemas: all(&self.data_sources),
            server_capabilities: Some(messages::ServerCapabilities {
                get_provider_schema_optional: true,
            }),
        }
    }
}

impl Schema {
    fn message(&self) -> messages::Schema {
        messages::Schema {
            version: self.version,
            block: Some(self.block.message()),
        }
    }
}

impl Block {
    fn message(&self) -> messages::Block {
        messages::Block {
            version: 0,
            attributes: self
                .attributes
                .iter()
                .map(|(name, attribute)| attribute.message(name))
                .collect(),
            nested: self
                .block_types
                .iter()
                .map(|(name, nested)| nested.message(name))
                .collect(),
        }
    }

    /// An object in which nothing is set.
    pub(super) fn blank(&self) -> Object {
        let attributes = self.attributes.keys().map(|name| (name, Cty::Null));
        let blocks = self
            .block_types
            .iter()
            .map(|(name, nested)| (name, nested.none()));
        attributes
            .chain(blocks)
            .map(|(name, value)| (name.clone(), value))
            .collect()
    }

    /// The object with exactly this block's names: what lacks is null, what is unknown goes.
    pub(super) fn fitted(&self, mut object: Object) -> Object {
        let mut fitted = self.blank();
        for (name, value) in &mut fitted {
            let Some(given) = object.remove(name) else {
                continue;
            };
            *value = match (self.block_types.get(name), given) {
                (Some(nested), Cty::Null) => nested.none(),
                (Some(nested), given) => nested.fitted(given),
                (None, given) => given,
            };
        }
        fitted
    }
}

impl Attribute {
    /// Only the configuration can set it.
    pub(super) fn is_the_users(&self) -> bool {
        !self.computed
    }

    fn message(&self, name: &str) -> messages::Attribute {
        messages::Attribute {
            name: name.to_owned(),
            kind: self.kind.json().to_string().into_bytes(),
            required: self.required,
            optional: self.optional,
            computed: self.computed,
            sensitive: self.sensitive,
            deprecated: self.deprecated,
        }
    }
}

impl Nested {
    /// The value when there is no such block.
    pub(super) fn none(&self) -> Cty {
        match self.nesting {
            Nesting::Single => Cty::Null,
            Nesting::List | Nesting::Set => Cty::List(Vec::new()),
        }
    }

    fn fitted(&self, given: Cty) -> Cty {
        match given {
            Cty::Object(object) => Cty::Object(self.block.fitted(object)),
            Cty::List(items) => {
                Cty::List(items.into_iter().map(|item| self.fitted(item)).collect())
            }
            Cty::Unknown | Cty::Null | Cty::Flag(_) | Cty::Number(_) | Cty::Text(_) => given,
        }
    }

    fn message(&self, name: &str) -> messages::NestedBlock {
        messages::NestedBlock {
            type_name: name.to_owned(),
            block: Some(self.block.message()),
            nesting: match self.nesting {
                Nesting::Single => 1,
                Nesting::List => 2,
                Nesting::Set => 3,
            },
            min_items: self.min_items,
            max_items: self.max_items,
        }
    }
}

impl Kind {
    /// As the protocol writes types.
    fn json(&self) -> Json {
        match self {
            Self::Text => "string".into(),
            Self::Number => "number".into(),
            Self::Flag => "bool".into(),
            Self::List(of) => Json::Array(vec!["list".into(), of.json()]),
            Self::Set(of) => Json::Array(vec!["set".into(), of.json()]),
            Self::Map(of) => Json::Array(vec!["map".into(), of.json()]),
            Self::Object(fields) => {
                let fields: serde_json::Map<String, Json> = fields
                    .iter()
                    .map(|(name, kind)| (name.clone(), kind.json()))
                    .collect();
                Json::Array(vec!["object".into(), Json::Object(fields)])
            }
        }
    }

    /// What the real provider has where the API says nothing.
    pub(super) fn zero(&self) -> Cty {
        match self {
            Self::Text => Cty::text(""),
            Self::Number => Cty::Number(0.into()),
            Self::Flag => Cty::Flag(false),
            Self::List(_) | Self::Set(_) => Cty::List(Vec::new()),
            Self::Map(_) => Cty::Object(Object::new()),
            Self::Object(fields) => Cty::Object(
                fields
                    .iter()
                    .map(|(name, kind)| (name.clone(), kind.zero()))
                    .collect(),
            ),
        }
    }
}

impl TryFrom<Json> for Kind {
    type Error = String;

    fn try_from(json: Json) -> Result<Self, String> {
        let wrong = || format!("{json} is no type");
        if let Some(word) = json.as_str() {
            return match word {
                "string" => Ok(Self::Text),
                "number" => Ok(Self::Number),
                "bool" => Ok(Self::Flag),
                _ => Err(wrong()),
            };
        }
        let Some([word, of]) = json.as_array().map(Vec::as_slice) else {
            return Err(wrong());
        };
        let inner = || Self::try_from(of.clone()).map(Box::new);
        match (word.as_str(), of.as_object()) {
            (Some("list"), _) => inner().map(Self::List),
            (Some("set"), _) => inner().map(Self::Set),
            (Some("map"), _) => inner().map(Self::Map),
            (Some("object"), Some(fields)) => fields
                .iter()
                .map(|(name, kind)| Ok((name.clone(), Self::try_from(kind.clone())?)))
                .collect::<Result<_, _>>()
                .map(Self::Object),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_sent_as_they_were_printed() {
        let printed: Json = serde_json::from_str(TEXT).unwrap();
        let schemas = Schemas::embedded().unwrap();
        let mut compared = 0;
        for (name, schema) in &schemas.data_sources {
            for (attribute, read) in &schema.block.attributes {
                let block = &printed["data_source_schemas"][name]["block"];
                let wanted = &block["attributes"][attribute]["type"];
                assert_eq!(read.kind.json(), *wanted, "{name}.{attribute}");
                compared += 1;
            }
        }
        assert!(compared > 100, "{compared}");
    }

    #[test]
    fn an_old_state_is_brought_into_form() {
        let schemas = Schemas::embedded().unwrap();
        let block = &schemas.resources["oci_core_route_table"].block;
        let old = Cty::from(serde_json::json!({
            "vcn_id": "v", "gone": 1, "route_rules": [{"destination": "0.0.0.0/0"}],
        }));
        let fitted = block.fitted(old.fields().unwrap());
        assert_eq!(fitted["vcn_id"], Cty::text("v"));
        assert_eq!(fitted["state"], Cty::Null);
        assert!(!fitted.contains_key("gone"));
        let rule = fitted["route_rules"].as_list().unwrap()[0]
            .as_object()
            .unwrap();
        assert_eq!(rule.len(), 6);
    }
}
