//! The OCI client against a server on loopback that does as it is told, and against recorded
//! answers.

mod exchange;
mod failures;
mod lab;
mod recorded;
mod server;
