//! A Secret against what was applied, key by key. Values are compared in wiped memory and never leave
//! it: what is told are names of keys.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::api::GetParams;
use kube::core::{DynamicObject, Request, Resource};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::fields;
use crate::domain::comparison::{Basis, Compared, SecretKey, Standing};
use crate::domain::object::ObjectRef;
use crate::kube::connection::Connection;
use crate::kube::discovery::resource;
use crate::kube::fault::Fault;
use crate::kube::kind::SECRET;

/// What stands in the place of a value.
const MASK: &str = "***";
/// The most keys that are told.
const MOST: usize = 200;

/// Compares the Secret of this name.
pub(super) async fn compare(connection: &Connection, of: &ObjectRef) -> Compared {
    match read(connection, of).await {
        Ok(Some(text)) => compared(&text),
        Ok(None) => Compared::Missing,
        Err(fault) => Compared::Cannot {
            why: fault.to_string().into(),
        },
    }
}

async fn read(connection: &Connection, of: &ObjectRef) -> Result<Option<Zeroizing<String>>, Fault> {
    let version = SECRET.versions.first().copied().unwrap_or_default();
    let path = DynamicObject::url_path(&resource(&SECRET, version), Some(&of.namespace));
    let request = Request::new(path)
        .get(&of.name, &GetParams::default())
        .map_err(|error| Fault::Answer(error.to_string().into()))?;
    match connection.client().request_text(request).await {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The little of a Secret that is looked at.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire {
    metadata: Metadata,
    data: Option<BTreeMap<String, Hidden>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    annotations: Option<Annotations>,
    managed_fields: Option<Vec<Value>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Annotations {
    #[serde(rename = "kubectl.kubernetes.io/last-applied-configuration")]
    applied: Option<Hidden>,
}

/// The manifest that was applied.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Applied {
    data: Option<BTreeMap<String, Option<Hidden>>>,
    string_data: Option<BTreeMap<String, Option<Hidden>>>,
}

/// A text that is never shown.
struct Hidden(SecretString);

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(SecretString::from(text)))
    }
}

type Bytes = Zeroizing<Vec<u8>>;

impl Hidden {
    fn decoded(&self) -> Option<Bytes> {
        let bytes = STANDARD.decode(self.0.expose_secret().trim());
        bytes.ok().map(Zeroizing::new)
    }

    fn plain(&self) -> Bytes {
        Zeroizing::new(self.0.expose_secret().as_bytes().to_vec())
    }
}

impl Applied {
    /// What was wanted of each key: plain text stands over what is encoded. A value that is no base64
    /// equals nothing.
    fn wanted(&self) -> BTreeMap<&str, Option<Bytes>> {
        let mut wanted = BTreeMap::new();
        for (key, value) in self.data.iter().flatten() {
            let value = value
                .as_ref()
                .map_or_else(|| Some(empty()), Hidden::decoded);
            wanted.insert(key.as_str(), value);
        }
        for (key, value) in self.string_data.iter().flatten() {
            let value = value.as_ref().map_or_else(empty, Hidden::plain);
            wanted.insert(key.as_str(), Some(value));
        }
        wanted
    }
}

fn empty() -> Bytes {
    Zeroizing::new(Vec::new())
}

/// What a Secret tells of itself. Why it cannot be read is not told: the parser's words may quote it.
fn compared(text: &str) -> Compared {
    let Ok(wire) = serde_json::from_str::<Wire>(text) else {
        return Compared::Cannot {
            why: "the API's answer is not understood".into(),
        };
    };
    let live = wire.data.unwrap_or_default();
    let Metadata {
        annotations,
        managed_fields,
    } = wire.metadata;
    if let Some(applied) = annotations.and_then(|all| all.applied) {
        return match serde_json::from_str::<Applied>(applied.0.expose_secret()) {
            Ok(applied) => Compared::Keys {
                keys: keys(&applied.wanted(), &live),
            },
            Err(_) => Compared::Cannot {
                why: "its annotation with the last applied manifest cannot be read".into(),
            },
        };
    }
    let masked: Map<String, Value> = live.keys().map(|key| (key.clone(), json!(MASK))).collect();
    let owned = json!({
        "metadata": {"managedFields": managed_fields.unwrap_or_default()},
        "data": masked,
    });
    match fields::of_others(&owned) {
        Some(differences) => Compared::Fields {
            basis: Basis::Owners,
            differences,
        },
        None => Compared::Cannot {
            why: "it keeps neither the manifest that was applied last, nor fields that Argo CD owns; \
                  what Git wants is in Argo CD's repo-server only"
                .into(),
        },
    }
}

