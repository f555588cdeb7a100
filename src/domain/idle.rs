//! Whether Oracle may stop an instance of the Always Free kind because it is idle.
//!
//! What is judged are figures of seven days, by the rule that Oracle publishes: the processor's 95th
//! percentile, the network and (for A1) memory all below a fifth. Who measured them is not known here.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Object, ObjectRef};
use super::topology::A1_SHAPE;

/// The other shape of the Always Free kind: an eighth of an OCPU, 1 GB, 480 Mbit/s.
pub const MICRO_SHAPE: &str = "VM.Standard.E2.1.Micro";
/// Below this an instance counts as idle.
pub const IDLE_BELOW: PerMille = PerMille(200);
/// Hours over which Oracle judges.
pub const WINDOW_HOURS: u32 = 7 * 24;
/// Gaps in what was measured, of which a full week may have some, in hours.
const SLACK_HOURS: u32 = 6;
const MICRO_MEGABITS: u64 = 480;
const A1_MEGABITS_PER_OCPU: u64 = 1_000;

/// A share in thousandths.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct PerMille(pub u32);

impl PerMille {
    /// From hundredths as a service measures them; nothing for what is no share.
    pub fn of_percent(percent: f64) -> Option<Self> {
        format!("{:.0}", percent * 10.0).parse().ok().map(Self)
    }

    /// In whole hundredths, rounded.
    pub fn percent(self) -> u8 {
        u8::try_from(self.0.saturating_add(5) / 10).unwrap_or(u8::MAX)
    }
}

impl fmt::Display for PerMille {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} %", self.0 / 10, self.0 % 10)
    }
}

/// What was measured over the last seven days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Week {
    /// The 95th percentile of the processor's use.
    pub cpu: Option<PerMille>,
    /// The mean of the busier direction of the network, of what the shape can do.
    pub network: Option<PerMille>,
    /// The mean of memory's use.
    pub memory: Option<PerMille>,
    /// For how many of the hours there are figures.
    pub hours: u32,
}

/// What OCI itself measured of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// The node that it is; nodes have no namespace.
    pub id: ObjectRef,
    /// Its shape.
    pub shape: Line,
    /// The processor's use now.
    pub cpu: Option<PerMille>,
    /// Memory's use now.
    pub memory: Option<PerMille>,
    /// The last seven days.
    pub week: Option<Week>,
}

impl Object for Measured {
    fn id(&self) -> &ObjectRef {
        &self.id
    }
}

/// What follows from the figures of a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idleness {
    /// Instances of this shape are not reclaimed.
    Exempt,
    /// Nothing can be said: this figure is not there.
    Unknown {
        /// Which.
        lacks: &'static str,
    },
    /// All is below the line so far, but Oracle looks at seven days.
    TooEarly {
        /// Whole days for which there are figures.
        days: u32,
    },
    /// At least one figure is not below the line.
    Busy {
        /// Which.
        by: &'static str,
        /// How much.
        share: PerMille,
    },
    /// Everything that counts is below the line.
    AtRisk,
}

