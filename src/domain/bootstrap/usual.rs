//! How long stages usually take: so that slow and stuck differ.
//!
//! Every stage has a length to begin with; those of earlier runs take its place.

use std::collections::{BTreeMap, VecDeque};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Stage;

/// Runs that count for a stage; older ones are forgotten.
const RUNS: usize = 9;
/// From this many times the usual length on, something is stuck and not only slow.
const STUCK: u64 = 3;

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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Usual(BTreeMap<Stage, VecDeque<u64>>);

impl Usual {
    /// How long a stage usually takes, in seconds: the median of the runs that are known, or what it
    /// is expected to take. Never 0.
    pub fn seconds(&self, stage: Stage) -> u64 {
        let known = self.0.get(&stage).filter(|runs| !runs.is_empty());
        let median = known.and_then(|runs| {
            let mut sorted: Vec<u64> = runs.iter().copied().collect();
            sorted.sort_unstable();
            sorted.get(sorted.len() / 2).copied()
        });
        median.unwrap_or_else(|| stage.expected_seconds()).max(1)
    }

    /// How many earlier runs say how long a stage takes.
    pub fn runs(&self, stage: Stage) -> usize {
        self.0.get(&stage).map_or(0, VecDeque::len)
    }

    /// Takes in how long a stage took.
    pub fn learn(&mut self, stage: Stage, seconds: u64) {
        let runs = self.0.entry(stage).or_default();
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
