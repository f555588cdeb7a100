//! For how long capacity may be hunted for.

use std::time::Duration;

use super::forms;

/// A launch goes out once a minute: what is shorter hunts for nothing.
const SHORTEST: Duration = Duration::from_mins(1);
/// The month that prices are stated for.
const LONGEST: Duration = Duration::from_hours(744);

/// What may be given, in words.
pub const HUNT_LENGTH: &str = "0s, or a length of time from 1m to 744h, such as 12h";

/// A length of time as people write it (`12h`, `1h 30m`), if a hunt may be that long. Zero gives up
/// at the first refusal.
pub fn hunt_length(text: &str) -> Option<Duration> {
    forms::duration(text).filter(|it| it.is_zero() || (SHORTEST..=LONGEST).contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("0s", Some(0))]
    #[case("12h", Some(43_200))]
    #[case("1h 30m", Some(5_400))]
    #[case("5h20m", Some(19_200))]
    #[case("744h", Some(2_678_400))]
    #[case("745h", None)]
    #[case("30s", None)]
    #[case("-1h", None)]
    #[case("12", None)]
    #[case("soon", None)]
    fn a_hunt_is_a_minute_to_a_month_or_none(#[case] text: &str, #[case] seconds: Option<u64>) {
        assert_eq!(hunt_length(text), seconds.map(Duration::from_secs));
    }
}
