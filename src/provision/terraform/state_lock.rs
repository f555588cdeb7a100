//! Who holds the lock of the state: from the complaint about it, and from the file beside the state.

use serde::Deserialize;

use crate::domain::line::Line;

/// A held lock. What was not told is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct StateLock {
    /// Its identifier, for `force-unlock`.
    #[serde(rename = "ID")]
    pub id: Line,
    /// The state that it locks.
    pub path: Line,
    /// What is being done under it.
    pub operation: Line,
    /// User and computer.
    pub who: Line,
    /// The version of the program that holds it.
    pub version: Line,
    /// Since when.
    pub created: Line,
}

impl StateLock {
    /// The lock that a complaint names, in lines such as `  Who:       root@vm`.
    pub fn from_detail(detail: &str) -> Option<Self> {
        let (_, info) = detail.split_once("Lock Info:")?;
        let mut lock = Self::default();
        for line in info.lines() {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let field = match name.trim() {
                "ID" => &mut lock.id,
                "Path" => &mut lock.path,
                "Operation" => &mut lock.operation,
                "Who" => &mut lock.who,
                "Version" => &mut lock.version,
                "Created" => &mut lock.created,
                _ => continue,
            };
            *field = value.trim().into();
        }
        Some(lock)
    }

    /// The lock in `.NAME.lock.info`, which stands beside a local state.
    pub fn from_file(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Who holds it, since when and for what, in a sentence.
    pub fn in_words(&self) -> String {
        let or = |line: &Line, other: &str| match line.as_str() {
            "" => other.to_owned(),
            told => told.to_owned(),
        };
        let operation = self.operation.strip_prefix("OperationType");
        let operation = operation.unwrap_or(&self.operation).to_lowercase();
        let since = self.created.split('.').next().unwrap_or_default();
        let zone = if self.created.contains("+0000 UTC") || self.created.ends_with('Z') {
            " UTC"
        } else {
            ""
        };
        format!(
            "{} holds the lock of {} since {}{zone}, for {}",
            or(&self.who, "somebody"),
            or(&self.path, "the state"),
            or(&since.replace('T', " ").as_str().into(), "an unknown time"),
            or(&operation.into(), "an unknown operation"),
        )
    }
}
