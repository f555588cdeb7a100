//! Which Terraform or OpenTofu would be run: the one that a trusted `cluster.toml` names, or the first
//! on `PATH`.

use super::desk::Desk;
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::setup::{ProgramFound, Told};
use crate::provision::terraform::{Environment, Program};

/// Finds it and asks for its version.
pub(super) async fn find(desk: &Desk) -> Result<Told, Problem> {
    let base = desk.ground.base.as_ref();
    let named = base.and_then(|loaded| loaded.config.provision.terraform.as_deref());
    let found = Program::find(named, &Environment::default(), desk.ground.clock).await?;
    let program = ProgramFound {
        product: Line::new(&found.product.to_string()),
        version: Line::new(&found.version),
        path: Line::new(&found.path.display().to_string()),
    };
    Ok(Told::Program { program })
}
