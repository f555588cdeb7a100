//! The bodies of the creates: what each resource of a cluster is made of.
//!
//! Bodies follow from the topology, from the image and the domain that the survey chose, and from
//! the OCIDs of what was made before; the same input gives the same bytes, which is what a retry
//! token relies on.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::domain::plan::{ResourceKey, Step};
use crate::domain::problem::Problem;
use crate::domain::topology::{A1_SHAPE, Cidr, Node, Placement, Role};
use crate::oci::model::{
    CreateInternetGateway, CreateRouteTable, CreateSecurityList, CreateSubnet, CreateVcn,
    CreateVnic, EgressSecurityRule, IcmpOptions, ImageSource, IngressSecurityRule, InstanceOptions,
    LaunchInstance, Metadata, PortRange, PrivateIp, RouteRule, ShapeConfig, TcpOptions,
    VnicAttachment,
};
use crate::provision::blueprint::{
    CLUSTER_TAG, INTERNET_GATEWAY, KEY_TAG, PRIVATE_ROUTES, PRIVATE_SECURITY, PRIVATE_SUBNET,
    PUBLIC_ROUTES, PUBLIC_SECURITY, PUBLIC_SUBNET, VCN, node_key,
};
use crate::render::MOST_USER_DATA;

use super::meaning::problem;
use super::run::Worker;

/// Protocol numbers as OCI takes them (IANA's, or `all`).
const ICMP: &str = "1";
const TCP: &str = "6";
const ALL: &str = "all";
/// The ports that Kubernetes gives to services of type `NodePort`.
const NODE_PORTS: PortRange = PortRange {
    min: 30_000,
    max: 32_767,
};
/// OCI's longest DNS label.
const LONGEST_LABEL: usize = 15;

