//! Each check of the account, good and bad, against the lab.

use k3scope::config::AvailabilityDomain as Wanted;
use k3scope::domain::preflight::Verdict::{Blocks, Informs, Passed, Skipped, Warns};
use k3scope::lab::Scope;
use k3scope::lab::oci::{Fault, Matcher};
use k3scope::oci::RetryToken;
use k3scope::oci::model::{
    AvailabilityDomain, CreateSubnet, CreateVcn, CreateVnic, Image, ImageSource, Instance,
    InstanceOptions, LaunchInstance, Metadata, ShapeConfig, Subnet, Tags, Vcn,
};
use rstest::rstest;

use super::stage::{Came, SPEED, Stage, scene};
use crate::nobody::Nobody;

const A1: &str = "VM.Standard.A1.Flex";

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_paid_tenancy_has_only_the_price_to_think_about() {
    let stage = Stage::empty().await;
    let scene = scene(stage.loaded());
    let came = Came::of(&scene, k3scope::preflight::checks::CHECKS).await;
    for name in [
        "profile",
        "fingerprint",
        "session-life",
        "clock-skew",
        "tenancy",
        "home-region",
        "compartment",
        "availability-domains",
        "image",
        "a1-limits",
        "boot-volumes",
        "vcn-count",
        "capacity-report",
        "leftovers",
    ] {
        assert_eq!(came.named(name).verdict, Passed, "{:?}", came.named(name));
    }
    came.expect("allowance", Warns, "$28.04/mo", "--allow-paid");
    came.expect("a1-limits", Passed, "in the region", "");
    let image = scene.image_to_pin().unwrap();
    assert!(image.starts_with("ocid1.image."), "{image}");
    assert!(image.contains("ubuntu2404aarch6420261030"), "{image}");
    assert_eq!(came.ended.blocks, 0);
    let requests = stage.lab.oci().requests();
    let asked = |piece: &str| requests.iter().filter(|it| it.path.contains(piece)).count();
    assert_eq!(
        asked("regionSubscriptions"),
        1,
        "what many need is asked once"
    );
    assert_eq!(asked("/instances?"), 2, "once for each compartment");
    assert!(
        requests
            .iter()
            .all(|it| it.method == "GET" || it.path.contains("CapacityReports"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_profile_nothing_is_asked_and_nothing_else_fails() {
    let stage = Stage::empty().await;
    let came = stage
        .check(|config| config.oci.profile = "NOBODY".to_owned())
        .await;
    came.expect(
        "profile",
        Blocks,
        "no profile [NOBODY]",
        "name another profile",
    );
    for name in ["fingerprint", "tenancy", "image", "clock-skew", "leftovers"] {
        came.expect(name, Skipped, "the profile cannot be read", "");
    }
    assert!(stage.lab.oci().requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fingerprint_that_is_another_keys_is_found_without_asking() {
    let stage = Stage::empty().await;
    let file = stage.lab.oci_config();
    let text = std::fs::read_to_string(&file).unwrap();
    let wrong = "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff";
    let changed: Vec<String> = text
        .lines()
        .map(|line| match line.strip_prefix("fingerprint=") {
            Some(_) => format!("fingerprint={wrong}"),
            None => line.to_owned(),
        })
        .collect();
    std::fs::write(&file, changed.join("\n")).unwrap();
    let came = stage.check(|_| {}).await;
    came.expect("fingerprint", Blocks, wrong, "set fingerprint=");
    came.expect(
        "tenancy",
        Blocks,
        "401 NotAuthenticated",
        "in the console lists",
    );
    came.expect("tenancy", Blocks, "opc-request-id", "");
    came.expect("image", Skipped, "the tenancy did not let us in", "");
    assert!(!came.ended.unreached, "a refusal is an answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_wrong_is_named() {
    let stage = Stage::empty().await;
    let came = stage
        .check(|config| {
            config.oci.compartment = Some("ocid1.compartment.oc1..aaaanowhere".to_owned());
        })
        .await;
    came.expect("compartment", Blocks, "good: the tenancy", "policies");
    came.expect("compartment", Blocks, "not proved: the compartment", "");

    let came = stage
        .check(|config| config.oci.region = Some("eu-frankfurt-1".to_owned()))
        .await;
    came.expect(
        "home-region",
        Blocks,
        "not subscribed to eu-frankfurt-1",
        "us-ashburn-1",
    );

    let came = stage
        .check(|config| config.oci.availability_domain = Some(Wanted::Number(9)))
        .await;
    came.expect(
        "availability-domains",
        Blocks,
        "no availability domain 9",
        "leave it out",
    );
    came.expect("a1-limits", Skipped, "no availability domain", "");
    let came = stage
        .check(|config| config.oci.availability_domain = Some(Wanted::Number(2)))
        .await;
    came.expect("availability-domains", Passed, "US-ASHBURN-1-AD-2", "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shape_that_is_not_offered_or_has_no_room_is_named() {
    let without = Stage::of("empty", |scenario| {
        let rows = &mut scenario.tenancy.capacity;
        rows.retain(|row| row.shape != A1 || row.availability_domain == 2);
        for row in rows {
            row.ocpus = 0.0;
        }
    })
    .await;
    let came = without.check(|_| {}).await;
    let told = "US-ASHBURN-1-AD-2; not offered in Sim0:US-ASHBURN-1-AD-1";
    came.expect("availability-domains", Passed, told, "");
    came.expect(
        "capacity-report",
        Informs,
        "no room for 1 OCPU with 6 GB",
        "",
    );
    let came = without
        .check(|config| config.oci.availability_domain = Some(Wanted::Number(1)))
        .await;
    came.expect(
        "availability-domains",
        Blocks,
        "1 does not offer",
        "US-ASHBURN-1-AD-2",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_must_be_there_and_start_on_the_shape() {
    let stage = Stage::empty().await;
    let came = stage
        .check(|config| config.image.version = "18.04".to_owned())
        .await;
    came.expect(
        "image",
        Blocks,
        "no image of Canonical Ubuntu 18.04",
        "[image]",
    );

    let (client, compartment) = (stage.client(), stage.compartment());
    let images: Vec<Image> = client
        .list(&[("compartmentId", compartment.as_str())])
        .await
        .unwrap();
    let pinned = |arm: bool| {
        let found = images.iter().find(|image| {
            let name = &image.display_name;
            name.contains("24.04") && name.contains("aarch64") == arm
        });
        found.unwrap().id.clone()
    };
    for (ocid, verdict, evidence) in [
        (pinned(true), Passed, "pinned in cluster.toml"),
        (
            pinned(false),
            Blocks,
            "does not start on VM.Standard.A1.Flex",
        ),
        ("ocid1.image.oc1.iad.aaaagone".to_owned(), Blocks, "404"),
    ] {
        let mut loaded = stage.loaded();
        loaded.config.image.ocid = Some(ocid);
        let scene = scene(loaded);
        let came = Came::of(&scene, k3scope::preflight::checks::CHECKS).await;
        came.expect("image", verdict, evidence, "");
        assert_eq!(scene.image_to_pin(), None, "what is pinned stays");
    }
}

#[rstest]
#[case::cores(
    "standard-a1-core-regional-count",
    3,
    "a1-limits",
    "4 OCPU wanted, 3 of 3 left in the region"
)]
#[case::memory(
    "standard-a1-memory-count",
    7,
    "a1-limits",
    "24 GB wanted, 21 of 21 left in the availability domains"
)]
#[case::networks("vcn-count", 0, "vcn-count", "vcn-count is met")]
#[case::volumes("total-storage-gb", 49, "boot-volumes", "total-storage-gb is met")]
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_without_room_blocks(
    #[case] limit: &str,
    #[case] value: u32,
    #[case] check: &str,
    #[case] evidence: &str,
) {
    let stage = Stage::of("empty", |scenario| {
        let limits = scenario.tenancy.limits.iter_mut();
        limits
            .filter(|one| one.name == limit)
            .for_each(|one| one.value = value);
    })
    .await;
    let came = stage.check(|_| {}).await;
    came.expect(check, Blocks, evidence, "");
    came.expect(check, Blocks, limit, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_said_and_not_guessed() {
    let stage = Stage::of("empty", |scenario| {
        let limits = &mut scenario.tenancy.limits;
        limits.retain(|one| one.scope != Scope::Region || one.name == "vcn-count");
    })
    .await;
    let came = stage.check(|_| {}).await;
    came.expect("a1-limits", Warns, "could not read the limits", "");
    assert_eq!(came.ended.blocks, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_that_passes_is_not_told_and_one_that_stays_is() {
    let stage = Stage::empty().await;
    let fault = |times: usize| {
        for _ in 0..times {
            stage.lab.oci().fail_next(
                Matcher::new("GET", "regionSubscriptions"),
                Fault::Status(503, "ServiceUnavailable".to_owned(), "busy".to_owned()),
            );
        }
    };
    fault(1);
    stage.check(|_| {}).await.expect("tenancy", Passed, "", "");
    fault(3);
    let came = stage.check(|_| {}).await;
    came.expect("tenancy", Blocks, "503 ServiceUnavailable", "check again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_reached_is_unknown() {
    let stage = Stage::empty().await;
    let nobody = Nobody::listens();
    let came = stage
        .check(|config| {
            config.endpoints.oci = Some(nobody.url());
            config.endpoints.pace = Some(SPEED);
        })
        .await;
    came.expect("tenancy", Blocks, "no connection", "check the network");
    came.expect("allowance", Skipped, "did not let us in", "");
    assert!(came.ended.unreached);
    assert_eq!(came.names(Blocks), ["tenancy"]);
}

fn tags(cluster: &str, key: &str) -> Tags {
    [("k3scope-cluster", cluster), ("k3scope-key", key)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

async fn network(stage: &Stage, name: &str, tags: Tags) -> Vcn {
    let body = CreateVcn {
        compartment_id: stage.compartment(),
        cidr_blocks: vec!["10.9.0.0/16".to_owned()],
        display_name: name.to_owned(),
        dns_label: None,
        freeform_tags: tags,
    };
    let token = RetryToken::new(name).unwrap();
    stage.client().create(&body, &token).await.unwrap()
}

async fn instance(stage: &Stage, vcn: &Vcn, name: &str, tags: Tags) -> Instance {
    let client = stage.client();
    let token = |of: &str| RetryToken::new(format!("{name}-{of}")).unwrap();
    let subnet = CreateSubnet {
        compartment_id: stage.compartment(),
        vcn_id: vcn.id.clone(),
        cidr_block: "10.9.1.0/24".to_owned(),
        display_name: "elsewhere".to_owned(),
        dns_label: None,
        route_table_id: vcn.default_route_table_id.clone().unwrap(),
        security_list_ids: vec![vcn.default_security_list_id.clone().unwrap()],
        prohibit_public_ip_on_vnic: false,
        freeform_tags: Tags::new(),
    };
    let subnet: Subnet = client.create(&subnet, &token("subnet")).await.unwrap();
    let domains: Vec<AvailabilityDomain> = client
        .list(&[("compartmentId", client.profile().tenancy())])
        .await
        .unwrap();
    let compartment = stage.compartment();
    let images = client
        .images_for(A1, "Canonical Ubuntu", "24.04", &compartment)
        .await
        .unwrap();
    let body = LaunchInstance {
        compartment_id: stage.compartment(),
        availability_domain: domains[0].name.clone(),
        fault_domain: None,
        display_name: name.to_owned(),
        shape: A1.to_owned(),
        shape_config: Some(ShapeConfig {
            ocpus: 1.0,
            memory_in_gbs: 6.0,
        }),
        source_details: ImageSource {
            image_id: images[0].id.clone(),
            boot_volume_size_in_gbs: Some(60),
            boot_volume_vpus_per_gb: None,
        },
        create_vnic_details: CreateVnic {
            subnet_id: subnet.id,
            assign_public_ip: false,
            private_ip: None,
            hostname_label: None,
            skip_source_dest_check: false,
            display_name: None,
            freeform_tags: Tags::new(),
        },
        metadata: Metadata::default(),
        instance_options: InstanceOptions::default(),
        freeform_tags: tags,
    };
    client.create(&body, &token("node")).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_leftovers_and_orphans_are_named() {
    let stage = Stage::empty().await;
    let vcn = network(&stage, "lab-vcn", Tags::new()).await;
    let came = stage.check(|_| {}).await;
    came.expect(
        "leftovers",
        Warns,
        "called as if: network lab-vcn",
        "another name",
    );

    let old = instance(&stage, &vcn, "k3s-old", tags("lab", "node-k3s-old")).await;
    let came = stage.check(|_| {}).await;
    came.expect(
        "leftovers",
        Warns,
        "not configured: instance k3s-old",
        "terminate",
    );
    came.expect("allowance", Warns, "5 OCPU, 30 GB", "--allow-paid");
    came.expect("boot-volumes", Passed, "60 GB in use", "");
    came.expect("vcn-count", Passed, "49 of 50 left", "");

    let client = stage.client();
    let kept = [("preserveBootVolume", "true")];
    client.delete::<Instance>(&old.id, &kept).await.unwrap();
    let mut gone = false;
    for _ in 0..500 {
        let now: Instance = client.get(&old.id).await.unwrap();
        gone = now.lifecycle_state.is_gone();
        if gone {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert!(gone, "the instance never ended");
    let came = stage.check(|_| {}).await;
    came.expect(
        "boot-volumes",
        Warns,
        "no instance boots from k3s-old",
        "60 GB less",
    );
    came.expect("boot-volumes", Warns, "(60 GB)", "delete");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_the_same_key_block() {
    let stage = Stage::empty().await;
    network(&stage, "lab-vcn", tags("lab", "vcn")).await;
    let came = stage.check(|_| {}).await;
    came.expect("leftovers", Informs, "network lab-vcn is there already", "");
    came.expect("vcn-count", Passed, "there already", "");
    network(&stage, "lab-vcn-again", tags("lab", "vcn")).await;
    let came = stage.check(|_| {}).await;
    came.expect(
        "leftovers",
        Blocks,
        "network lab-vcn-again",
        "remove that tag",
    );
}
