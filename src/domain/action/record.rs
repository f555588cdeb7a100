//! What becomes of DNS records: a few steps at Cloudflare that are taken together, and can be taken back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::words::quoted;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::record::PublishedRecord;

/// Where Cloudflare's API is, for who copies a command.
const API: &str = "https://api.cloudflare.com/client/v4";

/// What becomes of the records of one name and type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordWish {
    /// Type and name.
    pub of: ObjectRef,
    /// What it is meant for.
    pub aim: RecordAim,
    /// What is done, in order.
    pub steps: Vec<RecordStep>,
}

/// What a person wants of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordAim {
    /// Cloudflare stands between.
    Proxy,
    /// The name leads straight to its target.
    Unproxy,
    /// What is wanted and missing is there.
    Publish,
    /// What is published is as wanted.
    Repair,
    /// What nothing wants is gone.
    Delete,
    /// What was done before is undone.
    Undo,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum RecordStep {
    /// A record is made.
    Create {
        /// What it is; Cloudflare gives it its identifier.
        record: Box<PublishedRecord>,
    },
    /// A record becomes another, if it is still the one that was seen.
    Change {
        /// What it was.
        seen: Box<PublishedRecord>,
        /// What it becomes.
        to: Box<PublishedRecord>,
    },
    /// A record goes, if it is still the one that was seen.
    Remove {
        /// What it was.
        seen: Box<PublishedRecord>,
    },
}

impl RecordWish {
    /// What puts everything back as it was before.
    #[must_use]
    pub fn undo(&self) -> Self {
        Self {
            of: self.of.clone(),
            aim: RecordAim::Undo,
            steps: self.steps.iter().rev().map(RecordStep::undo).collect(),
        }
    }

    /// The commands that do the same, in a zone of this identifier.
    pub fn commands(&self, zone: &str) -> Vec<String> {
        let each = self.steps.iter();
        each.map(|step| step.command(zone, &step.record().id.name))
            .collect()
    }
}

impl RecordStep {
    /// The record that it is about: what was seen of it, or what is made.
    pub fn record(&self) -> &PublishedRecord {
        match self {
            Self::Create { record } => record,
            Self::Change { seen, .. } | Self::Remove { seen } => seen,
        }
    }

    fn undo(&self) -> Self {
        match self {
            Self::Create { record } => Self::Remove {
                seen: record.clone(),
            },
            Self::Change { seen, to } => Self::Change {
                seen: to.clone(),
                to: seen.clone(),
            },
            Self::Remove { seen } => {
                let mut record = seen.clone();
                // Made anew, it gets another identifier.
                record.id.name = Line::default();
                Self::Create { record }
            }
        }
    }

    /// What is sent along, as Cloudflare's API takes it; nothing where the address says all.
    pub fn body(&self) -> Option<Value> {
        match self {
            Self::Create { record } => Some(Value::Object(fields(record))),
            Self::Change { seen, to } => {
                let before = fields(seen);
                let mut changed = fields(to);
                changed.retain(|key, value| before.get(key) != Some(value));
                Some(Value::Object(changed))
            }
            Self::Remove { .. } => None,
        }
    }

    /// The command that does the same to the record with the identifier `record`.
    pub fn command(&self, zone: &str, record: &str) -> String {
        let records = format!("{API}/zones/{zone}/dns_records");
        let (method, url) = match self {
            Self::Create { .. } => ("POST", records),
            Self::Change { .. } => ("PATCH", format!("{records}/{record}")),
            Self::Remove { .. } => ("DELETE", format!("{records}/{record}")),
        };
        // The token's name is for the shell to fill in: it stands in nobody's log.
        let mut command =
            format!("curl -X {method} -H \"Authorization: Bearer $CLOUDFLARE_API_TOKEN\" {url}");
        if let Some(body) = self.body() {
            command.push_str(" --json ");
            command.push_str(&quoted(&body.to_string()));
        }
        command
    }
}

fn fields(record: &PublishedRecord) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("type".to_owned(), json!(record.kind));
    fields.insert("name".to_owned(), json!(record.name));
    fields.insert("content".to_owned(), json!(record.content));
    // A proxied record has no time of its own.
    let ttl = if record.proxied { 1 } else { record.ttl.max(1) };
    fields.insert("ttl".to_owned(), json!(ttl));
    fields.insert("proxied".to_owned(), json!(record.proxied));
    if !record.comment.is_empty() {
        fields.insert("comment".to_owned(), json!(record.comment));
    }
    if !record.tags.is_empty() {
        fields.insert("tags".to_owned(), json!(record.tags));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn docs() -> PublishedRecord {
        PublishedRecord {
            id: ObjectRef::new("example.com", "1f"),
            name: "docs.example.com".into(),
            kind: "A".into(),
            content: "203.0.113.7".into(),
            ttl: 300,
            ..PublishedRecord::default()
        }
    }

    fn wish(step: RecordStep) -> RecordWish {
        RecordWish {
            of: ObjectRef::new("A", "docs.example.com"),
            aim: RecordAim::Proxy,
            steps: vec![step],
        }
    }

    #[test]
    fn only_what_changes_is_sent_and_the_token_stays_a_name() {
        let seen = Box::new(docs());
        let mut to = seen.clone();
        to.proxied = true;
        let wish = wish(RecordStep::Change { seen, to });
        assert_eq!(
            wish.commands("5a"),
            [
                "curl -X PATCH -H \"Authorization: Bearer $CLOUDFLARE_API_TOKEN\" \
              https://api.cloudflare.com/client/v4/zones/5a/dns_records/1f \
              --json '{\"proxied\":true,\"ttl\":1}'"
            ]
        );
        let back = wish.undo();
        let body = back.steps[0].body().unwrap();
        assert_eq!(body, json!({"proxied": false, "ttl": 300}));
        assert_eq!(back.undo().steps, wish.steps);
    }

    #[test]
    fn what_was_removed_is_made_again_with_all_that_it_had() {
        let mut seen = docs();
        seen.comment = "the site".into();
        seen.tags = vec!["team:web".into()];
        let seen = Box::new(seen);
        let back = wish(RecordStep::Remove { seen }).undo();
        let body = back.steps[0].body().unwrap();
        let all = json!({
            "type": "A", "name": "docs.example.com", "content": "203.0.113.7", "ttl": 300,
            "proxied": false, "comment": "the site", "tags": ["team:web"],
        });
        assert_eq!(body, all);
        assert!(back.commands("5a")[0].starts_with("curl -X POST "));
    }
}
