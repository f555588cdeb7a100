//! What stands in the lab's cloud, in a form in which two worlds can be compared, and what the
//! program's journals say of it.

use std::collections::BTreeMap;

use k3scope::lab::oci::Item;
use k3scope::provision::journal;
use serde_json::Value;

use super::session::{Session, assert_complete};

/// Pieces of the names of fields that differ between two worlds that are alike.
const ITS_OWN: [&str; 6] = ["time", "Mac", "mac", "ipAddress", "publicIp", "metadata"];

/// The resources with the cluster's tag: each of a whole cluster, once, and no other.
#[track_caller]
pub(super) fn assert_whole(session: &Session) {
    assert_complete(&session.world());
}

/// The world without what is another each time: every resource in words, each OCID told by what it
/// names.
pub(super) fn told(session: &Session) -> Vec<String> {
    let everything = session.lab.oci().everything();
    let kept = |item: &&Item| item.kind != "workRequests";
    let names: BTreeMap<&str, String> = everything
        .iter()
        .map(|item| (item.id.as_str(), format!("{}:{}", item.kind, item.name)))
        .collect();
    let mut told: Vec<String> = everything
        .iter()
        .filter(kept)
        .map(|item| format!("{} {}", item.kind, plain(&item.body, &names)))
        .collect();
    told.sort();
    told
}

fn plain(value: &Value, names: &BTreeMap<&str, String>) -> Value {
    match value {
        Value::String(text) => {
            let known = names.get(text.as_str()).cloned();
            let elsewhere = || text.split('.').take(2).collect::<Vec<_>>().join(".");
            let foreign = text.starts_with("ocid1.").then(elsewhere);
            Value::String(known.or(foreign).unwrap_or_else(|| text.clone()))
        }
        Value::Array(all) => Value::Array(all.iter().map(|one| plain(one, names)).collect()),
        Value::Object(fields) => fields
            .iter()
            .filter(|(field, _)| !ITS_OWN.iter().any(|own| field.contains(own)))
            .map(|(field, value)| (field.clone(), plain(value, names)))
            .collect(),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => plain.clone(),
    }
}

/// The lines of all journals, oldest first.
pub(super) fn journal_lines(session: &Session) -> Vec<Value> {
    let mut lines = Vec::new();
    for path in journals(session) {
        let text = std::fs::read_to_string(path).unwrap();
        lines.extend(text.lines().map(|line| serde_json::from_str(line).unwrap()));
    }
    lines
}

/// The journals' files, oldest first.
pub(super) fn journals(session: &Session) -> Vec<std::path::PathBuf> {
    let folder = session.config().with_file_name(".k3scope").join("runs");
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    // What Terraform prints is kept beside them.
    let is_journal = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        path.extension().is_some_and(|it| it == "jsonl") && !name.contains(".tf.")
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths.filter(is_journal).collect();
    paths.sort();
    paths
}

/// The deadline of the hunt that waits to be gone on with.
pub(super) fn open_hunt(session: &Session) -> Option<String> {
    let folder = session.config().with_file_name(".k3scope").join("runs");
    let past = journal::hunt(&folder, "lab").unwrap();
    past.open.map(|open| open.until.to_string())
}
