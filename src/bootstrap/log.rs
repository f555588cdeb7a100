//! One node's lines, from wherever they come: what they tell of its stages, and what is shown of
//! them.

use std::collections::{BTreeMap, VecDeque};

use super::boot_lines::{BootLines, CloudInit};
use super::cloud_init;
use super::lines::Lines;
use super::marker::{self, Marker, State};
use super::mask::Mask;
use super::meaning;
use super::trail::{Boots, Moment, Reached, Trail};
use crate::domain::bootstrap::{BootstrapEvent, LogOrigin, Progress, Stage, Subject};
use crate::domain::line::Line;
use crate::domain::topology::Role;

/// Lines that a failure is shown with.
const LAST: usize = 12;
/// Lines that are told at once.
const BATCH: usize = 500;

/// What one place has told so far.
#[derive(Debug, Default)]
struct Place {
    lines: Lines,
    boots: Boots,
    last: VecDeque<Line>,
}

/// How far a stage was told to be, and how many seconds it took.
type Told = (Progress, Option<u64>);

/// What is known of one node, and what of it was told.
#[derive(Debug)]
pub(super) struct NodeLog {
    name: Line,
    role: Role,
    trail: Trail,
    boots: BootLines,
    /// What is wrong with K3s after the script has started it, and which start that was.
    service: Option<(Option<Moment>, Progress)>,
    console: Place,
    cloud_init: Place,
    script: Place,
    told: BTreeMap<Stage, Told>,
    /// Boots that were told to have followed the first.
    reboots: u32,
}

impl NodeLog {
    pub(super) fn new(name: &str, role: Role) -> Self {
        Self {
            name: Line::new(name),
            role,
            trail: Trail::new(role),
            boots: BootLines::default(),
            service: None,
            console: Place::default(),
            cloud_init: Place::default(),
            script: Place::default(),
            told: BTreeMap::new(),
            reboots: 0,
        }
    }

    /// Begins anew with another instance: what was told of the old one no longer holds.
    pub(super) fn forget(&mut self) -> Vec<BootstrapEvent> {
        let told = std::mem::take(&mut self.told);
        *self = Self::new(&self.name, self.role);
        let events = told
            .into_keys()
            .filter(|stage| *stage != Stage::Instance)
            .map(|stage| self.event(stage, Progress::Waiting, None));
        events.collect()
    }

    /// What was told of a stage.
    pub(super) fn progress(&self, stage: Stage) -> &Progress {
        let told = self.told.get(&stage);
        told.map_or(&Progress::Waiting, |(progress, _)| progress)
    }

    /// Whether a stage is known to be done.
    pub(super) fn is_done(&self, stage: Stage) -> bool {
        *self.progress(stage) == Progress::Done
    }

    /// Whether the script has passed a stage, however that is now.
    pub(super) fn has_passed(&self, stage: Stage) -> bool {
        let mut reached = self.trail.reached().into_iter();
        reached.any(|(each, how)| each == stage && matches!(how, Reached::Done { .. }))
    }

    /// A stage is this far; nothing to tell where that was told already.
    pub(super) fn set(&mut self, stage: Stage, progress: Progress) -> Option<BootstrapEvent> {
        self.set_timed(stage, progress, None)
    }

    /// The same, with how many seconds it took by the node's clock. A length that becomes known later
    /// is told then.
    pub(super) fn set_timed(
        &mut self,
        stage: Stage,
        progress: Progress,
        took: Option<u64>,
    ) -> Option<BootstrapEvent> {
        let is_known = match self.told.get(&stage) {
            Some((told, length)) => *told == progress && (took.is_none() || *length == took),
            None => progress == Progress::Waiting,
        };
        if is_known {
            return None;
        }
        self.told.insert(stage, (progress.clone(), took));
        Some(self.event(stage, progress, took))
    }

    fn event(&self, stage: Stage, progress: Progress, took: Option<u64>) -> BootstrapEvent {
        BootstrapEvent::Stage {
            of: Subject::Node(self.name.clone()),
            stage,
            progress,
            took,
        }
    }

    /// K3s runs, or this is wrong with it, after the script has started it.
    pub(super) fn serve(&mut self, trouble: Option<Progress>, mask: &Mask) -> Vec<BootstrapEvent> {
        let since = self.trail.newest(Stage::K3s);
        self.service = trouble.map(|trouble| (since, trouble));
        self.follow_trail(LogOrigin::Script, mask)
    }

    /// A log is another file now: what was begun of a line of the old one is no line.
    pub(super) fn begin_anew(&mut self, origin: LogOrigin) {
        self.place(origin).lines = Lines::default();
    }

    fn place(&mut self, origin: LogOrigin) -> &mut Place {
        match origin {
            LogOrigin::Console => &mut self.console,
            LogOrigin::CloudInit => &mut self.cloud_init,
            LogOrigin::Script => &mut self.script,
        }
    }

