//! A line for each node and the cluster while they come up, on a terminal; elsewhere nothing moves.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::{Failure, output};

/// The moving lines, below what was said.
pub(super) struct Bars {
    screen: MultiProgress,
    lines: Vec<(String, ProgressBar)>,
    live: bool,
}

impl Bars {
    /// None yet. They move only where standard error is a terminal and nothing else writes to it.
    pub(super) fn new(wanted: bool) -> Self {
        Self {
            screen: MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10)),
            lines: Vec::new(),
            live: wanted && io::stderr().is_terminal(),
        }
    }

    /// Whether lines move here.
    pub(super) fn is_live(&self) -> bool {
        self.live
    }

    /// What `name` is at; nothing when it has arrived.
    pub(super) fn set(&mut self, name: &str, at: Option<String>) {
        if !self.live {
            return;
        }
        let place = self.lines.iter().position(|(known, _)| known == name);
        match (at, place) {
            (Some(at), Some(place)) => {
                if let Some((_, bar)) = self.lines.get(place) {
                    bar.set_message(at);
                }
            }
            (Some(at), None) => {
                let bar = ProgressBar::new_spinner().with_prefix(name.to_owned());
                let bar = self.screen.add(bar);
                let style = ProgressStyle::with_template("{spinner} {prefix}  {wide_msg}");
                if let Ok(style) = style {
                    bar.set_style(style);
                }
                bar.enable_steady_tick(Duration::from_millis(200));
                bar.set_message(at);
                self.lines.push((name.to_owned(), bar));
            }
            (None, Some(place)) => {
                let (_, bar) = self.lines.remove(place);
                bar.finish_and_clear();
            }
            (None, None) => {}
        }
    }

    /// Says something above the moving lines.
    pub(super) fn say(&self, text: &str) -> Result<(), Failure> {
        if self.live {
            self.screen.println(text).map_err(Failure::other)
        } else {
            output::error_text(&format!("{text}\n"))
        }
    }

    /// Takes the moving lines away.
    pub(super) fn clear(&mut self) {
        for (_, bar) in self.lines.drain(..) {
            bar.finish_and_clear();
        }
    }
}
