//! The table as a person reads it: for the help, `k3scope keys` and the README.

use std::fmt::Write as _;

use serde::Serialize;
use strum::IntoEnumIterator;

use super::table::{Context, Keymap};
use crate::command::Command;

/// A command, where it can be asked for, and by which keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Where.
    #[serde(serialize_with = "context_name")]
    pub context: Context,
    /// The command's name.
    pub command: &'static str,
    /// What it does.
    pub what: &'static str,
    /// The keys as they are written in `keymap.toml`.
    pub keys: Vec<String>,
    /// The keys as a person reads them.
    #[serde(skip)]
    pub shown: Vec<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is serde's"
)]
fn context_name<S: serde::Serializer>(context: &Context, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(context.name())
}

/// Everything that has a key, by place and in the order in which commands are declared.
pub fn entries(keymap: &Keymap) -> Vec<Entry> {
    let mut entries = Vec::new();
    for context in Context::iter() {
        for command in Command::iter() {
            let mut sequences = keymap.sequences(context, command).peekable();
            if sequences.peek().is_none() {
                continue;
            }
            let (keys, shown) = sequences
                .map(|sequence| (sequence.to_string(), sequence.shown()))
                .unzip();
            entries.push(Entry {
                context,
                command: command.name(),
                what: command.describe(),
                keys,
                shown,
            });
        }
    }
    entries
}

/// The table as Markdown, one table a place.
pub fn markdown(keymap: &Keymap) -> String {
    let mut text = String::new();
    let mut place = None;
    for entry in entries(keymap) {
        if place != Some(entry.context) {
            if place.is_some() {
                text.push('\n');
            }
            let _ = writeln!(
                text,
                "**{}**\n\n| Key | What it does |\n|---|---|",
                entry.context.title()
            );
            place = Some(entry.context);
        }
        let keys: Vec<String> = entry
            .shown
            .iter()
            .map(|key| format!("`{}`", key.replace('|', "\\|")))
            .collect();
        let _ = writeln!(text, "| {} | {} |", keys.join(" "), entry.what);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_is_missing_from_the_listing() {
        let entries = entries(&Keymap::builtin().unwrap());
        for command in Command::iter() {
            assert!(
                entries.iter().any(|entry| entry.command == command.name()),
                "{command}"
            );
        }
    }

    #[test]
    fn a_table_a_place() {
        let text = markdown(&Keymap::builtin().unwrap());
        assert!(text.contains(
            "**In a list**\n\n| Key | What it does |\n|---|---|\n| `↑` `k` | Move up one row |"
        ));
        assert_eq!(text.matches("|---|---|").count(), Context::iter().count());
    }
}
