//! Requests held at a point, what the log says of them, and the list of everything.

use std::sync::Arc;

use k3scope::lab::oci::{Matcher, Point};
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use super::client::{Client, Twist};

fn vcns() -> Matcher {
    Matcher::new("POST", "/vcns")
}

async fn send(client: Arc<Client>) -> reqwest::Result<u16> {
    let body = json!({"compartmentId": client.compartment(), "cidrBlocks": ["10.0.0.0/16"],
        "displayName": "net", "freeformTags": {"k3scope-key": "vcn"}});
    let twist = Twist {
        headers: vec![("opc-retry-token", "t".to_owned())],
        ..Twist::default()
    };
    let reply = client.try_send(Method::POST, "/20160918/vcns", Some(body), twist);
    Ok(reply.await?.status)
}

#[rstest]
#[case(Point::BeforeDoing, 0)]
#[case(Point::BeforeAnswering, 1)]
#[tokio::test]
async fn a_held_request_is_cut_at_its_point(#[case] point: Point, #[case] made: usize) {
    let client = Arc::new(Client::start().await);
    let mut hold = client.lab.oci().hold_next(vcns(), point);
    let sent = tokio::spawn(send(Arc::clone(&client)));
    let record = hold.reached().await.unwrap();
    assert_eq!(
        (record.path.as_str(), record.retry_token.as_deref()),
        ("/20160918/vcns", Some("t"))
    );
    assert_eq!(client.lab.oci().resources("vcns").len(), made);
    hold.cut();
    assert!(sent.await.unwrap().is_err(), "the connection is cut");
    assert_eq!(client.lab.oci().resources("vcns").len(), made);
    assert_eq!(client.lab.oci().requests()[0].status, 0);
}

#[tokio::test]
async fn a_held_request_goes_on_when_it_is_let_go() {
    let client = Arc::new(Client::start().await);
    let mut hold = client.lab.oci().hold_next(vcns(), Point::BeforeDoing);
    let sent = tokio::spawn(send(Arc::clone(&client)));
    hold.reached().await.unwrap();
    let regions = client.get("/20160918/regions").await.ok();
    assert_eq!(regions.status, 200);
    hold.let_go();
    assert_eq!(sent.await.unwrap().unwrap(), 200);
    let log = client.lab.oci().requests();
    let told: Vec<(&str, usize, u16)> = log
        .iter()
        .map(|record| (record.method.as_str(), record.others, record.status))
        .collect();
    assert_eq!(told, [("POST", 0, 200), ("GET", 1, 200)]);
    assert_eq!(log[0].body.as_ref().unwrap().len(), 44);
    assert_eq!(log[1].body, None);
}

#[tokio::test]
async fn a_hold_that_is_dropped_early_cuts_the_request_that_comes() {
    let client = Arc::new(Client::start().await);
    drop(client.lab.oci().hold_next(vcns(), Point::BeforeDoing));
    assert!(send(Arc::clone(&client)).await.is_err());
    assert_eq!(send(Arc::clone(&client)).await.unwrap(), 200);
}

#[tokio::test]
async fn everything_is_listed_with_names_tags_and_states() {
    let client = Arc::new(Client::start().await);
    send(Arc::clone(&client)).await.unwrap();
    let all = client.lab.oci().everything();
    let vcn = all.iter().find(|item| item.kind == "vcns").unwrap();
    assert_eq!(
        (vcn.name.as_str(), vcn.tags["k3scope-key"].as_str()),
        ("net", "vcn")
    );
    assert_eq!(vcn.body["cidrBlock"], "10.0.0.0/16");
    let kinds: Vec<&str> = all.iter().map(|item| item.kind).collect();
    assert_eq!(kinds, ["vcns", "routeTables", "securityLists", "dhcps"]);
}
