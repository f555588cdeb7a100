//! How a node is seen: over SSH, or by its serial console only.

use jiff::Timestamp;

use crate::domain::bootstrap::Stage;

use super::run::NodeRun;

/// How a node is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Nothing of its own way up was seen yet.
    NotYet,
    /// Over SSH.
    Ssh,
    /// By its console only: SSH has never let us in.
    ConsoleOnly,
    /// SSH let us in once and does not since then.
    Lost {
        /// When it was noticed.
        since: Timestamp,
    },
}

impl NodeRun {
    /// How it is seen now.
    pub fn sight(&self) -> Sight {
        let Some(login) = self.stage(Stage::Login) else {
            return Sight::NotYet;
        };
        let script = Stage::of_script(self.node.role);
        let is_begun = self
            .stages
            .iter()
            .any(|each| script.contains(&each.stage) && (each.is_open() || each.is_done()));
        match login.started.filter(|_| login.is_open()) {
            _ if login.is_done() => Sight::Ssh,
            Some(since) if login.again > 0 => Sight::Lost { since },
            _ if is_begun => Sight::ConsoleOnly,
            _ => Sight::NotYet,
        }
    }
}
