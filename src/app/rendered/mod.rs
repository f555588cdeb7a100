//! Rendered folders in the workspace: what stands there against what is rendered, and writing it
//! without a word of the operator's getting lost.
//!
//! A manifest beside the files holds the checksum of each as it was written. A file that differs from
//! its checksum was edited and is written over only where somebody agreed; what the manifest does not
//! name and is not rendered is none of ours.

mod compare;
mod manifest;
mod report;
mod secrets;
mod write;

pub use compare::{Compared, Comparison};
pub use manifest::MANIFEST;
pub use report::{Done, RenderReport, RenderedFile, Standing};
pub use secrets::{Secrets, SecretsError};

use crate::config::{Home, Loaded, Workspace};
use crate::render::{self, Paths, RenderError, Tree};

/// The folder that makes the cluster of `loaded`, as it is rendered on this machine.
pub fn tree(loaded: &Loaded) -> Result<Tree, RenderError> {
    let workspace = Workspace::beside(&loaded.path);
    let home = Home::of_user();
    let paths = Paths {
        workspace: &workspace.root,
        home: home.folder.as_deref(),
    };
    render::terraform(&loaded.config, paths)
}
