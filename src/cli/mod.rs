//! The command line: clap types and one file a subcommand.

use std::process::ExitCode;

/// Runs the command that the program's arguments name.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
