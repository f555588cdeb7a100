//! The OCI client against a server on loopback that does as it is told, and against recorded
//! answers.

mod exchange;
mod failures;
mod hostile;
mod lab;
mod recorded;
mod repeats;
pub(crate) mod server;
