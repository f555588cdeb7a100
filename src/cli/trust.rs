//! `k3scope trust`: lets the keys of this `cluster.toml` that execute or redirect take effect.

use std::path::Path;

use super::{Exit, Failure, Globals, output};
use crate::config::{Config, Guarded, Home, TrustStore, guarded};
use crate::domain::text;

/// Arguments of `trust`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only show the keys and whether they are trusted.
    #[arg(long, conflicts_with = "revoke")]
    show: bool,
    /// Trust this file's keys no more.
    #[arg(long)]
    revoke: bool,
    /// Print the keys and whether they are trusted as one JSON object.
    #[arg(long, conflicts_with = "revoke")]
    json: bool,
}

/// What `--json` prints.
#[derive(serde::Serialize, schemars::JsonSchema)]
pub(super) struct Trust {
    /// Whether the keys take effect.
    trusted: bool,
    /// The keys of the file that execute or redirect.
    keys: Vec<Guarded>,
}

pub(super) fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    let path = &globals.config;
    let store = TrustStore::of(&Home::of_user());
    if args.revoke {
        return revoke(&store, path);
    }
    let (config, absolute) = Config::as_written(path).map_err(Failure::configuration)?;
    let keys = guarded(&config);
    if !args.show && !keys.is_empty() {
        store
            .add(&absolute, &keys)
            .map_err(|error| unwritten(&error))?;
    }
    let trusted = store.allows(&absolute, &config);
    if args.json {
        output::json_line(&Trust { trusted, keys })?;
        return Ok(Exit::Well);
    }
    output::text(&listing(path, &keys))?;
    if keys.is_empty() {
        return Ok(Exit::Well);
    }
    let state = if !args.show {
        "trusted, until one of them changes or the file moves"
    } else if trusted {
        "they take effect"
    } else {
        "they do not take effect; `k3scope trust` lets them"
    };
    output::error_text(&format!("{state}\n"))?;
    Ok(Exit::Well)
}

fn revoke(store: &TrustStore, path: &Path) -> Result<Exit, Failure> {
    let absolute = std::fs::canonicalize(path)
        .or_else(|_| std::path::absolute(path))
        .map_err(Failure::other)?;
    let state = if store.revoke(&absolute).map_err(|error| unwritten(&error))? {
        "no key of this file is trusted any more"
    } else {
        "no key of this file was trusted"
    };
    output::error_text(&format!("{state}\n"))?;
    Ok(Exit::Well)
}

fn unwritten(error: &std::io::Error) -> Failure {
    Failure::other(format!("what is trusted cannot be written down: {error}"))
}

fn listing(path: &Path, keys: &[Guarded]) -> String {
    if keys.is_empty() {
        return format!("{} has no key that executes or redirects\n", path.display());
    }
    keys.iter()
        .map(|guarded| text::line(&format!("{} = {}", guarded.key, guarded.value)) + "\n")
        .collect()
}
