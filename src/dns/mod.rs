//! Questions to name servers, and their answers.
//!
//! Owns the wire (UDP, and TCP where an answer is cut), and who is asked where nobody is named: the
//! system's resolvers. What an answer means for a record is not known here.

mod addresses;
mod ask;
mod reply;
mod system;

pub use addresses::addresses;
pub use ask::{AskError, PORT, Question, Sought, ask};
pub use reply::Reply;
pub use system::system_resolvers;
