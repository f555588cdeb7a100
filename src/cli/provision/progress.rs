//! A run while it runs: bars on a terminal, lines elsewhere. Always on standard error.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::hunting::{self, Countdown};
use crate::cli::output;
use crate::domain::hunt::HuntEvent;
use crate::domain::plan::{Operation, ResourceKey};
use crate::store::run::{self, Run};
use crate::term;

/// What is on the screen of a run.
pub(super) struct Progress {
    screen: MultiProgress,
    bars: BTreeMap<ResourceKey, ProgressBar>,
    countdown: Countdown,
    live: bool,
}

impl Progress {
    pub(super) fn begin() -> Self {
        Self {
            screen: MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(15)),
            bars: BTreeMap::new(),
            countdown: Countdown::default(),
            live: io::stderr().is_terminal(),
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
            run::Progress::Failed(problem) => {
                self.ended(
                    key,
                    &format!("✖ {label}\n{}", indented(&output::problem(problem))),
                );
            }
        }
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
    pub(super) fn say(&self, line: &str) {
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
    pub(super) fn finish(&self, run: &Run) {
        let Some((outcome, done)) = run.outcome else {
            return;
        };
        let did = match run.plan.operation {
            Operation::Apply => {
                let (made, changed, kept) = (done.create, done.update, done.keep);
                format!("{made} created, {changed} changed, {kept} kept")
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

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
