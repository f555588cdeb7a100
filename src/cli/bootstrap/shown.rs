//! What is told while the nodes come up, each thing once: stages that end, failures with their
//! cause, what is slow or stuck, and what is waited for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::bars::Bars;
use super::words;
use crate::app::Recorder;
use crate::cli::{Failure, output};
use crate::clock::Clock;
use crate::domain::bootstrap::{BootstrapEvent, Diagnosis, Pace, Progress, Stage, Subject};
use crate::domain::event::{Event, What};
use crate::domain::line::Line;
use crate::store::Store;
use crate::store::bootstrap::{Bootstrap, StageRun};

/// What is waited for is told when it changes, and not more often than this.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// What was told of a stage.
#[derive(Debug, Default)]
struct Said {
    done: bool,
    /// When the failure ended that was told.
    failed: Option<Timestamp>,
    pace: Option<Pace>,
    diagnosis: Option<Diagnosis>,
}

/// What was shown so far.
pub(super) struct Shown {
    json: bool,
    recorder: Option<Recorder>,
    clock: Clock,
    bars: Bars,
    stages: BTreeMap<(Subject, Stage), Said>,
    waits: Line,
    next_wait: Option<Instant>,
    failure: Option<Failure>,
}

impl Shown {
    pub(super) fn new(json: bool, recorder: Option<Recorder>, clock: Clock) -> Self {
        Self {
            json,
            recorder,
            clock,
            bars: Bars::new(true),
            stages: BTreeMap::new(),
            waits: Line::default(),
            next_wait: None,
            failure: None,
        }
    }

    /// Shows what is new; says whether anybody still reads.
    pub(super) fn take(&mut self, event: Option<&Event>, store: &Store) -> bool {
        let told = event.map_or(Ok(()), |event| self.event(event));
        let shown = told.and_then(|()| match &store.bootstrap {
            Some(bootstrap) => self.progress(bootstrap),
            None => Ok(()),
        });
        if let Err(failure) = shown {
            self.failure = Some(failure);
            return false;
        }
        true
    }

    /// Nothing more is shown; why nothing could be, if so.
    pub(super) fn end(mut self) -> Result<(), Failure> {
        self.bars.clear();
        self.failure.map_or(Ok(()), Err)
    }

    fn event(&mut self, event: &Event) -> Result<(), Failure> {
        if self.json {
            output::json_line(event)?;
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.add(event).map_err(Failure::other)?;
        }
        if let What::Problem(problem) = &event.what {
            self.bars.say(&format!("▲ {}", output::problem(problem)))?;
        }
        if let What::Bootstrap(BootstrapEvent::Rebooted { node }) = &event.what {
            self.bars
                .say(&format!("↻ {node} went down and came up again"))?;
        }
        Ok(())
    }

    fn progress(&mut self, bootstrap: &Bootstrap) -> Result<(), Failure> {
        for node in &bootstrap.nodes {
            let of = Subject::Node(node.node.name.clone());
            for run in &node.stages {
                self.stage(bootstrap, &of, run)?;
            }
            let is_ready = node.stage(Stage::Ready).is_some_and(StageRun::is_done);
            let at = node.current().filter(|_| !is_ready);
            self.at(bootstrap, &of, at)?;
        }
        for run in &bootstrap.cluster {
            self.stage(bootstrap, &Subject::Cluster, run)?;
        }
        let is_on = |run: &&StageRun| run.is_open() && !bootstrap.is_early(run);
        let at = bootstrap.cluster.iter().find(is_on);
        self.at(bootstrap, &Subject::Cluster, at)?;
        self.waiting(bootstrap)
    }

    /// What ended, and what was found.
    fn stage(
        &mut self,
        bootstrap: &Bootstrap,
        of: &Subject,
        run: &StageRun,
    ) -> Result<(), Failure> {
        let said = self.stages.entry((of.clone(), run.stage)).or_default();
        let mut new = Vec::new();
        match &run.progress {
            Progress::Done if !said.done => {
                said.done = true;
                new.push(words::done(of, run, self.clock.now()));
            }
            Progress::Failed { problem } if said.failed != run.ended => {
                said.failed = run.ended;
                new.push(words::failed(of, run.stage, problem));
            }
            Progress::Done
            | Progress::Failed { .. }
            | Progress::Waiting
            | Progress::Running { .. } => {}
        }
        if run.diagnosis != said.diagnosis {
            said.diagnosis.clone_from(&run.diagnosis);
            let found = run.diagnosis.as_ref();
            new.extend(found.map(|found| words::diagnosed(of, run.stage, found, bootstrap)));
        }
        new.iter().try_for_each(|text| self.bars.say(text))
    }

    /// Where a node or the cluster is, and how fast: slow is told once, and so is stuck.
    fn at(
        &mut self,
        bootstrap: &Bootstrap,
        of: &Subject,
        run: Option<&StageRun>,
    ) -> Result<(), Failure> {
        let Some(run) = run.filter(|_| bootstrap.finished.is_none()) else {
            self.bars.set(words::who(of), None);
            return Ok(());
        };
        let took = run.seconds(self.clock.now());
        let usual = bootstrap.usual.seconds(run.stage);
        let is_running = matches!(run.progress, Progress::Running { .. });
        if let Some(took) = took.filter(|_| is_running) {
            let pace = bootstrap.usual.pace(run.stage, took);
            let said = self.stages.entry((of.clone(), run.stage)).or_default();
            if said.pace.is_none_or(|before| before < pace) {
                said.pace = Some(pace);
                if let Some(text) = words::late(of, run, (pace, took, usual)) {
                    self.bars.say(&text)?;
                }
            }
        }
        if self.bars.is_live() {
            let took = words::length(took.unwrap_or(0));
            let waits = match &run.progress {
                Progress::Running { waits_for } if !waits_for.is_empty() => {
                    format!("  waits for {waits_for}")
                }
                Progress::Failed { .. } => "  failed".to_owned(),
                Progress::Running { .. } | Progress::Waiting | Progress::Done => String::new(),
            };
            let label = run.stage.label();
            let text = format!("{label}  {took} of usually {}{waits}", words::length(usual));
            self.bars.set(words::who(of), Some(text));
        }
        Ok(())
    }

    fn waiting(&mut self, bootstrap: &Bootstrap) -> Result<(), Failure> {
        let now = self.clock.instant();
        let is_due = self.next_wait.is_none_or(|next| now >= next);
        if !is_due || self.bars.is_live() || bootstrap.finished.is_some() {
            return Ok(());
        }
        let waits = bootstrap.waiting_for().unwrap_or_default();
        if waits.is_empty() || waits == self.waits {
            return Ok(());
        }
        self.next_wait = Some(now + TELL_EVERY);
        self.waits = waits;
        self.bars.say(&format!("◌ {}", self.waits))
    }
}
