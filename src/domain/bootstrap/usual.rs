//! How long stages usually take: so that slow and stuck differ.
//!
//! Every stage has a length to begin with; those of earlier runs take its place.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Stage;

/// Runs that count for a stage; older ones are forgotten.
const RUNS: usize = 9;
/// From this many times the usual length on, something is stuck and not only slow.
const STUCK: u64 = 3;
/// Where waits are shortened, what is not a wait takes as long as ever: nothing is expected to be
/// over within fewer seconds.
const LEAST: u64 = 3;
/// A second at the pace of the real world.
const SECOND: u64 = 1000;

/// How fast something is, measured against what is usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// As usual.
    Usual,
    /// Longer than usual.
    Slow,
    /// So much longer that it will hardly end by itself.
    Stuck,
}

/// The lengths of stages in earlier runs, in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usual {
    /// How many milliseconds a second lasts of what is expected without earlier runs: fewer than
    /// 1000 in a world that runs faster. Runs that were seen have the lengths that were seen.
    #[serde(default = "second", skip_serializing_if = "is_real")]
    second_ms: u64,
    #[serde(flatten)]
    runs: BTreeMap<Stage, VecDeque<u64>>,
}

fn second() -> u64 {
    SECOND
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_real(second: &u64) -> bool {
    *second == SECOND
}

impl Default for Usual {
    fn default() -> Self {
        Self {
            second_ms: SECOND,
            runs: BTreeMap::new(),
        }
    }
}

impl Usual {
    /// The same in a world where a second of what is expected lasts so long.
    #[must_use]
    pub fn with_second(self, lasts: Duration) -> Self {
        Self {
            second_ms: u64::try_from(lasts.as_millis()).unwrap_or(SECOND).max(1),
            ..self
        }
    }

    /// How long a stage usually takes, in seconds: the median of the runs that are known, or what it
    /// is expected to take. Never 0.
    pub fn seconds(&self, stage: Stage) -> u64 {
        let expected = || {
            let seconds = self.expected_ms(stage).div_ceil(SECOND);
            if is_real(&self.second_ms) {
                seconds
            } else {
                seconds.max(LEAST)
            }
        };
        self.median(stage).unwrap_or_else(expected).max(1)
    }

    /// The same to the millisecond, for whoever acts on it and shows nothing.
    pub fn length(&self, stage: Stage) -> Duration {
        match self.median(stage) {
            Some(seconds) => Duration::from_secs(seconds.max(1)),
            None => Duration::from_millis(self.expected_ms(stage)),
        }
    }

    fn median(&self, stage: Stage) -> Option<u64> {
        let runs = self.runs.get(&stage)?;
        let mut sorted: Vec<u64> = runs.iter().copied().collect();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }

    fn expected_ms(&self, stage: Stage) -> u64 {
        stage.expected_seconds().saturating_mul(self.second_ms)
    }

    /// How many earlier runs say how long a stage takes.
    pub fn runs(&self, stage: Stage) -> usize {
        self.runs.get(&stage).map_or(0, VecDeque::len)
    }

    /// Takes in how long a stage took.
    pub fn learn(&mut self, stage: Stage, seconds: u64) {
        let runs = self.runs.entry(stage).or_default();
        runs.push_back(seconds);
        let surplus = runs.len().saturating_sub(RUNS);
        runs.drain(..surplus);
    }

    /// How fast a stage is that has taken so many seconds.
    pub fn pace(&self, stage: Stage, seconds: u64) -> Pace {
        let usual = self.seconds(stage);
        match seconds {
            _ if seconds > usual.saturating_mul(STUCK) => Pace::Stuck,
            _ if seconds > usual => Pace::Slow,
            _ => Pace::Usual,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(10, Pace::Usual)]
    #[case(11, Pace::Slow)]
    #[case(30, Pace::Slow)]
    #[case(31, Pace::Stuck)]
    fn slow_is_not_stuck(#[case] seconds: u64, #[case] wanted: Pace) {
        let usual = Usual::default();
        assert_eq!(usual.seconds(Stage::Nat), 10);
        assert_eq!(usual.pace(Stage::Nat, seconds), wanted);
    }

    #[test]
    fn what_earlier_runs_took_counts_and_one_odd_run_does_not() {
        let mut usual = Usual::default();
        for seconds in [40, 42, 900] {
            usual.learn(Stage::Nat, seconds);
        }
        assert_eq!((usual.seconds(Stage::Nat), usual.runs(Stage::Nat)), (42, 3));
        assert_eq!(usual.runs(Stage::K3s), 0);
    }

    #[test]
    fn what_is_expected_goes_with_the_pace_and_what_was_seen_does_not() {
        let mut usual = Usual::default().with_second(Duration::from_millis(125));
        assert_eq!(usual.seconds(Stage::Applications), 30);
        assert_eq!(usual.length(Stage::Nat), Duration::from_millis(1_250));
        assert_eq!(usual.seconds(Stage::Nat), LEAST);
        usual.learn(Stage::Nat, 9);
        assert_eq!(usual.seconds(Stage::Nat), 9);
        assert_eq!(usual.length(Stage::Nat), Duration::from_secs(9));
        let text = serde_json::to_string(&usual).unwrap();
        assert_eq!(text, r#"{"second_ms":125,"nat":[9]}"#);
        assert_eq!(serde_json::from_str::<Usual>(&text).unwrap(), usual);
    }

    #[test]
    fn only_the_last_runs_count() {
        let mut usual = Usual::default();
        (0..RUNS).for_each(|_| usual.learn(Stage::Nat, 500));
        (0..RUNS).for_each(|_| usual.learn(Stage::Nat, 0));
        assert_eq!(
            (usual.seconds(Stage::Nat), usual.runs(Stage::Nat)),
            (1, RUNS)
        );
    }

    #[test]
    fn it_is_kept_as_json_by_the_names_of_the_stages() {
        let mut usual = Usual::default();
        usual.learn(Stage::ApiServer, 7);
        let text = serde_json::to_string(&usual).unwrap();
        assert_eq!(text, r#"{"api-server":[7]}"#);
        assert_eq!(serde_json::from_str::<Usual>(&text).unwrap(), usual);
    }
}
