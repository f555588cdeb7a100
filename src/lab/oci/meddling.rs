//! Somebody else with rights in the tenancy, who changes what has just been made: drift on purpose.
//!
//! Their requests go through the same handlers as everybody's, so what the API refuses does not
//! happen; then the log says so.

use jiff::Timestamp;
use serde_json::Value;

use super::call::Call;
use super::routes;
use super::world::{Resource, World};
use crate::lab::scenario::{Meddling, Part};

const KEY_TAG: &str = "k3scope-key";

/// A change that is still to come.
#[derive(Clone, Debug)]
pub(super) struct Meddler {
    plan: Meddling,
    /// When, once the resource has become ready.
    pub(super) at: Option<Timestamp>,
}

impl Meddler {
    pub(super) fn new(plan: Meddling) -> Self {
        Self { plan, at: None }
    }
}

/// Does what is due, and sets the time for what has become possible.
pub(super) fn look(world: &mut World) {
    let mut waiting = Vec::new();
    let mut due = Vec::new();
    for mut meddler in std::mem::take(&mut world.meddlers) {
        if meddler.at.is_none() && find(world, &meddler.plan).is_some() {
            let wait = world.clock.at_pace(meddler.plan.after);
            meddler.at = Some(world.now.checked_add(wait).unwrap_or(world.now));
        }
        if meddler.at.is_some_and(|at| at <= world.now) {
            due.push(meddler);
        } else {
            waiting.push(meddler);
        }
    }
    world.meddlers = waiting;
    due.sort_by_key(|meddler| meddler.at);
    for meddler in due {
        meddle(world, &meddler.plan);
    }
}

/// The resource that a plan is about, once it is ready. Of several that bear the key the first that
/// was made counts: an instance, not the VNIC that came with it.
fn find<'a>(world: &'a World, plan: &Meddling) -> Option<&'a Resource> {
    let tagged = world
        .everything()
        .find(|resource| {
            let tags = resource.body.get("freeformTags");
            let key = tags.and_then(|tags| tags.get(KEY_TAG)?.as_str());
            key == Some(plan.key.as_str()) && !resource.is_over() && !resource.is_ending()
        })
        .filter(|resource| !resource.is_being_made())?;
    let (attachments, field) = match plan.part {
        None => return Some(tagged),
        Some(Part::Vnic) => ("vnicAttachments", "vnicId"),
        Some(Part::BootVolume) => ("bootVolumeAttachments", "bootVolumeId"),
    };
    let attachment = world.find(attachments, "instanceId", tagged.id())?;
    let part = world.get(attachment.text(field))?;
    (!part.is_being_made()).then_some(part)
}

fn meddle(world: &mut World, plan: &Meddling) {
    let Some(resource) = find(world, plan) else {
        tracing::warn!(key = plan.key, "what was to be changed is gone");
        return;
    };
    let path = format!("/20160918/{}/{}", resource.kind.path, resource.id());
    let of_an_instance = resource.kind.path == "instances";
    let (method, target) = match plan.action.as_deref() {
        None => ("PUT", path),
        Some("DELETE") => ("DELETE", path),
        Some(action) if of_an_instance => ("POST", format!("{path}?action={action}")),
        Some(action) => ("POST", format!("{path}/actions/{action}")),
    };
    let body = plan.set.clone().filter(|body| *body != Value::Null);
    let done =
        Call::of_the_lab(method, &target, body.as_ref()).map(|call| routes::answer(world, &call));
    if let Some(Err(refusal)) = done {
        tracing::warn!(
            target,
            code = refusal.code,
            message = refusal.message,
            "a change on purpose was refused"
        );
    }
}
