//! `k3scope init`: writes an annotated `cluster.toml`, and never over one that is there.

use std::io::{ErrorKind, Write};

use clap::ValueEnum;

use super::{Exit, Failure, Globals, output};
use crate::config::{Layout, annotated};

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The nodes to begin with.
    #[arg(long, value_enum, default_value = "reference")]
    layout: BuiltIn,
    /// Replace a file that is there.
    #[arg(long)]
    force: bool,
}

/// The layouts that come with nodes.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum BuiltIn {
    /// Ingress, server and worker: 4 OCPU and 24 GB.
    Reference,
    /// Ingress and a server that also takes workloads: 2 OCPU and 12 GB.
    Compact,
}

pub(super) fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    let layout = match args.layout {
        BuiltIn::Reference => Layout::Reference,
        BuiltIn::Compact => Layout::Compact,
    };
    let shown = globals.config.display();
    let mut open = std::fs::OpenOptions::new();
    open.write(true);
    if args.force {
        open.create(true).truncate(true);
    } else {
        open.create_new(true);
    }
    open.open(&globals.config)
        .and_then(|mut file| file.write_all(annotated(layout).as_bytes()))
        .map_err(|error| {
            if error.kind() == ErrorKind::AlreadyExists {
                let title = format!("{shown} is there already");
                Failure::refused(&title, "", "`--force` replaces it")
            } else {
                Failure::other(format!("{shown} cannot be written: {error}"))
            }
        })?;
    output::error_text(&format!("{shown} written: layout {layout}\n"))?;
    Ok(Exit::Well)
}
