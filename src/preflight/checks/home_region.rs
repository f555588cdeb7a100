//! The configured region, among those of the tenancy.

use crate::domain::preflight::Verdict;
use crate::oci::model::RegionSubscription;
use crate::preflight::check::{Answer, Check, Finding, LIMIT};
use crate::preflight::scene::Scene;

pub(super) const CHECK: Check = Check {
    name: "home-region",
    proves: "The tenancy is subscribed to the region, and what is free there is free.",
    unknown: Verdict::Blocks,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Answer {
    let region = scene.signed_in().await?.endpoints().region_name();
    Ok(judge(region, scene.regions().await?))
}

fn judge(region: &str, subscribed: &[RegionSubscription]) -> Finding {
    let home = subscribed.iter().find(|one| one.is_home_region);
    let home_name = home.map_or("unknown", |one| one.region_name.as_str());
    let Some(found) = subscribed.iter().find(|one| one.region_name == region) else {
        return Finding::blocks(format!(
            "the tenancy is not subscribed to {region}; its home region is {home_name}"
        ))
        .next(format!(
            "set region = \"{home_name}\" under [oci] in cluster.toml, or subscribe to {region} in \
             the console (an Always Free tenancy cannot)"
        ));
    };
    if !matches!(found.status.as_str(), "READY" | "") {
        let told = format!("the subscription to {region} is {}", found.status);
        return Finding::blocks(told).next("wait until the console shows the region as ready");
    }
    if found.is_home_region {
        return Finding::passed(format!("{region} is the home region"));
    }
    Finding::warns(format!(
        "{region} is not the home region ({home_name}): only there is Always Free free"
    ))
    .next(format!(
        "set region = \"{home_name}\" under [oci] unless you mean to pay"
    ))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn subscription(name: &str, status: &str, home: bool) -> RegionSubscription {
        RegionSubscription {
            region_key: name.to_uppercase(),
            region_name: name.to_owned(),
            status: status.to_owned(),
            is_home_region: home,
        }
    }

    #[rstest]
    #[case::home("us-ashburn-1", Verdict::Passed, "is the home region")]
    #[case::another("eu-frankfurt-1", Verdict::Warns, "not the home region (us-ashburn-1)")]
    #[case::in_progress("sa-bogota-1", Verdict::Blocks, "IN_PROGRESS")]
    #[case::not_subscribed("ap-tokyo-1", Verdict::Blocks, "not subscribed to ap-tokyo-1")]
    fn only_a_ready_region_will_do(
        #[case] region: &str,
        #[case] verdict: Verdict,
        #[case] evidence: &str,
    ) {
        let subscribed = [
            subscription("us-ashburn-1", "READY", true),
            subscription("eu-frankfurt-1", "READY", false),
            subscription("sa-bogota-1", "IN_PROGRESS", false),
        ];
        let finding = judge(region, &subscribed);
        assert_eq!(finding.verdict, verdict);
        assert!(finding.evidence.contains(evidence), "{finding:?}");
        assert_eq!(finding.next.is_empty(), verdict == Verdict::Passed);
    }
}
