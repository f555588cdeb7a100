//! The client against the lab's OCI: a network and an instance from nothing to nothing.

use std::time::Duration;

use k3scope::clock::Clock;
use k3scope::lab::oci::{Fault, Matcher};
use k3scope::lab::{Lab, Options};
use k3scope::oci::model::{
    AskShapeAvailability, AvailabilityDomain, BootVolumeAttachment, CaptureConsoleHistory,
    Compartment, ConsoleHistory, CreateCapacityReport, CreateInternetGateway, CreateRouteTable,
    CreateSecurityList, CreateSubnet, CreateVcn, CreateVnic, EgressSecurityRule, FaultDomain,
    IcmpOptions, Image, ImageSource, IngressSecurityRule, Instance, InstanceOptions,
    InternetGateway, LaunchInstance, Lifecycle, LimitValue, Metadata, PortRange, PrivateIp,
    RouteRule, RouteTable, SecurityList, Shape, ShapeConfig, Subnet, Tags, TcpOptions, Tenancy,
    UpdateRouteTable, Vcn, Vnic, VnicAttachment,
};
use k3scope::oci::{Client, Endpoints, Error, Profile, Resource, RetryToken};
use serde_json::Value;

const SPEED: f64 = 600.0;
const A1: &str = "VM.Standard.A1.Flex";

struct World {
    lab: Lab,
    client: Client,
    clock: Clock,
    compartment: String,
    tenancy: String,
}

impl World {
    async fn start() -> Self {
        let lab = Lab::start(Options {
            speed: SPEED,
            ..Options::default()
        })
        .await
        .unwrap();
        let ready = lab.ready();
        let text = |name: &str| ready["oci"][name].as_str().unwrap().to_owned();
        let clock = Clock::paced(SPEED);
        let profile = Profile::load(&lab.oci_config(), &text("profile"), None).unwrap();
        assert!(profile.fingerprint_matches());
        let endpoints = Endpoints::at(text("endpoint"), text("region"));
        Self {
            client: Client::new(profile, endpoints, clock).unwrap(),
            clock,
            compartment: text("compartment"),
            tenancy: text("tenancy"),
            lab,
        }
    }

    async fn settled<R: Resource>(
        &self,
        id: &str,
        state: fn(&R) -> &Lifecycle,
        wanted: Lifecycle,
    ) -> R {
        for _ in 0..200 {
            let now: R = self.client.get(id).await.unwrap();
            if *state(&now) == wanted {
                return now;
            }
            self.clock.sleep(Duration::from_secs(5)).await;
        }
        panic!("{id} never became {wanted}");
    }