    /// Takes in what came from one place; gives what there is to tell.
    pub(super) fn read(
        &mut self,
        origin: LogOrigin,
        bytes: &[u8],
        mask: &Mask,
    ) -> Vec<BootstrapEvent> {
        let lines = self.place(origin).lines.push(bytes);
        let boots = self.boots.boots();
        let mut shown = Vec::with_capacity(lines.len().min(BATCH));
        let mut has_marker = false;
        for line in lines {
            let markers = marker::find(&line, &self.name, self.role);
            if markers.is_empty() {
                shown.push(Line::new(&mask.apply(&line)));
            }
            for marker in markers {
                has_marker = true;
                shown.push(Line::new(&mask.apply(&spoken(&marker))));
                let boot = self.place(origin).boots.of(&marker);
                self.trail.learn(boot, marker);
            }
            match origin {
                LogOrigin::Console => self.boots.console(&line),
                LogOrigin::CloudInit => self.boots.cloud_init(&line),
                LogOrigin::Script => {}
            }
        }
        let place = self.place(origin);
        place.last.extend(shown.iter().cloned());
        let surplus = place.last.len().saturating_sub(LAST);
        place.last.drain(..surplus);
        let name = &self.name;
        let logs = shown.chunks(BATCH).map(|lines| BootstrapEvent::Log {
            node: name.clone(),
            origin,
            lines: lines.to_vec(),
        });
        let mut told: Vec<BootstrapEvent> = logs.collect();
        told.extend(self.follow_boots(boots));
        if has_marker {
            told.extend(self.follow_trail(origin, mask));
        }
        told
    }

    /// Tells each boot after the first once, and how far cloud-init is by its own lines. Its own
    /// answer says more: what is over stays so until a boot that was not known `before`.
    fn follow_boots(&mut self, before: u32) -> Vec<BootstrapEvent> {
        let boots = self.boots.boots();
        let again = [&self.console, &self.script].map(|place| place.boots.again());
        let again = again.into_iter().max().unwrap_or(0);
        let seen = boots.saturating_sub(1).max(again);
        let rebooted = (self.reboots..seen).map(|_| BootstrapEvent::Rebooted {
            node: self.name.clone(),
        });
        let mut events: Vec<BootstrapEvent> = rebooted.collect();
        if seen > self.reboots {
            self.reboots = seen;
            self.service = None;
        }
        let is_over = matches!(
            self.progress(Stage::CloudInit),
            Progress::Done | Progress::Failed { .. }
        );
        let is_new = boots > before && boots > 1;
        let event = match self.boots.state() {
            Some(CloudInit::Runs(waits_for)) if !is_over || is_new => {
                self.set(Stage::CloudInit, Progress::Running { waits_for })
            }
            Some(CloudInit::Done { took }) if !is_over || is_new => {
                self.set_timed(Stage::CloudInit, Progress::Done, took)
            }
            Some(CloudInit::Failed(modules)) if !is_over || is_new => {
                let modules: Vec<String> = modules.iter().map(ToString::to_string).collect();
                let problem = cloud_init::problem(&self.name, &modules.join("\n"));
                self.set(Stage::CloudInit, Progress::Failed { problem })
            }
            _ => None,
        };
        events.extend(event);
        events
    }

    fn follow_trail(&mut self, origin: LogOrigin, mask: &Mask) -> Vec<BootstrapEvent> {
        let last = self.place(origin).last.clone();
        let last: Vec<Line> = last.into();
        let mut events = Vec::new();
        // What was wrong before the script has started K3s anew says nothing of it now.
        let since = self.trail.newest(Stage::K3s);
        self.service = self.service.take().filter(|(of, _)| *of == since);
        for (stage, reached) in self.trail.reached() {
            let event = match reached {
                Reached::Again => self.set(stage, Progress::Waiting),
                Reached::Running(waits_for) => self.set(stage, Progress::Running { waits_for }),
                Reached::Done { took } => match self.service.clone() {
                    Some((_, trouble)) if stage == Stage::K3s => self.set(stage, trouble),
                    _ => self.set_timed(stage, Progress::Done, took),
                },
                // The lines that a failure is shown with are those of its first telling.
                Reached::Failed(_) if matches!(self.progress(stage), Progress::Failed { .. }) => {
                    None
                }
                Reached::Failed(command) => {
                    let command = mask.apply(&command);
                    let problem = meaning::of_failure(&self.name, stage, &command, &last);
                    self.set(stage, Progress::Failed { problem })
                }
            };
            events.extend(event);
        }
        events
    }
}

/// A marker for people, with the node's uptime: when it was read says little of when it was printed.
fn spoken(marker: &Marker) -> String {
    let Marker { stage, detail, .. } = marker;
    let said = match marker.state {
        State::Start => format!("▸ {stage}"),
        State::Wait => format!("◌ {stage}: waits for {detail}"),
        State::Ok if detail.is_empty() => format!("✔ {stage}"),
        State::Ok => format!("✔ {stage}: {detail}"),
        State::Failed => format!("✖ {stage}: {detail}"),
    };
    format!("{said} (up {}s)", marker.uptime.as_secs())
}

#[cfg(test)]
mod tests;
