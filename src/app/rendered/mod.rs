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

use crate::config::files::Unfit;
use crate::config::{Home, Loaded, Workspace};
use crate::render::{self, FOLDER, IMPORTS, Import, Paths, RenderError, Tree};

/// What the folder takes over as it stands: [`tree`] knows nothing of the cloud, and a rendering that
/// does not look there keeps this.
pub fn imports(loaded: &Loaded) -> Result<Vec<Import>, Unfit> {
    let folder = Workspace::beside(&loaded.path).root.join(FOLDER);
    let text = compare::read(&folder, IMPORTS)?.unwrap_or_default();
    Ok(render::imports_in(&String::from_utf8_lossy(&text)))
}

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
