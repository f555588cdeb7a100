//! The bodies of the creates: what each resource of a cluster is made of.
//!
//! Bodies follow from the topology, from the image and the domain that the survey chose, and from
//! the OCIDs of what was made before; the same input gives the same bytes, which is what a retry
//! token relies on.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::domain::hunt::Place;
use crate::domain::plan::{ResourceKey, Step};
use crate::domain::problem::Problem;
use crate::domain::topology::{A1_SHAPE, Cidr, Node, Placement, Role};
use crate::oci::model::{
    CreateInternetGateway, CreatePublicIp, CreateQuota, CreateRouteTable, CreateSecurityList,
    CreateSubnet, CreateVcn, CreateVnic, ImageSource, IngressSecurityRule, InstanceOptions,
    LaunchInstance, Metadata, RouteRule, ShapeConfig,
};
use crate::provision::blueprint::{
    CLUSTER_TAG, INTERNET_GATEWAY, KEY_TAG, PRIVATE_ROUTES, PRIVATE_SECURITY, PRIVATE_SUBNET,
    PUBLIC_IP, PUBLIC_ROUTES, PUBLIC_SECURITY, PUBLIC_SUBNET, QUOTA_GUARD, VCN,
    has_ephemeral_address, node_key,
};
use crate::render::MOST_USER_DATA;

use super::rules;
use super::run::Worker;

/// OCI's longest DNS label.
const LONGEST_LABEL: usize = 15;
/// A boot volume's performance units per GB that OCI's "balanced" means, which is what it gives unasked:
/// said nevertheless, as Terraform's provider says it.
const BALANCED: u64 = 10;

impl Worker {
    /// The body that creates a step's resource. An instance's depends on its place as well: see
    /// [`Worker::launch_body`].
    pub(super) fn body(&self, step: &Step) -> Result<Value, Problem> {
        let network = &self.engine.topology.network;
        match step.key.0.as_str() {
            VCN => self.vcn(step),
            INTERNET_GATEWAY => self.internet_gateway(step),
            PUBLIC_SECURITY => self.security_list(step, rules::public(network)),
            PRIVATE_SECURITY => self.security_list(step, rules::inside(network)),
            PUBLIC_ROUTES => {
                let gateway = self.id(&ResourceKey::new(INTERNET_GATEWAY))?;
                let to_gateway = RouteRule::to(Cidr::ANYWHERE.to_string(), gateway);
                self.route_table(step, vec![to_gateway])
            }
            PRIVATE_ROUTES => self.route_table(step, Vec::new()),
            PUBLIC_SUBNET => self.subnet(step, Placement::Public),
            PRIVATE_SUBNET => self.subnet(step, Placement::Private),
            PUBLIC_IP => self.public_ip(step),
            QUOTA_GUARD => self.quota(step),
            _ => Err(super::missing(&step.key)),
        }
    }

    fn vcn(&self, step: &Step) -> Result<Value, Problem> {
        let topology = &self.engine.topology;
        body(&CreateVcn {
            compartment_id: self.engine.compartment.clone(),
            cidr_blocks: vec![topology.network.vcn.to_string()],
            display_name: step.name.clone(),
            dns_label: dns_label(&topology.cluster),
            freeform_tags: self.tags(&step.key),
        })
    }

    fn internet_gateway(&self, step: &Step) -> Result<Value, Problem> {
        body(&CreateInternetGateway {
            compartment_id: self.engine.compartment.clone(),
            vcn_id: self.vcn_id()?,
            is_enabled: true,
            display_name: step.name.clone(),
            freeform_tags: self.tags(&step.key),
        })
    }

    fn route_table(&self, step: &Step, rules: Vec<RouteRule>) -> Result<Value, Problem> {
        body(&CreateRouteTable {
            compartment_id: self.engine.compartment.clone(),
            vcn_id: self.vcn_id()?,
            display_name: step.name.clone(),
            route_rules: rules,
            freeform_tags: self.tags(&step.key),
        })
    }

    fn security_list(
        &self,
        step: &Step,
        ingress: Vec<IngressSecurityRule>,
    ) -> Result<Value, Problem> {
        body(&CreateSecurityList {
            compartment_id: self.engine.compartment.clone(),
            vcn_id: self.vcn_id()?,
            display_name: step.name.clone(),
            ingress_security_rules: ingress,
            egress_security_rules: rules::outward(),
            freeform_tags: self.tags(&step.key),
        })
    }

    fn subnet(&self, step: &Step, placement: Placement) -> Result<Value, Problem> {
        let network = &self.engine.topology.network;
        let (cidr, routes, security) = match placement {
            Placement::Public => (network.public_subnet, PUBLIC_ROUTES, PUBLIC_SECURITY),
            Placement::Private => (network.private_subnet, PRIVATE_ROUTES, PRIVATE_SECURITY),
        };
        body(&CreateSubnet {
            compartment_id: self.engine.compartment.clone(),
            vcn_id: self.vcn_id()?,
            cidr_block: cidr.to_string(),
            display_name: step.name.clone(),
            dns_label: Some(subnet_label(placement).to_owned()),
            prohibit_public_ip_on_vnic: placement == Placement::Private,
            route_table_id: self.id(&ResourceKey::new(routes))?,
            security_list_ids: vec![self.id(&ResourceKey::new(security))?],
            freeform_tags: self.tags(&step.key),
        })
    }

