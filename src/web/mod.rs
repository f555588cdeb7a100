//! Hosts as a visitor meets them: a name resolved, a connection as `[dial]` lets it go, what is
//! presented over TLS, the answer to one request.
//!
//! Nothing is trusted before it was read: what is presented is told first and judged then. No cluster
//! and no store is known here.

mod certificate;
mod fetch;
mod handshake;
mod trust;
mod visitor;

pub use fetch::{Answer, fetch};
pub use handshake::shake;
pub use trust::Judge;
pub use visitor::Visitor;
