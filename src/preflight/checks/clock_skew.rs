//! This machine's clock, against the date of OCI's answers.

use jiff::SignedDuration;

use crate::domain::preflight::Verdict;
use crate::oci::Error;
use crate::preflight::check::{Answer, Check, Finding, LIMIT, Obstacle};
use crate::preflight::scene::Scene;

/// OCI refuses what is signed with a date that is further off.
const ALLOWED: SignedDuration = SignedDuration::from_mins(5);
const NOTABLE: SignedDuration = SignedDuration::from_mins(1);

pub(super) const CHECK: Check = Check {
    name: "clock-skew",
    proves: "This machine's clock agrees with OCI's to within five minutes.",
    unknown: Verdict::Blocks,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Answer {
    let client = scene.client()?;
    let answered = scene.regions().await;
    if let Err(Obstacle::Refused { error, .. }) = &answered
        && let Error::Skewed { by, ahead, .. } = error.as_ref()
    {
        let by = SignedDuration::try_from(*by).unwrap_or(SignedDuration::MAX);
        return Ok(judge(if *ahead { by } else { -by }));
    }
    let ahead = client.clock_ahead();
    ahead
        .map(judge)
        .ok_or_else(|| Obstacle::needs("OCI has told no date"))
}

fn judge(ahead: SignedDuration) -> Finding {
    let by = ahead.abs();
    // An HTTP date has whole seconds, and an answer takes its time.
    if by < SignedDuration::from_secs(2) {
        return Finding::passed("agrees with OCI's to the second");
    }
    let way = if ahead.is_positive() {
        "ahead of"
    } else {
        "behind"
    };
    let told = format!("{} {way} OCI's", spoken(by));
    let next = "let a time server set the clock (timedatectl set-ntp true)";
    if by > ALLOWED {
        Finding::blocks(format!("{told}: it refuses what is signed then")).next(next)
    } else if by > NOTABLE {
        Finding::warns(told).next(next)
    } else {
        Finding::passed(told)
    }
}

fn spoken(by: SignedDuration) -> String {
    let seconds = by.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::same(0, Verdict::Passed, "to the second")]
    #[case::little(-40, Verdict::Passed, "40 s behind OCI's")]
    #[case::at_the_minute(60, Verdict::Passed, "1 min 0 s ahead of OCI's")]
    #[case::over_a_minute(61, Verdict::Warns, "1 min 1 s ahead of OCI's")]
    #[case::at_five(-300, Verdict::Warns, "5 min 0 s behind OCI's")]
    #[case::over_five(-301, Verdict::Blocks, "5 min 1 s behind OCI's: it refuses")]
    #[case::a_day(86_400, Verdict::Blocks, "1440 min 0 s ahead")]
    fn five_minutes_are_the_end_and_one_is_worth_a_word(
        #[case] seconds: i64,
        #[case] verdict: Verdict,
        #[case] evidence: &str,
    ) {
        let finding = judge(SignedDuration::from_secs(seconds));
        assert_eq!(finding.verdict, verdict);
        assert!(finding.evidence.contains(evidence), "{finding:?}");
        assert_eq!(finding.next.is_empty(), verdict == Verdict::Passed);
    }
}
