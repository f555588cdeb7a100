//! A run while it runs: bars on a terminal, lines elsewhere. Always on standard error.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::hunting::{self, Countdown};
use crate::cli::output;
use crate::domain::hunt::HuntEvent;
use crate::domain::plan::{Operation, ResourceKey};
use crate::domain::problem::Problem;
use crate::store::run::{self, Run};
use crate::term;

/// What is on the screen of a run.
pub(super) struct Progress {
    screen: MultiProgress,
    bars: BTreeMap<ResourceKey, ProgressBar>,
    countdown: Countdown,
    live: bool,
    /// Failures whose reason may still be told; not kept where the first word is the last.
    unexplained: Option<BTreeSet<ResourceKey>>,
    /// What is said once a question that stands has been answered.
    unsaid: Option<Vec<String>>,
}

impl Progress {
    /// `explains_later` is whether the reason of a failure may be told after the failure.
    pub(super) fn begin(explains_later: bool) -> Self {
        Self {
            screen: MultiProgress::with_draw_target(target()),
            bars: BTreeMap::new(),
            countdown: Countdown::default(),
            live: io::stderr().is_terminal(),
            unexplained: explains_later.then(BTreeSet::new),
            unsaid: None,
        }
    }

    /// Leaves the terminal to a question: nothing is drawn, and what is said waits.
    pub(super) fn pause(&mut self) {
        if self.screen.clear().is_err() {
            tracing::debug!("the bars could not be cleared");
        }
        self.screen.set_draw_target(ProgressDrawTarget::hidden());
        self.unsaid.get_or_insert_default();
    }

    /// Draws again, and says what was not said meanwhile.
    pub(super) fn resume(&mut self) {
        let Some(unsaid) = self.unsaid.take() else {
            return;
        };
        self.screen.set_draw_target(target());
        for line in unsaid {
            self.say(&line);
        }
    }

    /// Shows where the step `key` stands now.
    pub(super) fn show(&mut self, run: &Run, key: &ResourceKey) {
        let Some(step) = run.plan.steps.iter().find(|step| step.key == *key) else {
            return;
        };
        let Some(now) = run.step(key) else { return };
        let label = format!("{} {}", step.kind, step.name);
        match &now.progress {
            run::Progress::Waiting => {}
            run::Progress::Started => self.running(key, label, ""),
            run::Progress::Settling(state) => self.running(key, label, state),
            run::Progress::Retrying { reason, at } => {
                self.running(
                    key,
                    label,
                    &format!("{reason}; again at {}", at.strftime("%T")),
                );
            }
            run::Progress::Finished => {
                let took = now
                    .started
                    .zip(now.ended)
                    .map(|(since, at)| at.duration_since(since));
                let took = took.unwrap_or_default().as_secs_f64();
                self.ended(key, &format!("✔ {label}  {took:.1} s"));
            }
            run::Progress::Failed(problem) => self.failed(run, key, &label, problem),
        }
    }

    /// A failure is told once, with its reason: where that may come later, at the second telling or at
    /// the end of the run.
    fn failed(&mut self, run: &Run, key: &ResourceKey, label: &str, problem: &Problem) {
        if let Some(unexplained) = &mut self.unexplained
            && run.outcome.is_none()
            && unexplained.insert(key.clone())
        {
            if self.live {
                self.running(key, label.to_owned(), "failed; the reason follows");
            }
            return;
        }
        if let Some(unexplained) = &mut self.unexplained {
            unexplained.remove(key);
        }
        let told = indented(&output::problem(problem));
        self.ended(key, &format!("✖ {label}\n{told}"));
    }

    /// Shows what is new of the hunt.
    pub(super) fn hunt(&mut self, run: &Run, event: &HuntEvent, now: Timestamp) {
        if let Some(line) = hunting::line(run, event) {
            self.say(&line);
        }
        if self.live {
            self.countdown.show(&self.screen, run, event, now);
        }
    }

    /// Calls the person who looks elsewhere, where this is a terminal.
    pub(super) fn call(&self, words: &str) {
        if self.live && output::error_text(&term::notice("k3scope", words)).is_err() {
            tracing::debug!(words, "the terminal could not be told");
        }
    }

    /// Says something beside the steps.
    pub(super) fn say(&mut self, line: &str) {
        if let Some(unsaid) = &mut self.unsaid {
            unsaid.push(line.to_owned());
            return;
        }
        let shown = if self.live {
            self.screen.println(line).is_ok()
        } else {
            output::error_text(&format!("{line}\n")).is_ok()
        };
        if !shown {
            tracing::debug!(line, "progress could not be shown");
        }
    }

