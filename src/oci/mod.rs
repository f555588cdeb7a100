//! The OCI client: the profile file, request signing, endpoints, paging, retries, and errors that
//! say what to do.
//!
//! It knows of HTTP and of OCI's documents, and of nothing of ours but the clock: identifiers are
//! plain text, and text that OCI sent is handed on as it came, bounded in length. Who shows it
//! makes it harmless first.

mod client;
mod endpoints;
mod error;
mod evidence;
mod key;
pub mod model;
mod operations;
mod profile;
mod retry;
mod signing;
mod tenancy;
#[cfg(test)]
mod vectors;

pub use client::{Client, Method, Request, Resource, Text};
pub use endpoints::{Endpoints, Service};
pub use error::{Error, TransportKind};
pub use evidence::{Evidence, Signer};
pub use key::{KeyError, NewKey, SigningKey};
pub use profile::{Outline, Profile, ProfileError, is_ocid};
pub use retry::{Observer, Retries, RetryToken, RetryTokenError, Retrying};
pub use tenancy::{Across, limit};
