//! What Terraform complains of, as it tells it.
//!
//! The quoted line of configuration is left out: it may be one of a file of secrets.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::line::Line;
use crate::domain::text;

/// The longest text of a diagnostic that is kept, in characters.
const LONGEST: usize = 4_000;

/// How bad it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The command fails.
    #[default]
    Error,
    /// It goes on.
    #[serde(other)]
    Warning,
}

/// One complaint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Diagnostic {
    /// How bad it is.
    #[serde(default)]
    pub severity: Severity,
    /// What; of a provider, often several lines.
    #[serde(default, deserialize_with = "block")]
    pub summary: String,
    /// More about it.
    #[serde(default, deserialize_with = "block")]
    pub detail: String,
    /// The resource that it is about.
    #[serde(default)]
    pub address: Line,
    /// When it was told.
    #[serde(skip)]
    pub at: Option<Timestamp>,
    /// Where in the configuration.
    #[serde(default)]
    range: Option<Range>,
    #[serde(default)]
    snippet: Option<Snippet>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Range {
    #[serde(default)]
    filename: Line,
    #[serde(default)]
    start: Start,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
struct Start {
    #[serde(default)]
    line: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Snippet {
    #[serde(default)]
    context: Option<Line>,
}

impl Diagnostic {
    /// Whether the command fails for it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// File and line in the configuration: `main.tf:13`.
    pub fn place(&self) -> Option<String> {
        let range = self.range.as_ref()?;
        Some(format!("{}:{}", range.filename, range.start.line))
    }

    /// The address of the block that it points at: `oci_core_vcn.this` for
    /// `resource "oci_core_vcn" "this"`. All of several resources share one block.
    pub fn block(&self) -> Option<String> {
        let context = self.snippet.as_ref()?.context.as_ref()?;
        let quoted = context.strip_prefix("resource ")?;
        let mut names = quoted.split('"').skip(1).step_by(2);
        Some(format!("{}.{}", names.next()?, names.next()?))
    }

    /// Summary and detail, each on lines of their own.
    pub fn words(&self) -> String {
        let parts = [self.summary.trim_end(), self.detail.trim_end()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("\n")
    }
}

/// Several lines of text, made harmless; nothing where it is no text.
fn block<'de, D: Deserializer<'de>>(given: D) -> Result<String, D::Error> {
    let given = Value::deserialize(given)?;
    let given = given.as_str().unwrap_or_default();
    Ok(text::block(given, LONGEST))
}
