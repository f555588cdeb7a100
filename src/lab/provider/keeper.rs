//! The process whose life stands for the provider's.
//!
//! Terraform polls the process named beside the socket, and kills it when the socket refuses. So it
//! must not be the lab's own: it is one that waits for the end of a pipe which the lab holds, and so
//! ends with the lab whatever becomes of that.

use std::io;
use std::process::Stdio;

use tokio::process::{Child, Command};

/// Reads until its input ends and does nothing else.
const WAITER: &str = "cat";
const PATH: &str = "/usr/bin:/bin";

/// The process; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Keeper {
    child: Child,
}

impl Keeper {
    /// Starts it in a group of its own, so that Ctrl-C on the lab's terminal does not reach it.
    pub(super) fn start() -> io::Result<Self> {
        let child = Command::new(WAITER)
            .env_clear()
            .env("PATH", PATH)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self { child })
    }

    /// Its id. Nobody else gets it as long as this lives, even when it has been killed.
    pub(super) fn id(&self) -> Option<u32> {
        self.child.id()
    }
}
