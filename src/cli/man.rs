//! `k3scope man`: the manual page (roff), made from the commands themselves.

use clap::CommandFactory;

use super::{Cli, Exit, Failure, output};

/// Arguments of `man`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The command to describe, such as `config check`; without it, the program.
    command: Vec<String>,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut described = &command;
    for name in &args.command {
        described = described
            .find_subcommand(name)
            .ok_or_else(|| Failure::configuration(format!("there is no command `{name}`")))?;
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(described.clone())
        .render(&mut page)
        .map_err(Failure::other)?;
    output::text(&String::from_utf8(page).map_err(Failure::other)?)?;
    Ok(Exit::Well)
}