    fn public_ip(&self, step: &Step) -> Result<Value, Problem> {
        body(&CreatePublicIp {
            compartment_id: self.engine.compartment.clone(),
            lifetime: "RESERVED".to_owned(),
            private_ip_id: None,
            display_name: step.name.clone(),
            freeform_tags: self.tags(&step.key),
        })
    }

    /// A quota stands in the root compartment, whichever compartment it is for.
    fn quota(&self, step: &Step) -> Result<Value, Problem> {
        body(&CreateQuota {
            compartment_id: self.engine.client.profile().tenancy().to_owned(),
            name: step.name.clone(),
            description: format!(
                "Keeps the cluster {} from using more than is free",
                self.engine.topology.cluster
            ),
            statements: self.engine.guard_statements(&self.survey),
            freeform_tags: self.tags(&step.key),
        })
    }

    /// The body that launches a node at `place`.
    pub(super) fn launch_body(&self, step: &Step, place: &Place) -> Result<Value, Problem> {
        let topology = &self.engine.topology;
        let node = topology
            .nodes
            .iter()
            .find(|node| node_key(node) == step.key);
        let node = node.ok_or_else(|| super::missing(&step.key))?;
        body(&LaunchInstance {
            compartment_id: self.engine.compartment.clone(),
            availability_domain: place.availability_domain.clone(),
            fault_domain: place.fault_domain.clone(),
            display_name: step.name.clone(),
            shape: A1_SHAPE.to_owned(),
            shape_config: Some(ShapeConfig {
                ocpus: f64::from(node.ocpus.0),
                memory_in_gbs: f64::from(node.memory.0),
            }),
            source_details: ImageSource {
                image_id: self.survey.image.clone(),
                boot_volume_size_in_gbs: Some(u64::from(node.boot_volume.0)),
                boot_volume_vpus_per_gb: Some(BALANCED),
            },
            create_vnic_details: self.vnic(node, &step.key)?,
            metadata: self.metadata(node)?,
            instance_options: InstanceOptions {
                are_legacy_imds_endpoints_disabled: true,
            },
            freeform_tags: self.tags(&step.key),
        })
    }

    fn metadata(&self, node: &Node) -> Result<Metadata, Problem> {
        let key = self.engine.topology.ssh_public_key.clone();
        let metadata = Metadata::default().with("ssh_authorized_keys", key);
        let Some(user_data) = self.engine.user_data.get(&node.name) else {
            return Ok(metadata);
        };
        let metadata = metadata.with("user_data", user_data.expose_base64());
        if metadata.size() > MOST_USER_DATA {
            return Err(Problem {
                title: format!("{} is told more than OCI takes", node.name),
                detail: format!(
                    "its SSH key and user data are {} bytes together; the limit is {MOST_USER_DATA}",
                    metadata.size()
                ),
                next: "use a shorter SSH key (ssh.public_key), such as an Ed25519 one".to_owned(),
                request_id: None,
            });
        }
        Ok(metadata)
    }

    /// The ingress node forwards for others, so its card must take packets that are not its own.
    fn vnic(&self, node: &Node, key: &ResourceKey) -> Result<CreateVnic, Problem> {
        let subnet = match node.subnet {
            Placement::Public => PUBLIC_SUBNET,
            Placement::Private => PRIVATE_SUBNET,
        };
        Ok(CreateVnic {
            subnet_id: self.id(&ResourceKey::new(subnet))?,
            assign_public_ip: has_ephemeral_address(&self.engine.topology, node),
            private_ip: Some(node.private_ip.to_string()),
            hostname_label: Some(node.name.clone()),
            skip_source_dest_check: node.role == Role::Ingress,
            display_name: Some(node.name.clone()),
            freeform_tags: self.tags(key),
        })
    }

    fn vcn_id(&self) -> Result<String, Problem> {
        self.id(&ResourceKey::new(VCN))
    }

    pub(super) fn tags(&self, key: &ResourceKey) -> BTreeMap<String, String> {
        let cluster = self.engine.topology.cluster.clone();
        [
            (CLUSTER_TAG.to_owned(), cluster),
            (KEY_TAG.to_owned(), key.0.clone()),
        ]
        .into()
    }
}

fn body<B: Serialize>(body: &B) -> Result<Value, Problem> {
    serde_json::to_value(body).map_err(|error| Problem {
        title: "a request could not be written as JSON".to_owned(),
        detail: error.to_string(),
        next: "this is a fault of the program; please report it".to_owned(),
        request_id: None,
    })
}

/// The DNS label of a subnet.
pub(super) fn subnet_label(placement: Placement) -> &'static str {
    match placement {
        Placement::Public => "public",
        Placement::Private => "private",
    }
}

/// The cluster's name as a DNS label of OCI's: letters and digits, a letter first, 15 at the most.
pub(super) fn dns_label(cluster: &str) -> Option<String> {
    let letters = cluster.chars().filter(char::is_ascii_alphanumeric);
    let label: String = letters
        .skip_while(char::is_ascii_digit)
        .take(LONGEST_LABEL)
        .collect();
    (!label.is_empty()).then(|| label.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("k3s", Some("k3s"))]
    #[case("3-prod", Some("prod"))]
    #[case("a-very-long-cluster-name", Some("averylongcluste"))]
    #[case("123", None)]
    fn labels_are_what_oci_takes(#[case] cluster: &str, #[case] label: Option<&str>) {
        assert_eq!(dns_label(cluster).as_deref(), label);
    }
}
