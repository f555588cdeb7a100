//! The program as a whole: sources and long tasks on one side, the store in the middle, and what
//! reads it on the other.

pub mod acting;
mod asked;
pub mod begin;
pub mod cloud;
mod exec;
pub mod feeds;
mod forwarding;
mod guest;
pub mod headless;
mod input;
pub mod journey;
pub mod notify;
mod open;
pub mod permit;
pub mod planning;
mod publishing;
pub mod reading;
mod record;
pub mod records;
pub mod rendered;
mod replay;
mod run;
mod seeking;
pub mod setup;
pub mod takeover;

pub use guest::Guest;
pub use input::{Input, Inputs};
pub use record::Recorder;
pub use replay::{Recording, ReplayError};
pub use run::{App, End, Session};
pub use seeking::Seeker;
