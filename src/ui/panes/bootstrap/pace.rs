//! Whether a stage takes as long as it usually does, and how that looks.

use jiff::SignedDuration;

use crate::domain::bootstrap::{Pace, Progress, Usual};
use crate::store::bootstrap::{Bootstrap, StageRun};
use crate::theme::Role;
use crate::ui::moment::lasted;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs::{self, Sign};

/// A stage as it is shown.
pub(super) struct Shown<'a> {
    pub(super) sign: Sign,
    /// How long it took or takes; empty before it has begun.
    pub(super) time: String,
    /// How much of the usual time is over.
    pub(super) percent: Option<u8>,
    /// `slow`, `stuck`, or `kept` by something that is known; empty otherwise.
    pub(super) word: &'static str,
    /// What it waits for, where it says so.
    pub(super) waits: &'a str,
}

impl<'a> Shown<'a> {
    /// How a stage looks now. One that waits for another node (`held`) is neither slow nor stuck.
    pub(super) fn new(stage: &'a StageRun, held: bool, usual: &Usual, ctx: &Ctx<'_>) -> Self {
        let seconds = stage.seconds(ctx.moment.now());
        let running = matches!(stage.progress, Progress::Running { .. });
        let pace = match seconds {
            Some(seconds) if running && !held => usual.pace(stage.stage, seconds),
            _ => Pace::Usual,
        };
        let (sign, word) = match (&stage.progress, pace) {
            (Progress::Waiting, _) => (signs::NONE, ""),
            (Progress::Done, _) => (signs::OK, ""),
            (Progress::Failed { .. }, _) => (signs::BAD, "failed"),
            (Progress::Running { .. }, Pace::Stuck) => (("‖", Role::Bad), "stuck"),
            (Progress::Running { .. }, _) if stage.diagnosis.is_some() => (signs::WARN, "kept"),
            (Progress::Running { .. }, Pace::Usual) => (signs::BUSY, ""),
            (Progress::Running { .. }, Pace::Slow) => (signs::WARN, "slow"),
        };
        let time = match (stage.started, seconds) {
            (Some(started), _) if running => ctx.moment.running(started),
            (_, Some(seconds)) => lasted(SignedDuration::from_secs(seconds.cast_signed())),
            _ => String::new(),
        };
        let waits = match &stage.progress {
            Progress::Running { waits_for } => waits_for.as_str(),
            Progress::Waiting | Progress::Done | Progress::Failed { .. } => "",
        };
        Self {
            sign,
            time,
            // What was over at once has no bar: an empty one would look as if it were still to come.
            percent: seconds
                .filter(|seconds| running || *seconds > 0)
                .map(|seconds| percent(usual.seconds(stage.stage), seconds)),
            word,
            waits,
        }
    }

    /// How a stage of the cluster looks now: before its turn it has neither a time nor a bar, though
    /// it is asked for already.
    pub(super) fn of_cluster(bootstrap: &Bootstrap, stage: &'a StageRun, ctx: &Ctx<'_>) -> Self {
        if bootstrap.is_early(stage) && stage.diagnosis.is_none() {
            return Self {
                sign: signs::NONE,
                time: String::new(),
                percent: None,
                word: "",
                waits: "",
            };
        }
        Self::new(stage, false, &bootstrap.usual, ctx)
    }

    /// The role of its bar.
    pub(super) fn fill(&self) -> Role {
        if self.sign == signs::OK {
            Role::Muted
        } else if self.sign == signs::BUSY {
            Role::Fill
        } else {
            self.sign.1
        }
    }
}

/// How long a stage usually takes, and how many runs say so.
pub(super) fn usually(stage: &StageRun, usual: &Usual) -> String {
    let seconds = usual.seconds(stage.stage).cast_signed();
    let length = lasted(SignedDuration::from_secs(seconds));
    match usual.runs(stage.stage) {
        0 => format!("usually {length}"),
        1 => format!("usually {length} (1 run)"),
        runs => format!("usually {length} ({runs} runs)"),
    }
}

/// A length that is only a guess: in tens of seconds, or in minutes.
pub(super) fn roughly(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{}s", seconds.div_ceil(10) * 10),
        _ => format!("{}m", seconds.div_ceil(60)),
    }
}

fn percent(usual: u64, seconds: u64) -> u8 {
    let percent = (seconds.min(100_000) * 100).checked_div(usual);
    u8::try_from(percent.unwrap_or(100).min(100)).unwrap_or(100)
}
