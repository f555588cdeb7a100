//! `k3scope bootstrap`: follows the nodes until the cluster is healthy, for a person or a script.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::signals::Stop;
use super::status::duration;
use super::{Exit, Failure, Globals, output, provision};
use crate::app::Recorder;
use crate::app::headless::{self, Came};
use crate::clock::Clock;
use crate::domain::bootstrap::{Progress, Stage, Subject};
use crate::domain::event::{Event, What};
use crate::domain::line::Line;
use crate::store::Store;
use crate::store::bootstrap::{Bootstrap, StageRun};

/// What is waited for is told when it changes, and not more often than this.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Arguments of `bootstrap`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print every event as a line of JSON.
    #[arg(long)]
    json: bool,
    /// How long to follow at most, such as `20m`.
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = duration)]
    timeout: Duration,
}

pub(super) async fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    let loaded = globals.load_trusted()?;
    let cloud = provision::open(globals)?;
    let recorder = globals.recorder()?;
    let mut signals = Stop::listen().map_err(Failure::other)?;
    let stop = CancellationToken::new();
    let mut shown = Shown::new(args.json, recorder, cloud.engine.clock);
    let came = {
        let told = |event: &Event, store: &Store| shown.event(event, store);
        let following = headless::bootstrap(&loaded, &cloud, args.timeout, &stop, told);
        tokio::pin!(following);
        tokio::select! {
            came = &mut following => came,
            () = signals.received() => {
                stop.cancel();
                following.await
            }
        }
    };
    let (store, came) = came?;
    shown.failure.map_or(Ok(()), Err)?;
    conclude(&store, came)
}

fn conclude(store: &Store, came: Came) -> Result<Exit, Failure> {
    let bootstrap = store.bootstrap.as_ref();
    match came {
        Came::Healthy => {
            output::error_text("✔ the cluster is healthy\n")?;
            Ok(Exit::Well)
        }
        Came::Stopped => Ok(Exit::Interrupted),
        Came::Failed => {
            let failure = bootstrap.and_then(Bootstrap::failed);
            let problem = failure.map(|failure| failure.problem.clone());
            Err(problem.map_or_else(
                || Failure::other("a stage failed and was begun again"),
                Failure::from,
            ))
        }
        Came::TimedOut => {
            let waits = bootstrap.and_then(Bootstrap::waiting_for);
            Err(Failure::timed_out(
                "the cluster is not healthy yet",
                &waits.unwrap_or_default(),
                "run it again: it goes on from where the nodes are",
            ))
        }
    }
}

/// What was shown so far.
struct Shown {
    json: bool,
    recorder: Option<Recorder>,
    clock: Clock,
    stages: BTreeSet<(Subject, Stage, bool)>,
    waits: Line,
    next_wait: Option<Instant>,
    failure: Option<Failure>,
}

impl Shown {
    fn new(json: bool, recorder: Option<Recorder>, clock: Clock) -> Self {
        Self {
            json,
            recorder,
            clock,
            stages: BTreeSet::new(),
            waits: Line::default(),
            next_wait: None,
            failure: None,
        }
    }

    /// Shows what is new; says whether anybody still reads.
    fn event(&mut self, event: &Event, store: &Store) -> bool {
        let shown = self.show(event, store);
        if let Err(failure) = shown {
            self.failure = Some(failure);
            return false;
        }
        true
    }

    fn show(&mut self, event: &Event, store: &Store) -> Result<(), Failure> {
        if self.json {
            output::json_line(event)?;
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.add(event).map_err(Failure::other)?;
        }
        if let What::Problem(problem) = &event.what {
            output::error_text(&format!("▲ {}\n", output::problem(problem)))?;
        }
        match &store.bootstrap {
            Some(bootstrap) => self.progress(bootstrap),
            None => Ok(()),
        }
    }

    fn progress(&mut self, bootstrap: &Bootstrap) -> Result<(), Failure> {
        for node in &bootstrap.nodes {
            let name = &node.node.name;
            for stage in &node.stages {
                self.stage(&Subject::Node(name.clone()), name, stage)?;
            }
        }
        for stage in &bootstrap.cluster {
            self.stage(&Subject::Cluster, "cluster", stage)?;
        }
        self.waiting(bootstrap)
    }

    fn stage(&mut self, of: &Subject, name: &str, run: &StageRun) -> Result<(), Failure> {
        let (glyph, well) = match &run.progress {
            Progress::Done => ('✔', true),
            Progress::Failed { .. } => ('✖', false),
            Progress::Waiting | Progress::Running { .. } => return Ok(()),
        };
        if !self.stages.insert((of.clone(), run.stage, well)) {
            return Ok(());
        }
        let took = run
            .started
            .zip(run.ended)
            .map_or(0, |(since, at)| at.duration_since(since).as_secs());
        let took = if took > 0 {
            format!("  {took} s")
        } else {
            String::new()
        };
        output::error_text(&format!("{glyph} {name}  {}{took}\n", run.stage.label()))
    }

    fn waiting(&mut self, bootstrap: &Bootstrap) -> Result<(), Failure> {
        let now = self.clock.instant();
        if self.next_wait.is_some_and(|next| now < next) || bootstrap.finished.is_some() {
            return Ok(());
        }
        let waits = bootstrap.waiting_for().unwrap_or_default();
        if waits.is_empty() || waits == self.waits {
            return Ok(());
        }
        self.next_wait = Some(now + TELL_EVERY);
        self.waits = waits;
        output::error_text(&format!("◌ {}\n", self.waits))
    }
}
