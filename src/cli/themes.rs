//! `k3scope themes`: the themes that are built in.

use super::{Exit, Failure, output};
use crate::theme::{BUILTIN, builtin};

/// Arguments of `themes`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List them, each with what it is for.
    List {
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Print one as TOML.
    Show {
        /// Its name.
        name: String,
    },
}

#[derive(serde::Serialize)]
struct Listed<'a> {
    name: &'a str,
    about: &'a str,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.command {
        Command::List { json } => {
            for (name, _) in BUILTIN {
                let theme = builtin(name).map_err(Failure::other)?;
                if *json {
                    let about = &theme.about;
                    output::json_line(&Listed { name, about })?;
                } else {
                    output::text(&format!("{name:10}  {}\n", theme.about))?;
                }
            }
        }
        Command::Show { name } => {
            builtin(name).map_err(Failure::configuration)?;
            let found = BUILTIN.iter().find(|(each, _)| each == name);
            output::text(found.map_or("", |(_, text)| text))?;
        }
    }
    Ok(Exit::Well)
}
