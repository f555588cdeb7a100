//! As much of Git as a check needs: asks a server over smart HTTP which references it has.
//!
//! It reads; it neither fetches objects nor knows what is in them. What an answer means for a
//! cluster is for the check to say.

mod advertised;
mod remote;

pub(super) use advertised::{Advertised, Named};
pub(super) use remote::{Fault, Remote};
