//! An instance after its launch: actions, changes, and what goes with it at its end.

use super::answer::{Outcome, Refusal};
use super::call::Call;
use super::collection;
use super::kinds;
use super::launch::check_metadata;
use super::network::Body;
use super::public_ip;
use super::resize;
use super::work;
use super::world::World;

const STOP_SECONDS: f64 = 10.0;
const START_SECONDS: f64 = 12.0;
const RESET_SECONDS: f64 = 10.0;

/// `InstanceAction`: START, STOP, RESET and their soft forms.
pub(super) fn act(world: &mut World, id: &str, call: &Call) -> Outcome {
    let action = call.required("action")?;
    collection::act_once(world, call, id, |world| {
        let instance = world
            .get(id)
            .filter(|resource| resource.kind.path == "instances")
            .ok_or_else(Refusal::hidden)?;
        collection::if_match(instance, call)?;
        let needs = match action {
            "START" => "STOPPED",
            "STOP" | "SOFTSTOP" | "RESET" | "SOFTRESET" => "RUNNING",
            _ => {
                return Err(Refusal::invalid(format!("action {action} is not known")));
            }
        };
        if instance.state() != needs {
            return Err(Refusal::incorrect_state(id, instance.state()));
        }
        match action {
            "START" => world.pass_through(id, "STARTING", START_SECONDS, "RUNNING"),
            "STOP" | "SOFTSTOP" => world.pass_through(id, "STOPPING", STOP_SECONDS, "STOPPED"),
            _ => world.pass_through(id, "STARTING", RESET_SECONDS, "RUNNING"),
        }
        Ok(())
    })
    .map(|answer| work::begin(world, answer, action, id))
}

/// `UpdateInstance`.
pub(super) fn update(world: &mut World, id: &str, call: &Call) -> Outcome {
    collection::act_once(world, call, id, |world| {
        collection::update(world, &kinds::INSTANCE, id, call).map(|_| ())
    })
    .map(|answer| work::begin(world, answer, "UPDATE", id))
}

/// `TerminateInstance`: the boot volume goes along unless it is to be preserved.
pub(super) fn terminate(world: &mut World, id: &str, call: &Call) -> Outcome {
    let preserve = call.query("preserveBootVolume") == Some("true");
    let answer = collection::delete(world, &kinds::INSTANCE, id, call)?;
    if preserve {
        world.preserved.insert(id.to_owned());
    }
    Ok(work::begin(world, answer, "TERMINATE", id))
}

/// Keys and user data are read at the first boot only; the API refuses to change them.
pub(super) fn check_update(
    world: &World,
    body: &Body,
    changed: Option<&str>,
) -> Result<(), Refusal> {
    let Some(instance) = changed.and_then(|id| world.get(id)) else {
        return Ok(());
    };
    for key in ["ssh_authorized_keys", "user_data"] {
        let value = |body: &Body| body.get("metadata").and_then(|all| all.get(key)).cloned();
        if value(body) != value(&instance.body) {
            return Err(Refusal::invalid(format!(
                "metadata.{key} cannot be changed after launch"
            )));
        }
    }
    check_metadata(body)?;
    resize::check(world, instance, body)
}

/// What an accepted change brings about.
pub(super) fn changed(world: &mut World, id: &str, before: &Body) {
    if resize::settle(world, id, before) {
        world.pass_through(id, "STOPPING", STOP_SECONDS, "STARTING");
    }
}

/// A restart goes on; at an instance's end its address, VNIC and disk go too.
pub(super) fn arrived(world: &mut World, id: &str, state: &str) {
    match state {
        // Only a change of size arrives here: the instance goes down and comes up by itself.
        "STARTING" => return world.pass_through(id, "STARTING", START_SECONDS, "RUNNING"),
        "TERMINATED" => {}
        _ => return,
    }
    let attached = |world: &World, kind: &str, field: &str| -> Vec<(String, String)> {
        world
            .all(kind)
            .filter(|item| item.text("instanceId") == id && !item.is_over())
            .map(|item| (item.id().to_owned(), item.text(field).to_owned()))
            .collect()
    };
    for (attachment, vnic) in attached(world, "vnicAttachments", "vnicId") {
        let addresses: Vec<String> = world
            .all("privateIps")
            .filter(|address| address.text("vnicId") == vnic)
            .map(|address| address.id().to_owned())
            .collect();
        for address in addresses {
            public_ip::take_back(world, &address);
            world.forget(&address);
        }
        world.forget(&vnic);
        world.finish(&attachment);
    }
    let preserve = world.preserved.remove(id);
    for (attachment, volume) in attached(world, "bootVolumeAttachments", "bootVolumeId") {
        world.finish(&attachment);
        if !preserve {
            world.finish(&volume);
        }
    }
}
