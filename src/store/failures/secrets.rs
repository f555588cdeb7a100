//! Why external-secrets does not write a Secret: the provider's own words stand only in events, those of
//! its store in conditions.

use crate::domain::advice::Advice;
use crate::domain::cluster_event::ClusterEvent;
use crate::domain::external_secret::{ExternalSecret, SecretStore};
use crate::domain::object::ObjectRef;
use crate::store::Store;

/// All of these words stand in what the provider says; then this is so, and that is to be done.
type Row = (&'static [&'static str], &'static str, &'static str);

const PROVIDER: &[Row] = &[
    (
        &[
            "404",
            "Authorization failed or requested resource not found",
        ],
        "OCI answers alike whether the secret is not there or may not be read",
        "check the name in the vault; then that the dynamic group matches the nodes' instances, and a policy \
         \"allow dynamic-group … to read secret-family in compartment …\"",
    ),
    (
        &["version", "not found"],
        "the version that is asked for is not in the vault any more",
        "let remoteRef.version name a stage that is there (CURRENT, LATEST), or leave it out",
    ),
    (
        &["PENDING_DELETION"],
        "the secret or its version is about to be deleted in the vault",
        "cancel the deletion in the vault, or read another one",
    ),
    (
        &["401"],
        "OCI does not take who asks for who it says it is",
        "see the store: its principal, and whether the node's clock is right",
    ),
    (
        &["429"],
        "the vault was asked too often",
        "let refreshInterval be longer",
    ),
];

const STORE: &[Row] = &[
    (
        &["principalType"],
        "the store's principalType is not where or what it should be",
        "write it at spec.provider.oracle.principalType: InstancePrincipal (and no auth), Workload or UserPrincipal",
    ),
    (
        &["unable to create client"],
        "the store cannot log in",
        "without auth it needs principalType: InstancePrincipal and a dynamic group that matches the nodes; \
         with auth, tenancy, user, key and fingerprint that belong together",
    ),
    (
        &["unable to validate store"],
        "the store was refused by the vault",
        "check region and OCID of the vault, and the policy for it",
    ),
];

/// What keeps a Secret from being written, the nearest cause first; nothing while it is synced.
pub fn secret(store: &Store, secret: &ExternalSecret) -> Vec<Advice> {
    let Some((meaning, next)) = secret.meaning() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let source = store_of(store, secret);
    if let Some(source) = source.filter(|source| !source.is_ready()) {
        found.push(blamed(store, source));
    }
    let named = secret.keys.iter().find(|key| key.starts_with("ocid1."));
    if let Some(key) = named {
        found.push(Advice::critical(
            format!("it asks for {key}, which is an OCID"),
            "write the secret's name into remoteRef.key: the vault is asked by name",
        ));
    }
    if let Some(event) = said(store, "ExternalSecret", &secret.id) {
        if let Some((why, next)) = among(PROVIDER, &event.message) {
            found.push(Advice::critical(format!("{why}: {}", event.message), next));
        } else {
            found.push(Advice::critical(event.message.to_string(), ""));
        }
    }
    if found.is_empty() {
        found.push(Advice::critical(meaning, next));
    }
    found
}

/// The store that a secret is read from, where it is known.
pub fn store_of<'a>(store: &'a Store, secret: &ExternalSecret) -> Option<&'a SecretStore> {
    let name = &secret.store.name;
    if secret.store.kind == "ClusterSecretStore" {
        let id = ObjectRef::cluster(name.clone());
        return store.cluster_secret_stores.get(&id).map(|store| &store.0);
    }
    let id = ObjectRef::new(secret.id.namespace.clone(), name.clone());
    store.secret_stores.get(&id)
}

/// What is wrong with a store, from its condition and what was said of it.
fn blamed(store: &Store, source: &SecretStore) -> Advice {
    let kind = if source.id.namespace.is_empty() {
        "ClusterSecretStore"
    } else {
        "SecretStore"
    };
    let condition = source
        .ready()
        .map_or_else(String::new, |it| format!("{}: {}", it.reason, it.message));
    let event = said(store, kind, &source.id).map(|it| it.message.as_str());
    let words = event.unwrap_or(&condition);
    let known = among(STORE, words).or_else(|| among(STORE, &condition));
    let (why, next) = known.unwrap_or(("nothing is read from it", "see its condition below"));
    Advice::critical(
        format!("store {} is not ready: {why} ({words})", source.id.name),
        next,
    )
}

/// The youngest warning about an object.
fn said<'a>(store: &'a Store, kind: &str, id: &'a ObjectRef) -> Option<&'a ClusterEvent> {
    let space = match id.namespace.as_str() {
        "" => "default",
        space => space,
    };
    let events = store.events.in_namespace(space);
    let own = events.filter(|it| it.warning && it.kind == *kind && it.about.name == id.name);
    own.max_by_key(|it| it.last_seen)
}

fn among(rows: &[Row], words: &str) -> Option<(&'static str, &'static str)> {
    let row = rows
        .iter()
        .find(|(parts, _, _)| parts.iter().all(|part| words.contains(part)))?;
    Some((row.1, row.2))
}
