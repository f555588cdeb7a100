//! The only writer to standard output and standard error.
//!
//! A reader that went away (`k3scope … | head`) ends a command quietly.

use std::io::{self, Write};

use serde::Serialize;

use super::{Exit, Failure};
use crate::domain::problem::Problem;

/// Writes a text to standard output.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    bytes(text.as_bytes())
}

/// Writes what another program printed to standard output, as it is.
pub(super) fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    whole(io::stdout().lock(), bytes)
}

/// Writes what another program printed to standard error, as it is.
pub(super) fn error_bytes(bytes: &[u8]) -> Result<(), Failure> {
    whole(io::stderr().lock(), bytes)
}

/// Writes one line of JSON to standard output.
pub(super) fn json_line(value: &impl Serialize) -> Result<(), Failure> {
    let line = serde_json::to_string(value).map_err(Failure::other)?;
    text(&format!("{line}\n"))
}

/// Writes a text to standard error.
pub(super) fn error_text(text: &str) -> Result<(), Failure> {
    error_bytes(text.as_bytes())
}

/// Shows clap's own words (help, version, a usage error) where they belong.
pub(super) fn usage(error: &clap::Error) -> Exit {
    if let Err(error) = error.print() {
        tracing::debug!(%error, "usage could not be shown");
    }
    if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Well
    }
}

/// A problem in lines: what, the evidence, the request, what to do.
pub(super) fn problem(problem: &Problem) -> String {
    let mut lines = vec![problem.title.clone()];
    lines.extend(problem.detail.lines().map(|line| format!("  {line}")));
    lines.extend(
        problem
            .request_id
            .iter()
            .map(|id| format!("  request {id}")),
    );
    if !problem.next.is_empty() {
        lines.push(format!("  ▸ {}", problem.next));
    }
    lines.join("\n")
}

fn whole(mut out: impl Write, bytes: &[u8]) -> Result<(), Failure> {
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| unwritten(&error))
}

fn unwritten(error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Failure::unheard()
    } else {
        Failure::other(format!("cannot write: {error}"))
    }
}
