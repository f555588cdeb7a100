//! What was typed so far, as it outlives a crash. Secrets are not in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answers::{Answers, NodeRow};
use super::key::{Column, Key, Step};
use crate::domain::text;

/// The form of the file. One of another version is not read.
const VERSION: u32 = 1;

/// More nodes than anybody makes here.
const MOST_NODES: usize = 64;

#[derive(Debug, Serialize, Deserialize)]
struct Draft {
    version: u32,
    step: Step,
    typed: BTreeMap<Key, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<Vec<NodeRow>>,
}

/// The answers and the step as one text.
pub(super) fn write(answers: &Answers, step: Step) -> String {
    let draft = Draft {
        version: VERSION,
        step,
        typed: answers.typed.clone(),
        nodes: answers.nodes.clone(),
    };
    serde_json::to_string(&draft).unwrap_or_default()
}

/// The answers and the step of a draft, unless it is none of ours.
pub(super) fn read(draft: &str) -> Option<(Answers, Step)> {
    let draft: Draft = serde_json::from_str(draft).ok()?;
    if draft.version != VERSION {
        return None;
    }
    let clean = |(key, value): (Key, String)| (!key.is_secret()).then(|| (key, text::line(&value)));
    let answers = Answers {
        typed: draft.typed.into_iter().filter_map(clean).collect(),
        nodes: draft
            .nodes
            .map(|nodes| nodes.into_iter().take(MOST_NODES).map(cleaned).collect()),
        ..Answers::default()
    };
    Some((answers, draft.step))
}

fn cleaned(mut row: NodeRow) -> NodeRow {
    use strum::IntoEnumIterator;
    for column in Column::iter() {
        let text = text::line(row.text(column));
        row.set(column, text);
    }
    row.role = text::line(&row.role);
    row.subnet = text::line(&row.subnet);
    row
}