    fn tags(key: &str) -> Tags {
        [("k3scope-cluster", "t"), ("k3scope-key", key)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    async fn vcn(&self) -> Vcn {
        let body = CreateVcn {
            compartment_id: self.compartment.clone(),
            cidr_blocks: vec!["10.0.0.0/16".to_owned()],
            display_name: "k3s-vcn".to_owned(),
            dns_label: Some("k3s".to_owned()),
            freeform_tags: Self::tags("vcn"),
        };
        self.client.create(&body, &token("vcn")).await.unwrap()
    }

    async fn subnet(&self, vcn: &Vcn) -> Subnet {
        let gateway: InternetGateway = self
            .client
            .create(
                &CreateInternetGateway {
                    compartment_id: self.compartment.clone(),
                    vcn_id: vcn.id.clone(),
                    is_enabled: true,
                    display_name: "k3s-igw".to_owned(),
                    freeform_tags: Self::tags("igw"),
                },
                &token("igw"),
            )
            .await
            .unwrap();
        let routes = self.routes(vcn, &gateway).await;
        let security = self.security(vcn).await;
        let body = CreateSubnet {
            compartment_id: self.compartment.clone(),
            vcn_id: vcn.id.clone(),
            cidr_block: "10.0.1.0/24".to_owned(),
            display_name: "public".to_owned(),
            dns_label: Some("public".to_owned()),
            prohibit_public_ip_on_vnic: false,
            route_table_id: routes.id,
            security_list_ids: vec![security.id],
            freeform_tags: Self::tags("subnet"),
        };
        self.client.create(&body, &token("subnet")).await.unwrap()
    }

    async fn routes(&self, vcn: &Vcn, gateway: &InternetGateway) -> RouteTable {
        let body = CreateRouteTable {
            compartment_id: self.compartment.clone(),
            vcn_id: vcn.id.clone(),
            display_name: "public".to_owned(),
            route_rules: Vec::new(),
            freeform_tags: Self::tags("rt"),
        };
        let made: RouteTable = self.client.create(&body, &token("rt")).await.unwrap();
        let (_, etag) = self
            .client
            .get_with_etag::<RouteTable>(&made.id)
            .await
            .unwrap();
        let rules = UpdateRouteTable {
            route_rules: vec![RouteRule::to("0.0.0.0/0", &gateway.id)],
        };
        let stale = self
            .client
            .update::<RouteTable, _>(&made.id, &rules, Some("stale"))
            .await;
        assert_eq!(stale.unwrap_err().status(), Some(412));
        let changed: RouteTable = self
            .client
            .update(&made.id, &rules, etag.as_deref())
            .await
            .unwrap();
        assert_eq!(changed.route_rules, rules.route_rules);
        changed
    }

    async fn security(&self, vcn: &Vcn) -> SecurityList {
        let https = TcpOptions {
            destination_port_range: Some(PortRange::one(443)),
            source_port_range: None,
        };
        let body = CreateSecurityList {
            compartment_id: self.compartment.clone(),
            vcn_id: vcn.id.clone(),
            display_name: "public".to_owned(),
            ingress_security_rules: vec![
                IngressSecurityRule::from_cidr("all", "10.0.0.0/16"),
                IngressSecurityRule {
                    tcp_options: Some(https),
                    ..IngressSecurityRule::from_cidr("6", "0.0.0.0/0")
                },
                IngressSecurityRule {
                    icmp_options: Some(IcmpOptions {
                        kind: 3,
                        code: Some(4),
                    }),
                    ..IngressSecurityRule::from_cidr("1", "0.0.0.0/0")
                },
            ],
            egress_security_rules: vec![EgressSecurityRule::to_cidr("all", "0.0.0.0/0")],
            freeform_tags: Self::tags("sl"),
        };
        let made: SecurityList = self.client.create(&body, &token("sl")).await.unwrap();
        let back: SecurityList = self.client.get(&made.id).await.unwrap();
        assert_eq!(back.ingress_security_rules, body.ingress_security_rules);
        assert_eq!(back.egress_security_rules, body.egress_security_rules);
        assert_eq!(back.freeform_tags, body.freeform_tags);
        made
    }

    async fn domain(&self) -> AvailabilityDomain {
        let query = [("compartmentId", self.tenancy.as_str())];
        self.client.list(&query).await.unwrap().remove(0)
    }

    async fn launch(&self, subnet: &Subnet, domain: &AvailabilityDomain) -> LaunchInstance {
        let query = [
            ("compartmentId", self.compartment.as_str()),
            ("operatingSystem", "Canonical Ubuntu"),
            ("shape", A1),
        ];
        let image: Image = self.client.list(&query).await.unwrap().remove(0);
        LaunchInstance {
            compartment_id: self.compartment.clone(),
            availability_domain: domain.name.clone(),
            fault_domain: None,
            display_name: "k3s-ingress".to_owned(),
            shape: A1.to_owned(),
            shape_config: Some(ShapeConfig {
                ocpus: 1.0,
                memory_in_gbs: 6.0,
            }),
            source_details: ImageSource {
                image_id: image.id,
                boot_volume_size_in_gbs: Some(50),
                boot_volume_vpus_per_gb: Some(10),
            },
            create_vnic_details: CreateVnic {
                subnet_id: subnet.id.clone(),
                assign_public_ip: true,
                private_ip: Some("10.0.1.10".to_owned()),
                hostname_label: Some("ingress".to_owned()),
                skip_source_dest_check: true,
                display_name: None,
                freeform_tags: Self::tags("vnic"),
            },
            metadata: Metadata::default().with("user_data", "I2Nsb3VkLWNvbmZpZwo="),
            instance_options: InstanceOptions {
                are_legacy_imds_endpoints_disabled: true,
            },
            freeform_tags: Self::tags("ingress"),
        }
    }
}

fn token(text: &str) -> RetryToken {
    RetryToken::new(format!("t-{text}-1")).unwrap()
}

#[tokio::test]
async fn who_and_where_and_how_much() {
    let world = World::start().await;
    let client = &world.client;
    let tenancy: Tenancy = client.get(&world.tenancy).await.unwrap();
    let regions = client.region_subscriptions().await.unwrap();
    let home = regions.iter().find(|region| region.is_home_region).unwrap();
    assert_eq!(home.region_key, tenancy.home_region_key);
    let in_tenancy = [("compartmentId", world.tenancy.as_str())];
    let compartments: Vec<Compartment> = client.list(&in_tenancy).await.unwrap();
    assert!(compartments.iter().any(|one| one.id == world.compartment));
    let domain = world.domain().await;
    let query = [in_tenancy[0], ("availabilityDomain", domain.name.as_str())];
    assert_eq!(client.list::<FaultDomain>(&query).await.unwrap().len(), 3);
    let shapes: Vec<Shape> = client.list(&query).await.unwrap();
    assert!(shapes.iter().any(|shape| shape.shape == A1));

    let compute = [in_tenancy[0], ("serviceName", "compute")];
    let limits: Vec<LimitValue> = client.list(&compute).await.unwrap();
    let core = "standard-a1-core-count";
    let limit = limits.iter().find(|limit| limit.name == core).unwrap();
    let left = client
        .resource_availability("compute", core, Some(&domain.name))
        .await
        .unwrap();
    assert_eq!(left.available, limit.value);
    let regional = "standard-a1-core-regional-count";
    let error = client
        .resource_availability("compute", regional, Some(&domain.name))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameter"));
    client
        .resource_availability("compute", regional, None)
        .await
        .unwrap();
    let report = client
        .capacity_report(&CreateCapacityReport {
            compartment_id: world.tenancy.clone(),
            availability_domain: domain.name,
            shape_availabilities: vec![AskShapeAvailability {
                instance_shape: A1.to_owned(),
                instance_shape_config: None,
                fault_domain: None,
            }],
        })
        .await
        .unwrap();
    assert_eq!(report.shape_availabilities.len(), 1);
    world.lab.stop().await.unwrap();
}

#[tokio::test]
async fn an_instance_lives_and_ends() {
    let world = World::start().await;
    let client = &world.client;
    let vcn = world.vcn().await;
    let subnet = world.subnet(&vcn).await;
    let domain = world.domain().await;
    let launch = world.launch(&subnet, &domain).await;
    let made: Instance = client.create(&launch, &token("i")).await.unwrap();
    let again: Instance = client.create(&launch, &token("i")).await.unwrap();
    assert_eq!(again.id, made.id, "a token makes one instance");
    let running: Instance = world
        .settled(
            &made.id,
            |i: &Instance| &i.lifecycle_state,
            Lifecycle::Running,
        )
        .await;
    assert_eq!(
        running.shape_config.map(|size| size.memory_in_gbs),
        Some(6.0)
    );

    let of_it = [
        ("compartmentId", world.compartment.as_str()),
        ("instanceId", made.id.as_str()),
        ("availabilityDomain", domain.name.as_str()),
    ];
    let attached: Vec<VnicAttachment> = client.list(&of_it).await.unwrap();
    let vnic: Vnic = client
        .get(attached[0].vnic_id.as_deref().unwrap())
        .await
        .unwrap();
    assert!(vnic.skip_source_dest_check);
    let private: Vec<PrivateIp> = client.list(&[("vnicId", vnic.id.as_str())]).await.unwrap();
    let public = client.public_ip_of(&private[0].id).await.unwrap();
    assert_eq!(Some(public.ip_address), vnic.public_ip);
    assert_eq!(
        client
            .list::<BootVolumeAttachment>(&of_it)
            .await
            .unwrap()
            .len(),
        1
    );
    console(&world, &made.id).await;

    client
        .delete::<Instance>(&made.id, &[("preserveBootVolume", "false")])
        .await
        .unwrap();
    world
        .settled(
            &made.id,
            |i: &Instance| &i.lifecycle_state,
            Lifecycle::Terminated,
        )
        .await;
    let error = client
        .create::<Instance, _>(&launch, &token("i"))
        .await
        .unwrap_err();
    assert!(
        error.is_token_invalidated() && error.is_definite_refusal(),
        "{error:?}"
    );
    let error = client.delete::<Vcn>(&vcn.id, &[]).await.unwrap_err();
    assert_eq!(
        error.status(),
        Some(409),
        "a VCN with a subnet stays: {error:?}"
    );
    world.lab.stop().await.unwrap();
}

async fn console(world: &World, instance: &str) {
    world.lab.oci().print_console(instance, "k3s is up\n");
    let body = CaptureConsoleHistory {
        instance_id: instance.to_owned(),
        display_name: "k3scope".to_owned(),
    };
    let asked: ConsoleHistory = world.client.create(&body, &token("console")).await.unwrap();
    let done: ConsoleHistory = world
        .settled(
            &asked.id,
            |c: &ConsoleHistory| &c.lifecycle_state,
            Lifecycle::Succeeded,
        )
        .await;
    let text = world
        .client
        .console_data(&done.id, 0, 1 << 20)
        .await
        .unwrap();
    assert!(text.text.contains("k3s is up"));
    assert_eq!(text.remaining, Some(0));
    world
        .client
        .delete::<ConsoleHistory>(&done.id, &[])
        .await
        .unwrap();
}

/// The lab makes it, then the connection breaks: the token brings back the same one.
#[tokio::test]
async fn a_create_whose_answer_is_lost_is_made_once() {
    let world = World::start().await;
    world
        .lab
        .oci()
        .fail_next(Matcher::new("POST", "/vcns"), Fault::AfterDoing);
    let vcn = world.vcn().await;
    let there: Vec<Value> = world.lab.oci().resources("vcns");
    assert_eq!(there.len(), 1);
    assert_eq!(there[0]["id"], vcn.id.as_str());
    world.lab.stop().await.unwrap();
}

#[tokio::test]
async fn no_room_in_the_lab_reads_as_no_room() {
    let world = World::start().await;
    let subnet = world.subnet(&world.vcn().await).await;
    let launch = world.launch(&subnet, &world.domain().await).await;
    let none = k3scope::lab::Capacity {
        shape: A1.to_owned(),
        availability_domain: 1,
        fault_domain: None,
        ocpus: 0.0,
        memory_gb: 0.0,
        ..k3scope::lab::Capacity::default()
    };
    world.lab.oci().set_capacity(vec![none]);
    let error = world
        .client
        .create::<Instance, _>(&launch, &token("i"))
        .await
        .unwrap_err();
    assert!(error.is_out_of_capacity(), "{error:?}");
    assert!(!matches!(error, Error::Service { in_doubt: true, .. }));
    world.lab.stop().await.unwrap();
}
