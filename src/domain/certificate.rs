//! A cert-manager Certificate; what was done to issue it is in [`super::issuance`].

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Ailment, Condition, Labels, Object, ObjectRef, Truth, condition};

/// Who signs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IssuerRef {
    /// `Issuer` or `ClusterIssuer`.
    pub kind: Line,
    /// Its name.
    pub name: Line,
}

/// A certificate that is wanted, and how far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// Its name.
    pub id: ObjectRef,
    /// Its labels.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// When it was asked for.
    pub created: Option<Timestamp>,
    /// Names that it is for.
    pub dns_names: Vec<Line>,
    /// Secret that holds key and certificate.
    pub secret: Line,
    /// Who signs.
    pub issuer: IssuerRef,
    /// `Ready`, `Issuing`.
    pub conditions: Vec<Condition>,
    /// Number of the issue; 1 is the first.
    pub revision: u32,
    /// Valid from.
    pub not_before: Option<Timestamp>,
    /// Valid until.
    pub not_after: Option<Timestamp>,
    /// When cert-manager will renew it.
    pub renewal: Option<Timestamp>,
    /// When the last try failed.
    pub last_failure: Option<Timestamp>,
    /// Tries that failed in a row.
    pub failed_attempts: u32,
}

/// cert-manager waits an hour after the first failure, twice as long after each further one.
const FIRST_WAIT: SignedDuration = SignedDuration::from_hours(1);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(32);

impl Certificate {
    /// The condition of type `kind`.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        condition(&self.conditions, kind)
    }

    /// Whether it is valid and up to date, as cert-manager says.
    pub fn is_ready(&self) -> bool {
        self.condition("Ready")
            .is_some_and(|ready| ready.status == Truth::True)
    }

    /// Whether it is being issued or renewed now.
    pub fn is_issuing(&self) -> bool {
        self.condition("Issuing")
            .is_some_and(|issuing| issuing.status == Truth::True)
    }

    /// When cert-manager tries again after a failure.
    pub fn next_attempt(&self) -> Option<Timestamp> {
        let failed = self.last_failure.filter(|_| self.failed_attempts > 0)?;
        let doublings = self.failed_attempts.saturating_sub(1).min(5);
        let wait = FIRST_WAIT.checked_mul(1 << doublings)?.min(LONGEST_WAIT);
        failed.checked_add(wait).ok()
    }

    /// What is left of its life, in hundredths; nothing while it was never issued.
    pub fn life_left(&self, now: Timestamp) -> Option<u8> {
        let (from, until) = (self.not_before?, self.not_after?);
        let whole = until.duration_since(from).as_secs().max(1);
        let left = until.duration_since(now).as_secs().clamp(0, whole);
        u8::try_from(left.saturating_mul(100) / whole).ok()
    }
}

impl Object for Certificate {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        if self.is_ready() {
            return None;
        }
        let told = self
            .condition("Issuing")
            .or_else(|| self.condition("Ready"));
        let since = told.and_then(|condition| condition.since).or(self.created);
        let why = told.map_or_else(
            || "not yet seen by cert-manager".to_owned(),
            |condition| format!("{}: {}", condition.reason, condition.message),
        );
        if self.failed_attempts > 0 {
            Some(Ailment::critical(why, self.last_failure.or(since)))
        } else {
            Some(Ailment::warning(why, since).after(SignedDuration::from_mins(2)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, None)]
    #[case(1, Some(1))]
    #[case(3, Some(4))]
    #[case(60, Some(32))]
    fn the_next_attempt_waits_twice_as_long_each_time(
        #[case] failed: u32,
        #[case] hours: Option<i64>,
    ) {
        let at: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let certificate = Certificate {
            last_failure: Some(at),
            failed_attempts: failed,
            ..Certificate::default()
        };
        let expected = hours.map(|hours| at + SignedDuration::from_hours(hours));
        assert_eq!(certificate.next_attempt(), expected);
    }
}