/// Each key of either side.
fn keys(wanted: &BTreeMap<&str, Option<Bytes>>, live: &BTreeMap<String, Hidden>) -> Vec<SecretKey> {
    let names: BTreeSet<&str> = wanted
        .keys()
        .copied()
        .chain(live.keys().map(String::as_str))
        .collect();
    let one = |name: &str| SecretKey {
        name: name.into(),
        standing: match (wanted.get(name), live.get(name)) {
            (Some(_), None) => Standing::OnlyApplied,
            (None, _) => Standing::OnlyLive,
            (Some(wanted), Some(live)) => match (wanted, live.decoded()) {
                (Some(wanted), Some(live)) if **wanted == *live => Standing::Equal,
                _ => Standing::Differs,
            },
        },
    };
    names.into_iter().take(MOST).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(value: &str) -> String {
        STANDARD.encode(value)
    }

    fn secret(applied: &Value, data: &Value) -> String {
        let applied = applied.to_string();
        let annotations = json!({"kubectl.kubernetes.io/last-applied-configuration": applied});
        json!({"metadata": {"annotations": annotations}, "data": data}).to_string()
    }

    #[test]
    fn keys_are_compared_and_no_value_is_told() {
        let applied = json!({
            "data": {
                "same": encoded("one"), "other": encoded("hunter2"), "gone": encoded("hunter3"),
                "over": encoded("old"), "broken": "%%%", "empty": null,
            },
            "stringData": {"over": "new"},
        });
        let live = json!({
            "same": encoded("one"), "other": encoded("hunter4"), "more": encoded("hunter5"),
            "over": encoded("new"), "broken": "%%%", "empty": "",
        });
        let found = compared(&secret(&applied, &live));
        let Compared::Keys { keys } = &found else {
            panic!("{found:?}");
        };
        let told: Vec<(&str, Standing)> = keys
            .iter()
            .map(|it| (it.name.as_str(), it.standing))
            .collect();
        assert_eq!(
            told,
            [
                ("broken", Standing::Differs),
                ("empty", Standing::Equal),
                ("gone", Standing::OnlyApplied),
                ("more", Standing::OnlyLive),
                ("other", Standing::Differs),
                ("over", Standing::Equal),
                ("same", Standing::Equal),
            ]
        );
        let event = serde_json::to_string(&found).unwrap();
        for value in ["one", "hunter2", "hunter3", "hunter4", "hunter5", "new"] {
            let shown = format!("{found:?}{event}");
            assert!(!shown.contains(&encoded(value)), "{shown}");
            assert!(!shown.contains(&format!("\"{value}")), "{shown}");
        }
    }

    #[test]
    fn without_a_manifest_others_are_told_by_name_with_values_masked() {
        let owned = |manager: &str, key: &str| json!({"manager": manager, "operation": "Apply", "fieldsV1": {"f:data": {key: {}}}});
        let text = json!({
            "metadata": {"managedFields": [
                owned("argocd-controller", "f:url"), owned("kubectl-edit", "f:token"),
            ]},
            "data": {"url": encoded("here"), "token": encoded("hunter2")},
        });
        let found = compared(&text.to_string());
        let Compared::Fields { differences, .. } = &found else {
            panic!("{found:?}");
        };
        assert_eq!(differences.len(), 1);
        assert_eq!(differences[0].field, "data.token");
        assert_eq!(differences[0].live, Some("\"***\"".into()));
    }

    #[test]
    fn what_cannot_be_read_is_not_quoted() {
        for text in [
            "{\"data\": {\"token\": 7, \"x\": \"hunter2\"}}".to_owned(),
            secret(&json!("hunter2"), &json!({})),
        ] {
            let found = compared(&text);
            assert!(matches!(found, Compared::Cannot { .. }), "{found:?}");
            assert!(!format!("{found:?}").contains("hunter2"), "{found:?}");
        }
    }
}
