//! The compartment: that it exists, and that its networks and instances may be seen.

use crate::domain::preflight::Verdict;
use crate::oci::model::Lifecycle;
use crate::preflight::check::{Answer, Check, Finding, LIMIT};
use crate::preflight::scene::Scene;

pub(super) const CHECK: Check = Check {
    name: "compartment",
    proves: "The compartment exists, and the profile may look into it.",
    unknown: Verdict::Blocks,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Answer {
    let compartment = scene.compartment_read().await?;
    let name = &compartment.name;
    let state = &compartment.lifecycle_state;
    if !matches!(state, Lifecycle::Active) {
        return Ok(Finding::blocks(format!("{name} is {state}"))
            .next("name another compartment under [oci] in cluster.toml"));
    }
    // Networks and instances are of two families, for which policies differ.
    let (networks, instances) = futures::try_join!(scene.vcns(), scene.instances())?;
    let place = scene.compartments().await?;
    let place = place.iter().position(|one| one.id == compartment.id);
    if let Some((_, why)) = instances.unread.iter().find(|(at, _)| Some(*at) == place) {
        return Ok(Finding::blocks(format!(
            "{name} is there, but its instances may not be seen: {why}"
        ))
        .next("the user's groups need `manage instance-family` in this compartment"));
    }
    let here = instances.found.iter().filter(|(at, _)| Some(*at) == place);
    Ok(Finding::passed(format!(
        "{name}: {} networks and {} instances may be seen; the right to make more shows at the first create",
        networks.len(),
        here.count()
    )))
}
