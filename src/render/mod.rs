//! What is laid on the nodes, and the folder that makes them with Terraform, from the configuration
//! and from `assets/`.
//!
//! Pure and deterministic: the same configuration and token give the same bytes. Reads no file,
//! writes none, and knows nothing of OCI; who sends or writes the result is the caller's business.

mod cloud_config;
mod imports;
mod node;
mod template;
mod terraform;
mod tree;
mod user_data;

pub use imports::{IMPORTS, Import, imports_in};
pub use terraform::{FOLDER, Paths, SECRETS, SecretVariables, Unreadable, terraform};
pub use tree::Tree;
pub use user_data::{MOST_USER_DATA, RenderError, UserData, join_token_in, user_data};