impl Worker {
    /// The body that creates a step's resource.
    pub(super) async fn body(&self, step: &Step) -> Result<Value, Problem> {
        match step.key.0.as_str() {
            VCN => self.vcn(step),
            INTERNET_GATEWAY => self.internet_gateway(step),
            PUBLIC_SECURITY => self.security_list(step, self.public_rules()),
            PRIVATE_SECURITY => self.security_list(step, self.inside_rules()),
            PUBLIC_ROUTES => {
                let gateway = self.id(&ResourceKey::new(INTERNET_GATEWAY))?;
                self.route_table(step, gateway)
            }
            PRIVATE_ROUTES => {
                let address = self.ingress_private_ip().await?;
                self.route_table(step, address)
            }
            PUBLIC_SUBNET => self.subnet(step, Placement::Public),
            PRIVATE_SUBNET => self.subnet(step, Placement::Private),
            _ => self.instance(step),
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

    fn route_table(&self, step: &Step, target: String) -> Result<Value, Problem> {
        body(&CreateRouteTable {
            compartment_id: self.engine.compartment.clone(),
            vcn_id: self.vcn_id()?,
            display_name: step.name.clone(),
            route_rules: vec![RouteRule::to(Cidr::ANYWHERE.to_string(), target)],
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
            egress_security_rules: vec![EgressSecurityRule::to_cidr(
                ALL,
                Cidr::ANYWHERE.to_string(),
            )],
            freeform_tags: self.tags(&step.key),
        })
    }

    /// What may reach any node: the VCN itself, node ports, and the ICMP message without which large
    /// packets vanish (path MTU discovery, RFC 1191).
    fn inside_rules(&self) -> Vec<IngressSecurityRule> {
        let network = &self.engine.topology.network;
        let unreachable = IcmpOptions {
            kind: 3,
            code: Some(4),
        };
        let mut rules = vec![
            rule(ALL, network.vcn, "inside the VCN"),
            IngressSecurityRule {
                icmp_options: Some(unreachable),
                ..rule(ICMP, Cidr::ANYWHERE, "path MTU discovery")
            },
        ];
        let outside = network
            .nodeports_from
            .iter()
            .filter(|from| !network.vcn.covers(**from));
        rules.extend(outside.map(|from| ports(NODE_PORTS, *from, "node ports")));
        rules
    }

    fn public_rules(&self) -> Vec<IngressSecurityRule> {
        let mut rules = self.inside_rules();
        rules.push(ports(PortRange::one(80), Cidr::ANYWHERE, "HTTP"));
        rules.push(ports(PortRange::one(443), Cidr::ANYWHERE, "HTTPS"));
        let operators = &self.engine.topology.network.ssh_from;
        rules.extend(
            operators
                .iter()
                .map(|from| ports(PortRange::one(22), *from, "SSH")),
        );
        rules
    }

    fn subnet(&self, step: &Step, placement: Placement) -> Result<Value, Problem> {
        let network = &self.engine.topology.network;
        let (cidr, label, routes, security) = match placement {
            Placement::Public => (
                network.public_subnet,
                "public",
                PUBLIC_ROUTES,
                PUBLIC_SECURITY,
            ),
            Placement::Private => (
                network.private_subnet,
                "private",
                PRIVATE_ROUTES,
                PRIVATE_SECURITY,
            ),
        };
        body(&CreateSubnet {
            compartment_id: self.engine.compartment.clone(),
            vcn_id: self.vcn_id()?,
            cidr_block: cidr.to_string(),
            display_name: step.name.clone(),
            dns_label: Some(label.to_owned()),
            prohibit_public_ip_on_vnic: placement == Placement::Private,
            route_table_id: self.id(&ResourceKey::new(routes))?,
            security_list_ids: vec![self.id(&ResourceKey::new(security))?],
            freeform_tags: self.tags(&step.key),
        })
    }

    fn instance(&self, step: &Step) -> Result<Value, Problem> {
        let topology = &self.engine.topology;
        let node = topology
            .nodes
            .iter()
            .find(|node| node_key(node) == step.key);
        let node = node.ok_or_else(|| super::missing(&step.key))?;
        body(&LaunchInstance {
            compartment_id: self.engine.compartment.clone(),
            availability_domain: self.survey.availability_domain.clone(),
            fault_domain: None,
            display_name: step.name.clone(),
            shape: A1_SHAPE.to_owned(),
            shape_config: Some(ShapeConfig {
                ocpus: f64::from(node.ocpus.0),
                memory_in_gbs: f64::from(node.memory.0),
            }),
            source_details: ImageSource {
                image_id: self.survey.image.clone(),
                boot_volume_size_in_gbs: Some(u64::from(node.boot_volume.0)),
                boot_volume_vpus_per_gb: None,
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
            assign_public_ip: node.subnet == Placement::Public,
            private_ip: Some(node.private_ip.to_string()),
            hostname_label: Some(node.name.clone()),
            skip_source_dest_check: node.role == Role::Ingress,
            display_name: Some(node.name.clone()),
            freeform_tags: self.tags(key),
        })
    }

    /// The OCID of the ingress node's private address: what the private route table points at.
    async fn ingress_private_ip(&self) -> Result<String, Problem> {
        let node = self.engine.topology.ingress();
        let instance =
            self.id(&node.map_or_else(|| ResourceKey::new("the ingress node"), node_key))?;
        let client = &self.engine.client;
        let query = [
            ("compartmentId", self.engine.compartment.as_str()),
            ("instanceId", instance.as_str()),
        ];
        let attachments = client
            .list::<VnicAttachment>(&query)
            .await
            .map_err(|error| problem("look up the ingress node's network card", &error))?;
        let Some(vnic) = attachments
            .into_iter()
            .find_map(|attachment| attachment.vnic_id)
        else {
            return Err(super::missing(&ResourceKey::new(
                "the ingress node's network card",
            )));
        };
        let addresses = client
            .list::<PrivateIp>(&[("vnicId", vnic.as_str())])
            .await
            .map_err(|error| problem("look up the ingress node's private address", &error))?;
        let primary = addresses.into_iter().find(|address| address.is_primary);
        primary
            .map(|address| address.id)
            .ok_or_else(|| super::missing(&ResourceKey::new("the ingress node's private address")))
    }

    fn vcn_id(&self) -> Result<String, Problem> {
        self.id(&ResourceKey::new(VCN))
    }

    fn tags(&self, key: &ResourceKey) -> BTreeMap<String, String> {
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

fn rule(protocol: &str, from: Cidr, why: &str) -> IngressSecurityRule {
    IngressSecurityRule {
        description: Some(why.to_owned()),
        ..IngressSecurityRule::from_cidr(protocol, from.to_string())
    }
}

fn ports(ports: PortRange, from: Cidr, why: &str) -> IngressSecurityRule {
    let tcp = TcpOptions {
        destination_port_range: Some(ports),
        source_port_range: None,
    };
    IngressSecurityRule {
        tcp_options: Some(tcp),
        ..rule(TCP, from, why)
    }
}

/// The cluster's name as a DNS label of OCI's: letters and digits, a letter first, 15 at the most.
fn dns_label(cluster: &str) -> Option<String> {
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
