//! One node's lines, from wherever they come: what they tell of its stages, and what is shown of
//! them.

use std::collections::{BTreeMap, VecDeque};

use super::cloud_init;
use super::lines::Lines;
use super::marker::{self, Marker, State};
use super::mask::Mask;
use super::meaning;
use super::trail::{Boots, Reached, Trail};
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

/// What is known of one node, and what of it was told.
#[derive(Debug)]
pub(super) struct NodeLog {
    name: Line,
    role: Role,
    trail: Trail,
    console: Place,
    cloud_init: Place,
    script: Place,
    told: BTreeMap<Stage, Progress>,
}

impl NodeLog {
    pub(super) fn new(name: &str, role: Role) -> Self {
        Self {
            name: Line::new(name),
            role,
            trail: Trail::new(role),
            console: Place::default(),
            cloud_init: Place::default(),
            script: Place::default(),
            told: BTreeMap::new(),
        }
    }

    /// Begins anew with another instance: what was told of the old one no longer holds.
    pub(super) fn forget(&mut self) -> Vec<BootstrapEvent> {
        let told = std::mem::take(&mut self.told);
        *self = Self::new(&self.name, self.role);
        let events = told
            .into_keys()
            .filter(|stage| *stage != Stage::Instance)
            .map(|stage| self.event(stage, Progress::Waiting));
        events.collect()
    }

    /// What was told of a stage.
    pub(super) fn progress(&self, stage: Stage) -> &Progress {
        self.told.get(&stage).unwrap_or(&Progress::Waiting)
    }

    /// Whether a stage is known to be done.
    pub(super) fn is_done(&self, stage: Stage) -> bool {
        *self.progress(stage) == Progress::Done
    }

    /// A stage is this far; nothing to tell where that was told already.
    pub(super) fn set(&mut self, stage: Stage, progress: Progress) -> Option<BootstrapEvent> {
        if *self.progress(stage) == progress {
            return None;
        }
        self.told.insert(stage, progress.clone());
        Some(self.event(stage, progress))
    }

    fn event(&self, stage: Stage, progress: Progress) -> BootstrapEvent {
        BootstrapEvent::Stage {
            of: Subject::Node(self.name.clone()),
            stage,
            progress,
        }
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
        let mut events = Vec::new();
        let lines = self.place(origin).lines.push(bytes);
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
            if cloud_init::has_finished(&line) && !self.is_done(Stage::CloudInit) {
                events.extend(self.set(Stage::CloudInit, Progress::Done));
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
        told.append(&mut events);
        if has_marker {
            told.extend(self.follow_trail(origin, mask));
        }
        told
    }

    fn follow_trail(&mut self, origin: LogOrigin, mask: &Mask) -> Vec<BootstrapEvent> {
        let last = self.place(origin).last.clone();
        let last: Vec<Line> = last.into();
        let mut events = Vec::new();
        for (stage, reached) in self.trail.reached() {
            let progress = match reached {
                Reached::Running(waits_for) => Progress::Running { waits_for },
                Reached::Done => Progress::Done,
                // The lines that a failure is shown with are those of its first telling.
                Reached::Failed(_) if matches!(self.progress(stage), Progress::Failed { .. }) => {
                    continue;
                }
                Reached::Failed(command) => Progress::Failed {
                    problem: meaning::of_failure(&self.name, stage, &mask.apply(&command), &last),
                },
            };
            events.extend(self.set(stage, progress));
        }
        events
    }
}

/// A marker for people.
fn spoken(marker: &Marker) -> String {
    let Marker { stage, detail, .. } = marker;
    match marker.state {
        State::Start => format!("▸ {stage}"),
        State::Wait => format!("◌ {stage}: waits for {detail}"),
        State::Ok if detail.is_empty() => format!("✔ {stage}"),
        State::Ok => format!("✔ {stage}: {detail}"),
        State::Failed => format!("✖ {stage}: {detail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(stage: &str, how: &str, t: u64, detail: &str) -> String {
        format!(
            "@k3scope {{\"k3scope\":1,\"node\":\"k3s-worker\",\"stage\":\"{stage}\",\"state\":\"{how}\",\"t\":{t},\"detail\":\"{detail}\"}} @end\n"
        )
    }

    fn stages(events: &[BootstrapEvent]) -> Vec<(Stage, Progress)> {
        let of_stage = |event: &BootstrapEvent| match event {
            BootstrapEvent::Stage {
                stage, progress, ..
            } => Some((*stage, progress.clone())),
            BootstrapEvent::Started { .. }
            | BootstrapEvent::Log { .. }
            | BootstrapEvent::Host { .. }
            | BootstrapEvent::Finished { .. } => None,
        };
        events.iter().filter_map(of_stage).collect()
    }

    #[test]
    fn the_console_and_the_log_tell_the_same_once() {
        let mask = Mask::default();
        let mut log = NodeLog::new("k3s-worker", Role::Worker);
        let text = marker("firewall", "ok", 20, "") + &marker("route", "wait", 21, "10.0.1.10");
        let first = log.read(LogOrigin::Console, text.as_bytes(), &mask);
        assert_eq!(
            stages(&first),
            [
                (Stage::Firewall, Progress::Done),
                (
                    Stage::Route,
                    Progress::Running {
                        waits_for: "10.0.1.10".into()
                    }
                ),
            ]
        );
        let more = text + &marker("route", "ok", 50, "");
        let again = log.read(LogOrigin::Script, more.as_bytes(), &mask);
        assert_eq!(stages(&again), [(Stage::Route, Progress::Done)]);
        // The console lags behind: it has nothing new to say.
        let late = log.read(
            LogOrigin::Console,
            marker("route", "wait", 40, "x").as_bytes(),
            &mask,
        );
        assert_eq!(stages(&late), []);
    }

    #[test]
    fn a_failure_has_its_command_its_last_lines_and_no_secret() {
        let mask = Mask::default();
        let mut log = NodeLog::new("k3s-worker", Role::Worker);
        let text = "level=fatal msg=\"K10abcdef0123::server:hunter2 is wrong\"\n".to_owned()
            + &marker("k3s", "failed", 90, "systemctl start k3s-agent: exit 1");
        let events = log.read(LogOrigin::Script, text.as_bytes(), &mask);
        let told = stages(&events);
        let Some((Stage::K3s, Progress::Failed { problem })) = told.last() else {
            panic!("{told:?}");
        };
        assert!(problem.title.contains("k3s-worker") && problem.title.contains("K3s"));
        assert!(problem.detail.contains("systemctl start k3s-agent: exit 1"));
        assert!(problem.detail.contains("is wrong"));
        assert!(!serde_json::to_string(&events).unwrap().contains("hunter2"));
        assert!(problem.next.contains("--from k3s"));
        let again = log.read(LogOrigin::Console, text.as_bytes(), &mask);
        assert_eq!(stages(&again), [], "the same failure is told once");
    }

    #[test]
    fn another_instance_begins_anew() {
        let mask = Mask::default();
        let mut log = NodeLog::new("k3s-worker", Role::Worker);
        log.read(
            LogOrigin::Script,
            marker("firewall", "ok", 20, "").as_bytes(),
            &mask,
        );
        let forgotten = log.forget();
        assert_eq!(stages(&forgotten), [(Stage::Firewall, Progress::Waiting)]);
        assert!(!log.is_done(Stage::Firewall));
    }
}
