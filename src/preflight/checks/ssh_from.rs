//! From where SSH is allowed, and whether the operator is there.

use std::net::{IpAddr, Ipv4Addr};

use crate::cloudflare;
use crate::config::DnsProvider;
use crate::domain::preflight::Verdict;
use crate::domain::topology::Cidr;
use crate::preflight::check::{Answer, Check, Finding, LIMIT};
use crate::preflight::scene::Scene;

pub(super) const CHECK: Check = Check {
    name: "ssh-from",
    proves: "You may log in to the ingress node from where you are, and not everybody may try.",
    unknown: Verdict::Informs,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Answer {
    let allowed = &scene.config().network.ssh_from;
    if allowed.is_empty() {
        return Ok(
            Finding::warns("nobody may log in over SSH: nodes that fail stay dark")
                .next("set ssh_from under [network] to your own address, such as 198.51.100.7/32"),
        );
    }
    Ok(judge(allowed, own_address(scene).await))
}

/// Where the operator is seen, as far as may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    /// At this address.
    At(Ipv4Addr),
    /// At one that no node has a network for.
    Version6,
    /// Nobody is asked: what the operator does not use is not called.
    NotAsked,
    /// It could not be found out.
    Unknown(String),
}

/// Cloudflare is asked where it keeps the zone, and is trusted anyway.
async fn own_address(scene: &Scene) -> Seen {
    let config = scene.config();
    if config.dns.provider != DnsProvider::Cloudflare {
        return Seen::NotAsked;
    }
    let base = config.endpoints.cloudflare.as_deref();
    match cloudflare::seen_address(base.unwrap_or(cloudflare::API)).await {
        Ok(IpAddr::V4(address)) => Seen::At(address),
        Ok(IpAddr::V6(_)) => Seen::Version6,
        Err(error) => Seen::Unknown(error.to_string()),
    }
}

fn judge(allowed: &[Cidr], seen: Seen) -> Finding {
    let list: Vec<String> = allowed.iter().map(ToString::to_string).collect();
    let list = list.join(", ");
    if allowed.contains(&Cidr::ANYWHERE) {
        let next = match seen {
            Seen::At(own) => format!("set ssh_from = [\"{own}/32\"] under [network]: that is you"),
            Seen::Version6 | Seen::NotAsked | Seen::Unknown(_) => {
                "set ssh_from under [network] to your own address, such as 198.51.100.7/32"
                    .to_owned()
            }
        };
        return Finding::warns("the whole internet may try to log in (0.0.0.0/0)").next(next);
    }
    match seen {
        Seen::At(own) if allowed.iter().any(|network| network.contains(own)) => {
            Finding::passed(format!("you are seen at {own}, which {list} lets in"))
        }
        Seen::At(own) => Finding::warns(format!(
            "you are seen at {own}, which {list} does not let in"
        ))
        .next(format!("add \"{own}/32\" to ssh_from under [network]")),
        Seen::Version6 => Finding::informs(format!(
            "{list} may log in; you are seen at an IPv6 address, so whether that is you is open"
        )),
        Seen::NotAsked => Finding::informs(format!(
            "{list} may log in; whether that is you was not asked, as no zone is at Cloudflare"
        )),
        Seen::Unknown(why) => Finding::informs(format!(
            "{list} may log in; whether that is you could not be found out: {why}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const OWN: Seen = Seen::At(Ipv4Addr::new(198, 51, 100, 7));

    #[rstest]
    #[case::inside(&["198.51.100.0/24"], OWN, Verdict::Passed, "198.51.100.7")]
    #[case::second(&["10.0.0.0/8", "198.51.100.7/32"], OWN, Verdict::Passed, "lets in")]
    #[case::outside(&["198.51.101.0/24"], OWN, Verdict::Warns, "does not let in")]
    #[case::anywhere(&["0.0.0.0/0"], OWN, Verdict::Warns, "whole internet")]
    #[case::anywhere_unasked(&["0.0.0.0/0"], Seen::NotAsked, Verdict::Warns, "whole internet")]
    #[case::version_6(&["198.51.100.0/24"], Seen::Version6, Verdict::Informs, "IPv6")]
    #[case::unasked(&["198.51.100.0/24"], Seen::NotAsked, Verdict::Informs, "not asked")]
    #[case::unknown(&["198.51.100.0/24"], Seen::Unknown("x".into()), Verdict::Informs, "found out: x")]
    fn where_the_operator_is_decides(
        #[case] allowed: &[&str],
        #[case] seen: Seen,
        #[case] verdict: Verdict,
        #[case] part: &str,
    ) {
        let allowed: Vec<Cidr> = allowed.iter().map(|text| text.parse().unwrap()).collect();
        let finding = judge(&allowed, seen);
        assert_eq!(finding.verdict, verdict);
        assert!(finding.evidence.contains(part), "{}", finding.evidence);
        assert_eq!(finding.next.is_empty(), verdict != Verdict::Warns);
    }

    #[test]
    fn the_way_out_names_the_own_address() {
        let finding = judge(&[Cidr::ANYWHERE], OWN);
        assert!(
            finding.next.contains("[\"198.51.100.7/32\"]"),
            "{}",
            finding.next
        );
    }
}
