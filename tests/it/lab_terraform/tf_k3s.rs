//! The rendered `tf-k3s/` from its making to its end: what operators get, with the lab as the cloud.

use std::fs;

use rstest::rstest;
use serde_json::Value;
use tokio::process::Command;

use super::folder::{Folder, Ran, is_installed};
use crate::lab_oci::client::Client;

#[rstest]
#[case::reference("reference", 3)]
#[case::compact("compact", 2)]
#[tokio::test]
async fn what_is_rendered_is_made_and_stays_as_it_is(#[case] layout: &str, #[case] nodes: usize) {
    if !is_installed() {
        return;
    }
    let client = Client::start().await;
    let oci = client.lab.oci();
    let cluster = client.lab.cluster_toml();
    let text = fs::read_to_string(&cluster).unwrap();
    assert!(text.contains("layout = \"reference\""), "{text}");
    fs::write(
        &cluster,
        text.replace("\"reference\"", &format!("\"{layout}\"")),
    )
    .unwrap();
    let mut render = Command::new(env!("CARGO_BIN_EXE_k3scope"));
    let rendered = render.arg("-c").arg(&cluster).arg("render").output();
    let rendered = Ran::of(rendered).await;
    assert_eq!(rendered.code, Some(0), "{rendered:#?}");

    let folder = Folder::at(&client.lab, &cluster.with_file_name("tf-k3s"));
    folder.ok("validate").await;
    folder.ok("plan -input=false -out=the.plan").await;
    folder.ok("apply -input=false -json the.plan").await;
    assert_eq!(oci.resources("instances").len(), nodes);
    let again = folder.changes().await;
    assert!(again.is_none(), "{:#?}", again.map(|ran| ran.actions()));
    let outputs = folder.ok("output -json").await;
    let outputs: Value = serde_json::from_str(&outputs.stdout).unwrap();
    let address = &outputs["public_ip"]["value"];
    let addresses = oci.resources("publicIps");
    assert!(
        addresses.iter().any(|held| held["ipAddress"] == *address),
        "{outputs}"
    );
    let tables: Vec<Value> = oci.resources("routeTables");
    let private = oci
        .resources("subnets")
        .into_iter()
        .find(|it| it["dnsLabel"] == "private");
    if let Some(private) = private {
        let table = tables
            .iter()
            .find(|table| table["id"] == private["routeTableId"]);
        let target = &table.unwrap()["routeRules"][0]["networkEntityId"];
        assert!(
            target.as_str().unwrap().starts_with("ocid1.privateip."),
            "{table:?}"
        );
    }
    folder.ok("destroy -input=false -auto-approve").await;
    for collection in ["instances", "subnets", "vcns", "publicIps"] {
        assert!(oci.resources(collection).is_empty(), "{collection}");
    }
}
