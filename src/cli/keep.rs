//! `k3scope keep`: the process that outlives k3scope while Terraform runs. Only k3scope starts it.

use std::path::PathBuf;

use super::{Exit, Failure};
use crate::provision::terraform;

/// Arguments of `keep`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The file that says what is run.
    #[arg(id = "begun", value_name = "FILE")]
    begun: PathBuf,
}

pub(super) async fn run(args: &Args) -> Result<Exit, Failure> {
    terraform::keep(&args.begun).await.map_err(Failure::other)?;
    Ok(Exit::Well)
}
