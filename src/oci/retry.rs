//! When a request is sent again, how long it waits before, and the token that makes a create safe
//! to repeat.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::error::Error;

const LONGEST_TOKEN: usize = 64;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// Tries at what OCI calls a conflict: one with a change under way passes within seconds, one with
/// what uses the resource does not pass by itself.
const MOST_CONFLICTS: u32 = 4;

/// Makes a create idempotent: OCI answers a repeated token with what it made the first time.
///
/// It keeps a token for 24 hours, and refuses one that comes back with another body or after the
/// resource was deleted (409 `InvalidatedRetryToken`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RetryToken(String);

/// A retry token is 1 to 64 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a retry token is 1 to 64 visible ASCII characters, this one has {length}")]
pub struct RetryTokenError {
    /// Characters that it had.
    pub length: usize,
}

impl RetryToken {
    /// Takes a text that is short and plain enough for a header.
    pub fn new(text: impl Into<String>) -> Result<Self, RetryTokenError> {
        let text = text.into();
        let length = text.chars().count();
        if (1..=LONGEST_TOKEN).contains(&length) && text.chars().all(|c| c.is_ascii_graphic()) {
            Ok(Self(text))
        } else {
            Err(RetryTokenError { length })
        }
    }

    /// The text sent in `opc-retry-token`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How often, and for how long, a client repeats by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// Times that a request is sent at most, the first included.
    pub tries: u32,
    /// Time that requests and waits may take together: no wait begins that would pass it, and no
    /// try is longer.
    pub total: Duration,
}

impl Default for Retries {
    /// As Oracle's SDKs: eight tries in ten minutes.
    fn default() -> Self {
        Self {
            tries: 8,
            total: Duration::from_mins(10),
        }
    }
}

impl Retries {
    /// Every failure goes to the caller, who has a rhythm of its own (capacity hunting).
    pub fn none() -> Self {
        Self {
            tries: 1,
            total: Duration::ZERO,
        }
    }

    /// How long one try may take: no longer than all of them together, where a time is set.
    pub(super) fn one_try(self, longest: Duration) -> Duration {
        if self.total.is_zero() {
            longest
        } else {
            longest.min(self.total)
        }
    }
}

/// A request failed and is about to be sent again.
#[derive(Debug)]
pub struct Retrying<'a> {
    /// `POST /20160918/vcns`
    pub operation: &'a str,
    /// The try that failed, from 1.
    pub attempt: u32,
    /// How long until the next.
    pub wait: Duration,
    /// Why.
    pub because: &'a Error,
}

/// Told of every repeat; must not block.
pub type Observer = Arc<dyn Fn(&Retrying<'_>) + Send + Sync>;

/// What may be repeated without doing something twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeatable {
    /// Reads, what carries a retry token, and what is the same when done twice: a change sets its
    /// fields to the same values (or meets 412, with `if-match`), a removed OCID never comes back.
    Always,
    /// Only what was certainly not carried out.
    IfUntouched,
}

/// How long to wait before the next try, or `None` to give up.
///
/// `attempt` counts from 1; the wait is without jitter.
pub(super) fn wait_before_next(
    error: &Error,
    attempt: u32,
    repeatable: Repeatable,
) -> Option<Duration> {
    let safe = match repeatable {
        Repeatable::Always => error.is_worth_repeating(),
        Repeatable::IfUntouched => error.is_worth_repeating() && error.left_untouched(),
    };
    let lost = error.is_conflict() && attempt >= MOST_CONFLICTS;
    (safe && !lost).then(|| {
        let doubled = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
        doubled
            .min(LONGEST_WAIT)
            .max(error.retry_after().unwrap_or_default())
    })
}

impl fmt::Display for RetryToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_its_header() {
        assert_eq!(RetryToken::new("a".repeat(64)).unwrap().as_str().len(), 64);
        assert_eq!(
            RetryToken::new("a".repeat(65)),
            Err(RetryTokenError { length: 65 })
        );
        assert!(RetryToken::new("").is_err());
        assert!(RetryToken::new("two words").is_err());
        assert!(RetryToken::new("line\r\nbreak").is_err());
    }
}
