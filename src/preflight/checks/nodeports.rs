//! From where node ports are allowed.

use std::future::ready;

use crate::domain::preflight::Verdict;
use crate::domain::topology::Cidr;
use crate::preflight::check::{Check, Finding, LIMIT};
use crate::preflight::scene::Scene;

pub(super) const CHECK: Check = Check {
    name: "nodeports-from",
    proves: "Node ports are open to the VCN and to nobody else.",
    unknown: Verdict::Informs,
    limit: LIMIT,
    run: |scene| Box::pin(ready(Ok(run(scene)))),
};

fn run(scene: &Scene) -> Finding {
    let network = &scene.config().network;
    let allowed = network.nodeports_from.as_deref();
    judge(network.vcn, allowed.unwrap_or(&[network.vcn]))
}

fn judge(vcn: Cidr, allowed: &[Cidr]) -> Finding {
    let shown = |networks: &[Cidr]| {
        let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
        networks.join(", ")
    };
    let outside = allowed.iter().filter(|network| !vcn.covers(**network));
    let outside: Vec<Cidr> = outside.copied().collect();
    if outside.is_empty() && allowed.is_empty() {
        return Finding::passed("nobody reaches the node ports");
    }
    if outside.is_empty() {
        return Finding::passed(format!("from {}, inside the VCN {vcn}", shown(allowed)));
    }
    Finding::warns(format!(
        "{} reaches ports 30000 to 32767 past the Gateway: every NodePort service is open to it",
        shown(&outside)
    ))
    .next("take nodeports_from out of [network], unless you know who needs it")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::the_vcn(&["10.0.0.0/16"], Verdict::Passed, "inside the VCN")]
    #[case::a_part(&["10.0.1.0/24"], Verdict::Passed, "10.0.1.0/24")]
    #[case::nobody(&[], Verdict::Passed, "nobody")]
    #[case::wider(&["10.0.0.0/8"], Verdict::Warns, "10.0.0.0/8 reaches")]
    #[case::one_of_two(&["10.0.0.0/16", "0.0.0.0/0"], Verdict::Warns, "0.0.0.0/0 reaches")]
    fn wider_than_the_vcn_is_worth_a_word(
        #[case] allowed: &[&str],
        #[case] verdict: Verdict,
        #[case] part: &str,
    ) {
        let allowed: Vec<Cidr> = allowed.iter().map(|text| text.parse().unwrap()).collect();
        let finding = judge("10.0.0.0/16".parse().unwrap(), &allowed);
        assert_eq!(finding.verdict, verdict);
        assert!(finding.evidence.contains(part), "{}", finding.evidence);
    }
}
