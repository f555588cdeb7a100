//! The SDK of Oracle itself, for Python, beside the program: it reads what was made, and finds what
//! the plan and `cluster.toml` say; what it changes, the plan shows, and `apply` puts right.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use k3scope::clock::Clock;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::session::Session;

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/oci/sdk.py");
const APPLY: [&str; 3] = ["apply", "--yes", "--allow-paid"];
/// Not the defaults, so that nothing agrees by chance.
const NETWORK: &str = r#"
[network]
vcn = "10.20.0.0/16"
public_subnet = "10.20.1.0/24"
private_subnet = "10.20.2.0/24"
ssh_from = ["198.51.100.0/24"]
nodeports_from = ["203.0.113.0/24"]
"#;

/// The SDK, at work on one cluster.
struct Sdk {
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Sdk {
    fn beside(session: &Session) -> Self {
        let mut child = Command::new("python3")
            .arg(PROGRAM)
            .arg(session.lab.oci_config())
            .arg(session.lab.oci().endpoint())
            .arg(&session.lab.oci().place().compartment)
            .arg("lab")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()).lines(),
            _child: child,
        }
    }

    async fn ask(&mut self, command: &str) -> Value {
        self.input
            .write_all(format!("{command}\n").as_bytes())
            .await
            .unwrap();
        let answer = Clock::default().timeout(Duration::from_mins(2), self.output.next_line());
        let line = answer.await.expect("it answers").unwrap();
        serde_json::from_str(&line.expect("it did not fail; see its message above")).unwrap()
    }

    async fn read(&mut self) -> Value {
        self.ask("read").await
    }
}

