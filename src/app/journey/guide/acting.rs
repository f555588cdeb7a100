//! What a person asked to have done about a node: handed to those who follow it, or to whoever gives
//! the terminal away. What is refused is told as an act that failed.

use super::Guide;
use crate::app::guest::Guest;
use crate::app::journey::teller::problem;
use crate::domain::bootstrap::{BootstrapEvent, NodeAct, Outcome};
use crate::domain::event::What;
use crate::domain::line::Line;
use crate::domain::problem::Problem;

impl Guide {
    /// Has something done about a node, or tells why it is not.
    pub(super) async fn act(&mut self, act: NodeAct) {
        let done = match &act {
            _ if act.writes() && self.start.ground.read_only => {
                let title = "Nothing is changed with --read-only";
                Err(problem(title, "", "Start k3scope without --read-only."))
            }
            NodeAct::Shell { node } => self.open_shell(node),
            NodeAct::RunAgain { .. }
            | NodeAct::Rejoin { .. }
            | NodeAct::GiveToken { .. }
            | NodeAct::Forget { .. }
            | NodeAct::Trust { .. }
            | NodeAct::SaveLog { .. } => self.hand_on(act.clone()),
        };
        if let Err(problem) = done {
            let outcome = Outcome::Failed { problem };
            let event = BootstrapEvent::Acted { act, outcome };
            self.teller.tell(What::Bootstrap(event)).await;
        }
    }

    fn hand_on(&self, act: NodeAct) -> Result<(), Problem> {
        let Some(following) = &self.following else {
            let title = "The nodes are not followed now";
            return Err(problem(title, "", "Follow them first."));
        };
        following.act(act).map_err(|_| {
            let title = "Too much waits to be done about nodes";
            problem(title, "", "Try that again in a moment.")
        })
    }

    fn open_shell(&mut self, node: &Line) -> Result<(), Problem> {
        let Some(guests) = self.start.guests.clone() else {
            let title = "There is no terminal to give to a shell";
            let next = format!("Open it elsewhere: k3scope ssh {node}");
            return Err(problem(title, "", &next));
        };
        let ground = &self.start.ground;
        let loaded = super::read(&ground.config)?;
        let oci = &loaded.config.oci;
        let passphrases = [
            self.executor.passphrase(&oci.config_file, &oci.profile),
            ground.ssh_passphrase.clone(),
        ];
        let guest = Guest::shell(node, &ground.config, passphrases).map_err(|error| {
            let next = format!("Open it elsewhere: k3scope ssh {node}");
            problem("A shell cannot be opened from here", error, &next)
        })?;
        // One that waits already is opened first; a second one is not wanted.
        if guests.try_send(guest).is_err() {
            tracing::debug!("a shell is being opened already");
        }
        Ok(())
    }
}
