//! The time that a frame is drawn for, and when the next frame is due because of it.
//!
//! Whatever shows a time asks here. Each answer notes when it will read differently, so that the
//! loop sleeps until the first of those moments and no longer draws for nothing.

use std::cell::Cell;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A frame's time.
#[derive(Clone, Debug)]
pub struct Moment {
    now: Timestamp,
    zone: TimeZone,
    next: Cell<Option<Timestamp>>,
}

impl Moment {
    /// The moment `now`, shown in `zone`.
    pub fn new(now: Timestamp, zone: TimeZone) -> Self {
        Self {
            now,
            zone,
            next: Cell::new(None),
        }
    }

    /// The same moment, with nothing noted.
    #[must_use]
    pub fn unobserved(&self) -> Self {
        Self::new(self.now, self.zone.clone())
    }

    /// The time itself.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// When something that was shown reads differently.
    pub fn next_change(&self) -> Option<Timestamp> {
        self.next.get()
    }

    /// Notes that the screen changes at `at`.
    pub fn changes_at(&self, at: Timestamp) {
        if at > self.now && self.next.get().is_none_or(|next| at < next) {
            self.next.set(Some(at));
        }
    }

    /// How long ago something was: `4s`, `12m`, `3h`, `5d`.
    pub fn since(&self, at: Timestamp) -> String {
        self.span(self.now.duration_since(at), true)
    }

    /// How long it is until something: `4s`, `12m`, `3h`, `61d`.
    pub fn until(&self, at: Timestamp) -> String {
        self.span(at.duration_since(self.now), false)
    }

    /// How long something has been going on, to the second: `34s`, `2m05s`.
    pub fn running(&self, since: Timestamp) -> String {
        let length = self.now.duration_since(since);
        let into = length.as_millis().max(0) % 1_000;
        let left = i64::try_from(1_000 - into).unwrap_or(1_000);
        self.changes_in(SignedDuration::from_millis(left));
        lasted(length)
    }

    /// The time of day, in minutes.
    pub fn clock(&self) -> String {
        let into = self.now.as_second().rem_euclid(MINUTE);
        self.changes_in(SignedDuration::from_secs(MINUTE - into));
        self.now
            .to_zoned(self.zone.clone())
            .strftime("%H:%M")
            .to_string()
    }

    /// A time as a list shows it: the time of day, and the date before it when it is not today's.
    pub fn stamp(&self, at: Timestamp) -> String {
        let then = at.to_zoned(self.zone.clone());
        if then.date() == self.now.to_zoned(self.zone.clone()).date() {
            then.strftime("%H:%M:%S").to_string()
        } else {
            then.strftime("%m-%d %H:%M").to_string()
        }
    }

    /// A time in full.
    pub fn full(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone())
            .strftime("%Y-%m-%d %H:%M:%S %Z")
            .to_string()
    }

    fn changes_in(&self, wait: SignedDuration) {
        if let Ok(at) = self.now.checked_add(wait) {
            self.changes_at(at);
        }
    }

    /// A length in its largest unit, rounded down; `growing` says in which direction it changes.
    fn span(&self, length: SignedDuration, growing: bool) -> String {
        let seconds = length.as_secs().max(0);
        let (unit, name) = match seconds {
            DAY.. if seconds >= 2 * DAY => (DAY, 'd'),
            HOUR.. if seconds >= 2 * HOUR => (HOUR, 'h'),
            _ if seconds >= 2 * MINUTE => (MINUTE, 'm'),
            _ => (1, 's'),
        };
        let into = length.as_millis().max(0) % i128::from(unit * 1_000);
        let left = if growing {
            i128::from(unit * 1_000) - into
        } else {
            into + 1
        };
        if growing || seconds > 0 {
            self.changes_in(SignedDuration::from_millis(
                i64::try_from(left).unwrap_or(HOUR),
            ));
        }
        format!("{}{name}", seconds / unit)
    }
}

/// A length to the second: `34s`, `2m05s`, `1h02m`.
pub fn lasted(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    let (hours, minutes) = (seconds / HOUR, seconds % HOUR / MINUTE);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{:02}s", seconds % MINUTE),
        _ => format!("{hours}h{minutes:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[rstest]
    #[case("2026-11-22T12:00:00Z", "0s", "2026-11-22T12:00:01Z")]
    #[case("2026-11-22T11:58:10Z", "110s", "2026-11-22T12:00:01Z")]
    #[case("2026-11-22T11:48:30Z", "11m", "2026-11-22T12:00:30Z")]
    #[case("2026-11-22T09:45:00Z", "2h", "2026-11-22T12:45:00Z")]
    #[case("2026-11-17T11:00:00Z", "5d", "2026-11-23T11:00:00Z")]
    #[case("2026-11-22T12:00:05Z", "0s", "2026-11-22T12:00:01Z")]
    fn an_age_names_its_next_change(#[case] then: &str, #[case] shown: &str, #[case] next: &str) {
        let moment = Moment::new(at("2026-11-22T12:00:00Z"), TimeZone::UTC);
        assert_eq!(moment.since(at(then)), shown);
        assert_eq!(moment.next_change(), Some(at(next)));
    }

    #[test]
    fn a_countdown_changes_just_after_the_unit_is_full() {
        let moment = Moment::new(at("2026-11-22T12:00:00Z"), TimeZone::UTC);
        assert_eq!(moment.until(at("2026-11-22T12:30:20Z")), "30m");
        assert_eq!(moment.next_change(), Some(at("2026-11-22T12:00:20.001Z")));
        let over = Moment::new(at("2026-11-22T12:00:00Z"), TimeZone::UTC);
        assert_eq!(over.until(at("2026-11-22T11:00:00Z")), "0s");
        assert_eq!(over.next_change(), None);
    }

    #[rstest]
    #[case(0, "0s")]
    #[case(59, "59s")]
    #[case(125, "2m05s")]
    #[case(3_720, "1h02m")]
    #[case(-5, "0s")]
    fn a_length_is_told_to_the_second(#[case] seconds: i64, #[case] shown: &str) {
        assert_eq!(lasted(SignedDuration::from_secs(seconds)), shown);
    }

    #[test]
    fn what_runs_changes_at_its_next_full_second() {
        let moment = Moment::new(at("2026-11-22T12:00:00Z"), TimeZone::UTC);
        assert_eq!(moment.running(at("2026-11-22T11:59:29.7Z")), "30s");
        assert_eq!(moment.next_change(), Some(at("2026-11-22T12:00:00.7Z")));
    }

    #[test]
    fn the_first_of_all_changes_counts() {
        let moment = Moment::new(at("2026-11-22T12:00:30Z"), TimeZone::UTC);
        assert_eq!(moment.clock(), "12:00");
        assert_eq!(moment.next_change(), Some(at("2026-11-22T12:01:00Z")));
        moment.since(at("2026-11-22T12:00:29.5Z"));
        assert_eq!(moment.next_change(), Some(at("2026-11-22T12:00:30.5Z")));
        moment.clock();
        assert_eq!(moment.next_change(), Some(at("2026-11-22T12:00:30.5Z")));
    }

    #[test]
    fn today_needs_no_date() {
        let moment = Moment::new(at("2026-11-22T12:00:30Z"), TimeZone::UTC);
        assert_eq!(moment.stamp(at("2026-11-22T09:05:07Z")), "09:05:07");
        assert_eq!(moment.stamp(at("2026-11-21T09:05:07Z")), "11-21 09:05");
    }
}
