//! The only door for writes to a cluster.
//!
//! A [`Write`] is data: it can be shown to a person as the kubectl command that does the same before
//! it is carried out, and logged after. [`Writer`] carries it out, or refuses where nothing may be
//! changed. Which writes are wise is for those who make them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::api::{DeleteParams, EvictParams, Patch, PatchParams, Preconditions};
use kube::core::{DynamicObject, Request, Resource};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use super::connection::Connection;
use super::discovery::resource;
use super::fault::Fault;
use super::kind::{ApiName, POD};
use super::refusal::{Attempt, WriteError};
pub use crate::domain::access::Access;
use crate::domain::object::ObjectRef;

/// As whom fields are owned that are written here.
pub const FIELD_MANAGER: &str = "k3scope";

/// One change to one object.
#[derive(Clone, Debug)]
pub struct Write {
    /// Its kind.
    pub api: ApiName,
    /// Which.
    pub of: ObjectRef,
    /// What becomes of it.
    pub change: Change,
}

/// What becomes of an object.
#[derive(Clone, Debug)]
pub enum Change {
    /// It has these fields, and they are ours (server-side apply). It is made where it is missing.
    Apply {
        /// The fields.
        fields: Fields,
        /// Whether fields that others own are taken from them; without it that is a refusal.
        force: bool,
    },
    /// Fields of it become these (JSON merge patch, RFC 7386); `null` takes one away.
    Merge(Merge),
    /// It is deleted, if it is still the one that was meant.
    Delete(Only),
    /// A pod is deleted as far as disruption budgets permit (Eviction, `policy/v1`).
    Evict(Only),
}

/// A merge patch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merge {
    /// What becomes of the fields.
    pub patch: Value,
    /// The part of the object that it is for, such as `status`; all of it where absent.
    pub subresource: Option<&'static str>,
    /// Nobody has changed the object since this version.
    pub version: Option<String>,
}

/// The fields that are applied besides the object's name.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// What stands beside `metadata`.
    pub body: Map<String, Value>,
    /// The values of a Secret by key; never shown.
    pub data: BTreeMap<String, SecretString>,
}

/// What must hold of an object that is deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// It is the one with this identifier, and not another one of the same name.
    pub uid: Option<String>,
    /// Nobody has changed it since this version.
    pub version: Option<String>,
}

/// Carries writes out.
#[derive(Clone, Debug)]
pub struct Writer {
    connection: Connection,
    access: Access,
}

impl Write {
    /// The object has `fields`; a field that somebody else owns is a refusal.
    pub fn apply(api: ApiName, of: ObjectRef, fields: Fields) -> Self {
        let change = Change::Apply {
            fields,
            force: false,
        };
        Self { api, of, change }
    }

    /// Fields of the object become those of `merge`.
    pub fn merge(api: ApiName, of: ObjectRef, merge: Merge) -> Self {
        let change = Change::Merge(merge);
        Self { api, of, change }
    }

    /// The pod is evicted, if it is still the one that was meant.
    pub fn evict(of: ObjectRef, only: Only) -> Self {
        let change = Change::Evict(only);
        Self {
            api: POD,
            of,
            change,
        }
    }

    /// The object is deleted, if it is still the one that was meant.
    pub fn delete(api: ApiName, of: ObjectRef, only: Only) -> Self {
        let change = Change::Delete(only);
        Self { api, of, change }
    }

    /// The command that does the same, for reading and copying. Values of Secrets are left out; that
    /// a deletion is meant for one object only cannot be said in it.
    pub fn command(&self) -> String {
        match &self.change {
            Change::Apply { fields, force } => {
                let manifest = shell_words::quote(&self.shown(fields).to_string()).into_owned();
                let force = if *force { " --force-conflicts" } else { "" };
                format!(
                    "printf %s {manifest} | kubectl apply --server-side \
                     --field-manager={FIELD_MANAGER}{force} -f -"
                )
            }
            Change::Merge(merge) => {
                let part = merge
                    .subresource
                    .map_or_else(String::new, |part| format!(" --subresource={part}"));
                let patch = merge.patch.to_string();
                let patch = shell_words::quote(&patch);
                let doing = self.kubectl("patch");
                format!("{doing}{part} --type=merge -p {patch}")
            }
            Change::Delete(_) | Change::Evict(_) => self.kubectl("delete"),
        }
    }

