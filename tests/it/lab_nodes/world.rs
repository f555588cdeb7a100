//! A lab, and an operator who launches machines in it by hand.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k3scope::clock::Clock;
use k3scope::lab::{Lab, Options};
use k3scope::oci::model::{
    AvailabilityDomain, CreateInternetGateway, CreateRouteTable, CreateSecurityList, CreateSubnet,
    CreateVcn, CreateVnic, EgressSecurityRule, Image, ImageSource, IngressSecurityRule, Instance,
    InstanceOptions, InternetGateway, LaunchInstance, Metadata, RouteRule, RouteTable,
    SecurityList, ShapeConfig, Subnet, Tags, Vcn,
};
use k3scope::oci::{Client, Endpoints, Profile, Request, RetryToken, Service};
use serde_json::Value;
use tokio::sync::watch;

/// How fast these labs go.
pub(super) const SPEED: f64 = 300.0;
const LIMIT: Duration = Duration::from_mins(2);
const SHAPE: &str = "VM.Standard.A1.Flex";

/// A lab with one public subnet.
pub(super) struct World {
    pub(super) lab: Lab,
    client: Client,
    compartment: String,
    subnet: String,
}

/// Waits until `holds`; whatever `changes` wakes it.
pub(super) async fn wait_until(
    why: &str,
    mut changes: watch::Receiver<u64>,
    holds: impl Fn() -> bool,
) {
    let waiting = async {
        while !holds() {
            changes.changed().await.unwrap();
        }
    };
    let done = Clock::default().timeout(LIMIT, waiting).await;
    assert!(done.is_ok(), "never came: {why}");
}

/// A lab at high speed, with the crypto provider that its servers need.
pub(super) async fn lab() -> Lab {
    lab_with("empty").await
}

/// A lab with a scenario of its own.
pub(super) async fn lab_with(scenario: &str) -> Lab {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = Options {
        scenario: scenario.to_owned(),
        speed: SPEED,
        ..Options::default()
    };
    Lab::start(options).await.unwrap()
}

fn token(text: &str) -> RetryToken {
    RetryToken::new(format!("nodes-{text}")).unwrap()
}

impl World {
    pub(super) async fn start() -> Self {
        let lab = lab().await;
        let ready = lab.ready();
        let text = |name: &str| ready["oci"][name].as_str().unwrap().to_owned();
        let profile = Profile::load(&lab.oci_config(), &text("profile"), None).unwrap();
        let endpoints = Endpoints::at(text("endpoint"), text("region"));
        let client = Client::new(profile, endpoints, Clock::paced(SPEED)).unwrap();
        let mut world = Self {
            lab,
            client,
            compartment: text("compartment"),
            subnet: String::new(),
        };
        world.subnet = world.network().await;
        world
    }

    /// A VCN with a way out; gives its subnet.
    async fn network(&self) -> String {
        let compartment_id = || self.compartment.clone();
        let vcn = CreateVcn {
            compartment_id: compartment_id(),
            cidr_blocks: vec!["10.0.0.0/16".to_owned()],
            display_name: "vcn".to_owned(),
            dns_label: None,
            freeform_tags: Tags::default(),
        };
        let vcn: Vcn = self.client.create(&vcn, &token("vcn")).await.unwrap();
        let gateway = CreateInternetGateway {
            compartment_id: compartment_id(),
            vcn_id: vcn.id.clone(),
            is_enabled: true,
            display_name: "gateway".to_owned(),
            freeform_tags: Tags::default(),
        };
        let gateway: InternetGateway = self.client.create(&gateway, &token("gw")).await.unwrap();
        let routes = CreateRouteTable {
            compartment_id: compartment_id(),
            vcn_id: vcn.id.clone(),
            display_name: "routes".to_owned(),
            route_rules: vec![RouteRule::to("0.0.0.0/0", &gateway.id)],
            freeform_tags: Tags::default(),
        };
        let routes: RouteTable = self.client.create(&routes, &token("rt")).await.unwrap();
        let within = CreateSecurityList {
            compartment_id: compartment_id(),
            vcn_id: vcn.id.clone(),
            display_name: "within".to_owned(),
            ingress_security_rules: vec![IngressSecurityRule {
                protocol: "all".to_owned(),
                source: "10.0.0.0/16".to_owned(),
                source_type: "CIDR_BLOCK".to_owned(),
                is_stateless: false,
                tcp_options: None,
                udp_options: None,
                icmp_options: None,
                description: None,
            }],
            egress_security_rules: vec![EgressSecurityRule {
                protocol: "all".to_owned(),
                destination: "0.0.0.0/0".to_owned(),
                destination_type: "CIDR_BLOCK".to_owned(),
                is_stateless: false,
                tcp_options: None,
                udp_options: None,
                icmp_options: None,
                description: None,
            }],
            freeform_tags: Tags::default(),
        };
        let within: SecurityList = self.client.create(&within, &token("sl")).await.unwrap();
        let subnet = CreateSubnet {
            compartment_id: compartment_id(),
            vcn_id: vcn.id,
            cidr_block: "10.0.1.0/24".to_owned(),
            display_name: "public".to_owned(),
            dns_label: None,
            prohibit_public_ip_on_vnic: false,
            route_table_id: routes.id,
            security_list_ids: vec![within.id],
            freeform_tags: Tags::default(),
        };
        let subnet: Subnet = self.client.create(&subnet, &token("sn")).await.unwrap();
        subnet.id
    }

