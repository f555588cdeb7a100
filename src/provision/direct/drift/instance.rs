//! An instance with its network card and its boot volume.
//!
//! What a stopped instance lacks is its state; what a smaller boot volume would need is another
//! instance, so a larger one is kept and only said.

use serde_json::json;

use crate::domain::plan::{Remedy, ResourceKey};
use crate::domain::topology::{A1_SHAPE, Node, Placement, Role};
use crate::oci::model::{BootVolume, Instance, Lifecycle, Vnic};
use crate::provision::blueprint::{
    PRIVATE_SUBNET, PUBLIC_SUBNET, Part, has_ephemeral_address, node_key,
};
use crate::provision::direct::Survey;

use super::{Compared, Difference, Target, Wanted};

/// What belongs to one instance, as far as it was seen.
#[derive(Clone, Copy)]
pub(in crate::provision::direct) struct Machine<'a> {
    pub(in crate::provision::direct) instance: &'a Instance,
    pub(in crate::provision::direct) vnic: Option<&'a Vnic>,
    pub(in crate::provision::direct) volume: Option<&'a BootVolume>,
}

impl Survey {
    /// The instance with this OCID and its parts.
    pub(in crate::provision::direct) fn machine(&self, id: &str) -> Option<Machine<'_>> {
        let seen = &self.seen;
        let card = |vnic: &&Vnic| {
            seen.attachments
                .iter()
                .any(|tie| tie.instance_id == id && tie.vnic_id.as_ref() == Some(&vnic.id))
        };
        let cards = || seen.vnics.iter().filter(card);
        let disk = seen
            .boot_attachments
            .iter()
            .find(|tie| tie.instance_id == id && !tie.lifecycle_state.is_gone());
        Some(Machine {
            instance: self.instances.iter().find(|it| it.id == id)?,
            vnic: cards()
                .find(|vnic| vnic.is_primary)
                .or_else(|| cards().next()),
            volume: disk.and_then(|tie| {
                let volumes = &seen.boot_volumes;
                volumes
                    .iter()
                    .find(|volume| volume.id == tie.boot_volume_id)
            }),
        })
    }
}

/// What differs of a node: the instance, its card, its disk, its address, and whether it runs.
pub(in crate::provision::direct) fn machine(
    wanted: &Wanted<'_>,
    part: &Part,
    id: &str,
) -> Vec<Difference> {
    let nodes = &wanted.engine.topology.nodes;
    let node = nodes.iter().find(|node| node_key(node) == part.key);
    let (Some(node), Some(machine)) = (node, wanted.survey.machine(id)) else {
        return Vec::new();
    };
    let mut differences = instance(node, machine.instance);
    differences.extend(power(machine.instance));
    if let Some(found) = machine.vnic {
        differences.extend(vnic(wanted, node, found));
        differences.extend(address(wanted, node, found));
    }
    if let Some(found) = machine.volume {
        differences.extend(boot_volume(node, found));
    }
    differences
}

/// What differs of the instance itself.
pub(in crate::provision::direct) fn instance(node: &Node, found: &Instance) -> Vec<Difference> {
    let mut compared = Compared::named(&found.display_name, &node.name);
    compared.field("shape", found.shape.as_str(), A1_SHAPE, Remedy::Replace);
    if found.shape == A1_SHAPE {
        size(&mut compared, node, found);
    }
    let options = found.instance_options.unwrap_or_default();
    compared.field(
        "instanceOptions.areLegacyImdsEndpointsDisabled",
        options.are_legacy_imds_endpoints_disabled,
        true,
        Remedy::Change,
    );
    compared.done()
}

/// Processors and memory go together in one change, so that neither follows from the other.
fn size(compared: &mut Compared, node: &Node, found: &Instance) {
    let is = found.shape_config.unwrap_or_default();
    let (ocpus, memory) = (f64::from(node.ocpus.0), f64::from(node.memory.0));
    let whole = json!({ "ocpus": ocpus, "memoryInGBs": memory });
    for (field, is, should) in [
        ("shapeConfig.ocpus", is.ocpus, ocpus),
        ("shapeConfig.memoryInGBs", is.memory_in_gbs, memory),
    ] {
        if (is - should).abs() > f64::EPSILON {
            let words = (is.to_string(), should.to_string());
            compared.add(field, words, Remedy::Restart, whole.clone());
        }
    }
}

fn power(found: &Instance) -> Vec<Difference> {
    let mut compared = Compared::of(Target::Action, "");
    let state = &found.lifecycle_state;
    if matches!(state, Lifecycle::Stopped | Lifecycle::Stopping) {
        compared.field(
            "lifecycleState",
            state.to_string(),
            Lifecycle::Running.to_string(),
            Remedy::Change,
        );
    }
    compared.done()
}

