//! The tenancy, through the first signed request.

use crate::domain::preflight::Verdict;
use crate::preflight::check::{Answer, Check, Finding, LIMIT};
use crate::preflight::scene::Scene;

pub(super) const CHECK: Check = Check {
    name: "tenancy",
    proves: "The tenancy answers, and accepts the profile's signature.",
    unknown: Verdict::Blocks,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Answer {
    let regions = scene.regions().await?;
    let names: Vec<&str> = regions.iter().map(|one| one.region_name.as_str()).collect();
    let who = match scene.client()?.profile().user() {
        Some(_) => "the user's key",
        None => "the session",
    };
    Ok(Finding::passed(format!(
        "accepts {who}; subscribed to {}",
        names.join(", ")
    )))
}