/// Whether the `python3` on PATH has the SDK; where it must, it does.
pub(crate) async fn is_there() -> bool {
    let tried = Command::new("python3")
        .args(["-c", "import oci"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await;
    let there = tried.is_ok_and(|status| status.success());
    let required = std::env::var_os("K3SCOPE_REQUIRE_REAL").is_some_and(|value| value == "1");
    assert!(
        there || !required,
        "the python3 on PATH has no module oci (PyPI oci)"
    );
    if !there {
        println!("skipped: the python3 on PATH has no module oci");
    }
    there
}

/// A lab whose cluster has been made.
async fn made() -> Session {
    let session = Session::start().await;
    let text = std::fs::read_to_string(session.config()).unwrap();
    std::fs::write(session.config(), text + NETWORK).unwrap();
    session.run(&APPLY).await.expect(0);
    session
}

async fn plan(session: &Session) -> Value {
    let planned = session.run(&["plan", "--json"]).await.expect(0);
    serde_json::from_str(&planned.out).unwrap()
}

fn steps(plan: &Value) -> &[Value] {
    plan["steps"].as_array().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn oracles_sdk_finds_what_the_plan_says() {
    if !is_there().await {
        return;
    }
    let session = made().await;
    let mut sdk = Sdk::beside(&session);
    let world = sdk.read().await;
    let plan = plan(&session).await;
    every_resource_is_there(&world, &plan);
    the_network_is_as_written(&world);
    rules_let_in_whom_they_should(&world);
    every_node_is_as_written(&world, &plan);
    the_reserved_address_is_the_ingress_nodes(&world);
}

/// Each step's resource, once, under its own name and tags, and nothing else.
fn every_resource_is_there(world: &Value, plan: &Value) {
    let mut keys = BTreeSet::new();
    for step in steps(plan) {
        assert_eq!(step["action"], "keep", "{step}");
        assert_eq!(step.get("drift"), None, "{step}");
        let kind = step["kind"].as_str().unwrap();
        if matches!(kind, "default_route" | "public_ip_assignment") {
            continue;
        }
        let key = step["key"].as_str().unwrap();
        keys.insert(key);
        let found = &world[key];
        assert_eq!(found["id"], step["id"], "{key}");
        assert_eq!(found["display_name"], step["name"], "{key}");
        let tags = json!({ "k3scope-cluster": "lab", "k3scope-key": key });
        assert_eq!(found["freeform_tags"], tags);
    }
    let found: BTreeSet<&str> = world
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(found, keys);
}

fn the_network_is_as_written(world: &Value) {
    assert_eq!(world["vcn"]["cidr_blocks"], json!(["10.20.0.0/16"]));
    assert_eq!(world["internet-gateway"]["is_enabled"], true);
    let sides = [
        ("public", "10.20.1.0/24", false),
        ("private", "10.20.2.0/24", true),
    ];
    for (side, range, is_private) in sides {
        let of = |what: &str| &world[format!("{side}-{what}").as_str()];
        let subnet = of("subnet");
        assert_eq!(subnet["cidr_block"], range);
        assert_eq!(subnet["prohibit_public_ip_on_vnic"], is_private);
        assert_eq!(subnet["route_table_id"], of("route-table")["id"]);
        let lists = json!([of("security-list")["id"]]);
        assert_eq!(subnet["security_list_ids"], lists);
        assert_eq!(subnet["vcn_id"], world["vcn"]["id"]);
    }
    let target = |table: &str| {
        let rules = world[table]["route_rules"].as_array().unwrap();
        assert_eq!(rules.len(), 1, "{table}");
        assert_eq!(rules[0]["destination"], "0.0.0.0/0");
        assert_eq!(rules[0]["destination_type"], "CIDR_BLOCK");
        rules[0]["network_entity_id"].clone()
    };
    assert_eq!(
        target("public-route-table"),
        world["internet-gateway"]["id"]
    );
    let address = &world["node-k3s-ingress"]["private_address"];
    assert_eq!(target("private-route-table"), address["id"]);
}

/// Protocol, from where, to which ports.
type Opening = (String, String, String);

fn openings(list: &Value) -> BTreeSet<Opening> {
    let rules = list["ingress_security_rules"].as_array().unwrap();
    let each = rules.iter().map(|rule| {
        assert_eq!(rule["source_type"], "CIDR_BLOCK");
        assert_ne!(rule["is_stateless"], true);
        let text = |field: &str| rule[field].as_str().unwrap().to_owned();
        let tcp = &rule["tcp_options"]["destination_port_range"];
        let what = match (tcp, &rule["icmp_options"]) {
            (Value::Object(range), _) => format!("{}-{}", range["min"], range["max"]),
            (_, Value::Object(icmp)) => format!("{}/{}", icmp["type"], icmp["code"]),
            _ => "all".to_owned(),
        };
        (text("protocol"), text("source"), what)
    });
    each.collect()
}

fn rules_let_in_whom_they_should(world: &Value) {
    let set = |rules: &[(&str, &str, &str)]| -> BTreeSet<Opening> {
        let owned = rules
            .iter()
            .map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned()));
        owned.collect()
    };
    let inside = [
        ("all", "10.20.0.0/16", "all"),
        ("1", "0.0.0.0/0", "3/4"),
        ("6", "203.0.113.0/24", "30000-32767"),
    ];
    let outside = [
        ("6", "0.0.0.0/0", "80-80"),
        ("6", "0.0.0.0/0", "443-443"),
        ("6", "198.51.100.0/24", "22-22"),
    ];
    let private = &world["private-security-list"];
    let public = &world["public-security-list"];
    assert_eq!(openings(private), set(&inside));
    assert_eq!(openings(public), set(&[inside, outside].concat()));
    for list in [private, public] {
        let out = list["egress_security_rules"].as_array().unwrap();
        assert_eq!(out.len(), 1);
        assert_eq!(
            (&out[0]["protocol"], &out[0]["destination"]),
            (&json!("all"), &json!("0.0.0.0/0"))
        );
    }
}

fn every_node_is_as_written(world: &Value, plan: &Value) {
    let nodes = [
        ("k3s-ingress", "public-subnet", "10.20.1.10", 1.0, 6.0),
        ("k3s-server", "private-subnet", "10.20.2.10", 2.0, 12.0),
        ("k3s-worker", "private-subnet", "10.20.2.11", 1.0, 6.0),
    ];
    for (name, subnet, address, ocpus, memory) in nodes {
        let node = &world[format!("node-{name}").as_str()];
        assert_eq!(node["lifecycle_state"], "RUNNING", "{name}");
        assert_eq!(node["shape"], "VM.Standard.A1.Flex");
        let size = &node["shape_config"];
        let size = (size["ocpus"].as_f64(), size["memory_in_gbs"].as_f64());
        assert_eq!(size, (Some(ocpus), Some(memory)), "{name}");
        assert_eq!(node["source_details"]["image_id"], plan["image"], "{name}");
        let options = &node["instance_options"];
        assert_eq!(options["are_legacy_imds_endpoints_disabled"], true);
        assert_eq!(node["boot_volume"]["size_in_gbs"], 50, "{name}");
        let vnic = &node["vnic"];
        assert_eq!(vnic["private_ip"], address, "{name}");
        assert_eq!(vnic["subnet_id"], world[subnet]["id"], "{name}");
        let is_ingress = name == "k3s-ingress";
        assert_eq!(vnic["skip_source_dest_check"], is_ingress, "{name}");
        assert_eq!(vnic["public_ip"].is_string(), is_ingress, "{name}");
        assert_eq!(node["public_address"].is_null(), !is_ingress, "{name}");
    }
    let stands = |name: &str| world[name]["fault_domain"].as_str().unwrap();
    let domains = [
        stands("node-k3s-ingress"),
        stands("node-k3s-server"),
        stands("node-k3s-worker"),
    ];
    assert_eq!(BTreeSet::from(domains).len(), 3, "{domains:?}");
}

fn the_reserved_address_is_the_ingress_nodes(world: &Value) {
    let node = &world["node-k3s-ingress"];
    let address = &world["public-ip"];
    assert_eq!(address["lifetime"], "RESERVED");
    assert_eq!(address["lifecycle_state"], "ASSIGNED");
    assert_eq!(address["assigned_entity_id"], node["private_address"]["id"]);
    assert_eq!(node["public_address"]["id"], address["id"]);
    assert_eq!(node["vnic"]["public_ip"], address["ip_address"]);
}

/// What the SDK does, and what differs by that: the step's key and the field.
const CHANGES: [(&str, &[(&str, &str)]); 14] = [
    (
        "take_away_a_rule",
        &[("public-security-list", "ingressSecurityRules")],
    ),
    (
        "open_to_everybody",
        &[("private-security-list", "ingressSecurityRules")],
    ),
    ("lead_elsewhere", &[("private-default-route", "routeRules")]),
    ("lead_nowhere", &[("public-route-table", "routeRules")]),
    ("close_the_gateway", &[("internet-gateway", "isEnabled")]),
    ("swap_the_lists", &[("private-subnet", "securityListIds")]),
    (
        "pass_on_for_others",
        &[("node-k3s-worker", "vnic.skipSourceDestCheck")],
    ),
    (
        "pass_on_nothing",
        &[
            ("node-k3s-ingress", "vnic.skipSourceDestCheck"),
            ("private-default-route", "routeRules"),
        ],
    ),
    ("rename", &[("vcn", "displayName")]),
    ("rename_the_node", &[("node-k3s-worker", "displayName")]),
    ("shrink", &[("node-k3s-worker", "shapeConfig.memoryInGBs")]),
    (
        "open_old_metadata",
        &[(
            "node-k3s-server",
            "instanceOptions.areLegacyImdsEndpointsDisabled",
        )],
    ),
    (
        "take_the_address",
        &[("public-ip-assignment", "privateIpId")],
    ),
    ("stop", &[("node-k3s-worker", "lifecycleState")]),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_oracles_sdk_changes_the_plan_shows_and_apply_restores() {
    if !is_there().await {
        return;
    }
    let session = made().await;
    let mut sdk = Sdk::beside(&session);
    let before = sdk.read().await;
    for (change, differs) in CHANGES {
        sdk.ask(&format!("change {change}")).await;
        assert_ne!(sdk.read().await, before, "{change} changes something");
        let planned = plan(&session).await;
        assert_eq!(drift(&planned), differs.iter().copied().collect());
        for step in steps(&planned) {
            let changed = differs.iter().any(|(key, _)| step["key"] == **key);
            let action = if changed { "update" } else { "keep" };
            assert_eq!(step["action"], action, "{change}: {step}");
        }
        session.run(&APPLY).await.expect(0);
        assert_eq!(sdk.read().await, before, "{change} is undone");
    }
    assert_eq!(drift(&plan(&session).await), BTreeSet::new());
}

/// Each field that the plan says is not as it should be, with its step's key.
fn drift(plan: &Value) -> BTreeSet<(&str, &str)> {
    steps(plan)
        .iter()
        .flat_map(|step| {
            let key = step["key"].as_str().unwrap();
            let fields = step["drift"].as_array().into_iter().flatten();
            fields.map(move |drift| (key, drift["field"].as_str().unwrap()))
        })
        .collect()
}
