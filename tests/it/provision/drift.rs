//! Each managed field is changed behind the engine's back: the plan names exactly that field, and an
//! apply puts it back, without another resource for it.

use k3scope::domain::plan::{Action, Remedy};
use k3scope::domain::units::Gigabytes;
use k3scope::lab::oci::{Fault, Matcher};
use k3scope::oci::{Request, Service};
use serde_json::{Value, json};

use super::desk::{Desk, doing, drift, step};

/// A change: what is changed, with what, and the step and field that a plan must name.
struct Case {
    path: String,
    body: Value,
    key: &'static str,
    field: &'static str,
}

fn case(path: String, body: Value, key: &'static str, field: &'static str) -> Case {
    Case {
        path,
        body,
        key,
        field,
    }
}

async fn restored(desk: &Desk, case: Case) {
    let Case {
        path,
        body,
        key,
        field,
    } = case;
    desk.put(&path, body.clone()).await;
    comes_back(desk, key, field, &format!("{path} {body}")).await;
}

/// The plan names the field of the step alone, an apply restores it, and all is as it was.
async fn comes_back(desk: &Desk, key: &str, field: &str, what: &str) {
    let before = desk.world();
    let plan = desk.plan().await;
    let named = vec![(key.to_owned(), field.to_owned())];
    assert_eq!(drift(&plan), named, "{what}");
    assert_eq!(doing(&plan), [format!("update {key}")], "{what}");
    desk.apply().await.done();
    let after = desk.plan().await;
    assert_eq!(drift(&after), [], "{what}");
    assert!(after.is_empty(), "{what}");
    assert_eq!(desk.world(), before, "{what}: nothing made, nothing lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_the_network_come_back() {
    let desk = Desk::with_cluster().await;
    let renamed = || json!({"displayName": "somebody's"});
    let vcn = format!("vcns/{}", desk.id("vcns", "vcn"));
    let gateway_id = desk.id("internetGateways", "internet-gateway");
    let gateway = format!("internetGateways/{gateway_id}");
    let public = format!(
        "routeTables/{}",
        desk.id("routeTables", "public-route-table")
    );
    let private = format!(
        "routeTables/{}",
        desk.id("routeTables", "private-route-table")
    );
    let to = |target: &str| {
        json!({"routeRules": [{"destination": "0.0.0.0/0",
        "destinationType": "CIDR_BLOCK", "networkEntityId": target}]})
    };
    let more = json!({"routeRules": [
        {"destination": "0.0.0.0/0", "networkEntityId": gateway_id},
        {"destination": "192.0.2.0/24", "networkEntityId": gateway_id}]});
    let none = || json!({"routeRules": []});
    let cases = [
        case(vcn, renamed(), "vcn", "displayName"),
        case(
            gateway.clone(),
            renamed(),
            "internet-gateway",
            "displayName",
        ),
        case(
            gateway,
            json!({"isEnabled": false}),
            "internet-gateway",
            "isEnabled",
        ),
        case(
            public.clone(),
            renamed(),
            "public-route-table",
            "displayName",
        ),
        case(public.clone(), none(), "public-route-table", "routeRules"),
        case(public, more, "public-route-table", "routeRules"),
        case(
            private.clone(),
            renamed(),
            "private-route-table",
            "displayName",
        ),
        case(
            private.clone(),
            none(),
            "private-default-route",
            "routeRules",
        ),
        case(
            private,
            to(&gateway_id),
            "private-default-route",
            "routeRules",
        ),
    ];
    for case in cases {
        restored(&desk, case).await;
    }
    let block = json!({"cidrBlock": "10.9.0.0/16"});
    let id = desk.id("vcns", "vcn");
    let add = Request::post(Service::Core, format!("vcns/{id}/actions/addCidr"))
        .with_body(&block)
        .unwrap();
    desk.engine.client.call::<()>(add).await.unwrap();
    while desk.resource("vcns", "vcn")["lifecycleState"] != "AVAILABLE" {
        let clock = desk.engine.clock;
        clock.sleep(std::time::Duration::from_secs(1)).await;
    }
    comes_back(&desk, "vcn", "cidrBlocks", "a second block").await;
    let blocks = &desk.resource("vcns", "vcn")["cidrBlocks"];
    assert_eq!(*blocks, json!(["10.0.0.0/16"]));
}

/// A card that a route leads to cannot lose the flag before the route: both come back, in order.
#[tokio::test(flavor = "multi_thread")]
async fn a_way_out_that_was_closed_on_purpose_is_opened_again() {
    let desk = Desk::with_cluster().await;
    let private = format!(
        "routeTables/{}",
        desk.id("routeTables", "private-route-table")
    );
    desk.put(&private, json!({"routeRules": []})).await;
    let forwards = json!({"skipSourceDestCheck": false});
    desk.put(&card(&desk, "10.0.1.10"), forwards).await;
    let plan = desk.plan().await;
    let named = |key: &str, field: &str| (key.to_owned(), field.to_owned());
    assert_eq!(
        drift(&plan),
        [
            named("node-k3s-ingress", "vnic.skipSourceDestCheck"),
            named("private-default-route", "routeRules"),
        ]
    );
    desk.apply().await.done();
    assert!(desk.plan().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_security_lists_and_subnets_come_back() {
    let desk = Desk::with_cluster().await;
    let renamed = || json!({"displayName": "somebody's"});
    let public_list = desk.resource("securityLists", "public-security-list");
    let lists = |key: &str| format!("securityLists/{}", desk.id("securityLists", key));
    let subnets = |key: &str| format!("subnets/{}", desk.id("subnets", key));
    let mut rules = public_list["ingressSecurityRules"]
        .as_array()
        .unwrap()
        .clone();
    rules.push(
        json!({"protocol": "17", "source": "0.0.0.0/0", "isStateless": false,
        "udpOptions": {"destinationPortRange": {"min": 53, "max": 53}}}),
    );
    let more = json!({"ingressSecurityRules": rules});
    let outward = json!({"egressSecurityRules": [{"protocol": "6", "destination": "10.0.0.0/16",
        "isStateless": false}]});
    let (public, private) = ("public-security-list", "private-security-list");
    let cases = [
        case(lists(public), renamed(), public, "displayName"),
        case(lists(public), more, public, "ingressSecurityRules"),
        case(
            lists(private),
            json!({"ingressSecurityRules": []}),
            private,
            "ingressSecurityRules",
        ),
        case(lists(private), outward, private, "egressSecurityRules"),
        case(
            subnets("public-subnet"),
            renamed(),
            "public-subnet",
            "displayName",
        ),
        case(
            subnets("public-subnet"),
            json!({"routeTableId": desk.id("routeTables", "private-route-table")}),
            "public-subnet",
            "routeTableId",
        ),
        case(
            subnets("private-subnet"),
            json!({"securityListIds": [public_list["id"], desk.id("securityLists", private)]}),
            "private-subnet",
            "securityListIds",
        ),
    ];
    for case in cases {
        restored(&desk, case).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_rules_and_what_is_written_beside_them_are_nobodys_concern() {
    let desk = Desk::with_cluster().await;
    let list = desk.resource("securityLists", "public-security-list");
    let mut rules = list["ingressSecurityRules"].as_array().unwrap().clone();
    rules.reverse();
    rules[0]["description"] = json!("mine");
    let path = format!("securityLists/{}", list["id"].as_str().unwrap());
    desk.put(&path, json!({"ingressSecurityRules": rules}))
        .await;
    let tags = json!({"freeformTags": {"k3scope-cluster": "lab", "k3scope-key": "vcn",
        "team": "platform"}});
    let vcn = format!("vcns/{}", desk.id("vcns", "vcn"));
    desk.put(&vcn, tags).await;
    assert!(desk.plan().await.is_empty());
    let renamed = json!({"displayName": "somebody's"});
    restored(&desk, case(vcn, renamed, "vcn", "displayName")).await;
    let team = &desk.resource("vcns", "vcn")["freeformTags"]["team"];
    assert_eq!(team, "platform", "other people's tags stay");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_tells_which_rule_is_missing_and_which_is_too_many() {
    let desk = Desk::with_cluster().await;
    let list = desk.resource("securityLists", "public-security-list");
    let rules = list["ingressSecurityRules"].as_array().unwrap();
    let mut rules: Vec<Value> = rules
        .iter()
        .filter(|rule| rule["tcpOptions"]["destinationPortRange"]["min"] != 443)
        .cloned()
        .collect();
    rules.push(
        json!({"protocol": "6", "source": "0.0.0.0/0", "isStateless": false,
        "tcpOptions": {"destinationPortRange": {"min": 3000, "max": 3100}}}),
    );
    let path = format!("securityLists/{}", list["id"].as_str().unwrap());
    desk.put(&path, json!({"ingressSecurityRules": rules}))
        .await;
    let plan = desk.plan().await;
    let told = &step(&plan, "public-security-list").drift[0];
    assert_eq!(told.found, "too many: TCP 3000-3100 from 0.0.0.0/0");
    assert_eq!(told.wanted, "missing: TCP 443 from 0.0.0.0/0");
}

/// The path of a node's network card.
fn card(desk: &Desk, address: &str) -> String {
    let cards = desk.lab.oci().resources("vnics");
    let card = cards.iter().find(|it| it["privateIp"] == address).unwrap();
    format!("vnics/{}", card["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_nodes_come_back() {
    let desk = Desk::with_cluster().await;
    let renamed = || json!({"displayName": "somebody's"});
    let worker = format!("instances/{}", desk.id("instances", "node-k3s-worker"));
    let key = "node-k3s-worker";
    let own = card(&desk, "10.0.2.11");
    let cases = [
        case(worker.clone(), renamed(), key, "displayName"),
        case(
            worker.clone(),
            json!({"instanceOptions": {"areLegacyImdsEndpointsDisabled": false}}),
            key,
            "instanceOptions.areLegacyImdsEndpointsDisabled",
        ),
        case(own.clone(), renamed(), key, "vnic.displayName"),
        case(
            own.clone(),
            json!({"hostnameLabel": "other"}),
            key,
            "vnic.hostnameLabel",
        ),
        case(
            own,
            json!({"skipSourceDestCheck": true}),
            key,
            "vnic.skipSourceDestCheck",
        ),
    ];
    for case in cases {
        restored(&desk, case).await;
    }
}

/// Waits until an instance is in a state.
async fn becomes(desk: &Desk, key: &str, state: &str) {
    let clock = desk.engine.clock;
    for _ in 0..400 {
        if desk.resource("instances", key)["lifecycleState"] == state {
            return;
        }
        clock.sleep(std::time::Duration::from_secs(1)).await;
    }
    panic!("{key} never became {state}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_size_comes_back_by_a_restart() {
    let desk = Desk::with_cluster().await;
    let key = "node-k3s-server";
    let server = format!("instances/{}", desk.id("instances", key));
    for (size, field) in [
        (
            json!({"ocpus": 1.0, "memoryInGBs": 12.0}),
            "shapeConfig.ocpus",
        ),
        (
            json!({"ocpus": 2.0, "memoryInGBs": 8.0}),
            "shapeConfig.memoryInGBs",
        ),
    ] {
        desk.put(&server, json!({"shapeConfig": size})).await;
        becomes(&desk, key, "RUNNING").await;
        let plan = desk.plan().await;
        assert_eq!(step(&plan, key).drift[0].remedy, Remedy::Restart);
        comes_back(&desk, key, field, field).await;
        let now = desk.resource("instances", key);
        assert_eq!(now["lifecycleState"], "RUNNING");
        assert_eq!(now["shapeConfig"]["memoryInGBs"].as_f64(), Some(12.0));
        assert_eq!(now["shapeConfig"]["ocpus"].as_f64(), Some(2.0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_node_is_started() {
    let desk = Desk::with_cluster().await;
    let key = "node-k3s-worker";
    let id = desk.id("instances", key);
    let request =
        Request::post(Service::Core, format!("instances/{id}")).with_query(&[("action", "STOP")]);
    desk.engine.client.call::<Value>(request).await.unwrap();
    becomes(&desk, key, "STOPPED").await;
    comes_back(&desk, key, "lifecycleState", "a stopped worker").await;
    assert_eq!(desk.resource("instances", key)["lifecycleState"], "RUNNING");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boot_volume_grows_and_a_larger_one_is_said_and_kept() {
    let mut desk = Desk::with_cluster().await;
    let key = "node-k3s-worker";
    desk.engine.topology.nodes[2].boot_volume = Gigabytes(60);
    comes_back(&desk, key, "bootVolume.sizeInGBs", "a larger disk").await;
    let volumes = desk.lab.oci().resources("bootVolumes");
    let sizes: Vec<u64> = volumes
        .iter()
        .filter_map(|it| it["sizeInGBs"].as_u64())
        .collect();
    assert_eq!(sizes.iter().sum::<u64>(), 160, "{sizes:?}");
    desk.engine.topology.nodes[2].boot_volume = Gigabytes(50);
    let plan = desk.plan().await;
    assert_eq!(step(&plan, key).action, Action::Keep);
    assert_eq!(drift(&plan), []);
    let said = &step(&plan, key).summary;
    assert!(said.contains("60 GB and cannot shrink"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reserved_address_comes_back() {
    let desk = Desk::with_cluster().await;
    let address = format!("publicIps/{}", desk.id("publicIps", "public-ip"));
    let renamed = json!({"displayName": "somebody's"});
    restored(
        &desk,
        case(address.clone(), renamed, "public-ip", "displayName"),
    )
    .await;
    let taken = json!({"privateIpId": ""});
    restored(
        &desk,
        case(
            address.clone(),
            taken.clone(),
            "public-ip-assignment",
            "privateIpId",
        ),
    )
    .await;

    // Somebody gave the node another one in its place.
    let target = desk.resource("publicIps", "public-ip")["privateIpId"].clone();
    desk.put(&address, taken).await;
    let compartment = desk.engine.compartment.clone();
    let lent =
        json!({"compartmentId": compartment, "lifetime": "EPHEMERAL", "privateIpId": target});
    desk.post("publicIps", lent).await;
    let plan = desk.plan().await;
    let named = ("public-ip-assignment".to_owned(), "privateIpId".to_owned());
    assert_eq!(drift(&plan), [named]);
    desk.apply().await.done();
    assert!(desk.plan().await.is_empty());
    assert_eq!(desk.lab.oci().resources("publicIps").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_it_was_read_is_read_again() {
    let desk = Desk::with_cluster().await;
    let id = desk.id("vcns", "vcn");
    let vcn = format!("vcns/{id}");
    desk.put(&vcn, json!({"displayName": "somebody's"})).await;
    let stale = || Fault::Status(412, "NoEtagMatch".to_owned(), "another version".to_owned());
    for _ in 0..2 {
        desk.lab
            .oci()
            .fail_next(Matcher::new("PUT", "/vcns/"), stale());
    }
    desk.apply().await.done();
    assert_eq!(desk.resource("vcns", "vcn")["displayName"], "lab-vcn");
    let puts = desk.lab.oci().requests();
    let puts = puts
        .iter()
        .filter(|it| it.method == "PUT" && it.path.contains(&id));
    let matched = puts.filter(|it| it.if_match.is_some()).count();
    assert_eq!(matched, 3, "each with the version that was read");

    desk.put(&vcn, json!({"displayName": "somebody's"})).await;
    for _ in 0..3 {
        desk.lab
            .oci()
            .fail_next(Matcher::new("PUT", "/vcns/"), stale());
    }
    let ran = desk.apply().await;
    assert_eq!(ran.problems.len(), 1, "it gives up and says so");
}

#[tokio::test(flavor = "multi_thread")]
async fn image_user_data_and_place_change_nothing_that_is_there() {
    let mut desk = Desk::with_cluster().await;
    desk.engine.topology.image.ocid = Some("ocid1.image.oc1.iad.another".to_owned());
    desk.engine.topology.ssh_public_key = "ssh-ed25519 AAAA another".to_owned();
    desk.engine.topology.availability_domain = Some("2".to_owned());
    assert!(desk.plan().await.is_empty());
}
