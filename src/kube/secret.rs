//! Secrets: what one holds, and who keeps it.
//!
//! Values stay in wiped memory and are never printed; the answer of the API is not parsed by the
//! library, which writes what it cannot parse into the log.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::api::GetParams;
use kube::core::{DynamicObject, Request, Resource};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::connection::Connection;
use super::discovery::resource;
use super::fault::Fault;
use super::kind::SECRET;
use super::write::FIELD_MANAGER;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;

/// A Secret that stands in the cluster.
#[derive(Debug)]
pub struct SecretFound {
    /// Its type, such as `Opaque`.
    pub kind: Line,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its values by key.
    pub values: BTreeMap<String, SecretSlice<u8>>,
    /// Who keeps it, where that is not k3scope.
    pub keeper: Option<Line>,
}

/// The Secret of this name; nothing where there is none.
pub async fn secret(connection: &Connection, of: &ObjectRef) -> Result<Option<SecretFound>, Fault> {
    let version = SECRET.versions.first().copied().unwrap_or_default();
    let path = DynamicObject::url_path(&resource(&SECRET, version), Some(&of.namespace));
    let request = Request::new(path)
        .get(&of.name, &GetParams::default())
        .map_err(|error| Fault::Answer(error.to_string().into()))?;
    match connection.client().request_text(request).await {
        Ok(text) => read(&Zeroizing::new(text)).map(Some),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    data: Option<BTreeMap<String, Encoded>>,
}

/// A value as the API writes it.
struct Encoded(SecretString);

impl<'de> Deserialize<'de> for Encoded {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(SecretString::from(text)))
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    labels: Option<BTreeMap<String, String>>,
    owner_references: Vec<Owner>,
    managed_fields: Vec<Managed>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Owner {
    kind: String,
    name: String,
    controller: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Managed {
    manager: String,
    operation: String,
    fields_v1: Value,
}

fn read(text: &str) -> Result<SecretFound, Fault> {
    // The parser's words may quote a value.
    let unread = || Fault::Answer("a Secret that is not one".into());
    let wire: Wire = serde_json::from_str(text).map_err(|_| unread())?;
    let mut values = BTreeMap::new();
    for (key, encoded) in wire.data.unwrap_or_default() {
        let value = STANDARD.decode(encoded.0.expose_secret());
        values.insert(key, SecretSlice::from(value.map_err(|_| unread())?));
    }
    Ok(SecretFound {
        kind: Line::new(&wire.kind),
        keeper: wire.metadata.keeper(),
        labels: wire.metadata.labels.unwrap_or_default(),
        values,
    })
}

impl Metadata {
    /// A controller keeps what it owns. Otherwise who wrote a value keeps all of them, and what
    /// nobody is known to have written is not ours.
    fn keeper(&self) -> Option<Line> {
        let controller = self.owner_references.iter().find(|owner| owner.controller);
        if let Some(owner) = controller {
            return Some(Line::new(&format!("{} {}", owner.kind, owner.name)));
        }
        let has_data = |it: &&Managed| it.fields_v1.get("f:data").is_some();
        let is_ours = |it: &Managed| it.manager == FIELD_MANAGER && it.operation == "Apply";
        let mut writers = self.managed_fields.iter().filter(has_data);
        match writers.clone().find(|it| !is_ours(it)) {
            Some(other) => Some(Line::new(&other.manager)),
            None if writers.next().is_some() => None,
            None => Some("somebody else".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn by(manager: &str, operation: &str) -> Value {
        json!({"manager": manager, "operation": operation, "fieldsV1": {"f:data": {"f:token": {}}}})
    }

    #[rstest]
    #[case::ours(json!({"managedFields": [by("k3scope", "Apply")]}), None)]
    #[case::edited(
        json!({"managedFields": [by("k3scope", "Apply"), by("kubectl-edit", "Update")]}),
        Some("kubectl-edit")
    )]
    #[case::of_a_controller(
        json!({
            "managedFields": [by("k3scope", "Apply")],
            "ownerReferences": [{"kind": "ExternalSecret", "name": "token", "controller": true}],
        }),
        Some("ExternalSecret token")
    )]
    #[case::untracked(json!({}), Some("somebody else"))]
    #[case::labelled_by_another(
        json!({"managedFields": [by("k3scope", "Apply"),
            {"manager": "m", "operation": "Update", "fieldsV1": {"f:metadata": {}}}]}),
        None
    )]
    fn who_keeps_it(#[case] metadata: Value, #[case] keeper: Option<&str>) {
        let text = json!({"metadata": metadata, "type": "Opaque", "data": {}}).to_string();
        assert_eq!(read(&text).unwrap().keeper.as_deref(), keeper);
    }

    #[test]
    fn its_values_are_decoded_and_never_shown() {
        let text = json!({"metadata": {"labels": null}, "data": {"token": "aHVudGVyMg=="}});
        let found = read(&text.to_string()).unwrap();
        assert_eq!(found.values["token"].expose_secret(), b"hunter2");
        let shown = format!("{found:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("aHVudGVyMg"),
            "{shown}"
        );
        let broken = read(r#"{"data": {"token": "hunter2!"}}"#).unwrap_err();
        assert!(!broken.to_string().contains("hunter2"));
    }
}
