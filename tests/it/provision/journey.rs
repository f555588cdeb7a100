//! From an empty tenancy to a whole network with nodes, and back to nothing.

use serde_json::{Value, json};

use super::session::{REFERENCE, Session, assert_complete};

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_cluster_is_made_kept_and_removed() {
    let session = Session::start().await;
    let plan = session.run(&["plan", "--json"]).await.expect(0);
    let plan: Value = serde_json::from_str(&plan.out).unwrap();
    let resources: Vec<&Value> = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["kind"] != "default_route" && step["kind"] != "public_ip_assignment")
        .collect();
    assert_eq!(resources.len(), REFERENCE.len());
    assert!(session.world().is_empty(), "a plan makes nothing");

    let applied = session
        .run(&["apply", "--yes", "--allow-paid", "--json"])
        .await
        .expect(0);
    let events = applied.lines();
    assert_eq!(events.first().unwrap()["type"], "started");
    let last = events.last().unwrap();
    assert_eq!(
        (&last["type"], &last["outcome"]),
        (&json!("finished"), &json!("done"))
    );
    assert_eq!(
        last["done"],
        json!({"create": 14, "keep": 0, "update": 0, "import": 0, "delete": 0})
    );
    let world = session.world();
    assert_complete(&world);

    session.run(&["apply", "--yes"]).await.expect(0);
    assert_eq!(
        session.world(),
        world,
        "a second run keeps all, and needs no --allow-paid"
    );

    session.run(&["destroy", "--yes"]).await.expect(0);
    assert!(session.world().is_empty());
    let again = session.run(&["destroy", "--yes"]).await.expect(0);
    assert!(again.err.contains("nothing bears its tag"), "{}", again.err);

    session
        .run(&["apply", "--yes", "--allow-paid"])
        .await
        .expect(0);
    assert_complete(&session.world());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_is_what_the_cluster_needs() {
    let session = Session::start().await;
    session
        .run(&["apply", "--yes", "--allow-paid"])
        .await
        .expect(0);

    let ingress = session.resource("instances", "node-k3s-ingress");
    assert_eq!(ingress["shape"], "VM.Standard.A1.Flex");
    assert_eq!(ingress["shapeConfig"]["ocpus"].as_f64(), Some(1.0));
    assert_eq!(ingress["shapeConfig"]["memoryInGBs"].as_f64(), Some(6.0));
    let key = ingress["metadata"]["ssh_authorized_keys"].as_str().unwrap();
    assert!(key.starts_with("ssh-ed25519 "), "{key}");

    let vnics = session.lab.oci().resources("vnics");
    let card = |address: &str| {
        vnics
            .iter()
            .find(|vnic| vnic["privateIp"] == address)
            .unwrap()
    };
    assert_eq!(card("10.0.1.10")["skipSourceDestCheck"], true);
    assert!(card("10.0.1.10")["publicIp"].is_string());
    assert_eq!(card("10.0.2.10")["skipSourceDestCheck"], false);
    assert!(card("10.0.2.10")["publicIp"].is_null());

    let routes = session.resource("routeTables", "private-route-table");
    let target = routes["routeRules"][0]["networkEntityId"].as_str().unwrap();
    let addresses = session.lab.oci().resources("privateIps");
    let target = addresses
        .iter()
        .find(|address| address["id"] == target)
        .unwrap();
    assert_eq!(
        target["ipAddress"], "10.0.1.10",
        "private nodes leave through the ingress node"
    );

    let public = session.resource("securityLists", "public-security-list");
    assert_eq!(open_ports(&public), ["22", "443", "80"]);
    let private = session.resource("securityLists", "private-security-list");
    assert!(open_ports(&private).is_empty());
    let subnet = session.resource("subnets", "private-subnet");
    assert_eq!(subnet["prohibitPublicIpOnVnic"], true);
    assert_eq!(subnet["routeTableId"], routes["id"]);
}

/// The TCP ports that a security list opens to everybody.
fn open_ports(list: &Value) -> Vec<String> {
    let rules = list["ingressSecurityRules"].as_array().unwrap();
    let open = rules
        .iter()
        .filter(|rule| rule["source"] == "0.0.0.0/0" && rule["protocol"] == "6");
    let mut ports: Vec<String> = open
        .map(|rule| rule["tcpOptions"]["destinationPortRange"]["min"].to_string())
        .collect();
    ports.sort();
    ports
}

#[tokio::test(flavor = "multi_thread")]
async fn the_compact_layout_is_free_and_needs_no_permission_to_pay() {
    let session = Session::start().await;
    let text = std::fs::read_to_string(session.config()).unwrap();
    let text = text.replace("layout = \"reference\"", "layout = \"compact\"");
    assert!(text.contains("compact"));
    std::fs::write(session.config(), text).unwrap();
    let applied = session.run(&["apply", "--yes"]).await.expect(0);
    assert!(
        !applied.err.contains("over the allowance"),
        "{}",
        applied.err
    );
    assert_eq!(session.world().len(), REFERENCE.len() - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_costs_money_is_made_unasked() {
    let session = Session::start().await;
    let refused = session.run(&["apply", "--yes"]).await.expect(1);
    assert!(refused.err.contains("2 OCPU, 12 GB"), "{}", refused.err);
    assert!(refused.err.contains("$28.04/mo") && refused.err.contains("compact"));
    let unasked = session.run(&["apply", "--allow-paid"]).await.expect(2);
    assert!(unasked.err.contains("--yes"), "{}", unasked.err);
    assert!(session.accepted("POST").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_changes_nothing_and_a_recording_holds_what_was_told() {
    let session = Session::start().await;
    for command in ["apply", "destroy"] {
        let refused = session
            .run(&["--read-only", command, "--yes"])
            .await
            .expect(2);
        assert!(refused.err.contains("--read-only"), "{}", refused.err);
    }
    assert!(session.lab.oci().requests().is_empty());

    let file = session.config().with_file_name("run.jsonl");
    let file = file.to_str().unwrap();
    let args = ["apply", "--yes", "--allow-paid", "--json", "--record", file];
    let applied = session.run(&args).await.expect(0);
    assert_eq!(std::fs::read_to_string(file).unwrap(), applied.out);
    let again = session.run(&["plan", "--record", file]).await.expect(2);
    assert!(again.err.contains("--record"), "{}", again.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn destroy_leaves_what_is_not_the_clusters() {
    let session = Session::start().await;
    session
        .run(&["apply", "--yes", "--allow-paid"])
        .await
        .expect(0);
    let text = std::fs::read_to_string(session.config()).unwrap();
    let other = text.replace("name = \"lab\"", "name = \"other\"");
    std::fs::write(session.config(), &other).unwrap();
    session.run(&["destroy", "--yes"]).await.expect(0);
    assert_complete(&session.world());
}
