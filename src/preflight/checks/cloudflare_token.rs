//! The Cloudflare token: whether it is alive, how long still, and whether it may change records.

use jiff::{SignedDuration, Timestamp};

use crate::cloudflare::{Access, Error, TokenFound, TokenStatus};
use crate::config::DnsProvider;
use crate::domain::preflight::Verdict;
use crate::preflight::check::{Answer, Check, Finding, LIMIT};
use crate::preflight::scene::Scene;
use crate::preflight::zone;

/// A token that ends sooner is worth a word: external-dns stops with it.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);
const RENEW: &str = "renew it, or make another: dash.cloudflare.com > My profile > API tokens";

pub(super) const CHECK: Check = Check {
    name: "cloudflare-token",
    proves: "The Cloudflare token is active, lasts, and may change the zone's records.",
    unknown: Verdict::Warns,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Answer {
    if scene.config().dns.provider == DnsProvider::Cloudflare
        && let Some(Err(why)) = scene.dns_token()
    {
        return Ok(Finding::blocks(why.clone()).next("see dns.token in cluster.toml"));
    }
    let client = scene.cloudflare()?;
    let (token, access) = tokio::join!(client.token(), scene.zone(&client));
    Ok(judge(token, access.as_ref(), scene.clock.now()))
}

fn judge(
    token: Result<TokenFound, Error>,
    access: Result<&Option<Access>, &Error>,
    now: Timestamp,
) -> Finding {
    let edits = access.ok().and_then(|found| found.as_ref()?.edits_records);
    let life = match token {
        Ok(token) => token,
        // One that belongs to an account is refused here, and good all the same.
        Err(Error::Token(_)) if matches!(access, Ok(Some(_))) => {
            return may_edit("it belongs to an account: its end is not told", edits);
        }
        Err(error) => return zone::refused(&error),
    };
    match (life.status, life.expires) {
        (TokenStatus::Disabled, _) => Finding::blocks("it is switched off").next(RENEW),
        (TokenStatus::Expired, _) => Finding::blocks("its time is over").next(RENEW),
        (TokenStatus::Active, Some(end)) if end <= now => {
            Finding::blocks(format!("its time ended {}", day(end))).next(RENEW)
        }
        (TokenStatus::Active, Some(end)) if end.duration_since(now) < SOON => {
            let finding = may_edit(&format!("active until {}", day(end)), edits);
            match finding.verdict {
                Verdict::Passed => Finding::warns(finding.evidence).next(
                    "renew it before then: without it records and certificates are no longer kept up",
                ),
                Verdict::Skipped | Verdict::Informs | Verdict::Warns | Verdict::Blocks => finding,
            }
        }
        (TokenStatus::Active, Some(end)) => may_edit(&format!("active until {}", day(end)), edits),
        (TokenStatus::Active, None) => may_edit("active, without an end", edits),
    }
}

fn may_edit(life: &str, edits: Option<bool>) -> Finding {
    match edits {
        Some(true) => Finding::passed(format!("{life}; it may change records")),
        Some(false) => Finding::blocks(format!("{life}; it may not change records"))
            .next("give it DNS:Edit for the zone: dash.cloudflare.com > My profile > API tokens"),
        None => Finding::passed(format!("{life}; what it may change is not told")),
    }
}

fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::cloudflare::Zone;

    fn access(edits_records: Option<bool>) -> Access {
        Access {
            zone: Zone {
                id: "0123".to_owned(),
                name: "example.com".into(),
            },
            active: true,
            edits_records,
        }
    }

    fn found(status: TokenStatus, days: Option<i64>) -> TokenFound {
        let end = |days| Timestamp::from_second(days * 86_400).unwrap();
        TokenFound {
            status,
            expires: days.map(end),
        }
    }

    #[rstest]
    #[case::well(
        Ok(found(TokenStatus::Active, None)),
        Some(access(Some(true))),
        Verdict::Passed,
        "without an end"
    )]
    #[case::far(
        Ok(found(TokenStatus::Active, Some(100))),
        Some(access(Some(true))),
        Verdict::Passed,
        "1970-04-11"
    )]
    #[case::soon(
        Ok(found(TokenStatus::Active, Some(7))),
        Some(access(Some(true))),
        Verdict::Warns,
        "1970-01-08"
    )]
    #[case::over(Ok(found(TokenStatus::Active, Some(-1))), Some(access(Some(true))), Verdict::Blocks, "ended")]
    #[case::expired(
        Ok(found(TokenStatus::Expired, None)),
        Some(access(Some(true))),
        Verdict::Blocks,
        "over"
    )]
    #[case::off(
        Ok(found(TokenStatus::Disabled, None)),
        None,
        Verdict::Blocks,
        "switched off"
    )]
    #[case::reads(
        Ok(found(TokenStatus::Active, None)),
        Some(access(Some(false))),
        Verdict::Blocks,
        "may not"
    )]
    #[case::reads_soon(
        Ok(found(TokenStatus::Active, Some(7))),
        Some(access(Some(false))),
        Verdict::Blocks,
        "may not"
    )]
    #[case::not_told(
        Ok(found(TokenStatus::Active, None)),
        Some(access(None)),
        Verdict::Passed,
        "not told"
    )]
    #[case::of_account(Err(Error::Token("x".into())), Some(access(Some(true))), Verdict::Passed, "account")]
    #[case::wrong(Err(Error::Token("x".into())), None, Verdict::Blocks, "does not accept")]
    #[case::away(Err(Error::Unreachable("x".into())), None, Verdict::Warns, "cannot reach")]
    fn what_cloudflare_tells_decides(
        #[case] token: Result<TokenFound, Error>,
        #[case] access: Option<Access>,
        #[case] verdict: Verdict,
        #[case] part: &str,
    ) {
        let finding = judge(token, Ok(&access), Timestamp::UNIX_EPOCH);
        assert_eq!(finding.verdict, verdict, "{}", finding.evidence);
        assert!(finding.evidence.contains(part), "{}", finding.evidence);
        assert_eq!(finding.next.is_empty(), verdict == Verdict::Passed);
    }
}