    /// The last line.
    pub(super) fn finish(&mut self, run: &Run) {
        let Some((outcome, done)) = run.outcome else {
            return;
        };
        for key in self.unexplained.take().into_iter().flatten() {
            self.show(run, &key);
        }
        let did = match run.plan.operation {
            Operation::Apply => {
                let (made, changed, kept) = (done.create, done.update, done.keep);
                let taken = match done.import {
                    0 => String::new(),
                    count => format!("{count} taken over, "),
                };
                let written = match run.plan.records.len() {
                    0 => String::new(),
                    count => format!(", {count} written down"),
                };
                format!("{made} created, {taken}{changed} changed, {kept} kept{written}")
            }
            Operation::Destroy => format!("{} deleted", done.delete),
        };
        self.say(&format!("{} {outcome}: {did}", run.plan.operation));
    }

    fn running(&mut self, key: &ResourceKey, label: String, latest: &str) {
        if !self.live {
            if !latest.is_empty() {
                self.say(&format!("◌ {label}  {latest}"));
            }
            return;
        }
        let screen = &self.screen;
        let bar = self.bars.entry(key.clone()).or_insert_with(|| {
            let bar = screen.add(ProgressBar::new_spinner().with_prefix(label));
            if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}  {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        bar.set_message(latest.to_owned());
    }

    fn ended(&mut self, key: &ResourceKey, line: &str) {
        if let Some(bar) = self.bars.remove(key) {
            bar.finish_and_clear();
        }
        self.say(line);
    }
}

fn target() -> ProgressDrawTarget {
    ProgressDrawTarget::stderr_with_hz(15)
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::allowance::AllowanceCheck;
    use crate::domain::event::{Event, What};
    use crate::domain::plan::{Action, Counts, Plan, ResourceKind, Step};
    use crate::domain::provision::{Outcome, ProvisionEvent};
    use crate::store::{Store, fold};

    fn step(key: &str) -> Step {
        Step {
            key: ResourceKey::new(key),
            kind: ResourceKind::Instance,
            name: key.to_owned(),
            action: Action::Create,
            id: None,
            needs: Vec::new(),
            summary: String::new(),
            estimate: None,
            drift: Vec::new(),
        }
    }

    fn failed(key: &str, title: &str) -> ProvisionEvent {
        ProvisionEvent::StepFailed {
            key: ResourceKey::new(key),
            problem: Problem {
                title: title.to_owned(),
                detail: String::new(),
                next: String::new(),
                request_id: None,
            },
        }
    }

    /// What is said of a run that tells this.
    fn said(explains_later: bool, events: Vec<ProvisionEvent>) -> Vec<String> {
        let mut progress = Progress::begin(explains_later);
        progress.pause();
        let mut store = Store::default();
        let plan = Plan {
            cluster: "k3s".to_owned(),
            operation: Operation::Apply,
            region: "eu-frankfurt-1".to_owned(),
            steps: vec![step("one"), step("other")],
            allowance: AllowanceCheck::default(),
            image: None,
            spared: Vec::new(),
            records: Vec::new(),
            note: None,
        };
        let run = "run".to_owned();
        let begun = [ProvisionEvent::Started { run, plan }];
        for event in begun.into_iter().chain(events) {
            let at = Timestamp::UNIX_EPOCH;
            let what = What::Provision(event.clone());
            fold(&mut store, Event { at, what });
            let run = store.run.as_ref().unwrap();
            match event.key() {
                Some(key) => progress.show(run, key),
                None => progress.finish(run),
            }
        }
        progress.unsaid.unwrap()
    }

    fn finished() -> ProvisionEvent {
        ProvisionEvent::Finished {
            outcome: Outcome::Failed,
            done: Counts::default(),
            undone: Vec::new(),
        }
    }

    /// Terraform tells that something failed, and why when all else has ended.
    #[test]
    fn a_failure_is_said_once_with_its_reason() {
        let told = vec![
            failed("one", "failed"),
            failed("other", "never explained"),
            failed("one", "no room"),
            finished(),
        ];
        assert_eq!(
            said(true, told),
            [
                "✖ instance one\n  no room",
                "✖ instance other\n  never explained",
                "apply failed: 0 created, 0 changed, 0 kept",
            ]
        );
    }

    #[test]
    fn what_is_explained_at_once_is_said_at_once() {
        let told = vec![failed("one", "no room")];
        assert_eq!(said(false, told), ["✖ instance one\n  no room"]);
    }
}
