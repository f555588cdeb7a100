//! The zone at Cloudflare.

use crate::cloudflare::{Access, Error};
use crate::domain::preflight::Verdict;
use crate::preflight::check::{Answer, Check, Finding, LIMIT};
use crate::preflight::scene::Scene;
use crate::preflight::zone;

pub(super) const CHECK: Check = Check {
    name: "zone",
    proves: "The zone is at Cloudflare, open to the token, and answers for its domain.",
    unknown: Verdict::Warns,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Answer {
    let client = scene.cloudflare()?;
    let dns = &scene.config().dns;
    let name = dns.zone.as_deref().unwrap_or_default();
    Ok(match scene.zone(&client).await {
        Ok(Some(access)) => judge(name, &access),
        Ok(None) => Finding::blocks(format!("the token sees no zone {name}"))
            .next("correct dns.zone, or give the token Zone:Read and DNS:Edit for it"),
        // A token for records alone reads them by the zone's identifier and nothing else.
        Err(Error::Permission(_)) if dns.zone_id.is_some() => Finding::informs(format!(
            "the token reads records of {name} alone, not the zone"
        )),
        Err(error) => zone::refused(&error),
    })
}

fn judge(wanted: &str, access: &Access) -> Finding {
    let name = &access.zone.name;
    if !name.eq_ignore_ascii_case(wanted) {
        return Finding::blocks(format!("dns.zone_id is that of {name}, not of {wanted}"))
            .next("take dns.zone_id out of cluster.toml, or correct it");
    }
    if !access.active {
        return Finding::warns(format!(
            "{name} is there, but its domain does not lead to Cloudflare's name servers yet"
        ))
        .next("set the name servers that Cloudflare shows at the domain's registrar");
    }
    Finding::passed(format!("{name} is active"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::cloudflare::Zone;

    #[rstest]
    #[case::well("Example.com", true, Verdict::Passed)]
    #[case::pending("example.com", false, Verdict::Warns)]
    #[case::of_another("example.org", true, Verdict::Blocks)]
    fn the_zone_must_be_the_one_that_is_meant(
        #[case] wanted: &str,
        #[case] active: bool,
        #[case] verdict: Verdict,
    ) {
        let access = Access {
            zone: Zone {
                id: "0123".to_owned(),
                name: "example.com".into(),
            },
            active,
            edits_records: None,
        };
        assert_eq!(judge(wanted, &access).verdict, verdict);
    }
}
