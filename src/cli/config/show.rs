//! `k3scope config show`: what counts, and where it comes from.

use super::check;
use crate::cli::{Exit, Failure, Globals, output};
use crate::config::{Origin, Setting};
use crate::domain::text;

/// Arguments of `config show`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Print a JSON array.
    #[arg(long)]
    json: bool,
}

pub(in crate::cli) fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    let loaded = globals.load()?;
    check::warn(globals, &loaded.untrusted)?;
    let settings = loaded.settings();
    if args.json {
        output::json_line(&settings)?;
    } else {
        output::text(&table(&settings, &globals.config.display().to_string()))?;
    }
    Ok(Exit::Well)
}

fn table(settings: &[Setting], file: &str) -> String {
    let rows: Vec<(String, String)> = settings
        .iter()
        .map(|setting| {
            let value = text::line(&format!("{} = {}", setting.key, setting.value));
            (value, origin(setting.origin, file))
        })
        .collect();
    let widths = rows.iter().map(|(value, _)| value.chars().count());
    let widest = widths.max().unwrap_or(0);
    let lines: Vec<String> = rows
        .iter()
        .map(|(value, origin)| format!("{value:widest$}  # {origin}\n"))
        .collect();
    lines.concat()
}

fn origin(origin: Origin, file: &str) -> String {
    match origin {
        Origin::File(position) => format!("{file}:{}", position.line),
        Origin::Layout { layout } => format!("layout {layout}"),
        Origin::Default => "default".to_owned(),
    }
}
