//! What only a replacement puts right: said with its price, done only where all of it was agreed to.

use k3scope::domain::plan::{Action, Plan, Remedy, ResourceKey};
use serde_json::{Value, json};

use super::desk::{Desk, doing, drift, step};

fn unrestored(plan: &Plan) -> Vec<String> {
    plan.unrestored().map(|step| step.key.0.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_replaced_by_consent_only() {
    let mut desk = Desk::with_cluster().await;
    let key = "node-k3s-server";
    let old = desk.id("instances", key);
    let others = desk.id("instances", "node-k3s-worker");
    desk.engine.topology.nodes[1].private_ip = "10.0.2.20".parse().unwrap();
    let plan = desk.plan().await;
    assert_eq!(unrestored(&plan), [key]);
    assert_eq!(
        drift(&plan),
        [(key.to_owned(), "vnic.privateIp".to_owned())]
    );
    let kept = step(&plan, key);
    assert_eq!(kept.action, Action::Keep);
    assert_eq!(kept.drift[0].remedy, Remedy::Replace);
    assert!(
        kept.summary.contains("datastore is lost"),
        "{}",
        kept.summary
    );
    assert!(
        kept.summary.contains("--replace k3s-server"),
        "{}",
        kept.summary
    );
    let before = desk.world();
    desk.apply().await.done();
    assert_eq!(desk.world(), before, "without consent nothing is touched");

    desk.engine.replace = [ResourceKey::new("k3s-server")].into();
    let plan = desk.plan().await;
    assert_eq!(unrestored(&plan), Vec::<String>::new());
    assert_eq!(
        doing(&plan),
        ["delete replaced-node-k3s-server", "create node-k3s-server"]
    );
    let needs = &step(&plan, key).needs;
    assert!(needs.contains(&ResourceKey::new("replaced-node-k3s-server")));
    desk.apply().await.done();
    assert_ne!(desk.id("instances", key), old);
    assert_eq!(desk.id("instances", "node-k3s-worker"), others);
    let cards = desk.lab.oci().resources("vnics");
    let mut addresses: Vec<&str> = cards
        .iter()
        .map(|card| card["privateIp"].as_str().unwrap())
        .collect();
    addresses.sort_unstable();
    assert_eq!(addresses, ["10.0.1.10", "10.0.2.11", "10.0.2.20"]);
    assert!(
        desk.plan().await.is_empty(),
        "consent alone replaces nothing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_ingress_node_gets_the_address_and_the_route_of_the_old() {
    let mut desk = Desk::with_cluster().await;
    let address = desk.resource("publicIps", "public-ip")["ipAddress"].clone();
    desk.engine.topology.nodes[0].private_ip = "10.0.1.20".parse().unwrap();
    desk.engine.replace = [ResourceKey::new("node-k3s-ingress")].into();
    let plan = desk.plan().await;
    assert_eq!(
        doing(&plan),
        [
            "delete replaced-node-k3s-ingress",
            "create node-k3s-ingress",
            "update private-default-route",
            "update public-ip-assignment",
        ]
    );
    desk.apply().await.done();
    let cards = desk.lab.oci().resources("vnics");
    let card = cards.iter().find(|card| card["privateIp"] == "10.0.1.20");
    assert_eq!(card.unwrap()["publicIp"], address);
    assert!(desk.plan().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subnet_takes_the_nodes_in_it_along_and_all_must_be_agreed_to() {
    let mut desk = Desk::with_cluster().await;
    let ingress = desk.id("instances", "node-k3s-ingress");
    let topology = &mut desk.engine.topology;
    topology.network.private_subnet = "10.0.3.0/24".parse().unwrap();
    topology.nodes[1].private_ip = "10.0.3.10".parse().unwrap();
    topology.nodes[2].private_ip = "10.0.3.11".parse().unwrap();
    desk.engine.replace = [ResourceKey::new("private-subnet")].into();
    let plan = desk.plan().await;
    assert_eq!(
        doing(&plan),
        Vec::<String>::new(),
        "two nodes were not agreed to"
    );
    let told = &step(&plan, "private-subnet").summary;
    for name in ["private-subnet", "k3s-server", "k3s-worker"] {
        assert!(told.contains(&format!("--replace {name}")), "{told}");
    }

    desk.engine.replace = ["private-subnet", "k3s-server", "k3s-worker"]
        .map(ResourceKey::new)
        .into();
    let plan = desk.plan().await;
    assert_eq!(
        doing(&plan),
        [
            "delete replaced-node-k3s-worker",
            "delete replaced-node-k3s-server",
            "delete replaced-private-subnet",
            "create private-subnet",
            "create node-k3s-server",
            "create node-k3s-worker",
        ]
    );
    desk.apply().await.done();
    assert_eq!(
        desk.resource("subnets", "private-subnet")["cidrBlock"],
        "10.0.3.0/24"
    );
    assert_eq!(desk.id("instances", "node-k3s-ingress"), ingress);
    assert!(desk.plan().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_network_is_another_cluster_but_for_its_address() {
    let mut desk = Desk::with_cluster().await;
    let address = desk.id("publicIps", "public-ip");
    let network = &mut desk.engine.topology.network;
    network.vcn = "10.8.0.0/16".parse().unwrap();
    network.public_subnet = "10.8.1.0/24".parse().unwrap();
    network.private_subnet = "10.8.2.0/24".parse().unwrap();
    for (node, address) in
        desk.engine
            .topology
            .nodes
            .iter_mut()
            .zip(["10.8.1.10", "10.8.2.10", "10.8.2.11"])
    {
        node.private_ip = address.parse().unwrap();
    }
    let plan = desk.plan().await;
    assert!(unrestored(&plan).contains(&"vcn".to_owned()));
    assert_eq!(step(&plan, "vcn").drift[0].field, "cidrBlocks");
    let all = plan.steps.iter().map(|step| step.key.clone());
    desk.engine.replace = all.collect();
    desk.apply().await.done();
    assert!(desk.plan().await.is_empty());
    assert_eq!(
        desk.resource("vcns", "vcn")["cidrBlocks"],
        json!(["10.8.0.0/16"])
    );
    assert_eq!(desk.id("publicIps", "public-ip"), address);
    assert_eq!(desk.lab.oci().resources("vcns").len(), 1);
}

/// What an earlier run, or somebody by hand, made in another form than is wanted.
#[tokio::test(flavor = "multi_thread")]
async fn fields_that_no_update_takes_are_named() {
    let desk = Desk::start().await;
    let compartment = desk.engine.compartment.clone();
    let made = |body: Value, key: &str| {
        let mut body = body;
        body["compartmentId"] = json!(compartment);
        body["freeformTags"] = desk.tags(key);
        body
    };
    let vcn = json!({"cidrBlocks": ["10.0.0.0/16"], "displayName": "lab-vcn", "dnsLabel": "other"});
    let vcn = desk.post("vcns", made(vcn, "vcn")).await;
    let clock = desk.engine.clock;
    while desk.resource("vcns", "vcn")["lifecycleState"] != "AVAILABLE" {
        clock.sleep(std::time::Duration::from_secs(1)).await;
    }
    let subnet = json!({"vcnId": vcn["id"], "cidrBlock": "10.0.9.0/24", "dnsLabel": "somewhere",
        "displayName": "lab-private-subnet", "prohibitPublicIpOnVnic": false});
    desk.post("subnets", made(subnet, "private-subnet")).await;
    while desk.resource("subnets", "private-subnet")["lifecycleState"] != "AVAILABLE" {
        clock.sleep(std::time::Duration::from_secs(1)).await;
    }
    let client = &desk.engine.client;
    let shape = "VM.Standard.A1.Flex";
    let choice = &desk.engine.topology.image;
    let images = client
        .images_for(
            shape,
            &choice.operating_system,
            &choice.version,
            &compartment,
        )
        .await
        .unwrap();
    let instance = json!({
        "availabilityDomain": domain(&desk).await, "displayName": "k3s-worker",
        "shape": shape, "shapeConfig": {"ocpus": 1, "memoryInGBs": 6},
        "sourceDetails": {"sourceType": "image", "imageId": images[0].id},
        "createVnicDetails": {"subnetId": desk.id("subnets", "private-subnet"),
            "displayName": "k3s-worker", "hostnameLabel": "k3s-worker",
            "skipSourceDestCheck": false},
        "instanceOptions": {"areLegacyImdsEndpointsDisabled": true}});
    desk.post("instances", made(instance, "node-k3s-worker"))
        .await;

    let plan = desk.plan().await;
    let replaced = |key: &str| -> Vec<String> {
        let drift = step(&plan, key).drift.iter();
        drift
            .filter(|drift| drift.remedy == Remedy::Replace)
            .map(|drift| drift.field.clone())
            .collect()
    };
    assert_eq!(replaced("vcn"), ["dnsLabel"]);
    assert_eq!(
        replaced("private-subnet"),
        ["cidrBlock", "prohibitPublicIpOnVnic", "dnsLabel"]
    );
    assert_eq!(replaced("node-k3s-worker"), ["vnic.privateIp"]);
}

async fn domain(desk: &Desk) -> String {
    let tenancy = desk.lab.oci().place().tenancy.clone();
    let query = [("compartmentId", tenancy.as_str())];
    let client = &desk.engine.client;
    let all = client
        .list::<k3scope::oci::model::AvailabilityDomain>(&query)
        .await
        .unwrap();
    all[0].name.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_left_the_configuration_stays_until_agreed() {
    let mut desk = Desk::with_cluster().await;
    desk.engine.topology.nodes.pop();
    let plan = desk.plan().await;
    assert!(plan.is_empty());
    assert_eq!(plan.spared.len(), 1);
    assert!(plan.spared[0].what.contains("k3s-worker"));
    assert!(plan.spared[0].why.contains("--replace k3s-worker"));
    desk.engine.replace = [ResourceKey::new("k3s-worker")].into();
    assert_eq!(doing(&desk.plan().await), ["delete node-k3s-worker"]);
    desk.apply().await.done();
    assert_eq!(desk.lab.oci().resources("instances").len(), 2);
}
