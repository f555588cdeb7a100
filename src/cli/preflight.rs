//! `k3scope preflight`: every check that must pass before money or time is spent.
//!
//! Looks only; the one thing that it writes is the image's OCID in cluster.toml, so that the next run
//! takes the same image.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::mpsc;

use super::signals::Stop;
use super::{Exit, Failure, Globals, output};
use crate::app::Recorder;
use crate::config::pin;
use crate::domain::event::{Event, What};
use crate::domain::line::Line;
use crate::domain::preflight::{Checked, PreflightEvent, Verdict};
use crate::kube::Access;
use crate::preflight::checks::CHECKS;
use crate::preflight::{Ended, Given, Scene, run as run_checks};

/// Events that may wait for a slow reader before the checks wait for it.
const QUEUE: usize = 64;

/// Arguments of `preflight`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Write every event as a line of JSON.
    #[arg(long)]
    json: bool,
    /// Leave cluster.toml as it is: do not pin the image that was found.
    #[arg(long)]
    no_pin: bool,
}

pub(super) async fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    let loaded = globals.load_trusted()?;
    let may_pin = globals.access(Some(&loaded)) == Access::ReadWrite;
    let file = loaded.path.clone();
    let scene = Arc::new(Scene::of(Given {
        hunt_for: loaded.config.provision.hunt_for(),
        loaded,
        passphrase: Globals::oci_passphrase(),
        ssh_passphrase: Globals::ssh_passphrase(),
    }));
    let mut signals = Stop::listen().map_err(Failure::other)?;
    let mut shown = Shown::new(args.json, globals.recorder()?);
    let (sender, mut events) = mpsc::channel(QUEUE);
    let ended = {
        let checking = run_checks(&scene, CHECKS, &sender);
        tokio::pin!(checking);
        loop {
            tokio::select! {
                Some(event) = events.recv() => shown.event(&event)?,
                () = signals.received() => return Ok(Exit::Interrupted),
                ended = &mut checking => break ended,
            }
        }
    };
    while let Ok(event) = events.try_recv() {
        shown.event(&event)?;
    }
    let pins = !args.no_pin && may_pin;
    if let Some(image) = scene.image_to_pin().filter(|_| pins) {
        pin::image_in(&file, image).map_err(Failure::other)?;
        let (image, file) = (Line::new(image), file.display());
        output::error_text(&format!("pinned {image} in {file}\n"))?;
    }
    Ok(exit(ended))
}

fn exit(ended: Ended) -> Exit {
    if ended.unreached {
        Exit::Unknown
    } else if ended.blocks > 0 {
        Exit::Failed
    } else {
        Exit::Well
    }
}

/// What was shown so far.
struct Shown {
    json: bool,
    recorder: Option<Recorder>,
    bar: Option<ProgressBar>,
    width: usize,
    out: BTreeSet<Line>,
    told: usize,
}

impl Shown {
    fn new(json: bool, recorder: Option<Recorder>) -> Self {
        Self {
            json,
            recorder,
            bar: io::stderr().is_terminal().then(spinner),
            width: 0,
            out: BTreeSet::new(),
            told: 0,
        }
    }

    fn event(&mut self, event: &Event) -> Result<(), Failure> {
        if let Some(recorder) = &mut self.recorder {
            recorder.add(event).map_err(Failure::other)?;
        }
        let What::Preflight(what) = &event.what else {
            return Ok(());
        };
        match what {
            PreflightEvent::Started { checks } => {
                self.out = checks.iter().map(|one| one.name.clone()).collect();
                let widths = self.out.iter().map(|name| name.chars().count());
                self.width = widths.max().unwrap_or_default();
            }
            PreflightEvent::Checked(checked) => {
                self.out.remove(&checked.name);
                self.told += 1;
            }
            PreflightEvent::Finished { .. } => {}
        }
        let text = if self.json {
            let line = serde_json::to_string(event).map_err(Failure::other)?;
            format!("{line}\n")
        } else {
            self.words(what)
        };
        self.print(&text)?;
        self.progress(matches!(what, PreflightEvent::Finished { .. }));
        Ok(())
    }

    fn words(&self, what: &PreflightEvent) -> String {
        match what {
            PreflightEvent::Started { .. } => String::new(),
            PreflightEvent::Checked(checked) => lines_of(checked, self.width),
            PreflightEvent::Finished { blocks, warns } => {
                let verdict = match (blocks, warns) {
                    (0, 0) => "✔ nothing is in the way".to_owned(),
                    (0, warns) => format!("▲ {warns} to think about, nothing blocks"),
                    (blocks, 0) => format!("✖ {blocks} in the way"),
                    (blocks, warns) => format!("✖ {blocks} in the way, {warns} to think about"),
                };
                format!("{verdict} ({} checks)\n", self.told)
            }
        }
    }

    /// Writes a text above what moves.
    fn print(&self, text: &str) -> Result<(), Failure> {
        match &self.bar {
            Some(bar) => bar.suspend(|| output::text(text)),
            None => output::text(text),
        }
    }

    fn progress(&self, finished: bool) {
        let Some(bar) = &self.bar else { return };
        if finished {
            bar.finish_and_clear();
        } else {
            let names: Vec<&str> = self.out.iter().map(Line::as_str).collect();
            bar.set_message(format!("checking {}", names.join(", ")));
        }
    }
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(15));
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// The check's line, and below it what to do where there is something.
fn lines_of(checked: &Checked, width: usize) -> String {
    let glyph = match checked.verdict {
        Verdict::Passed => '✔',
        Verdict::Warns => '▲',
        Verdict::Blocks => '✖',
        Verdict::Skipped => '◌',
        Verdict::Informs => '·',
    };
    let (name, evidence) = (checked.name.as_str(), &checked.evidence);
    let line = format!("{glyph} {name:<width$}  {evidence}\n");
    if checked.next.is_empty() {
        return line;
    }
    format!("{line}  {:<width$}  ▸ {}\n", "", checked.next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(name: &str, verdict: Verdict, next: &str) -> Checked {
        Checked {
            name: name.into(),
            verdict,
            evidence: "the evidence".into(),
            next: next.into(),
            took_ms: 7,
        }
    }

    #[test]
    fn a_check_is_a_line_with_its_next_step_below() {
        let text = [
            checked("profile", Verdict::Passed, ""),
            checked("clock-skew", Verdict::Blocks, "set the clock"),
            checked("allowance", Verdict::Warns, "use compact"),
            checked("image", Verdict::Skipped, ""),
            checked("leftovers", Verdict::Informs, ""),
        ]
        .iter()
        .map(|checked| lines_of(checked, 10))
        .collect::<String>();
        insta::assert_snapshot!(text, @r"
        ✔ profile     the evidence
        ✖ clock-skew  the evidence
                      ▸ set the clock
        ▲ allowance   the evidence
                      ▸ use compact
        ◌ image       the evidence
        · leftovers   the evidence
        ");
    }

    #[test]
    fn what_could_not_be_reached_is_no_refusal() {
        let ended = |blocks, unreached| Ended {
            blocks,
            warns: 1,
            unreached,
        };
        assert_eq!(exit(ended(0, false)), Exit::Well);
        assert_eq!(exit(ended(2, false)), Exit::Failed);
        assert_eq!(exit(ended(2, true)), Exit::Unknown);
    }
}
