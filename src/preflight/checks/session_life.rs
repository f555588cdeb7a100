//! How long a session token still lives, against how long the run may last.

use std::future::ready;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::preflight::Verdict;
use crate::preflight::check::{Answer, Check, Finding, LIMIT, Obstacle};
use crate::preflight::scene::Scene;

/// What a run takes besides hunting. A new token lives for an hour: more would bar every session.
const BESIDES: Duration = Duration::from_mins(30);

pub(super) const CHECK: Check = Check {
    name: "session-life",
    proves: "The login outlasts the longest run that is configured.",
    unknown: Verdict::Blocks,
    limit: LIMIT,
    run: |scene| Box::pin(ready(run(scene))),
};

fn run(scene: &Scene) -> Answer {
    let profile = scene.profile.as_ref();
    let profile = profile.map_err(|_| Obstacle::needs("the profile cannot be read"))?;
    if !profile.is_session() {
        return Ok(Finding::passed("an API key does not expire"));
    }
    let name = &scene.config().oci.profile;
    let Some(end) = profile.session_expiry() else {
        return Ok(
            Finding::warns("the session token does not tell when it ends").next(refresh(name)),
        );
    };
    Ok(judge(end, scene.clock.now(), scene.given.hunt_for, name))
}

fn judge(end: Timestamp, now: Timestamp, hunt_for: Duration, profile: &str) -> Finding {
    let left = end.duration_since(now);
    let needed = hunt_for.saturating_add(BESIDES);
    if !left.is_positive() {
        let login = format!("oci session authenticate --profile-name {profile}");
        return Finding::blocks(format!("the session ended at {end}")).next(login);
    }
    let wanted = SignedDuration::try_from(needed).unwrap_or(SignedDuration::MAX);
    let told = format!("{} left", spoken(left));
    if left >= wanted {
        return Finding::passed(told);
    }
    let evidence = format!("{told}, and the run may last {}", spoken(wanted));
    let next = if hunt_for > Duration::ZERO {
        format!(
            "use a profile with an API key, or hunt for a shorter time ([provision] until in \
             cluster.toml, or --until); {}",
            refresh(profile)
        )
    } else {
        refresh(profile)
    };
    Finding::blocks(evidence).next(next)
}

fn refresh(profile: &str) -> String {
    format!("`oci session refresh --profile {profile}` makes it last an hour again")
}

fn spoken(span: SignedDuration) -> String {
    let minutes = span.as_mins();
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::fresh_and_no_hunt(59, 0, Verdict::Passed, "59 min left", "")]
    #[case::too_short(29, 0, Verdict::Blocks, "the run may last 30 min", "session refresh")]
    #[case::a_hunt(59, 720, Verdict::Blocks, "may last 12 h 30 min", "API key")]
    #[case::over(
        0,
        0,
        Verdict::Blocks,
        "the session ended at 2026-11-22",
        "session authenticate"
    )]
    #[case::long_over(-600, 720, Verdict::Blocks, "ended", "session authenticate")]
    fn a_session_must_outlast_the_run(
        #[case] left: i64,
        #[case] hunt: u64,
        #[case] verdict: Verdict,
        #[case] evidence: &str,
        #[case] next: &str,
    ) {
        let now: Timestamp = "2026-11-22T20:00:00Z".parse().unwrap();
        let end = now + SignedDuration::from_mins(left);
        let finding = judge(end, now, Duration::from_mins(hunt), "work");
        assert_eq!(finding.verdict, verdict, "{finding:?}");
        assert!(finding.evidence.contains(evidence), "{finding:?}");
        assert!(finding.next.contains(next), "{finding:?}");
    }
}
