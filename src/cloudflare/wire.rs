//! What the API sends: the envelope around every answer, and what is in it.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::record::PublishedRecord;

/// The envelope.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<T> {
    pub(super) success: bool,
    pub(super) result: Option<T>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) errors: Vec<Complaint>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) result_info: ResultInfo,
}

fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ResultInfo {
    pub(super) total_pages: u32,
}

/// One error, with what led to it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Complaint {
    pub(super) code: u32,
    message: String,
    error_chain: Vec<Complaint>,
}

impl Complaint {
    pub(super) fn to_words(&self) -> String {
        let mut words = format!("{} ({})", self.message, self.code);
        for cause in &self.error_chain {
            words.push_str(": ");
            words.push_str(&cause.to_words());
        }
        words
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Token {
    pub(super) status: String,
    #[serde(default)]
    pub(super) expires_on: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WireZone {
    pub(super) id: String,
    pub(super) name: Line,
    #[serde(default)]
    pub(super) status: Line,
    #[serde(default)]
    pub(super) permissions: Option<Vec<Line>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WireRecord {
    id: Line,
    name: Line,
    r#type: Line,
    content: Line,
    #[serde(deserialize_with = "nullable")]
    proxied: bool,
    ttl: u32,
    #[serde(deserialize_with = "nullable")]
    comment: Line,
    #[serde(deserialize_with = "nullable")]
    tags: Vec<Line>,
    modified_on: Option<String>,
}

impl From<(&Line, WireRecord)> for PublishedRecord {
    fn from((zone, wire): (&Line, WireRecord)) -> Self {
        Self {
            id: ObjectRef {
                namespace: zone.clone(),
                name: wire.id,
            },
            name: wire.name,
            kind: wire.r#type,
            content: wire.content,
            proxied: wire.proxied,
            ttl: wire.ttl,
            comment: wire.comment,
            tags: wire.tags,
            modified: wire
                .modified_on
                .and_then(|text| text.parse::<Timestamp>().ok()),
        }
    }
}
