//! What is made is what the contract says: each rule, route and flag; and what the plan asks for.

use std::time::Duration;

use k3scope::clock::Clock;
use k3scope::domain::topology::PublicAddress;
use k3scope::lab::oci::{Matcher, Point};
use k3scope::oci::{Request, Service};
use serde_json::{Value, json};

use super::desk::{Desk, doing, drift};

/// Rules without their descriptions, sorted.
fn rules(list: &Value, which: &str) -> Vec<String> {
    let mut rules: Vec<String> = list[which]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| {
            let mut rule = rule.clone();
            rule.as_object_mut().unwrap().remove("description");
            rule.to_string()
        })
        .collect();
    rules.sort();
    rules
}

fn expected(rules: &[Value]) -> Vec<String> {
    let mut rules: Vec<String> = rules.iter().map(Value::to_string).collect();
    rules.sort();
    rules
}

fn inside() -> Vec<Value> {
    vec![
        json!({"protocol": "all", "source": "10.0.0.0/16", "sourceType": "CIDR_BLOCK",
            "isStateless": false}),
        json!({"protocol": "1", "source": "0.0.0.0/0", "sourceType": "CIDR_BLOCK",
            "isStateless": false, "icmpOptions": {"type": 3, "code": 4}}),
    ]
}

fn port(port: u16, from: &str) -> Value {
    json!({"protocol": "6", "source": from, "sourceType": "CIDR_BLOCK", "isStateless": false,
        "tcpOptions": {"destinationPortRange": {"min": port, "max": port}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_route_and_flag_is_as_the_contract_says() {
    let desk = Desk::with_cluster().await;
    let vcn = desk.resource("vcns", "vcn");
    assert_eq!(vcn["cidrBlocks"], json!(["10.0.0.0/16"]));
    let gateway = desk.resource("internetGateways", "internet-gateway");
    assert_eq!(gateway["isEnabled"], true);

    let everything = json!([{"protocol": "all", "destination": "0.0.0.0/0",
        "destinationType": "CIDR_BLOCK", "isStateless": false}]);
    let public = desk.resource("securityLists", "public-security-list");
    let mut wanted = inside();
    wanted.extend([port(80, "0.0.0.0/0"), port(443, "0.0.0.0/0")]);
    let operators = &desk.engine.topology.network.ssh_from;
    wanted.extend(operators.iter().map(|from| port(22, &from.to_string())));
    assert_eq!(rules(&public, "ingressSecurityRules"), expected(&wanted));
    assert_eq!(public["egressSecurityRules"], everything);
    let private = desk.resource("securityLists", "private-security-list");
    assert_eq!(rules(&private, "ingressSecurityRules"), expected(&inside()));
    assert_eq!(private["egressSecurityRules"], everything);

    let routes = desk.resource("routeTables", "public-route-table");
    assert_eq!(routes["routeRules"].as_array().unwrap().len(), 1);
    assert_eq!(routes["routeRules"][0]["destination"], "0.0.0.0/0");
    assert_eq!(routes["routeRules"][0]["networkEntityId"], gateway["id"]);
    let routes = desk.resource("routeTables", "private-route-table");
    let addresses = desk.lab.oci().resources("privateIps");
    let ingress = addresses.iter().find(|it| it["ipAddress"] == "10.0.1.10");
    let ingress = ingress.unwrap();
    assert_eq!(routes["routeRules"].as_array().unwrap().len(), 1);
    assert_eq!(routes["routeRules"][0]["destination"], "0.0.0.0/0");
    assert_eq!(routes["routeRules"][0]["networkEntityId"], ingress["id"]);

    for (subnet, cidr, closed, routes, list) in [
        (
            "public-subnet",
            "10.0.1.0/24",
            false,
            "public-route-table",
            &public,
        ),
        (
            "private-subnet",
            "10.0.2.0/24",
            true,
            "private-route-table",
            &private,
        ),
    ] {
        let subnet = desk.resource("subnets", subnet);
        assert_eq!(subnet["cidrBlock"], cidr);
        assert_eq!(subnet["prohibitPublicIpOnVnic"], closed);
        assert_eq!(subnet["routeTableId"], desk.id("routeTables", routes));
        assert_eq!(subnet["securityListIds"], json!([list["id"]]));
    }

    let address = desk.resource("publicIps", "public-ip");
    assert_eq!(address["lifetime"], "RESERVED");
    assert_eq!(address["privateIpId"], ingress["id"]);
    assert_eq!(desk.lab.oci().resources("publicIps").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_are_sized_spread_and_closed_to_old_metadata_requests() {
    let desk = Desk::with_cluster().await;
    let cards = desk.lab.oci().resources("vnics");
    let mut domains = Vec::new();
    for (key, ocpus, memory, address) in [
        ("node-k3s-ingress", 1.0, 6.0, "10.0.1.10"),
        ("node-k3s-server", 2.0, 12.0, "10.0.2.10"),
        ("node-k3s-worker", 1.0, 6.0, "10.0.2.11"),
    ] {
        let node = desk.resource("instances", key);
        assert_eq!(node["shape"], "VM.Standard.A1.Flex");
        assert_eq!(node["shapeConfig"]["ocpus"].as_f64(), Some(ocpus));
        assert_eq!(node["shapeConfig"]["memoryInGBs"].as_f64(), Some(memory));
        let options = &node["instanceOptions"];
        assert_eq!(options["areLegacyImdsEndpointsDisabled"], true);
        let card = cards.iter().find(|it| it["privateIp"] == address);
        let card = card.unwrap_or_else(|| panic!("no card with {address}"));
        let routes = key == "node-k3s-ingress";
        assert_eq!(card["skipSourceDestCheck"], routes);
        assert_eq!(card["publicIp"].is_string(), routes);
        domains.push((
            node["availabilityDomain"].clone(),
            node["faultDomain"].clone(),
        ));
    }
    let faults: Vec<&Value> = domains.iter().map(|(_, fault)| fault).collect();
    assert_eq!(
        faults,
        ["FAULT-DOMAIN-1", "FAULT-DOMAIN-2", "FAULT-DOMAIN-3"]
    );
}

/// While one launch is not answered, the other two come.
#[tokio::test(flavor = "multi_thread")]
async fn three_launches_are_under_way_at_once() {
    let desk = Desk::start().await;
    let oci = desk.lab.oci();
    let mut hold = oci.hold_next(Matcher::new("POST", "/instances"), Point::BeforeAnswering);
    let watched = async {
        hold.reached().await.unwrap();
        let launches = || {
            let requests = oci.requests();
            requests.iter().filter(|it| it.launch.is_some()).count()
        };
        let patience = Clock::default().timeout(Duration::from_mins(1), async {
            while launches() < 3 {
                Clock::default().sleep(Duration::from_millis(1)).await;
            }
        });
        let all = patience.await.is_ok();
        hold.let_go();
        assert!(all, "a launch waits for another node");
    };
    let (ran, ()) = tokio::join!(desk.apply(), watched);
    ran.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_what_is_there_asks_little() {
    let desk = Desk::with_cluster().await;
    let before = desk.lab.oci().requests().len();
    let plan = desk.plan().await;
    assert_eq!((doing(&plan), drift(&plan)), (vec![], vec![]));
    let requests = desk.lab.oci().requests();
    let asked = &requests[before..];
    let paths: Vec<&str> = asked.iter().map(|request| request.path.as_str()).collect();
    assert!(asked.len() <= 25, "{}: {paths:#?}", asked.len());
    assert!(asked.iter().all(|request| request.method == "GET"));
}

/// While one answer is held back, all that does not follow from it is asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_asks_in_two_waves() {
    let desk = Desk::with_cluster().await;
    let oci = desk.lab.oci();
    let first = [
        "vcns",
        "internetGateways",
        "routeTables",
        "securityLists",
        "subnets",
        "instances",
        "vnicAttachments",
        "publicIps",
        "images",
        "availabilityDomains",
        "quotas",
    ];
    let second = ["vnics", "privateIps", "bootVolumeAttachments"];
    for (held, all) in [("/vcns?", &first[..]), ("/privateIps?", &second[..])] {
        let before = oci.requests().len();
        let mut hold = oci.hold_next(Matcher::new("GET", held), Point::BeforeDoing);
        let asked = async {
            hold.reached().await.unwrap();
            let came = |name: &&str| {
                let requests = oci.requests();
                let mut new = requests[before..].iter();
                new.any(|it| it.path.contains(&format!("/{name}")))
            };
            let patience = Clock::default().timeout(Duration::from_mins(1), async {
                while !all.iter().all(came) {
                    Clock::default().sleep(Duration::from_millis(1)).await;
                }
            });
            let missing: Vec<&&str> = match patience.await {
                Ok(()) => Vec::new(),
                Err(_) => all.iter().filter(|name| !came(name)).collect(),
            };
            hold.let_go();
            assert!(
                missing.is_empty(),
                "not asked while {held} is held: {missing:?}"
            );
        };
        let (plan, ()) = tokio::join!(desk.plan(), asked);
        assert!(plan.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reserved_address_becomes_an_ephemeral_one_and_back() {
    let mut desk = Desk::with_cluster().await;
    let address = |desk: &Desk| -> Vec<(Value, Value)> {
        let all = desk.lab.oci().resources("publicIps");
        all.iter()
            .map(|it| (it["lifetime"].clone(), it["assignedEntityType"].clone()))
            .collect()
    };
    let node = desk.id("instances", "node-k3s-ingress");
    assert_eq!(address(&desk), [(json!("RESERVED"), json!("PRIVATE_IP"))]);

    desk.engine.topology.network.public_ip = PublicAddress::Ephemeral;
    let plan = desk.plan().await;
    assert_eq!(
        doing(&plan),
        ["update node-k3s-ingress", "delete public-ip"]
    );
    let field = ("node-k3s-ingress".to_owned(), "vnic.publicIp".to_owned());
    assert_eq!(drift(&plan), [field]);
    desk.apply().await.done();
    assert_eq!(address(&desk), [(json!("EPHEMERAL"), json!("PRIVATE_IP"))]);
    assert_eq!(doing(&desk.plan().await), Vec::<String>::new());

    desk.engine.topology.network.public_ip = PublicAddress::Reserved;
    let plan = desk.plan().await;
    assert_eq!(
        doing(&plan),
        ["create public-ip", "create public-ip-assignment"]
    );
    desk.apply().await.done();
    assert_eq!(address(&desk), [(json!("RESERVED"), json!("PRIVATE_IP"))]);
    assert_eq!(doing(&desk.plan().await), Vec::<String>::new());
    assert_eq!(desk.id("instances", "node-k3s-ingress"), node, "in place");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ephemeral_address_from_the_start_needs_no_other() {
    let mut desk = Desk::start().await;
    desk.engine.topology.network.public_ip = PublicAddress::Ephemeral;
    desk.apply().await.done();
    let all = desk.lab.oci().resources("publicIps");
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["lifetime"], "EPHEMERAL");
    assert!(desk.plan().await.is_empty());
}

/// The statements of the only quota.
fn statements(desk: &Desk) -> Vec<String> {
    let quota = desk.resource("quotas", "quota-guard");
    let statements = quota["statements"].as_array().unwrap().iter();
    statements
        .map(|it| it.as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_is_laid_kept_and_lifted_as_the_configuration_says() {
    let mut desk = Desk::start().await;
    desk.engine.topology.quota_guard = true;
    desk.apply().await.done();
    assert!(desk.plan().await.is_empty());
    let said = statements(&desk);
    let limits = [
        ("compute-core", "standard-a1-core-count", 4),
        ("compute-core", "standard-a1-core-regional-count", 4),
        ("compute-memory", "standard-a1-memory-count", 24),
        ("compute-memory", "standard-a1-memory-regional-count", 24),
        ("block-storage", "total-storage-gb", 200),
    ];
    for (statement, (family, limit, amount)) in said.iter().zip(limits) {
        let beginning = format!("set {family} quota {limit} to {amount} in compartment ");
        assert!(statement.starts_with(&beginning), "{statement}");
    }
    assert_eq!(said.len(), limits.len());
    let quota = desk.resource("quotas", "quota-guard");
    assert_eq!(
        quota["compartmentId"],
        desk.lab.oci().place().tenancy.as_str()
    );

    let path = format!("quotas/{}", quota["id"].as_str().unwrap());
    let body =
        json!({"statements": ["set compute-core quota standard-a1-core-count to 1 in tenancy"]});
    let request = Request::put(Service::Quotas, path)
        .with_body(&body)
        .unwrap();
    desk.engine.client.call::<Value>(request).await.unwrap();
    let plan = desk.plan().await;
    let field = ("quota-guard".to_owned(), "statements".to_owned());
    assert_eq!(
        (doing(&plan), drift(&plan)),
        (vec!["update quota-guard".to_owned()], vec![field])
    );
    desk.apply().await.done();
    assert_eq!(statements(&desk), said);

    desk.engine.topology.quota_guard = false;
    assert_eq!(doing(&desk.plan().await), ["delete quota-guard"]);
    desk.apply().await.done();
    assert!(desk.lab.oci().resources("quotas").is_empty());
    assert!(desk.plan().await.is_empty());
}
