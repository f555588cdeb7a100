//! A cluster's life: validated, planned, applied, changed, drifted, replaced, imported, destroyed.

use serde_json::json;

use super::folder::{Folder, is_installed};
use crate::lab_oci::client::Client;

pub(super) const MAIN: &str = include_str!("../../data/provider/main.tf");
const APPLY: &str = "apply -input=false -json -auto-approve";

#[tokio::test]
async fn a_cluster_is_made_once_and_changed_in_place() {
    if !is_installed() {
        return;
    }
    let client = Client::start().await;
    let folder = Folder::new(&client.lab, &[("main.tf", MAIN)]);
    let valid = folder.ok("validate -json").await;
    assert!(valid.stdout.contains("\"valid\": true"), "{valid:#?}");
    folder.ok("plan -input=false -out=the.plan").await;
    assert!(client.lab.oci().resources("vcns").is_empty());
    folder.ok("apply -input=false -json the.plan").await;
    assert_eq!(client.lab.oci().resources("instances").len(), 3);
    let again = folder.changes().await;
    assert!(again.is_none(), "{:#?}", again.map(|ran| ran.actions()));

    folder.edit("\"k3s-igw\"", "\"k3s-gateway\"");
    folder.edit("https = [443, 443], ", "");
    folder.edit("worker = [1, 6,", "worker = [2, 12,");
    folder.edit("= each.key\n", "= \"n-${each.key}\"\n");
    let changes = folder.changes().await.expect("changes");
    assert_eq!(
        changes.actions(),
        [
            "update oci_core_instance.node[\"server\"]",
            "update oci_core_instance.node[\"worker\"]",
            "update oci_core_internet_gateway.igw",
            "update oci_core_security_list.public",
        ]
    );
    folder.ok(APPLY).await;
    let again = folder.changes().await;
    assert!(again.is_none(), "{:#?}", again.map(|ran| ran.actions()));
    let oci = client.lab.oci();
    assert_eq!(
        oci.resources("internetGateways")[0]["displayName"],
        "k3s-gateway"
    );
    let worker = folder.state("oci_core_instance.node[\"worker\"]").await;
    assert_eq!(worker["values"]["shape_config"][0]["vcpus"], 2);
    let labels: Vec<_> = oci
        .resources("vnics")
        .iter()
        .map(|vnic| vnic["hostnameLabel"].clone())
        .collect();
    assert!(labels.contains(&json!("n-worker")), "{labels:?}");

    folder.ok("destroy -input=false -auto-approve").await;
    for collection in ["instances", "subnets", "vcns", "publicIps", "routeTables"] {
        assert!(
            client.lab.oci().resources(collection).is_empty(),
            "{collection}"
        );
    }
}

#[tokio::test]
async fn drift_is_seen_and_mended() {
    if !is_installed() {
        return;
    }
    let client = Client::start().await;
    let folder = Folder::new(&client.lab, &[("main.tf", MAIN)]);
    folder.ok(APPLY).await;
    let vcn = client.lab.oci().resources("vcns")[0]["id"].clone();
    let vcn = vcn.as_str().unwrap();
    let renamed = json!({"displayName": "renamed"});
    client
        .put(&format!("/20160918/vcns/{vcn}"), renamed)
        .await
        .ok();
    let worker = folder.state("oci_core_instance.node[\"worker\"]").await;
    let worker = worker["values"]["id"].as_str().unwrap();
    let worker = format!("/20160918/instances/{worker}");
    client.delete(&worker).await.ok();

    let changes = folder.changes().await.expect("changes");
    let drift: Vec<_> = changes
        .messages("resource_drift")
        .iter()
        .map(|message| message["change"]["action"].clone())
        .collect();
    assert_eq!(drift.len(), 2, "{changes:#?}");
    assert!(
        drift.contains(&json!("delete")) && drift.contains(&json!("update")),
        "{drift:?}"
    );
    assert_eq!(
        changes.actions(),
        [
            "create oci_core_instance.node[\"worker\"]",
            "update oci_core_vcn.k3s",
        ]
    );
}

#[tokio::test]
async fn what_cannot_change_is_made_anew_and_what_stands_is_taken_over() {
    if !is_installed() {
        return;
    }
    let client = Client::start().await;
    let folder = Folder::new(&client.lab, &[("main.tf", MAIN)]);
    folder.ok(APPLY).await;
    folder.edit("\"10.0.2.20\"", "\"10.0.2.21\"");
    let changes = folder.changes().await.expect("changes");
    assert_eq!(
        changes.actions(),
        ["replace oci_core_instance.node[\"worker\"]"]
    );
    folder.ok(APPLY).await;
    let worker = folder.state("oci_core_instance.node[\"worker\"]").await;
    assert_eq!(worker["values"]["private_ip"], "10.0.2.21");

    for (address, collection) in [
        ("oci_core_vcn.k3s", "vcns"),
        ("oci_core_internet_gateway.igw", "internetGateways"),
    ] {
        let id = client.lab.oci().resources(collection)[0]["id"].clone();
        folder.ok(&format!("state rm {address}")).await;
        let id = id.as_str().unwrap();
        folder
            .ok(&format!("import -input=false {address} {id}"))
            .await;
    }
    let again = folder.changes().await;
    assert!(again.is_none(), "{:#?}", again.map(|ran| ran.actions()));

    // What only the provider remembers of an instance is no reason to make it anew.
    let ingress = folder.state("oci_core_instance.ingress").await["values"]["id"].clone();
    folder.ok("state rm oci_core_instance.ingress").await;
    let ingress = ingress.as_str().unwrap();
    let import = format!("import -input=false oci_core_instance.ingress {ingress}");
    folder.ok(&import).await;
    let actions = folder
        .changes()
        .await
        .expect("a change of the state")
        .actions();
    assert!(
        actions.contains(&"update oci_core_instance.ingress".to_owned()),
        "{actions:?}"
    );
    folder.ok(APPLY).await;
    let again = folder.changes().await;
    assert!(again.is_none(), "{:#?}", again.map(|ran| ran.actions()));
    assert_eq!(client.lab.oci().resources("instances").len(), 3);
}
