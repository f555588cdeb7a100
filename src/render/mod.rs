//! What is laid on the nodes, made from the configuration and from `assets/`.
//!
//! Pure and deterministic: the same configuration and token give the same bytes. Reads no file,
//! writes none, and knows nothing of OCI; who sends the result is the caller's business.

mod cloud_config;
mod node;
mod template;
mod user_data;

pub use user_data::{MOST_USER_DATA, RenderError, UserData, user_data};
