//! The image that nodes start from: the pinned one, or the newest of the operating system.

use crate::domain::preflight::Verdict;
use crate::domain::topology::A1_SHAPE;
use crate::oci::model::Lifecycle;
use crate::preflight::check::{Answer, Check, Finding, LIMIT, Obstacle};
use crate::preflight::scene::Scene;

pub(super) const CHECK: Check = Check {
    name: "image",
    proves: "The region has an image of the operating system that starts on Ampere A1.",
    unknown: Verdict::Blocks,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Answer {
    let choice = &scene.config().image;
    let (system, version) = (&choice.operating_system, &choice.version);
    let region = scene.signed_in().await?.endpoints().region_name();
    let Some(image) = scene.image().await? else {
        let evidence =
            format!("{region} has no image of {system} {version} that starts on {A1_SHAPE}");
        return Ok(Finding::blocks(evidence)
            .next("name another version, or an image's OCID, under [image] in cluster.toml"));
    };
    let name = &image.display_name;
    if choice.ocid.is_none() {
        return Ok(Finding::passed(format!(
            "{name}, the newest of {system} {version}; not pinned in cluster.toml yet"
        )));
    }
    let another = "remove ocid under [image] in cluster.toml to take the newest image";
    let state = &image.lifecycle_state;
    if !matches!(state, Lifecycle::Available) {
        return Ok(Finding::blocks(format!("{name} is {state}")).next(another));
    }
    let shapes = scene.client()?.shapes_of_image(&image.id).await;
    let shapes = shapes.map_err(Obstacle::refused("list the shapes of the image"))?;
    Ok(if shapes.iter().any(|shape| shape == A1_SHAPE) {
        Finding::passed(format!("{name}, pinned in cluster.toml"))
    } else {
        Finding::blocks(format!("{name} does not start on {A1_SHAPE}")).next(another)
    })
}
