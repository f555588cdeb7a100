//! What a rendering found and did, for people and for scripts.

use schemars::JsonSchema;
use serde::Serialize;

/// How a file stood against what is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Standing {
    /// As it is rendered.
    Same,
    /// Not there.
    Missing,
    /// As an earlier rendering wrote it.
    Outdated,
    /// Somebody wrote to it since.
    Edited,
    /// Rendered no longer, and as it was written.
    Leftover,
    /// Rendered no longer, and somebody wrote to it.
    EditedLeftover,
}

impl Standing {
    /// Whether somebody's work would be lost.
    pub fn is_edited(self) -> bool {
        matches!(self, Self::Edited | Self::EditedLeftover)
    }
}

/// What was done about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Done {
    /// Nothing: it was right, or the run only checked.
    Nothing,
    /// It was written.
    Written,
    /// It was removed.
    Removed,
    /// It was left as somebody edited it.
    Kept,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RenderedFile {
    /// Its path in the workspace.
    pub path: String,
    /// How it stood.
    pub standing: Standing,
    /// What was done about it.
    pub done: Done,
}

/// All files of a rendering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RenderReport {
    /// Whether anything differs from what is rendered, now that the run is over.
    pub differs: bool,
    /// The files, by path.
    pub files: Vec<RenderedFile>,
}

impl RenderReport {
    /// Of `files`, as they are after the run.
    pub fn of(files: Vec<RenderedFile>) -> Self {
        let differs = files.iter().any(|file| {
            file.done == Done::Kept
                || (file.done == Done::Nothing && file.standing != Standing::Same)
        });
        Self { differs, files }
    }
}
