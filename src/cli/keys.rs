//! `k3scope keys`: which key does what.

use super::{Exit, Failure, output, own_keys};
use crate::keymap::{Keymap, entries, markdown};

/// Arguments of `keys`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print one JSON object a line.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print tables in Markdown.
    #[arg(long)]
    markdown: bool,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let keymap = own_keys::keymap()?;
    if args.markdown {
        output::text(&markdown(&keymap))?;
    } else if args.json {
        for entry in entries(&keymap) {
            output::json_line(&entry)?;
        }
    } else {
        output::text(&text(&keymap))?;
    }
    Ok(Exit::Well)
}

fn text(keymap: &Keymap) -> String {
    let entries = entries(keymap);
    let shown: Vec<String> = entries.iter().map(|entry| entry.shown.join(", ")).collect();
    let widest = shown
        .iter()
        .map(|keys| keys.chars().count())
        .max()
        .unwrap_or(0);
    let mut lines: Vec<String> = Vec::new();
    let mut place = None;
    for (entry, keys) in entries.iter().zip(&shown) {
        if place != Some(entry.context) {
            if place.is_some() {
                lines.push(String::new());
            }
            lines.push(entry.context.title().to_owned());
            place = Some(entry.context);
        }
        lines.push(format!(
            "  {keys:widest$}  {:16}  {}",
            entry.command, entry.what
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}
