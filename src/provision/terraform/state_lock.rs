//! Who holds the lock of the state: from the complaint about it, and from the file beside the state.

use jiff::{SignedDuration, Timestamp};
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

    /// Since when it is held, where that can be read.
    pub fn since(&self) -> Option<Timestamp> {
        let told = self.created.as_str();
        // The complaint writes `2026-11-22 11:33:28.3 +0000 UTC`, the file `2026-11-22T11:33:28.3Z`.
        let words: Vec<&str> = told.split_whitespace().collect();
        match words.as_slice() {
            [day, time, zone, ..] => format!("{day}T{time}{zone}").parse().ok(),
            _ => told.parse().ok(),
        }
    }

    /// Who holds it, since when and for what, in a sentence, as it is told at `now`.
    pub fn in_words(&self, now: Option<Timestamp>) -> String {
        let or = |line: &Line, other: &str| match line.as_str() {
            "" => other.to_owned(),
            told => told.to_owned(),
        };
        let operation = self.operation.strip_prefix("OperationType");
        let operation = operation.unwrap_or(&self.operation).to_lowercase();
        let since = match self.since() {
            Some(since) => since.strftime("%F %T UTC").to_string(),
            None => or(&self.created, "an unknown time"),
        };
        let age = self.since().zip(now);
        let age = age.map(|(since, now)| format!(" ({} ago)", in_words(now.duration_since(since))));
        format!(
            "{} holds the lock of {} since {since}{}, for {}",
            or(&self.who, "somebody"),
            or(&self.path, "the state"),
            age.unwrap_or_default(),
            or(&operation.as_str().into(), "an unknown operation"),
        )
    }
}

/// A length in its largest unit, in words.
fn in_words(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
