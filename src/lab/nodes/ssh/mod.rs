//! The SSH server of a machine: who may log in, what a session runs, and where a tunnel leads.
//!
//! Commands are played on the machine's disk (`shell`), not run. Connections come as streams from the
//! lab's network, which is also asked where a tunnel leads; nothing here listens.

mod login;
mod serve;
mod session;
mod shell;
mod switches;
mod terminal;

pub(in crate::lab) use serve::serve;
pub(in crate::lab) use shell::{Command, Pipeline, Redirection, Stream, When, parse};
pub(in crate::lab) use switches::{Switch, Switches};
pub(in crate::lab) use terminal::{Heard, Terminal};
