//! What containers have written: lines from a table, dated by when the container started.
//!
//! A log only grows, as a reader that follows it expects.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::AssetError;
use super::object::{dated, items, text};

const TABLE: &str = include_str!("../../../assets/lab/logs.toml");

/// The table of what images write.
pub(crate) struct Logs(Vec<Row>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    log: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(rename = "match")]
    pattern: String,
    #[serde(default)]
    start: Vec<String>,
    hourly: Option<String>,
    #[serde(default)]
    end: Vec<String>,
}

impl Logs {
    /// Reads the embedded table.
    pub(crate) fn load() -> Result<Self, AssetError> {
        let table: Table = toml::from_str(TABLE)
            .map_err(|error| AssetError::new("logs.toml", &error.to_string()))?;
        Ok(Self(table.log))
    }

    /// The lines of a container of `pod` up to `now`; `previous` is the one before this.
    pub(crate) fn lines(
        &self,
        pod: &Value,
        container: &str,
        previous: bool,
        now: Timestamp,
    ) -> Vec<(Timestamp, String)> {
        let containers = items(pod, "/spec/containers").iter();
        let mut named = containers.filter(|known| text(known, "/name") == container);
        let image = named.next().map_or("", |known| text(known, "/image"));
        let Some(row) = self.0.iter().find(|row| image.contains(&row.pattern)) else {
            return Vec::new();
        };
        let statuses = items(pod, "/status/containerStatuses").iter();
        let mut named = statuses.filter(|known| text(known, "/name") == container);
        let Some(status) = named.next() else {
            return Vec::new();
        };
        let running = dated(status, "/state/running/startedAt").filter(|_| !previous);
        let ended = || {
            let state = ["/state/terminated", "/lastState/terminated"];
            state.iter().find_map(|place| {
                let began = dated(status, &format!("{place}/startedAt"))?;
                Some((began, dated(status, &format!("{place}/finishedAt"))?))
            })
        };
        match (running, ended()) {
            (Some(began), _) => row.written(began, now, false),
            (None, Some((began, end))) => row.written(began, end, true),
            (None, None) => Vec::new(),
        }
    }
}

impl Row {
    fn written(&self, began: Timestamp, until: Timestamp, ended: bool) -> Vec<(Timestamp, String)> {
        let mut lines: Vec<_> = self
            .start
            .iter()
            .map(|line| (began, line.clone()))
            .collect();
        if let Some(line) = &self.hourly {
            let hours = until.duration_since(began).as_hours();
            lines.extend((1..=hours).filter_map(|hour| {
                let at = began.checked_add(SignedDuration::from_hours(hour)).ok()?;
                Some((at, line.clone()))
            }));
        }
        if ended {
            lines.extend(self.end.iter().map(|line| (until, line.clone())));
        }
        lines
    }
}