    /// `kubectl` with a verb on the object. It has no command of its own for one eviction.
    fn kubectl(&self, verb: &str) -> String {
        let name = shell_words::quote(&self.of.name);
        let namespace = match self.of.namespace.as_str() {
            "" => String::new(),
            namespace => format!(" -n {}", shell_words::quote(namespace)),
        };
        format!("kubectl{namespace} {verb} {} {name}", self.api.spoken())
    }

    /// The manifest with `***` for every value of a Secret.
    fn shown(&self, fields: &Fields) -> Value {
        let mut manifest = self.head(fields);
        let hidden: Map<String, Value> = fields
            .data
            .keys()
            .map(|key| (key.clone(), json!("***")))
            .collect();
        if !hidden.is_empty() {
            manifest.insert("stringData".to_owned(), hidden.into());
        }
        manifest.into()
    }

    /// The manifest without the values of a Secret.
    fn head(&self, fields: &Fields) -> Map<String, Value> {
        let mut metadata = Map::new();
        metadata.insert("name".to_owned(), self.of.name.as_str().into());
        if self.api.namespaced {
            let namespace = self.of.namespace.as_str();
            metadata.insert("namespace".to_owned(), namespace.into());
        }
        if !fields.labels.is_empty() {
            metadata.insert("labels".to_owned(), json!(fields.labels));
        }
        let mut manifest = Map::new();
        manifest.insert("apiVersion".to_owned(), self.api.group_version().into());
        manifest.insert("kind".to_owned(), self.api.kind.into());
        manifest.insert("metadata".to_owned(), metadata.into());
        manifest.extend(fields.body.clone());
        manifest
    }

    fn request(&self) -> Result<http::Request<Vec<u8>>, kube::core::request::Error> {
        let version = self.api.versions.first().copied().unwrap_or_default();
        let namespace = Some(self.of.namespace.as_str()).filter(|_| self.api.namespaced);
        let door = Request::new(DynamicObject::url_path(
            &resource(&self.api, version),
            namespace,
        ));
        match &self.change {
            Change::Apply { fields, force } => {
                let how = PatchParams {
                    force: *force,
                    ..PatchParams::apply(FIELD_MANAGER)
                };
                let manifest = Manifest {
                    head: self.head(fields),
                    data: &fields.data,
                };
                door.patch(&self.of.name, &how, &Patch::Apply(&manifest))
            }
            Change::Merge(merge) => {
                let how = PatchParams {
                    field_manager: Some(FIELD_MANAGER.to_owned()),
                    ..PatchParams::default()
                };
                let patch = Patch::Merge(merge.guarded());
                match merge.subresource {
                    Some(part) => door.patch_subresource(part, &self.of.name, &how, &patch),
                    None => door.patch(&self.of.name, &how, &patch),
                }
            }
            Change::Delete(only) => door.delete(&self.of.name, &only.options()),
            Change::Evict(only) => {
                let how = EvictParams {
                    delete_options: Some(only.options()),
                    ..EvictParams::default()
                };
                door.evict(&self.of.name, &how)
            }
        }
    }

    fn attempt(&self) -> Attempt<'_> {
        Attempt {
            verb: match self.change {
                Change::Apply { .. } | Change::Merge(_) => "patch",
                Change::Delete(_) => "delete",
                Change::Evict(_) => "evict",
            },
            api: &self.api,
            namespace: &self.of.namespace,
        }
    }
}

impl Merge {
    /// The patch, with the version that it is for: another one is a conflict.
    fn guarded(&self) -> Value {
        let mut patch = self.patch.clone();
        if let (Some(version), Some(patch)) = (&self.version, patch.as_object_mut()) {
            let metadata = patch.entry("metadata").or_insert_with(|| json!({}));
            if let Some(metadata) = metadata.as_object_mut() {
                metadata.insert("resourceVersion".to_owned(), version.as_str().into());
            }
        }
        patch
    }
}

impl Only {
    /// As options of a delete.
    fn options(&self) -> DeleteParams {
        DeleteParams {
            preconditions: (*self != Self::default()).then(|| Preconditions {
                uid: self.uid.clone(),
                resource_version: self.version.clone(),
            }),
            ..DeleteParams::default()
        }
    }
}

