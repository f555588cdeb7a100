//! What a person is shown when something went wrong.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A failure in a person's words: what, why as far as it is known, and what to do next.
///
/// All texts are already sanitised (see [`super::text`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// One line: what did not work.
    pub title: String,
    /// The evidence: the other side's own message, in full.
    pub detail: String,
    /// What to do about it.
    pub next: String,
    /// The request's identifier (`opc-request-id`), for the provider's support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}