    /// Launches a machine with this user data; gives the instance's OCID.
    pub(super) async fn launch(
        &self,
        name: &str,
        address: &str,
        user_data: Option<&str>,
    ) -> String {
        let in_compartment = [("compartmentId", self.compartment.as_str())];
        let domains: Vec<AvailabilityDomain> = self.client.list(&in_compartment).await.unwrap();
        let images = [in_compartment[0], ("shape", SHAPE)];
        let images: Vec<Image> = self.client.list(&images).await.unwrap();
        let mut metadata = Metadata::default();
        if let Some(text) = user_data {
            metadata = metadata.with("user_data", STANDARD.encode(text));
        }
        let body = LaunchInstance {
            compartment_id: self.compartment.clone(),
            availability_domain: domains[0].name.clone(),
            fault_domain: None,
            display_name: name.to_owned(),
            shape: SHAPE.to_owned(),
            shape_config: Some(ShapeConfig {
                ocpus: 1.0,
                memory_in_gbs: 6.0,
            }),
            source_details: ImageSource {
                image_id: images[0].id.clone(),
                boot_volume_size_in_gbs: Some(50),
                boot_volume_vpus_per_gb: Some(10),
            },
            create_vnic_details: CreateVnic {
                subnet_id: self.subnet.clone(),
                assign_public_ip: true,
                private_ip: Some(address.to_owned()),
                hostname_label: None,
                skip_source_dest_check: true,
                display_name: None,
                freeform_tags: Tags::default(),
            },
            metadata,
            instance_options: InstanceOptions {
                are_legacy_imds_endpoints_disabled: true,
            },
            freeform_tags: Tags::default(),
        };
        let made: Instance = self.client.create(&body, &token(name)).await.unwrap();
        made.id
    }

    /// Waits until a machine has printed this so many times.
    pub(super) async fn prints(&self, instance: &str, text: &str, times: usize) -> String {
        let oci = self.lab.oci();
        let why = format!("{text:?} on the console, {times} times");
        wait_until(&why, oci.printed(), || {
            oci.console(instance).matches(text).count() >= times
        })
        .await;
        oci.console(instance)
    }

    /// Stops or starts an instance, and waits until it is so.
    pub(super) async fn act(&self, instance: &str, action: &str) {
        let mut changes = self.lab.oci().changes();
        let request = Request::post(Service::Core, format!("instances/{instance}"))
            .with_query(&[("action", action)]);
        let _: Instance = self.client.call(request).await.unwrap();
        let wanted = if action == "STOP" {
            "STOPPED"
        } else {
            "RUNNING"
        };
        loop {
            let change = changes.recv().await.unwrap();
            if change.id == instance && change.resource["lifecycleState"] == wanted {
                return;
            }
        }
    }
}

/// Waits until `holds`, where nothing tells of the change.
pub(super) async fn comes(why: &str, holds: impl AsyncFn() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    };
    let done = Clock::default().timeout(LIMIT, waiting).await;
    assert!(done.is_ok(), "never came: {why}");
}

/// The markers on a console as (stage, state, detail).
pub(super) fn markers(console: &str) -> Vec<(String, String, String)> {
    let lines = console
        .lines()
        .filter_map(|line| line.strip_prefix("@k3scope ")?.strip_suffix(" @end"));
    lines
        .map(|json| {
            let marker: Value = serde_json::from_str(json).unwrap();
            let text = |field: &str| marker[field].as_str().unwrap().to_owned();
            (text("stage"), text("state"), text("detail"))
        })
        .collect()
}
