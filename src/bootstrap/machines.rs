//! The cluster's instances as OCI has them now: which node is which, how it is, where it is.

use crate::domain::topology::{CLUSTER_TAG, KEY_TAG, Node, Role, Topology};
use crate::oci::model::{Instance, Lifecycle, Vnic, VnicAttachment};
use crate::oci::{Client, Error};

/// The instance of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The node's name.
    pub name: String,
    /// What it does.
    pub role: Role,
    /// The instance's OCID.
    pub id: String,
    /// OCI's word for how it is.
    pub state: Lifecycle,
    /// Its address inside the VCN.
    pub private_ip: String,
    /// Its address on the internet, where it has one.
    pub public_ip: Option<String>,
}

impl Machine {
    /// Whether it is switched on.
    pub fn is_running(&self) -> bool {
        self.state == Lifecycle::Running
    }
}

/// The instances of the topology's nodes, in its order; a node without an instance is left out.
pub async fn machines(
    client: &Client,
    compartment: &str,
    topology: &Topology,
) -> Result<Vec<Machine>, Error> {
    let query = [("compartmentId", compartment)];
    let instances = client.list::<Instance>(&query).await?;
    let mut machines = Vec::new();
    for node in &topology.nodes {
        let Some(instance) = newest(&instances, &topology.cluster, node) else {
            continue;
        };
        let card = card(client, compartment, &instance.id).await?;
        let (private_ip, public_ip) = card.map_or((None, None), |it| (it.private_ip, it.public_ip));
        machines.push(Machine {
            name: node.name.clone(),
            role: node.role,
            id: instance.id.clone(),
            state: instance.lifecycle_state.clone(),
            private_ip: private_ip.unwrap_or_else(|| node.private_ip.to_string()),
            public_ip: public_ip.filter(|ip| !ip.is_empty()),
        });
    }
    Ok(machines)
}

/// The instance that bears the node's tags. Of several, as while one is replaced, the one that is not
/// on its way out.
fn newest<'a>(instances: &'a [Instance], cluster: &str, node: &Node) -> Option<&'a Instance> {
    let has = |instance: &Instance, tag: &str, value: &str| {
        instance
            .freeform_tags
            .get(tag)
            .is_some_and(|it| it == value)
    };
    let key = node.key();
    instances
        .iter()
        .filter(|it| has(it, CLUSTER_TAG, cluster) && has(it, KEY_TAG, &key))
        .filter(|it| !it.lifecycle_state.is_gone())
        .max_by_key(|it| (!it.lifecycle_state.is_going(), it.time_created.clone()))
}

/// The instance's first network card; none while it is not attached yet.
pub(super) async fn card(
    client: &Client,
    compartment: &str,
    instance: &str,
) -> Result<Option<Vnic>, Error> {
    let query = [("compartmentId", compartment), ("instanceId", instance)];
    let attachments = client.list::<VnicAttachment>(&query).await?;
    for attachment in attachments {
        let Some(id) = attachment
            .vnic_id
            .filter(|_| attachment.lifecycle_state == Lifecycle::Attached)
        else {
            continue;
        };
        match client.get::<Vnic>(&id).await {
            Ok(vnic) if vnic.is_primary => return Ok(Some(vnic)),
            Ok(_) => {}
            // It was taken away between the two questions.
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::domain::topology::Placement;
    use crate::domain::units::{Gigabytes, Ocpus};

    fn instance(id: &str, cluster: &str, key: &str, state: Lifecycle, created: &str) -> Instance {
        let tags = BTreeMap::from([
            (CLUSTER_TAG.to_owned(), cluster.to_owned()),
            (KEY_TAG.to_owned(), key.to_owned()),
        ]);
        let mut instance: Instance =
            serde_json::from_value(serde_json::json!({ "id": id, "timeCreated": created }))
                .unwrap();
        instance.freeform_tags = tags;
        instance.lifecycle_state = state;
        instance
    }

    #[test]
    fn the_instance_of_a_node_is_the_one_that_stays() {
        let node = Node {
            name: "k3s-worker".to_owned(),
            role: Role::Worker,
            subnet: Placement::Private,
            ocpus: Ocpus(1),
            memory: Gigabytes(6),
            boot_volume: Gigabytes(50),
            private_ip: [10, 0, 2, 11].into(),
        };
        let all = [
            instance(
                "gone",
                "lab",
                "node-k3s-worker",
                Lifecycle::Terminated,
                "2026-11-22T12:00:00Z",
            ),
            instance(
                "going",
                "lab",
                "node-k3s-worker",
                Lifecycle::Terminating,
                "2026-11-22T11:00:00Z",
            ),
            instance(
                "ours",
                "lab",
                "node-k3s-worker",
                Lifecycle::Provisioning,
                "2026-11-22T10:00:00Z",
            ),
            instance(
                "other",
                "other",
                "node-k3s-worker",
                Lifecycle::Running,
                "2026-11-22T13:00:00Z",
            ),
            instance(
                "server",
                "lab",
                "node-k3s-server",
                Lifecycle::Running,
                "2026-11-22T13:00:00Z",
            ),
        ];
        assert_eq!(newest(&all, "lab", &node).unwrap().id, "ours");
        assert!(newest(&all[..1], "lab", &node).is_none());
    }
}
