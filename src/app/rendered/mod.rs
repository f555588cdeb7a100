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
