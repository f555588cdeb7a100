//! The second engine: Terraform or OpenTofu, run in the rendered folder.
//!
//! [`Terraform`] runs the program and follows it through files. What the program writes is understood
//! without I/O: [`Messages`] cuts the stream into messages, [`review`] reads a saved plan,
//! [`Hearing`] keeps what any command said, and [`Progress`] tells an apply or a destroy as the
//! direct engine would. `hunt` carries out what was agreed to, in as many runs as that takes.

mod address;
mod asked;
mod blame;
mod diagnostic;
mod environment;
mod follow;
mod hearing;
pub(super) mod hunt;
mod keeper;
mod kept;
mod message;
mod order;
mod program;
mod progress;
mod pulse;
mod refusal;
mod resource;
mod run;
mod show;
mod state_lock;
mod stream;
mod takeover;
mod trouble;
mod values;
mod workspace;

pub use blame::{Ended, problem};
pub use diagnostic::{Diagnostic, Severity};
pub use environment::Environment;
pub use hearing::{Hearing, Interrupt};
pub use keeper::keep;
pub use message::{
    Change, Hook, Message, Output, Product, Provisioning, Said, Span, Summary, Verb,
};
pub use program::Program;
pub use progress::{Progress, Refused};
pub use resource::Resource;
pub use show::{About, Drifted, Purpose, Review, Unreadable, review};
pub use state_lock::StateLock;
pub use stream::{LONGEST, Messages};
pub use takeover::{Known, standing};
pub use trouble::Trouble;
pub(super) use workspace::Wish;
pub use workspace::{Saved, Terraform, UnderWay, address};

#[cfg(test)]
mod tests;
