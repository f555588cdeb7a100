//! Deleting: preconditions, finalizers, and what goes with an object (its dependents, a namespace's
//! contents, a definition's objects).

use std::sync::Arc;

use serde_json::{Value, json};

use super::kinds::Kind;
use super::meta::{self, text};
use super::objects::{Key, Objects, Write};
use super::request::Params;
use super::status::Failure;

/// What a delete led to.
pub(super) enum Deleted {
    /// It is gone; this is what it was.
    Gone(Arc<Value>),
    /// It waits for its finalizers.
    Leaving(Arc<Value>),
}

/// What a client said about a delete, in its body or its query.
pub(super) struct Options {
    orphans: bool,
    dry: bool,
    uid: String,
    version: String,
}

impl Options {
    /// Reads them.
    pub(super) fn of(params: &Params, body: &Value) -> Self {
        let either = |name: &str| match params.text(name) {
            "" => text(body, &format!("/{name}")).to_owned(),
            given => given.to_owned(),
        };
        Self {
            orphans: either("propagationPolicy") == "Orphan"
                || body.get("orphanDependents") == Some(&Value::Bool(true)),
            dry: params.text("dryRun") == "All" || body.get("dryRun") == Some(&json!(["All"])),
            uid: text(body, "/preconditions/uid").to_owned(),
            version: text(body, "/preconditions/resourceVersion").to_owned(),
        }
    }
}

/// Deletes one object.
pub(super) fn delete(
    objects: &Objects,
    kind: &Kind,
    table: &str,
    key: Key,
    options: &Options,
) -> Result<Deleted, Failure> {
    let name = key.1.clone();
    let mut leaving = false;
    let result = objects.commit(table, key, |before| {
        let before = before.ok_or_else(|| Failure::not_found(kind, &name))?;
        check(kind, before, options)?;
        let finalizers = before
            .pointer("/metadata/finalizers")
            .and_then(Value::as_array);
        leaving = finalizers.is_some_and(|list| !list.is_empty());
        if options.dry || (leaving && before.pointer("/metadata/deletionTimestamp").is_some()) {
            return Ok(Write::Keep);
        }
        if !leaving {
            return Ok(Write::Remove);
        }
        let mut after = Value::clone(before);
        let metadata = meta::metadata(&mut after);
        let now = meta::date(objects.clock().now());
        metadata.insert("deletionTimestamp".into(), json!(now));
        metadata.insert("deletionGracePeriodSeconds".into(), json!(0));
        Ok(Write::Put(after))
    })?;
    let object = result.ok_or_else(|| Failure::not_found(kind, &name))?;
    if leaving {
        return Ok(Deleted::Leaving(object));
    }
    if !options.dry {
        follow(objects, kind, &object, options);
    }
    Ok(Deleted::Gone(object))
}

fn check(kind: &Kind, before: &Value, options: &Options) -> Result<(), Failure> {
    for (asked, pointer, what) in [
        (&options.uid, "/metadata/uid", "UID"),
        (
            &options.version,
            "/metadata/resourceVersion",
            "ResourceVersion",
        ),
    ] {
        let have = text(before, pointer);
        if !asked.is_empty() && asked != have {
            let why = format!(
                "Precondition failed: {what} in precondition: {asked}, {what} in object meta: {have}"
            );
            return Err(Failure::conflict(kind, &meta::key(before).1, &why));
        }
    }
    Ok(())
}

/// What goes after an object has gone.
fn follow(objects: &Objects, kind: &Kind, object: &Value, options: &Options) {
    let name = meta::key(object).1;
    match kind.kind.as_str() {
        "Namespace" => remove_where(objects, options, |_, one| {
            text(one, "/metadata/namespace") == name
        }),
        "CustomResourceDefinition" => objects.withdraw(&name),
        _ => {}
    }
    let uid = text(object, "/metadata/uid");
    if options.orphans {
        orphan(objects, uid);
    } else {
        remove_where(objects, options, |_, one| {
            owners(one).iter().any(|owner| text(owner, "/uid") == uid)
        });
    }
}

fn owners(object: &Value) -> &[Value] {
    object
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn remove_where(objects: &Objects, options: &Options, which: impl Fn(&Kind, &Value) -> bool) {
    let options = Options {
        orphans: options.orphans,
        dry: false,
        uid: String::new(),
        version: String::new(),
    };
    for kind in objects.kinds().all() {
        let table = kind.resource();
        for object in objects.shared_list(&table) {
            if which(kind, &object) {
                let key = meta::key(&object);
                if delete(objects, kind, &table, key, &options).is_err() {
                    tracing::debug!(resource = %table, "an object had gone before its owner's");
                }
            }
        }
    }
}

fn orphan(objects: &Objects, uid: &str) {
    for kind in objects.kinds().all() {
        for object in objects.shared_list(&kind.resource()) {
            if owners(&object)
                .iter()
                .any(|owner| text(owner, "/uid") == uid)
            {
                let mut after = Value::clone(&object);
                let list = meta::metadata(&mut after).get_mut("ownerReferences");
                if let Some(Value::Array(list)) = list {
                    list.retain(|owner| text(owner, "/uid") != uid);
                }
                objects.put(&kind.resource(), after);
            }
        }
    }
}

/// The answer to a delete: the object while it is leaving, and a `Status` when it is gone.
pub(super) fn body(kind: &Kind, deleted: &Deleted) -> Value {
    match deleted {
        Deleted::Leaving(object) => Value::clone(object),
        Deleted::Gone(object) => {
            let mut details = json!({
                "name": meta::key(object).1, "kind": kind.plural,
                "uid": text(object, "/metadata/uid"),
            });
            if !kind.group.is_empty() {
                meta::map(&mut details).insert("group".into(), json!(kind.group));
            }
            json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
                   "details": details})
        }
    }
}
