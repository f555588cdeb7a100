//! OCI's query language, as far as clients of the lab use it: `Metric[5m]{name = "value"}.mean()`.

use crate::lab::oci::answer::Refusal;

/// One question.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    pub(super) metric: String,
    /// Over how many seconds figures are taken together.
    pub(super) interval: i64,
    pub(super) dimensions: Vec<(String, String)>,
    pub(super) statistic: Statistic,
}

/// How figures are taken together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Statistic {
    Mean,
    Max,
    Min,
    Sum,
    Count,
    /// A second.
    Rate,
    /// This part of the figures is not larger.
    Percentile(f64),
}

impl Query {
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let wrong = || Refusal::invalid(format!("The query {text} is not valid"));
        let (metric, rest) = text.split_once('[').ok_or_else(wrong)?;
        let (interval, rest) = rest.split_once(']').ok_or_else(wrong)?;
        let (dimensions, rest) = match rest.trim_start().strip_prefix('{') {
            Some(rest) => rest.split_once('}').ok_or_else(wrong)?,
            None => ("", rest),
        };
        let statistic = rest.trim().strip_prefix('.').ok_or_else(wrong)?;
        let dimensions = dimensions.split(',').filter(|one| !one.trim().is_empty());
        let dimensions: Option<Vec<_>> = dimensions.map(dimension).collect();
        Ok(Self {
            metric: metric.trim().to_owned(),
            interval: seconds(interval)?,
            dimensions: dimensions.ok_or_else(wrong)?,
            statistic: Statistic::parse(statistic).ok_or_else(wrong)?,
        })
    }
}

fn dimension(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
    Some((name.trim().to_owned(), value.to_owned()))
}

/// `1m` to `60m`, `1h` to `24h`, `1d`, in seconds.
pub(super) fn seconds(text: &str) -> Result<i64, Refusal> {
    let wrong = || Refusal::invalid(format!("{text} is not an interval"));
    let (unit, most) = match text.chars().last() {
        Some('m') => (60, 60),
        Some('h') => (3_600, 24),
        Some('d') => (86_400, 1),
        _ => return Err(wrong()),
    };
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: i64 = number.parse().map_err(|_| wrong())?;
    if (1..=most).contains(&number) {
        Ok(number * unit)
    } else {
        Err(wrong())
    }
}

impl Statistic {
    fn parse(text: &str) -> Option<Self> {
        let (name, argument) = text.strip_suffix(')')?.split_once('(')?;
        Some(match (name, argument.trim()) {
            ("mean" | "avg", "") => Self::Mean,
            ("max", "") => Self::Max,
            ("min", "") => Self::Min,
            ("sum", "") => Self::Sum,
            ("count", "") => Self::Count,
            ("rate", "") => Self::Rate,
            ("percentile", part) => {
                let part: f64 = part.parse().ok()?;
                (part > 0.0 && part < 1.0).then_some(Self::Percentile(part))?
            }
            _ => return None,
        })
    }

    /// One figure of several; nothing of none.
    pub(super) fn of(self, samples: &[f64]) -> Option<f64> {
        let count = u32::try_from(samples.len())
            .ok()
            .filter(|count| *count > 0)?;
        let sum: f64 = samples.iter().sum();
        Some(match self {
            Self::Mean | Self::Rate => sum / f64::from(count),
            Self::Max => samples.iter().copied().fold(f64::MIN, f64::max),
            Self::Min => samples.iter().copied().fold(f64::MAX, f64::min),
            Self::Sum => sum,
            Self::Count => f64::from(count),
            Self::Percentile(part) => {
                let mut sorted = samples.to_vec();
                sorted.sort_by(f64::total_cmp);
                let within = sorted.iter().zip(1_u32..);
                let wanted = part * f64::from(count);
                let found = within
                    .into_iter()
                    .find(|(_, rank)| f64::from(*rank) >= wanted);
                found.map(|(value, _)| *value)?
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn a_question_is_read() {
        let text = "CpuUtilization[5m]{resourceId = \"ocid1.x\", shape=\"a\"}.percentile(0.95)";
        let query = Query::parse(text).unwrap();
        assert_eq!(
            (query.metric.as_str(), query.interval),
            ("CpuUtilization", 300)
        );
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            query.dimensions,
            [pair("resourceId", "ocid1.x"), pair("shape", "a")]
        );
        assert_eq!(query.statistic, Statistic::Percentile(0.95));
        assert!(Query::parse("CpuUtilization[1h].rate()").is_ok());
    }

    #[rstest]
    #[case("CpuUtilization")]
    #[case("CpuUtilization[5x].mean()")]
    #[case("CpuUtilization[90m].mean()")]
    #[case("CpuUtilization[5m]")]
    #[case("CpuUtilization[5m]{resourceId}.mean()")]
    #[case("CpuUtilization[5m].percentile(95)")]
    #[case("CpuUtilization[5m].median()")]
    fn what_is_no_question_is_refused(#[case] text: &str) {
        assert_eq!(Query::parse(text).unwrap_err().status, 400);
    }

    #[test]
    fn several_become_one() {
        let samples = [1.0, 2.0, 3.0, 10.0];
        assert_eq!(Statistic::Mean.of(&samples), Some(4.0));
        assert_eq!(Statistic::Percentile(0.5).of(&samples), Some(2.0));
        assert_eq!(Statistic::Percentile(0.95).of(&samples), Some(10.0));
        assert_eq!(Statistic::Sum.of(&[]), None);
    }
}
