//! Believing another host key than the pinned one, because a person wants it: after having seen both
//! fingerprints.
//!
//! What is pinned is the key that the node shows at that moment, and only if it is the one that the
//! person was shown.

use super::machines::{Machine, machines};
use super::reach::{NoWay, missing, no_way, reach};
use super::target::Target;
use crate::clock::Clock;
use crate::domain::line::Line;
use crate::domain::topology::Role;
use crate::oci;
use crate::ssh::{Hop, HostKey, HostKeys, Pins, shown_key};

/// A node's host key, as it shows it now and as it is pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Which node.
    pub node: Line,
    /// The instance's OCID.
    pub instance: Line,
    /// The fingerprint of the key that it shows, `SHA256:…`.
    pub offered: Line,
    /// The fingerprints of the pinned keys; none where nothing is pinned.
    pub pinned: Vec<Line>,
}

/// Looks which host key `node` shows. Changes nothing.
pub async fn shown(target: &Target, node: &str, clock: Clock) -> Result<Shown, NoWay> {
    let (machine, pins, key) = look(target, node, clock).await?;
    let pinned = pins.of_instance(&machine.id);
    let pinned = pinned.map_or_else(Vec::new, |pin| pin.keys.fingerprints());
    Ok(Shown {
        node: Line::new(node),
        instance: Line::new(&machine.id),
        offered: Line::new(&key.fingerprint()),
        pinned: pinned.iter().map(|it| Line::new(it)).collect(),
    })
}

/// Pins the key that `node` shows in place of what is pinned for it, if its fingerprint is `offered`.
pub async fn trust(target: &Target, node: &str, offered: &str, clock: Clock) -> Result<(), NoWay> {
    let (machine, mut pins, key) = look(target, node, clock).await?;
    let now = key.fingerprint();
    if now != offered {
        return Err(no_way(
            &format!("{node} shows yet another host key"),
            format!("asked for was {offered}, shown is {now}"),
            "do not go on: somebody may sit in between. Compare with the serial console",
        ));
    }
    let keys = HostKeys::new([key]);
    pins.replace(node, &machine.id, &keys).map_err(|error| {
        no_way(
            &format!("the host key of {node} cannot be pinned"),
            Line::new(&error.to_string()).to_string(),
            "mend the file of pins or remove it",
        )
    })
}

async fn look(
    target: &Target,
    node: &str,
    clock: Clock,
) -> Result<(Machine, Pins, HostKey), NoWay> {
    let found = machines(&target.client, &target.compartment, &target.topology)
        .await
        .map_err(|error: oci::Error| {
            no_way(
                "the cloud does not tell where the nodes are",
                Line::new(&error.to_string()).to_string(),
                "k3scope plan tells what is missing",
            )
        })?;
    let machine = found.into_iter().find(|machine| machine.name == node);
    let machine = machine.ok_or_else(|| missing(node))?;
    let pins = Pins::load(&target.pins()).map_err(|error| {
        no_way(
            "the pinned host keys cannot be read",
            Line::new(&error.to_string()).to_string(),
            "mend the file or remove it",
        )
    })?;
    let pinned = pins.of_instance(&machine.id);
    let keys = pinned.map(|pin| pin.keys.clone()).unwrap_or_default();
    let dial = target.dialling();
    let key = if machine.role == Role::Ingress {
        let address = machine.public_ip.as_deref();
        let address = address.ok_or_else(|| missing("the ingress node's public address"))?;
        let hop = Hop::node(node, address, keys);
        shown_key(&hop, None, &dial, clock).await?
    } else {
        let reach = reach(target.clone(), clock).await?;
        let way = reach.gateway().session().await?;
        let hop = Hop::node(node, &machine.private_ip, keys);
        shown_key(&hop, Some(&way), &dial, clock).await?
    };
    Ok((machine, pins, key))
}
