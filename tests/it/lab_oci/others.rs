//! What others have made and change: things that stand at the start, and meddling.

use std::time::Duration;

use k3scope::lab::{Existing, Lab, Meddling, Options, Part, PlannedRecord, Scenario};
use rstest::rstest;
use serde_json::{Value, json};

use super::client::{Client, SPEED, reached};
use super::launches::{launch, order};

async fn begin(scenario: Scenario) -> Result<Lab, String> {
    let options = Options {
        speed: SPEED,
        ..Options::default()
    };
    let lab = Lab::start_with(scenario, options).await;
    lab.map_err(|error| error.to_string())
}

#[tokio::test]
async fn leftovers_stand_there_from_the_start() {
    let lab = begin(Scenario::named("leftovers").unwrap()).await.unwrap();
    let client = Client::with(lab);
    let (compartment, tenancy) = {
        let place = client.lab.oci().place();
        (place.compartment.clone(), place.tenancy.clone())
    };
    let all = client.lab.oci().everything();
    let of = |kind: &str| -> Vec<(&str, &str, &str)> {
        let items = all.iter().filter(|item| item.kind == kind);
        items
            .map(|item| {
                let owner = item.body["compartmentId"].as_str().unwrap();
                (item.name.as_str(), item.state.as_str(), owner)
            })
            .collect()
    };
    assert_eq!(of("instances"), [("shop", "RUNNING", tenancy.as_str())]);
    assert_eq!(
        of("bootVolumes"),
        [
            ("shop (Boot Volume)", "AVAILABLE", tenancy.as_str()),
            (
                "k3s-server (Boot Volume)",
                "AVAILABLE",
                compartment.as_str()
            ),
            (
                "k3s-worker (Boot Volume)",
                "AVAILABLE",
                compartment.as_str()
            ),
        ]
    );
    assert_eq!(of("bootVolumeAttachments").len(), 1, "two are orphans");
    assert_eq!(
        of("publicIps"),
        [("k3s-public-ip", "AVAILABLE", compartment.as_str())]
    );
    assert_eq!(
        of("vaults"),
        [("k3s-vault", "PENDING_DELETION", compartment.as_str())]
    );
    let target = format!("/20160918/instances?compartmentId={tenancy}");
    let seen = client.get(&target).await.ok();
    let made: jiff::Timestamp = seen.body[0]["timeCreated"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let age = k3scope::clock::Clock::default().now().duration_since(made);
    assert!(age > jiff::SignedDuration::from_hours(199 * 24), "{age:?}");
}

#[rstest]
#[case(json!({"compartmentId": "$nobody", "cidrBlocks": ["10.0.0.0/16"]}), "$nobody is not known")]
#[case(json!({"compartmentId": "$compartment", "cidrBlocks": ["10.0.0.0/8"]}), "between /16 and /30")]
#[tokio::test]
async fn what_cannot_stand_there_keeps_the_lab_from_starting(
    #[case] body: Value,
    #[case] says: &str,
) {
    let mut scenario = Scenario::named("empty").unwrap();
    scenario.tenancy.existing = vec![Existing {
        name: None,
        method: None,
        collection: "vcns".to_owned(),
        body: Some(body),
        days_ago: 0,
    }];
    let error = begin(scenario).await.unwrap_err();
    assert!(
        error.contains("POST vcns") && error.contains(says),
        "{error}"
    );
}

#[tokio::test]
async fn records_that_clash_keep_the_lab_from_starting() {
    let mut scenario = Scenario::named("empty").unwrap();
    let record = PlannedRecord {
        kind: "A".to_owned(),
        name: "docs.example.com".to_owned(),
        content: "203.0.113.9".to_owned(),
        proxied: false,
        ttl: 1,
    };
    scenario.records = vec![record.clone(), record];
    let error = begin(scenario).await.unwrap_err();
    assert!(error.contains("docs.example.com"), "{error}");
}

fn meddling(key: &str) -> Meddling {
    Meddling {
        key: key.to_owned(),
        part: None,
        after: Duration::ZERO,
        action: None,
        set: None,
    }
}

#[tokio::test]
async fn somebody_changes_what_has_just_become_ready_once() {
    let client = Client::start().await;
    let oci = client.lab.oci();
    oci.meddle(Meddling {
        set: Some(json!({"displayName": "theirs"})),
        ..meddling("vcn")
    });
    let body = json!({"compartmentId": client.compartment(), "displayName": "ours",
        "cidrBlocks": ["10.0.0.0/16"], "freeformTags": {"k3scope-key": "vcn"}});
    let vcn = client.make("vcns", body).await;
    let target = format!("/20160918/vcns/{vcn}");
    let theirs = client.get(&target).await.ok();
    assert_eq!(theirs.body["displayName"], "theirs");
    client
        .put(&target, json!({"displayName": "ours"}))
        .await
        .ok();
    let again = client.get(&target).await.ok();
    assert_eq!(again.body["displayName"], "ours");

    let mut changes = oci.changes();
    oci.meddle(Meddling {
        action: Some("addCidr".to_owned()),
        set: Some(json!({"cidrBlock": "10.1.0.0/16"})),
        ..meddling("vcn")
    });
    reached(&mut changes, &vcn, "AVAILABLE").await;
    let wider = client.get(&target).await.ok();
    assert_eq!(wider.body["cidrBlocks"][1], "10.1.0.0/16");
    oci.meddle(Meddling {
        action: Some("DELETE".to_owned()),
        ..meddling("vcn")
    });
    reached(&mut changes, &vcn, "TERMINATED").await;
}

#[tokio::test]
async fn somebody_changes_an_instance_and_what_came_with_it() {
    let client = Client::start().await;
    let oci = client.lab.oci();
    let (_, subnet) = client.network().await;
    let later = Duration::from_secs(5);
    oci.meddle(Meddling {
        part: Some(Part::Vnic),
        after: later,
        set: Some(json!({"skipSourceDestCheck": false})),
        ..meddling("node")
    });
    oci.meddle(Meddling {
        part: Some(Part::BootVolume),
        set: Some(json!({"sizeInGBs": 90})),
        ..meddling("node")
    });
    oci.meddle(Meddling {
        after: later,
        action: Some("STOP".to_owned()),
        ..meddling("node")
    });
    let mut changes = oci.changes();
    let tags = json!({"k3scope-key": "node"});
    let mut body = order(&client, &subnet, 1, "10.0.1.10").await;
    body["freeformTags"] = tags.clone();
    body["createVnicDetails"]["freeformTags"] = tags.clone();
    let id = launch(&client, body).await.ok().id();
    for state in ["RUNNING", "STOPPING", "STOPPED"] {
        reached(&mut changes, &id, state).await;
    }
    let vnic = &oci.resources("vnics")[0];
    assert_eq!(vnic["freeformTags"], tags);
    assert_eq!(vnic["skipSourceDestCheck"], false);
    assert_eq!(oci.resources("bootVolumes")[0]["sizeInGBs"], 90);
}
