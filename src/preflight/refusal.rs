//! What OCI's refusals come to in a check.
//!
//! OCI answers 404 for what does not exist, for what may not be seen and for another region alike, so
//! a 404 is told with what other reads have proved and what is still open.

use super::check::{Finding, Obstacle};
use super::scene::Scene;
use crate::domain::preflight::Verdict;
use crate::oci::Error;

/// A question that OCI did not answer, as a finding of this weight.
pub(super) async fn finding(scene: &Scene, verdict: Verdict, what: &str, error: &Error) -> Finding {
    let evidence = format!("could not {what}: {error}");
    if !error.is_not_found() {
        return Finding::new(verdict, evidence).next(next(scene, error));
    }
    let (proved, open) = standing(scene).await;
    let told = [("good", proved), ("not proved", open)]
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(how, names)| format!("{how}: {}", names.join(", ")))
        .collect::<Vec<_>>()
        .join("; ");
    Finding::new(verdict, format!("{evidence}; {told}")).next(
        "OCI hides what you may not see: of what is not proved, check the OCIDs and the region in \
         cluster.toml and the policies of your groups",
    )
}

/// What reads have proved of what a request names, and what they have not.
async fn standing(scene: &Scene) -> (Vec<String>, Vec<String>) {
    let region = scene
        .client()
        .map(|client| client.endpoints().region_name());
    let subscribed = scene.regions().await.is_ok_and(|regions| {
        let mut regions = regions.iter();
        regions.any(|one| region.as_ref().is_ok_and(|name| one.region_name == *name))
    });
    let facts = [
        (scene.regions().await.is_ok(), "the tenancy".to_owned()),
        (
            subscribed,
            format!("the region {}", region.as_ref().unwrap_or(&"")),
        ),
        (
            scene.compartment_read().await.is_ok(),
            "the compartment".to_owned(),
        ),
        (
            scene.domains().await.is_ok(),
            "the availability domains".to_owned(),
        ),
        (
            scene.places().await.is_ok_and(|places| !places.is_empty()),
            "the shape".to_owned(),
        ),
    ];
    let (proved, open): (Vec<_>, Vec<_>) = facts.into_iter().partition(|(good, _)| *good);
    let names = |facts: Vec<(bool, String)>| facts.into_iter().map(|(_, name)| name).collect();
    (names(proved), names(open))
}

fn next(scene: &Scene, error: &Error) -> String {
    let fixed = match error.status() {
        Some(401) if matches!(error, Error::Skewed { .. }) => "set this machine's clock",
        Some(401) => {
            let key = scene.profile.as_ref().ok();
            let key = key.map_or("", |profile| profile.computed_fingerprint());
            return format!(
                "look whether Identity > My profile > API keys in the console lists {key}, and \
                 compare user and tenancy with the profile; a new key takes a few minutes"
            );
        }
        Some(403) => "the user's groups need a policy that allows this",
        Some(429) => "OCI asks for fewer requests: wait a minute and check again",
        Some(500..) => "OCI has a fault of its own: check again",
        Some(_) => "see OCI's message",
        None if matches!(error, Error::SessionExpired { .. }) => {
            "run `oci session authenticate`, then check again"
        }
        None => "check the network and the endpoint, then check again",
    };
    fixed.to_owned()
}

/// As [`finding`], for whatever kept a check from looking.
pub(super) async fn told(scene: &Scene, verdict: Verdict, obstacle: &Obstacle) -> Finding {
    match obstacle {
        Obstacle::Needs(why) => Finding::new(Verdict::Skipped, format!("not tried: {why}")),
        Obstacle::Refused { what, error } => finding(scene, verdict, what, error).await,
    }
}
