//! Performs what the wizard asks for and answers with events: profiles, keys, the account, limits,
//! the zone, every check, and the files of the workspace.
//!
//! One file a question. Secrets come in with an ask and go no further than the file or the request
//! that they are for: no answer, problem or log line holds one. What the form looks like is the
//! wizard's matter.

mod account;
mod api_key;
mod desk;
mod executor;
mod files;
mod limits;
mod preflight;
mod profiles;
mod program;
mod ssh_key;
mod workspace;
mod zone;

pub use desk::Ground;
pub(super) use desk::problem;
pub use executor::Executor;
pub use workspace::draft;