/// What differs of the node's network card.
pub(in crate::provision::direct) fn vnic(
    wanted: &Wanted<'_>,
    node: &Node,
    found: &Vnic,
) -> Vec<Difference> {
    let mut compared = Compared::of(Target::Vnic, "vnic.");
    compared.field(
        "skipSourceDestCheck",
        found.skip_source_dest_check,
        node.role == Role::Ingress,
        Remedy::Change,
    );
    compared.field(
        "displayName",
        found.display_name.as_str(),
        node.name.as_str(),
        Remedy::Change,
    );
    compared.field(
        "hostnameLabel",
        found.hostname_label.clone(),
        node.name.as_str(),
        Remedy::Change,
    );
    compared.field(
        "privateIp",
        found.private_ip.clone(),
        node.private_ip.to_string(),
        Remedy::Replace,
    );
    let key = match node.subnet {
        Placement::Public => PUBLIC_SUBNET,
        Placement::Private => PRIVATE_SUBNET,
    };
    let subnet = wanted.of(&ResourceKey::new(key));
    if subnet.is_some() && found.subnet_id != subnet {
        let stands = found.subnet_id.as_deref().unwrap_or("none");
        let words = (wanted.named(stands), key.to_owned());
        compared.add("subnetId", words, Remedy::Replace, json!(subnet));
    }
    compared.done()
}

/// Whether a node that has an address of its own has one.
fn address(wanted: &Wanted<'_>, node: &Node, found: &Vnic) -> Vec<Difference> {
    let mut compared = Compared::of(Target::Action, "vnic.");
    if has_ephemeral_address(&wanted.engine.topology, node) {
        let reserved = wanted
            .survey
            .seen
            .public_ips
            .iter()
            .find(|ip| Some(&ip.ip_address) == found.public_ip.as_ref());
        let told = match (&found.public_ip, reserved) {
            (None, _) => Some("none".to_owned()),
            (Some(address), Some(_)) => Some(format!("{address}, reserved")),
            (Some(_), None) => None,
        };
        if let Some(told) = told {
            let words = (told, "one of its own".to_owned());
            compared.add("publicIp", words, Remedy::Change, json!(null));
        }
    }
    compared.done()
}

/// What differs of the disk: it can grow in place.
pub(in crate::provision::direct) fn boot_volume(
    node: &Node,
    found: &BootVolume,
) -> Vec<Difference> {
    let mut compared = Compared::of(Target::BootVolume, "bootVolume.");
    let should = u64::from(node.boot_volume.0);
    if let Some(is) = found.size_in_gbs.filter(|is| *is < should) {
        compared.field("sizeInGBs", is, should, Remedy::Change);
    }
    compared.done()
}

/// A disk that is larger than wanted, in words.
pub(in crate::provision::direct) fn oversized(
    node: &Node,
    machine: &Machine<'_>,
) -> Option<String> {
    let is = machine.volume?.size_in_gbs?;
    (is > u64::from(node.boot_volume.0))
        .then(|| format!("its boot volume has {is} GB and cannot shrink"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::units::{Gigabytes, Ocpus};
    use serde_json::Value;

    fn node() -> Node {
        Node {
            name: "k3s-server".to_owned(),
            role: Role::Server,
            subnet: Placement::Private,
            ocpus: Ocpus(2),
            memory: Gigabytes(12),
            boot_volume: Gigabytes(50),
            private_ip: "10.0.2.10".parse().unwrap(),
        }
    }

    fn found(change: &Value) -> Instance {
        let mut body = json!({"id": "ocid1.instance", "displayName": "k3s-server",
            "lifecycleState": "RUNNING", "shape": A1_SHAPE,
            "shapeConfig": {"ocpus": 2.0, "memoryInGBs": 12.0},
            "instanceOptions": {"areLegacyImdsEndpointsDisabled": true}});
        if let (Some(body), Some(change)) = (body.as_object_mut(), change.as_object()) {
            body.extend(change.clone());
        }
        serde_json::from_value(body).unwrap()
    }

    fn fields(change: &Value) -> Vec<(String, Remedy)> {
        let differences = instance(&node(), &found(change)).into_iter();
        differences
            .map(|it| (it.drift.field, it.drift.remedy))
            .collect()
    }

    #[test]
    fn another_shape_is_another_machine_and_its_size_is_not_compared() {
        assert_eq!(fields(&json!({})), []);
        let micro = json!({"shape": "VM.Standard.E2.1.Micro",
            "shapeConfig": {"ocpus": 1.0, "memoryInGBs": 1.0}});
        assert_eq!(fields(&micro), [("shape".to_owned(), Remedy::Replace)]);
    }

    #[test]
    fn a_size_is_sent_whole() {
        let smaller = json!({"shapeConfig": {"ocpus": 1.0, "memoryInGBs": 12.0}});
        let field = "shapeConfig.ocpus".to_owned();
        assert_eq!(fields(&smaller), [(field, Remedy::Restart)]);
        let differences = instance(&node(), &found(&smaller));
        let body = super::super::body(&differences);
        let whole = json!({"shapeConfig": {"ocpus": 2.0, "memoryInGBs": 12.0}});
        assert_eq!(Value::Object(body), whole);
    }

    #[test]
    fn a_flag_stands_where_the_api_has_it() {
        let open = json!({"instanceOptions": {"areLegacyImdsEndpointsDisabled": false}});
        let differences = instance(&node(), &found(&open));
        let body = super::super::body(&differences);
        let closed = json!({"instanceOptions": {"areLegacyImdsEndpointsDisabled": true}});
        assert_eq!(Value::Object(body), closed);
    }
}
