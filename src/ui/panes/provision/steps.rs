//! The steps of a plan and how far a run is with them: what rows, pages and totals are made from.

use jiff::Timestamp;

use crate::domain::plan::{Action, Operation, Plan, Step};
use crate::domain::tree::{Branch, place, predecessor, successor};
use crate::store::Store;
use crate::store::hunt::Hunt;
use crate::store::run::{Progress, Run, StepRun};
use crate::ui::moment::lasted;
use crate::ui::pane::Ctx;

/// The steps of a plan, and how far a run is with them.
#[derive(Clone, Copy)]
pub(super) struct Steps<'a> {
    pub(super) plan: &'a Plan,
    pub(super) run: Option<&'a Run>,
}

impl<'a> Steps<'a> {
    /// Those of the run where there is one, else those of the plan.
    pub(super) fn of(store: &'a Store) -> Option<Self> {
        let run = store.run.as_ref();
        let plan = run.map(|run| &run.plan).or(store.plan.as_ref())?;
        Some(Self { plan, run })
    }

    pub(super) fn step(self, at: usize) -> Option<&'a Step> {
        self.plan.steps.get(at)
    }

    fn run_of(self, at: usize) -> Option<&'a StepRun> {
        self.run.and_then(|run| run.steps.get(at))
    }

    /// Whether the old one of a replacement is still to go.
    pub(super) fn is_removing(self, at: usize) -> bool {
        let old = self.old(at).and_then(|old| self.run_of(old));
        old.is_some_and(|run| run.progress != Progress::Finished)
    }

    /// The step that removes the old one, where the step at `at` replaces something.
    pub(super) fn old(self, at: usize) -> Option<usize> {
        predecessor(self.plan, self.step(at)?)
    }

    /// How far a row is: of a replacement, its first half until that is over.
    pub(super) fn far(self, at: usize) -> Option<&'a StepRun> {
        match self.old(at) {
            Some(old) if self.is_removing(at) => self.run_of(old),
            _ => self.run_of(at),
        }
    }

    /// The hunt, while it is under way or where it was given up.
    pub(super) fn hunt(self) -> Option<&'a Hunt> {
        self.run.and_then(|run| run.hunt.as_ref())
    }

    /// Whether a launch waits for a host to have room.
    pub(super) fn is_hunted(self, at: usize) -> bool {
        let on = self.hunt().filter(|hunt| hunt.is_on());
        let (Some(hunt), Some(step), Some(run)) = (on, self.step(at), self.far(at)) else {
            return false;
        };
        let asked = matches!(run.progress, Progress::Started | Progress::Retrying { .. });
        asked && hunt.nodes.contains(&step.key) && hunt.had(&step.key).is_none()
    }

    /// Whether a step is under way, or has failed: what must not scroll out of sight.
    pub(super) fn is_pressing(self, at: usize) -> bool {
        self.far(at).is_some_and(|run| match run.progress {
            Progress::Started
            | Progress::Settling(_)
            | Progress::Retrying { .. }
            | Progress::Failed(_) => true,
            Progress::Waiting | Progress::Finished => false,
        })
    }

    /// When it began and, where it is over, when it ended. A replacement begins with its first half.
    pub(super) fn span(self, at: usize) -> Option<(Timestamp, Option<Timestamp>)> {
        let old = self.old(at).and_then(|old| self.run_of(old));
        let started = old.and_then(|old| old.started);
        let started = started.or(self.run_of(at)?.started)?;
        let ended = self.far(at)?.ended.filter(|_| !self.is_removing(at));
        Some((started, ended.or(self.run.and_then(|run| run.ended))))
    }

    /// How long it has taken or takes; nothing before it has begun.
    pub(super) fn elapsed(self, at: usize, ctx: &Ctx<'_>) -> Option<String> {
        Some(match self.span(at)? {
            (started, Some(ended)) => lasted(ended.duration_since(started)),
            (started, None) => ctx.moment.running(started),
        })
    }

    /// How many seconds it took in earlier runs; both halves of a replacement together.
    pub(super) fn estimate(self, at: usize) -> Option<u64> {
        let own = self.step(at)?.estimate?;
        match self.old(at).and_then(|old| self.step(old)) {
            Some(old) => Some(own.saturating_add(old.estimate?)),
            None => Some(own),
        }
    }

    /// How many rows are as they should be, and how many there are.
    pub(super) fn counted(self, rows: &[Branch]) -> (usize, usize) {
        let finished = |row: &&Branch| {
            let far = self.far(row.step);
            far.is_some_and(|far| far.progress == Progress::Finished)
        };
        (rows.iter().filter(finished).count(), rows.len())
    }

    /// The names of those that it still waits for.
    pub(super) fn waits_for(self, step: &Step) -> Vec<&'a str> {
        let needed = step.needs.iter().filter_map(|key| place(self.plan, key));
        let open = needed.filter(|at| {
            let far = self.run_of(*at);
            far.is_some_and(|run| run.progress != Progress::Finished)
        });
        self.called(open)
    }

    /// What the rows of these steps are called, each once: of a replacement both are one.
    pub(super) fn called(self, steps: impl Iterator<Item = usize>) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        for step in steps.filter_map(|at| self.step(at)) {
            let shown = successor(self.plan, step).and_then(|new| self.step(new));
            let name = crate::domain::tree::name(shown.unwrap_or(step));
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// What a step does, also where it is the second half of a replacement.
    pub(super) fn deed(self, at: usize) -> Option<Deed> {
        let step = self.step(at)?;
        Some(match step.action {
            Action::Create if self.old(at).is_some() => Deed::Replace,
            Action::Create => Deed::Make,
            Action::Keep if step.drift.is_empty() => Deed::Keep,
            Action::Keep => Deed::Leave,
            Action::Update => Deed::Restore,
            Action::Import => Deed::TakeOver,
            Action::Delete => Deed::Remove,
        })
    }

    /// Whether the run takes the cluster away.
    pub(super) fn destroys(self) -> bool {
        self.plan.operation == Operation::Destroy
    }
}

/// What happens to the thing in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// It is made.
    Make,
    /// It is there and stays.
    Keep,
    /// It differs and stays all the same: only a replacement would restore it.
    Leave,
    /// Fields of it are changed back.
    Restore,
    /// It is there and stays, and Terraform's state knows it from then on.
    TakeOver,
    /// It is removed and made anew.
    Replace,
    /// It is removed.
    Remove,
}
