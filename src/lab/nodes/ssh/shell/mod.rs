//! A small command interpreter over a machine: enough for what a person and a program type who look
//! after a node, answered from the machine's state and changing it.
//!
//! It knows quoting, `;`, `&&`, `||`, pipes and output redirections; no variables, no substitutions,
//! no control flow, nothing in the background; a command reads what its client sends, a shell at a
//! terminal hands nothing on. A pipe's left side ends before its right side begins, and hands on a
//! bounded amount. Commands are rows of a
//! table (`run.rs`), each with the options that looking after a node needs; what is not in it is not
//! found. Files have no owners and folders no modes of their own: what only root may read and write
//! goes by path.

mod bootstrap;
mod edit;
mod files;
mod filters;
mod firewall;
mod io;
mod journal;
mod kubectl;
mod reach;
mod routes;
mod run;
mod script;
mod sudo;
mod system;
mod tail;
mod transient;
mod units;
mod words;

use crate::clock::Clock;
use crate::lab::nodes::{Machine, Machines};

pub(super) use io::{Io, Sent};
pub(in crate::lab) use script::{Command, Pipeline, Redirection, When, parse};
pub(in crate::lab) use words::Stream;

/// Where a login begins.
const HOME: &str = "/home/ubuntu";

/// Who runs a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum User {
    Ubuntu,
    Root,
}

/// A login's shell.
#[derive(Clone)]
pub(super) struct Shell {
    machine: Machine,
    machines: Machines,
    clock: Clock,
    user: User,
    folder: String,
    /// The permissions that new files do not get.
    umask: u32,
    status: u8,
    over: bool,
}

impl Shell {
    /// The shell of `ubuntu` on a machine.
    pub(super) fn new(machine: &Machine, machines: &Machines, clock: Clock) -> Self {
        Self {
            machine: machine.clone(),
            machines: machines.clone(),
            clock,
            user: User::Ubuntu,
            folder: HOME.to_owned(),
            umask: 0o022,
            status: 0,
            over: false,
        }
    }

    /// The clock of its world.
    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    /// The last command's exit status.
    pub(super) fn status(&self) -> u8 {
        self.status
    }

    /// Whether it was told to exit.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// What a login at a terminal sees first.
    pub(super) fn greeting() -> String {
        format!(
            "Welcome to Ubuntu 24.04.3 LTS (GNU/Linux {} aarch64)\n\n\
             A machine of the k3scope lab: commands are played, not run.\n\n",
            system::KERNEL
        )
    }

    /// What stands before the place where one types.
    pub(super) fn prompt(&self) -> String {
        let folder = match self.folder.strip_prefix(HOME) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("~{rest}"),
            _ => self.folder.clone(),
        };
        let (user, mark) = match self.user {
            User::Ubuntu => ("ubuntu", '$'),
            User::Root => ("root", '#'),
        };
        format!("{user}@{}:{folder}{mark} ", self.machine.name())
    }

    /// A path as written, from the root on.
    fn path(&self, written: &str) -> String {
        let whole = match written.strip_prefix('~') {
            Some(rest) => format!("{HOME}{rest}"),
            None if written.starts_with('/') => written.to_owned(),
            None => format!("{}/{written}", self.folder),
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in whole.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        format!("/{}", parts.join("/"))
    }
}
