//! Whether a stage takes as long as it usually does, and how that looks.

use jiff::{SignedDuration, Timestamp};

use crate::domain::bootstrap::Progress;
use crate::store::bootstrap::StageRun;
use crate::theme::Role;
use crate::ui::moment::lasted;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs::{self, Sign};

/// From this many times the usual length on, something is stuck and not only slow.
const STUCK: u64 = 3;

/// How fast a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// As usual.
    Usual,
    /// Longer than usual.
    Slow,
    /// So much longer that it will hardly end by itself.
    Stuck,
}

/// How fast a stage that has taken `length` is.
fn pace(stage: &StageRun, length: SignedDuration) -> Pace {
    let seconds = u64::try_from(length.as_secs()).unwrap_or(0);
    let usual = stage.stage.expected_seconds();
    match seconds {
        _ if seconds > usual * STUCK => Pace::Stuck,
        _ if seconds > usual => Pace::Slow,
        _ => Pace::Usual,
    }
}

/// A stage as it is shown.
pub(super) struct Shown {
    pub(super) sign: Sign,
    /// How long it took or takes; empty before it has begun.
    pub(super) time: String,
    /// How much of the usual time is over.
    pub(super) percent: Option<u8>,
    /// `slow` or `stuck`, where it is.
    pub(super) word: &'static str,
    /// What it waits for, where it says so.
    pub(super) waits: String,
}

impl Shown {
    /// How a stage looks now. One that waits for another node (`held`) is neither slow nor stuck.
    pub(super) fn new(stage: &StageRun, held: bool, ctx: &Ctx<'_>) -> Self {
        // What was seen only when it was over tells nothing of how long it took.
        let length = stage
            .started
            .filter(|started| stage.ended.is_none_or(|ended| ended > *started))
            .map(|started| over(stage, ctx.moment.now()).duration_since(started));
        let running = matches!(stage.progress, Progress::Running { .. });
        let pace = match length {
            Some(length) if running && !held => pace(stage, length),
            _ => Pace::Usual,
        };
        let (sign, word) = match (&stage.progress, pace) {
            (Progress::Waiting, _) => (signs::NONE, ""),
            (Progress::Done, _) => (signs::OK, ""),
            (Progress::Failed { .. }, _) => (signs::BAD, "failed"),
            (Progress::Running { .. }, Pace::Usual) => (signs::BUSY, ""),
            (Progress::Running { .. }, Pace::Slow) => (signs::WARN, "slow"),
            (Progress::Running { .. }, Pace::Stuck) => (("‖", Role::Bad), "stuck"),
        };
        let time = match (stage.started, length) {
            (Some(started), _) if running => ctx.moment.running(started),
            (_, Some(length)) => lasted(length),
            _ => String::new(),
        };
        let waits = match &stage.progress {
            Progress::Running { waits_for } => waits_for.to_string(),
            Progress::Waiting | Progress::Done | Progress::Failed { .. } => String::new(),
        };
        Self {
            sign,
            time,
            percent: length.map(|length| percent(stage, length)),
            word,
            waits,
        }
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

fn over(stage: &StageRun, now: Timestamp) -> Timestamp {
    stage.ended.unwrap_or(now)
}

fn percent(stage: &StageRun, length: SignedDuration) -> u8 {
    let seconds = u64::try_from(length.as_secs()).unwrap_or(0);
    let percent = (seconds.min(100_000) * 100).checked_div(stage.stage.expected_seconds());
    u8::try_from(percent.unwrap_or(100).min(100)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::bootstrap::Stage;
    use rstest::rstest;

    #[rstest]
    #[case(10, Pace::Usual)]
    #[case(11, Pace::Slow)]
    #[case(30, Pace::Slow)]
    #[case(31, Pace::Stuck)]
    fn slow_is_not_stuck(#[case] seconds: i64, #[case] wanted: Pace) {
        let stage = StageRun {
            stage: Stage::Nat,
            progress: Progress::Done,
            started: None,
            ended: None,
        };
        assert_eq!(Stage::Nat.expected_seconds(), 10);
        assert_eq!(pace(&stage, SignedDuration::from_secs(seconds)), wanted);
    }
}
