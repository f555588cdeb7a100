//! Creating and replacing objects: what a client may set, what stays as it was, and what is refused.

use std::sync::Arc;

use serde_json::{Value, json};

use super::defaults;
use super::digest;
use super::managers::{self, Manager};
use super::meta::{self, text};
use super::objects::{Key, Objects, Write};
use super::request::{Params, Target};
use super::shape::Shape;
use super::status::Failure;
use super::validate;
use super::view::View;

/// A write that a client asks for.
pub(super) struct Writer<'a> {
    /// The store.
    pub(super) objects: &'a Objects,
    /// The kind, in the version of the request.
    pub(super) view: &'a View,
    /// The path.
    pub(super) target: &'a Target,
    /// The query.
    pub(super) params: &'a Params,
    /// Who says to be writing.
    pub(super) manager: String,
}

/// What a write led to.
pub(super) struct Written {
    /// The object.
    pub(super) object: Arc<Value>,
    /// It was not there before.
    pub(super) created: bool,
    /// Fields that the schema does not know and that were left out.
    pub(super) warnings: Vec<String>,
}

/// What becomes of an object, before it is stored.
pub(super) struct Settled {
    object: Value,
    warnings: Vec<String>,
}

impl Writer<'_> {
    /// Creates an object.
    pub(super) fn create(&self, mut given: Value) -> Result<Written, Failure> {
        self.check_type(&given)?;
        let kind = &self.view.kind;
        let name = match text(&given, "/metadata/name") {
            "" => match text(&given, "/metadata/generateName") {
                "" => {
                    return Err(Failure::invalid(
                        kind,
                        "",
                        &[super::status::Cause {
                            reason: "FieldValueRequired",
                            message: "Required value: name or generateName is required".into(),
                            field: "metadata.name".into(),
                        }],
                    ));
                }
                prefix => format!("{prefix}{}", meta::uid().split_off(31)),
            },
            name => name.to_owned(),
        };
        meta::metadata(&mut given).insert("name".into(), json!(name));
        if let Some(cause) = validate::name_cause(&name, &kind.group) {
            return Err(Failure::invalid(kind, &name, &[cause]));
        }
        self.place(&mut given)?;
        let key = meta::key(&given);
        self.transact(key, |before| match before {
            Some(_) => Err(Failure::exists(kind, &name)),
            None => self.settle(None, given),
        })
    }

    /// Replaces an object, or its status.
    pub(super) fn replace(&self, mut given: Value) -> Result<Written, Failure> {
        self.check_type(&given)?;
        let name = self.target.name.clone().unwrap_or_default();
        let stated = text(&given, "/metadata/name");
        if !stated.is_empty() && stated != name {
            return Err(Failure::bad_request(format!(
                "the name of the object ({stated}) does not match the name on the URL ({name})"
            )));
        }
        meta::metadata(&mut given).insert("name".into(), json!(name));
        self.place(&mut given)?;
        self.transact(self.key(), |before| match before {
            None => Err(Failure::not_found(&self.view.kind, &name)),
            Some(before) => self.settle(Some(before), given),
        })
    }

    /// The place in its table that the path names.
    pub(super) fn key(&self) -> Key {
        (
            self.target.namespace.clone().unwrap_or_default(),
            self.target.name.clone().unwrap_or_default(),
        )
    }

    /// Decides and stores as one step; a dry run decides only.
    pub(super) fn transact(
        &self,
        key: Key,
        decide: impl FnOnce(Option<&Value>) -> Result<Settled, Failure>,
    ) -> Result<Written, Failure> {
        let dry = self.params.text("dryRun") == "All";
        let kind = &self.view.kind;
        let (mut created, mut warnings, mut shown) = (false, Vec::new(), None);
        let stored = self.objects.commit(&self.view.table(), key, |before| {
            let settled = decide(before.map(AsRef::as_ref))?;
            created = before.is_none();
            warnings = settled.warnings;
            if dry {
                let now = self.objects.clock().now();
                let before = before.map(AsRef::as_ref);
                shown = Some(meta::settle(settled.object, before, kind, now));
                return Ok(Write::Keep);
            }
            Ok(Write::Put(settled.object))
        })?;
        let object = shown
            .map(Arc::new)
            .or(stored)
            .ok_or_else(Failure::no_resource)?;
        if !dry {
            self.define(&object);
        }
        Ok(Written {
            object,
            created,
            warnings,
        })
    }

    /// The object as it will be stored: what a client cannot change is as it was, and the schema
    /// has been heard.
    pub(super) fn settle(&self, before: Option<&Value>, given: Value) -> Result<Settled, Failure> {
        let kind = &self.view.kind;
        let mut after = self.view.store(given);
        let reset = after.pointer("/metadata/managedFields") == Some(&json!([]));
        match before {
            None => self.fresh(&mut after),
            Some(before) => {
                self.check_conflict(before, &after)?;
                after = self.keep(before, after);
            }
        }
        let mut warnings = Vec::new();
        if let Some(schema) = &kind.schema {
            warnings = validate::prune(&mut after, schema);
            self.check_strict(&warnings)?;
            validate::fill(&mut after, schema);
            let causes = validate::check(&after, schema);
            if !causes.is_empty() {
                return Err(Failure::invalid(kind, &meta::key(&after).1, &causes));
            }
        } else if !kind.custom {
            defaults::fill(&kind.resource(), &mut after, before.is_none());
        }
        let managed_before = before.map(|before| {
            let mut before = before.clone();
            if reset {
                meta::metadata(&mut before).remove("managedFields");
            }
            before
        });
        let (by, shape) = (self.by("Update"), self.shape());
        let now = self.objects.clock().now();
        managers::track_update(managed_before.as_ref(), &mut after, by, shape, now);
        self.establish(before, &mut after);
        Ok(Settled {
            object: after,
            warnings,
        })
    }

    /// An applied object whose managers are already settled.
    pub(super) fn settle_applied(
        &self,
        before: Option<&Value>,
        given: Value,
        managers: &[Manager],
    ) -> Result<Settled, Failure> {
        let mut settled = self.settle(before, given)?;
        managers::write(&mut settled.object, managers);
        Ok(settled)
    }

    /// How this kind's lists and maps merge.
    pub(super) fn shape(&self) -> Shape<'_> {
        Shape::Root(self.view.kind.schema.as_deref())
    }

    /// The entry of whoever is writing.
    pub(super) fn by(&self, operation: &str) -> Manager {
        Manager {
            name: self.manager.clone(),
            operation: operation.to_owned(),
            api_version: self.view.api_version(),
            subresource: self.target.subresource.clone().unwrap_or_default(),
            time: meta::date(self.objects.clock().now()),
            fields: super::fields::Fields::default(),
        }
    }

    fn fresh(&self, after: &mut Value) {
        let metadata = meta::metadata(after);
        for name in [
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "deletionTimestamp",
            "generation",
            "managedFields",
            "selfLink",
        ] {
            metadata.remove(name);
        }
        if self.view.kind.status {
            meta::map(after).remove("status");
        }
    }

    /// A write of the object leaves its status alone, one of the status everything else.
    fn keep(&self, before: &Value, mut after: Value) -> Value {
        let kind = &self.view.kind;
        if self.target.subresource.as_deref() == Some("status") {
            let mut kept = before.clone();
            let map = meta::map(&mut kept);
            match after.get("status") {
                Some(status) => map.insert("status".into(), status.clone()),
                None => map.remove("status"),
            };
            return kept;
        }
        if kind.status {
            let map = meta::map(&mut after);
            match before.get("status") {
                Some(status) => map.insert("status".into(), status.clone()),
                None => map.remove("status"),
            };
        }
        for name in [
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "generateName",
        ] {
            let metadata = meta::metadata(&mut after);
            match before.pointer(&format!("/metadata/{name}")) {
                Some(value) => metadata.insert(name.into(), value.clone()),
                None => metadata.remove(name),
            };
        }
        after
    }

    fn check_conflict(&self, before: &Value, after: &Value) -> Result<(), Failure> {
        let (kind, name) = (&self.view.kind, meta::key(before).1);
        let stated = text(after, "/metadata/resourceVersion");
        if !stated.is_empty() && stated != text(before, "/metadata/resourceVersion") {
            return Err(Failure::conflict(
                kind,
                &name,
                "the object has been modified; please apply your changes to the latest version and \
                 try again",
            ));
        }
        let (have, uid) = (text(before, "/metadata/uid"), text(after, "/metadata/uid"));
        if !uid.is_empty() && uid != have {
            return Err(Failure::conflict(
                kind,
                &name,
                &format!(
                    "Precondition failed: UID in precondition: {uid}, UID in object meta: {have}"
                ),
            ));
        }
        Ok(())
    }

    fn check_type(&self, given: &Value) -> Result<(), Failure> {
        let (kind, version) = (text(given, "/kind"), text(given, "/apiVersion"));
        let wanted = self.view.api_version();
        if !given.is_object() || (!kind.is_empty() && kind != self.view.kind.kind) {
            return Err(Failure::bad_request(format!(
                "no kind \"{kind}\" is registered for version \"{version}\" here: expected {}",
                self.view.kind.kind
            )));
        }
        if !version.is_empty() && version != wanted {
            return Err(Failure::bad_request(format!(
                "the API version in the data ({version}) does not match the expected API version \
                 ({wanted})"
            )));
        }
        Ok(())
    }

    /// The namespace of the path is the object's, and must be there.
    fn place(&self, given: &mut Value) -> Result<(), Failure> {
        let metadata = meta::metadata(given);
        let Some(namespace) = self.target.namespace.as_deref() else {
            metadata.remove("namespace");
            return Ok(());
        };
        let stated = metadata.get("namespace").and_then(Value::as_str);
        if let Some(stated) = stated.filter(|stated| !stated.is_empty() && *stated != namespace) {
            return Err(Failure::bad_request(format!(
                "the namespace of the provided object does not match the namespace sent on the \
                 request: {stated} is not {namespace}"
            )));
        }
        metadata.insert("namespace".into(), json!(namespace));
        self.check_namespace(namespace)
    }

    /// Nothing is made in a namespace that is not there.
    pub(super) fn check_namespace(&self, namespace: &str) -> Result<(), Failure> {
        if self.objects.shared("namespaces", None, namespace).is_some() {
            return Ok(());
        }
        let kinds = self.objects.kinds();
        Err(kinds
            .by_resource("namespaces")
            .map_or_else(Failure::no_resource, |kind| {
                Failure::not_found(&kind, namespace)
            }))
    }

    fn check_strict(&self, unknown: &[String]) -> Result<(), Failure> {
        if unknown.is_empty() || self.params.text("fieldValidation") != "Strict" {
            return Ok(());
        }
        let list = unknown
            .iter()
            .map(|field| format!("unknown field \"{field}\""));
        Err(Failure::bad_request(format!(
            "{} in version \"{}\" cannot be handled as a {}: strict decoding error: {}",
            self.view.kind.kind,
            self.view.version,
            self.view.kind.kind,
            list.collect::<Vec<_>>().join(", ")
        )))
    }

    fn is_definition(&self) -> bool {
        self.view.kind.kind == "CustomResourceDefinition"
    }

    /// A definition whose specification is new is accepted at once.
    fn establish(&self, before: Option<&Value>, after: &mut Value) {
        let specification = before.and_then(|before| before.get("spec"));
        if self.is_definition()
            && specification != after.get("spec")
            && let Some(kind) = digest::kind(after)
        {
            kind.establish(after, self.objects.clock().now());
        }
    }

    /// Serves what a definition defines, unless it is one of the lab's own, whose structure is known
    /// better than its object tells.
    fn define(&self, object: &Value) {
        if self.is_definition()
            && !is_digested(object)
            && let Some(kind) = digest::kind(object)
        {
            self.objects.serve(kind);
        }
    }
}

fn is_digested(definition: &Value) -> bool {
    let versions = definition
        .pointer("/spec/versions")
        .and_then(Value::as_array);
    versions.into_iter().flatten().all(|version| {
        let schema = version.pointer("/schema/openAPIV3Schema");
        schema.is_some_and(|schema| schema.get("properties").is_none())
    })
}