/// Judges the figures of an instance of `shape`. One figure that is not below the line is enough to be
/// safe, even where others are not known.
pub fn judge(shape: &str, week: &Week) -> Idleness {
    let counts: &[(&str, Option<PerMille>)] = match shape {
        A1_SHAPE => &[
            ("CPU", week.cpu),
            ("network", week.network),
            ("memory", week.memory),
        ],
        MICRO_SHAPE => &[("CPU", week.cpu), ("network", week.network)],
        _ => return Idleness::Exempt,
    };
    let known = |(name, share): &(&'static str, Option<PerMille>)| share.map(|it| (*name, it));
    let busiest = counts
        .iter()
        .filter_map(known)
        .filter(|(_, share)| *share >= IDLE_BELOW)
        .max_by_key(|(_, share)| *share);
    if let Some((by, share)) = busiest {
        return Idleness::Busy { by, share };
    }
    if let Some((lacks, _)) = counts.iter().find(|(_, share)| share.is_none()) {
        return Idleness::Unknown { lacks };
    }
    if week.hours.saturating_add(SLACK_HOURS) < WINDOW_HOURS {
        return Idleness::TooEarly {
            days: week.hours / 24,
        };
    }
    Idleness::AtRisk
}

impl Measured {
    /// What follows from its week, once that was measured.
    pub fn idleness(&self) -> Option<Idleness> {
        Some(judge(&self.shape, &self.week?))
    }

    /// Why it may be reclaimed, in one sentence, where it may.
    pub fn risk(&self) -> Option<String> {
        let week = self
            .week
            .filter(|week| judge(&self.shape, week) == Idleness::AtRisk)?;
        Some(format!(
            "may be reclaimed as idle: {}",
            week.said(&self.shape)
        ))
    }
}

impl Week {
    /// The figures that count for `shape`.
    pub fn said(&self, shape: &str) -> String {
        let mut said = Vec::new();
        if let Some(cpu) = self.cpu {
            said.push(format!("CPU {cpu} (p95)"));
        }
        if let Some(network) = self.network {
            said.push(format!("network {network}"));
        }
        if let Some(memory) = self.memory.filter(|_| shape != MICRO_SHAPE) {
            said.push(format!("memory {memory}"));
        }
        said.join(", ")
    }
}

/// Bits a second that an instance's network can do; nothing where that is not known.
pub fn bandwidth(shape: &str, milli_ocpus: Option<u32>) -> Option<u64> {
    let megabits = match shape {
        A1_SHAPE => A1_MEGABITS_PER_OCPU * u64::from(milli_ocpus?) / 1000,
        MICRO_SHAPE => MICRO_MEGABITS,
        _ => return None,
    };
    (megabits > 0).then_some(megabits * 1_000_000)
}

/// The smallest of `values` that at least 95 of 100 of them do not exceed.
pub fn p95(values: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|it| it.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * 95).div_ceil(100).checked_sub(1)?;
    sorted.get(rank).copied()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn week(cpu: u32, network: u32, memory: u32, hours: u32) -> Week {
        Week {
            cpu: Some(PerMille(cpu)),
            network: Some(PerMille(network)),
            memory: Some(PerMille(memory)),
            hours,
        }
    }

    #[rstest]
    #[case::all_below(A1_SHAPE, week(199, 199, 199, 168), Idleness::AtRisk)]
    #[case::the_line_itself_is_safe(A1_SHAPE, week(200, 0, 0, 168), Idleness::Busy { by: "CPU", share: PerMille(200) })]
    #[case::memory_counts(A1_SHAPE, week(40, 10, 310, 168), Idleness::Busy { by: "memory", share: PerMille(310) })]
    #[case::network_counts(A1_SHAPE, week(40, 500, 310, 168), Idleness::Busy { by: "network", share: PerMille(500) })]
    #[case::memory_of_a_micro_does_not(MICRO_SHAPE, week(40, 10, 900, 168), Idleness::AtRisk)]
    #[case::three_days(A1_SHAPE, week(40, 10, 110, 80), Idleness::TooEarly { days: 3 })]
    #[case::a_gap_of_hours_is_no_excuse(A1_SHAPE, week(40, 10, 110, 163), Idleness::AtRisk)]
    #[case::busy_at_once(A1_SHAPE, week(400, 10, 110, 1), Idleness::Busy { by: "CPU", share: PerMille(400) })]
    #[case::paid_shape("VM.Standard.E4.Flex", week(1, 1, 1, 168), Idleness::Exempt)]
    #[case::no_memory(A1_SHAPE, Week { memory: None, ..week(40, 10, 0, 168) }, Idleness::Unknown { lacks: "memory" })]
    #[case::one_is_enough(A1_SHAPE, Week { memory: None, ..week(400, 10, 0, 168) }, Idleness::Busy { by: "CPU", share: PerMille(400) })]
    #[case::nothing(A1_SHAPE, Week::default(), Idleness::Unknown { lacks: "CPU" })]
    fn all_must_be_below_the_line_for_seven_days(
        #[case] shape: &str,
        #[case] week: Week,
        #[case] expected: Idleness,
    ) {
        assert_eq!(judge(shape, &week), expected);
    }

    #[test]
    fn the_95th_of_100_is_the_95th() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(p95(&values), Some(95.0));
        assert_eq!(p95(&[7.0]), Some(7.0));
        assert_eq!(p95(&[1.0, f64::NAN]), Some(1.0));
        assert_eq!(p95(&[]), None);
    }

    #[rstest]
    #[case(4.56, Some(46))]
    #[case(-3.0, None)]
    #[case(f64::NAN, None)]
    #[case(f64::INFINITY, None)]
    fn a_share_is_read_or_it_is_none(#[case] percent: f64, #[case] expected: Option<u32>) {
        assert_eq!(PerMille::of_percent(percent), expected.map(PerMille));
    }

    #[test]
    fn the_network_is_measured_against_the_shape() {
        assert_eq!(bandwidth(A1_SHAPE, Some(2_000)), Some(2_000_000_000));
        assert_eq!(bandwidth(MICRO_SHAPE, Some(125)), Some(480_000_000));
        assert_eq!(bandwidth(A1_SHAPE, None), None);
        assert_eq!(bandwidth("VM.Standard3.Flex", Some(1_000)), None);
    }

    #[test]
    fn a_risk_names_its_figures() {
        let measured = Measured {
            shape: A1_SHAPE.into(),
            week: Some(week(41, 2, 113, 168)),
            ..Measured::default()
        };
        let said = measured.risk().unwrap();
        assert_eq!(
            said,
            "may be reclaimed as idle: CPU 4.1 % (p95), network 0.2 %, memory 11.3 %"
        );
    }
}
