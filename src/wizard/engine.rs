//! What makes the network and the nodes: k3scope itself, or Terraform, and which one was found.

use super::field::{Choice, Field};
use super::key::Key;
use super::machine::Wizard;
use super::remark::{Remark, Weight, sentences};
use super::steps::shapes::{action, choice};
use crate::domain::setup::{Answer, Topic};

/// The value of `provision.engine` that means Terraform or OpenTofu.
pub(super) const TERRAFORM: &str = "terraform";

const ABOUT: &str = "`k3scope itself` needs nothing installed; Terraform or OpenTofu works in tf-k3s/, \
                     a folder that you can own and run without k3scope.";
const AGAIN: &str = "Looks for Terraform or OpenTofu again.";

impl Wizard {
    /// The choice, and a second look where a program is needed and was not found.
    pub(super) fn engine_fields(&self) -> Vec<Field> {
        let choices = vec![
            Choice::new("direct", "k3scope itself"),
            Choice::new(TERRAFORM, "Terraform or OpenTofu"),
        ];
        let mut fields = vec![choice(self, Key::Engine, "Made by", ABOUT, choices)];
        if self.uses_terraform() && matches!(self.facts().program, Answer::Failed(_)) {
            fields.push(action(Key::CheckProgram, "Look again", AGAIN, true));
        }
        fields
    }

    /// Which program was found, or what is in the way.
    pub(super) fn engine_remark(&self) -> Option<Remark> {
        if !self.uses_terraform() {
            return None;
        }
        if self.is_asking(Topic::Program) {
            return Some(Remark::on(Key::Engine, Weight::Busy, "looking for it"));
        }
        match &self.facts().program {
            Answer::Known(found) => {
                let (product, version, path) = (&found.product, &found.version, &found.path);
                let said = format!("{product} {version} was found at {path}");
                Some(Remark::on(Key::Engine, Weight::Note, said))
            }
            // It may be installed until it is needed.
            Answer::Failed(problem) => {
                let said = sentences(problem);
                Some(Remark::on(Key::Engine, Weight::Warn, said))
            }
            Answer::Unasked | Answer::Asked => None,
        }
    }

    fn uses_terraform(&self) -> bool {
        self.value(Key::Engine) == TERRAFORM
    }
}
