//! What one command said from its first line to its last: version, complaints, counts, outputs,
//! interrupts. Serves `init`, `plan`, `apply` and `destroy` alike.

use std::collections::BTreeMap;

use super::blame::{Ended, problem};
use super::diagnostic::Diagnostic;
use super::message::{Message, Output, Product, Provisioning, Said, Span, Summary, Verb};
use super::trouble::Trouble;
use crate::domain::line::Line;
use crate::domain::log_line::{Level, LogLine};
use crate::domain::problem::Problem;

/// The most complaints that are kept.
const MOST: usize = 200;

/// Whether the program was told to stop, as it says itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interrupt {
    /// No.
    #[default]
    None,
    /// Once: what is under way is brought to its end.
    Graceful,
    /// Twice: it left at once, and what was under way may exist without being in the state.
    Forced,
}

/// What was heard of a command.
#[derive(Clone, Debug, Default)]
pub struct Hearing {
    /// Which program, in which version.
    pub version: Option<(Product, Line)>,
    /// Complaints, warnings as well, in their order.
    pub complaints: Vec<Diagnostic>,
    /// What would be done, counted from the changes as they were told.
    pub planned: Summary,
    /// What would be done, as the program counts it.
    pub announced: Option<Summary>,
    /// What was done, as the program counts it; a run that fails does not say.
    pub done: Option<Summary>,
    /// Resources that were changed outside.
    pub drifted: Vec<Line>,
    /// The outputs, by name.
    pub outputs: BTreeMap<Line, Output>,
    /// Whether it was told to stop.
    pub interrupt: Interrupt,
}

impl Hearing {
    /// Hears a message. What a log should keep of it is given back.
    pub fn on(&mut self, message: &Message) -> Option<LogLine> {
        match &message.said {
            Said::Version {
                product, version, ..
            } => self.version = Some((*product, version.clone())),
            Said::Log => self.interrupted(&message.text),
            Said::Planned(change) if !change.resource.is_data() => self.count(change.action),
            Said::Drift(change) if !change.resource.is_data() => {
                self.drifted.push(change.resource.addr.clone());
            }
            Said::Summary(summary) if summary.done => self.done = Some(*summary),
            Said::Summary(summary) => self.announced = Some(*summary),
            Said::Outputs(outputs) => self.outputs.clone_from(outputs),
            Said::Diagnostic(complaint) if self.complaints.len() < MOST => {
                self.complaints.push((**complaint).clone());
            }
            Said::Planned(_)
            | Said::Drift(_)
            | Said::Diagnostic(_)
            | Said::Init(_)
            | Said::Refresh(..)
            | Said::Apply(..)
            | Said::Provision(..)
            | Said::Ephemeral(..)
            | Said::StateLock
            | Said::Test(_)
            | Said::Unknown(_)
            | Said::Plain => {}
        }
        noted(message)
    }

    /// Why the command (`plan the cluster`) did not end well; nothing where it did.
    pub fn problem(&self, what: &str, ended: Ended, stderr: &str) -> Option<Problem> {
        problem(what, &self.complaints, ended, stderr)
    }

    /// What the most urgent complaint comes down to, for who decides what happens next.
    pub fn trouble(&self) -> Option<Trouble> {
        let errors = self.complaints.iter().filter(|it| it.is_error());
        errors.map(Trouble::of).min_by_key(Trouble::rank)
    }

    fn interrupted(&mut self, text: &str) {
        let text = text.trim();
        if text.starts_with("Two interrupts received") {
            self.interrupt = Interrupt::Forced;
        } else if text.starts_with("Interrupt received") {
            self.interrupt = self.interrupt.max(Interrupt::Graceful);
        }
    }

    fn count(&mut self, action: Verb) {
        let planned = &mut self.planned;
        match action {
            Verb::Create => planned.add += 1,
            Verb::Update => planned.change += 1,
            Verb::Delete => planned.remove += 1,
            Verb::Import => planned.import += 1,
            Verb::Forget => planned.forget += 1,
            Verb::Replace => {
                planned.add += 1;
                planned.remove += 1;
            }
            Verb::Noop | Verb::Read | Verb::Move | Verb::Other => {}
        }
    }
}

/// The line for the log; what is told by events of its own, or would only repeat, has none.
fn noted(message: &Message) -> Option<LogLine> {
    let text = match &message.said {
        Said::Log
        | Said::Init(_)
        | Said::StateLock
        | Said::Test(_)
        | Said::Plain
        | Said::Version { .. }
        | Said::Diagnostic(_)
        | Said::Provision(Provisioning::Output(_) | Provisioning::Span(Span::Errored), _)
        | Said::Ephemeral(Span::Start | Span::Errored, _) => message.text.clone(),
        Said::Unknown(kind) => format!("{kind}: {}", message.text).into(),
        Said::Planned(_)
        | Said::Drift(_)
        | Said::Summary(_)
        | Said::Outputs(_)
        | Said::Refresh(..)
        | Said::Apply(..)
        | Said::Provision(Provisioning::Span(_), _)
        | Said::Ephemeral(..) => return None,
    };
    // A diagnostic that does not end the run is a warning, whatever its line says.
    let warns = matches!(&message.said, Said::Diagnostic(complaint) if !complaint.is_error());
    let level = if warns { Level::Warn } else { message.level };
    let text = Line::new(text.trim());
    (!text.is_empty()).then(|| LogLine {
        level,
        by: "terraform".into(),
        text,
    })
}
