//! Boot volumes after the launch that made them: they grow and never shrink.

use serde_json::Value;

use super::answer::Refusal;
use super::limits::{self, Where};
use super::network::Body;
use super::world::World;

fn gigabytes(body: &Body) -> u64 {
    body.get("sizeInGBs").and_then(Value::as_u64).unwrap_or(0)
}

pub(super) fn check(world: &World, body: &Body, changed: Option<&str>) -> Result<(), Refusal> {
    let Some(volume) = changed.and_then(|id| world.get(id)) else {
        return Ok(());
    };
    let (before, wanted) = (gigabytes(&volume.body), gigabytes(body));
    let Some(more) = wanted.checked_sub(before) else {
        return Err(Refusal::invalid(format!(
            "sizeInGBs {wanted} is smaller than the volume's {before}"
        )));
    };
    if more == 0 {
        return Ok(());
    }
    if volume.state() != volume.kind.ready {
        return Err(Refusal::incorrect_state(volume.id(), volume.state()));
    }
    let more = u32::try_from(more).map_or(f64::INFINITY, f64::from);
    limits::room(world, Where::of(body), &[("total-storage-gb", more)])
}

/// The size in megabytes follows that in gigabytes.
pub(super) fn changed(world: &mut World, id: &str, before: &Body) {
    let size = world.get(id).map_or(0, |volume| gigabytes(&volume.body));
    if size != gigabytes(before) {
        world.edit(id, |volume| {
            volume.insert("sizeInMBs".into(), (size * 1024).into());
        });
    }
}
