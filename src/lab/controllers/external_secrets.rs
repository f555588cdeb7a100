//! external-secrets: stores that validate, and Secrets made from what the vault holds.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::object::{
    Condition, conclude, condition, date, dated, hex, holds, items, name, namespace, owner, set,
    text,
};
use super::world::Pass;

const STORES: &str = "clustersecretstores.external-secrets.io";
const SECRETS: &str = "externalsecrets.external-secrets.io";
const REFRESH_SECONDS: i64 = 3_600;
const RETRY_SECONDS: u64 = 30;

pub(super) fn reconcile(pass: &Pass<'_>) {
    if !pass.runs("deployments.apps", "external-secrets", "external-secrets")
        || !pass.resolves("external-secrets", "external-secrets")
    {
        return;
    }
    for store in pass.list(STORES) {
        if condition(&store, "Ready").is_none() {
            validate(pass, &store);
        }
    }
    for wanted in pass.list(SECRETS) {
        refresh(pass, &wanted);
    }
}

fn validate(pass: &Pass<'_>, store: &Value) {
    pass.change(STORES, store, |next| {
        let valid = Condition {
            kind: "Ready",
            met: true,
            reason: "Valid",
            message: "store validated",
        };
        conclude(next, valid, None, pass.now);
        set(next, "/status/capabilities", json!("ReadWrite"));
    });
    pass.event(
        store,
        "cluster-secret-store",
        ("Normal", "Valid", "store validated"),
    );
}

/// Fetches when never done, when the object changed, when the Secret went or after the interval.
fn refresh(pass: &Pass<'_>, wanted: &Value) {
    let target = target(wanted);
    let known = pass.get("secrets", namespace(wanted), target);
    let last = dated(wanted, "/status/refreshTime");
    let age = last.map(|last| pass.now.duration_since(last).as_secs());
    let version = version(wanted);
    let seen = text(wanted, "/status/syncedResourceVersion") == version;
    let failed = condition(wanted, "Ready").is_some() && !holds(wanted, "Ready");
    let key = format!("external-secrets/{}/{}", namespace(wanted), name(wanted));
    let again = failed && pass.every(&key, RETRY_SECONDS);
    let fresh = age.is_some_and(|age| age < REFRESH_SECONDS);
    if known.is_some() && fresh && seen && !failed || failed && seen && !again {
        return;
    }
    let store = pass.get(STORES, "", text(wanted, "/spec/secretStoreRef/name"));
    if !store.as_deref().is_some_and(|store| holds(store, "Ready")) {
        let text = format!(
            "ClusterSecretStore \"{}\" is not ready",
            text(wanted, "/spec/secretStoreRef/name")
        );
        return fail(pass, wanted, &version, &text);
    }
    match fetch(pass, wanted) {
        Ok(data) => write(pass, wanted, known.as_deref(), &data, &version),
        Err(detail) => fail(pass, wanted, &version, &detail),
    }
}

fn target(wanted: &Value) -> &str {
    match text(wanted, "/spec/target/name") {
        "" => name(wanted),
        target => target,
    }
}

fn version(wanted: &Value) -> String {
    let labels = format!(
        "{:?}{:?}",
        wanted.pointer("/metadata/labels"),
        wanted.pointer("/metadata/annotations")
    );
    let generation = super::object::generation(wanted).unwrap_or(1);
    format!("{generation}-{}", hex(&labels, 56))
}

fn fetch(pass: &Pass<'_>, wanted: &Value) -> Result<Value, String> {
    let mut data = json!({});
    for (index, entry) in items(wanted, "/spec/data").iter().enumerate() {
        let key = text(entry, "/remoteRef/key");
        let found = pass.world.vault.get(key).ok_or_else(|| {
            format!(
                "error processing spec.data[{index}] (key: {key}), err: Secrets service failed to GetSecretBundleByName, HTTP status code 404: Authorization failed or requested resource not found."
            )
        })?;
        let place = text(entry, "/secretKey");
        if let Some(map) = data.as_object_mut() {
            map.insert(place.to_owned(), json!(STANDARD.encode(found)));
        }
    }
    Ok(data)
}

fn write(pass: &Pass<'_>, wanted: &Value, known: Option<&Value>, data: &Value, version: &str) {
    let mut labels = wanted
        .pointer("/spec/target/template/metadata/labels")
        .cloned()
        .unwrap_or_else(|| json!({}));
    let managed = "/reconcile.external-secrets.io~1managed";
    set(&mut labels, managed, json!("true"));
    let fresh = json!({
        "metadata": {
            "name": target(wanted), "namespace": namespace(wanted), "labels": labels,
            "annotations": {"reconcile.external-secrets.io/data-hash": hex(&data.to_string(), 56)},
            "ownerReferences": owner(wanted),
        },
        "type": "Opaque", "data": data,
    });
    let same = known.is_some_and(|known| super::object::contains(known, &fresh));
    if !same {
        pass.put("secrets", fresh);
    }
    let reason = if known.is_some() {
        "Updated"
    } else {
        "Created"
    };
    if !holds(wanted, "Ready") || !same {
        let message = if known.is_some() {
            "secret updated"
        } else {
            "secret created"
        };
        pass.event(wanted, "external-secrets", ("Normal", reason, message));
    }
    pass.change(SECRETS, wanted, |next| {
        let ready = Condition {
            kind: "Ready",
            met: true,
            reason: "SecretSynced",
            message: "secret synced",
        };
        conclude(next, ready, None, pass.now);
        set(next, "/status/refreshTime", json!(date(pass.now)));
        set(next, "/status/syncedResourceVersion", json!(version));
        set(next, "/status/binding/name", json!(target(wanted)));
    });
}

fn fail(pass: &Pass<'_>, wanted: &Value, version: &str, detail: &str) {
    pass.event(
        wanted,
        "external-secrets",
        ("Warning", "UpdateFailed", detail),
    );
    let store = detail.starts_with("ClusterSecretStore");
    pass.change(SECRETS, wanted, |next| {
        let failed = Condition {
            kind: "Ready",
            met: false,
            reason: "SecretSyncedError",
            message: if store {
                detail
            } else {
                "could not get secret data from provider"
            },
        };
        conclude(next, failed, None, pass.now);
        set(next, "/status/refreshTime", json!(date(pass.now)));
        set(next, "/status/syncedResourceVersion", json!(version));
    });
}