impl Writer {
    /// Writes by `connection` as far as `access` permits.
    pub fn new(connection: Connection, access: Access) -> Self {
        Self { connection, access }
    }

    /// Whether anything may be changed.
    pub fn access(&self) -> Access {
        self.access
    }

    /// Where it writes, for looking first.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Carries `write` out. Nothing is tried again: who asked knows whether that is wise.
    pub async fn perform(&self, write: &Write) -> Result<(), WriteError> {
        if self.access == Access::ReadOnly {
            return Err(WriteError::ReadOnly);
        }
        let request = write
            .request()
            .map_err(|error| Fault::Answer(error.to_string().into()))?;
        // The answer repeats the object, Secrets included: it is dropped unread.
        let answer = self.connection.client().request_text(request).await;
        let answer = answer.map(|text| drop(Zeroizing::new(text)));
        answer.map_err(|error| WriteError::of(error, &write.attempt()))?;
        tracing::info!(command = write.command(), "written");
        Ok(())
    }
}

/// What is sent: the values of a Secret come out of their wrapping here and nowhere else.
struct Manifest<'a> {
    head: Map<String, Value>,
    data: &'a BTreeMap<String, SecretString>,
}

impl Serialize for Manifest<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        for (name, value) in &self.head {
            map.serialize_entry(name, value)?;
        }
        if !self.data.is_empty() {
            map.serialize_entry("data", &Data(self.data))?;
        }
        map.end()
    }
}

struct Data<'a>(&'a BTreeMap<String, SecretString>);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(key, value)| {
            let encoded = STANDARD.encode(value.expose_secret());
            (key, encoded)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::kind::{NAMESPACE, NODE, SECRET};

    fn secret() -> Write {
        let mut fields = Fields::default();
        fields.labels.insert("app".to_owned(), "it's".to_owned());
        fields.body.insert("type".to_owned(), json!("Opaque"));
        let value = SecretString::from("hunter2");
        fields.data.insert("token".to_owned(), value);
        Write::apply(SECRET, ObjectRef::new("external-dns", "cloudflare"), fields)
    }

    #[test]
    fn a_secret_is_shown_without_its_value_and_sent_with_it() {
        let write = secret();
        let shown = format!("{} {write:?}", write.command());
        let encoded = STANDARD.encode("hunter2");
        assert!(
            !shown.contains("hunter2") && !shown.contains(&encoded),
            "{shown}"
        );
        let words = shell_words::split(&write.command()).unwrap();
        let manifest: Value = serde_json::from_str(&words[2]).unwrap();
        assert_eq!(manifest["stringData"]["token"], "***");
        assert_eq!(manifest["metadata"]["labels"]["app"], "it's");
        assert!(words.contains(&"--field-manager=k3scope".to_owned()));
        let sent: Value = serde_json::from_slice(write.request().unwrap().body()).unwrap();
        assert_eq!(sent["data"]["token"], encoded.as_str());
        assert_eq!(sent["metadata"]["namespace"], "external-dns");
    }

    #[test]
    fn an_apply_forces_only_where_that_is_asked_for() {
        let mut write = secret();
        let query = |write: &Write| write.request().unwrap().uri().query().unwrap().to_owned();
        assert!(!query(&write).contains("force") && !write.command().contains("--force"));
        assert!(query(&write).contains("fieldManager=k3scope"));
        if let Change::Apply { force, .. } = &mut write.change {
            *force = true;
        }
        assert!(query(&write).contains("force=true"));
        assert!(write.command().contains("--force-conflicts"));
    }

    #[test]
    fn a_deletion_is_of_one_object_only() {
        let only = Only {
            uid: Some("7".to_owned()),
            version: None,
        };
        let write = Write::delete(NODE, ObjectRef::cluster("k3s-worker"), only);
        assert_eq!(write.command(), "kubectl delete node k3s-worker");
        let request = write.request().unwrap();
        assert_eq!(request.uri().path(), "/api/v1/nodes/k3s-worker");
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(body["preconditions"], json!({"uid": "7"}));
    }

    #[test]
    fn what_has_no_namespace_names_none() {
        let write = Write::apply(NAMESPACE, ObjectRef::cluster("docs"), Fields::default());
        let sent: Value = serde_json::from_slice(write.request().unwrap().body()).unwrap();
        let name_only =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "docs"}});
        assert_eq!(sent, name_only);
    }
}
