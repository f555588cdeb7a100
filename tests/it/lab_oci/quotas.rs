//! Compartment quotas and key vaults: their routes, and what quotas keep launches from.

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use super::client::{Client, Twist, reached};
use super::launches::{launch, order};

const QUOTAS: &str = "/20181025/quotas";
const VAULTS: &str = "/20180608/vaults";

fn quota(client: &Client, statements: &[&str]) -> Value {
    json!({"compartmentId": client.lab.oci().place().tenancy, "name": "guard",
        "description": "keeps the bill at nothing", "statements": statements})
}

fn token(token: &str) -> Twist {
    Twist {
        headers: vec![("opc-retry-token", token.to_owned())],
        ..Twist::default()
    }
}

/// Statements that leave `cores` and `memory` in `place`, in both scopes.
fn guard(cores: u32, memory: u32, place: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (family, what, value) in [("core", "core", cores), ("memory", "memory", memory)] {
        for scope in ["", "-regional"] {
            all.push(format!(
                "Set compute-{family} quota standard-a1-{what}{scope}-count to {value} in {place}"
            ));
        }
    }
    all
}

#[tokio::test]
async fn a_quota_is_made_once_listed_changed_and_deleted() {
    let client = Client::start().await;
    let body = quota(&client, &["zero compute-core quotas in tenancy"]);
    let create = |body: Value, twist| client.send(Method::POST, QUOTAS, Some(body), twist);
    let made = create(body.clone(), token("q")).await.ok();
    assert_eq!(made.body["lifecycleState"], "ACTIVE");
    assert_eq!(made.body["displayName"], Value::Null);
    assert_eq!(create(body.clone(), token("q")).await.ok().id(), made.id());
    create(body, Twist::default())
        .await
        .refused(409, "NotAuthorizedOrResourceAlreadyExists");
    let list = format!(
        "{QUOTAS}?compartmentId={}&name=guard",
        client.lab.oci().place().tenancy
    );
    let listed = client.get(&list).await.ok();
    assert_eq!(listed.body[0]["id"], made.id());
    assert_eq!(
        listed.body[0]["statements"],
        Value::Null,
        "a list is a summary"
    );
    client.get(QUOTAS).await.refused(400, "MissingParameter");
    let target = format!("{QUOTAS}/{}", made.id());
    let change = json!({"statements": ["zero vcn quotas in compartment k3s"]});
    client.put(&target, change.clone()).await.ok();
    let stale = Twist {
        headers: vec![("if-match", made.header("etag").unwrap())],
        ..Twist::default()
    };
    client
        .send(Method::DELETE, &target, None, stale)
        .await
        .refused(412, "NoEtagMatch");
    assert_eq!(
        client.get(&target).await.ok().body["statements"],
        change["statements"]
    );
    assert_eq!(client.delete(&target).await.ok().status, 204);
    client
        .get(&target)
        .await
        .refused(404, "NotAuthorizedOrNotFound");
}

#[rstest]
#[case(&[])]
#[case(&["please leave some"])]
#[case(&["set compute-core quota standard-a1-core-count to many in tenancy"])]
#[case(&["set compute-core quota standard-a1-memory-count to 2 in tenancy"])]
#[case(&["set compute-core quota standard-a1-core-count to 2 in compartment elsewhere"])]
#[case(&["set compute-core quota standard-a1-core-count to 2"])]
#[tokio::test]
async fn statements_must_be_read(#[case] statements: &[&str]) {
    let client = Client::start().await;
    client
        .post(QUOTAS, quota(&client, statements))
        .await
        .refused(400, "InvalidParameter");
    let mut elsewhere = quota(&client, &["zero vcn quotas in tenancy"]);
    elsewhere["compartmentId"] = client.compartment().into();
    client
        .post(QUOTAS, elsewhere)
        .await
        .refused(400, "InvalidParameter");
}

#[rstest]
#[case("tenancy")]
#[case("compartment k3s")]
#[tokio::test]
async fn launches_keep_within_a_quota(#[case] place: &str) {
    let client = Client::start().await;
    let (_, subnet) = client.network().await;
    let statements = guard(2, 12, place);
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    client.post(QUOTAS, quota(&client, &statements)).await.ok();
    let first = order(&client, &subnet, 2, "10.0.1.10").await;
    launch(&client, first).await.ok();
    let second = order(&client, &subnet, 1, "10.0.1.11").await;
    let reply = launch(&client, second).await.refused(400, "QuotaExceeded");
    let message = reply.body["message"].as_str().unwrap();
    for piece in [
        "standard-a1-core-count",
        "standard-a1-memory-regional-count",
        "guard",
    ] {
        assert!(message.contains(piece), "{message}");
    }
    let availability = format!(
        "/20190729/services/compute/limits/standard-a1-core-regional-count/resourceAvailability?compartmentId={}",
        client.compartment()
    );
    let left = client.get(&availability).await.ok().body;
    assert_eq!(
        (&left["effectiveQuotaValue"], &left["available"]),
        (&json!(2.0), &json!(0))
    );
}

#[tokio::test]
async fn a_quota_for_one_scope_alone_leaves_nothing() {
    let client = Client::start().await;
    let (_, subnet) = client.network().await;
    let statement = "set compute-core quota standard-a1-core-count to 4 in tenancy";
    let made = client.post(QUOTAS, quota(&client, &[statement])).await.ok();
    let body = order(&client, &subnet, 1, "10.0.1.10").await;
    let reply = launch(&client, body.clone())
        .await
        .refused(400, "QuotaExceeded");
    let message = reply.body["message"].as_str().unwrap();
    assert!(
        message.contains("standard-a1-core-regional-count"),
        "{message}"
    );
    let unset = "unset compute-core quota standard-a1-core-count in tenancy";
    let change = json!({"statements": [statement, unset]});
    client
        .put(&format!("{QUOTAS}/{}", made.id()), change)
        .await
        .ok();
    launch(&client, body).await.ok();
}

#[tokio::test]
async fn boot_volumes_count_against_a_quota() {
    let client = Client::start().await;
    let (_, subnet) = client.network().await;
    let statement = "set block-storage quota total-storage-gb to 60 in compartment k3s";
    client.post(QUOTAS, quota(&client, &[statement])).await.ok();
    let mut body = order(&client, &subnet, 1, "10.0.1.10").await;
    body["sourceDetails"]["bootVolumeSizeInGBs"] = 100.into();
    launch(&client, body.clone())
        .await
        .refused(400, "QuotaExceeded");
    body["sourceDetails"]["bootVolumeSizeInGBs"] = 60.into();
    launch(&client, body).await.ok();
    let volumes = client.lab.oci().resources("bootVolumes");
    let target = format!(
        "/20160918/bootVolumes/{}",
        volumes[0]["id"].as_str().unwrap()
    );
    let mut changes = client.lab.oci().changes();
    if volumes[0]["lifecycleState"] != "AVAILABLE" {
        reached(
            &mut changes,
            volumes[0]["id"].as_str().unwrap(),
            "AVAILABLE",
        )
        .await;
    }
    client
        .put(&target, json!({"sizeInGBs": 70}))
        .await
        .refused(400, "QuotaExceeded");
}

#[tokio::test]
async fn a_vault_that_is_deleted_stays_for_its_days() {
    let client = Client::start().await;
    let compartment = client.compartment();
    let body =
        json!({"compartmentId": compartment, "displayName": "secrets", "vaultType": "DEFAULT"});
    let mut changes = client.lab.oci().changes();
    let create = || client.send(Method::POST, VAULTS, Some(body.clone()), token("v"));
    let made = create().await.ok();
    assert_eq!(made.body["lifecycleState"], "CREATING");
    assert_eq!(create().await.ok().id(), made.id());
    let id = made.id();
    let target = format!("{VAULTS}/{id}");
    let schedule = |body: Value, twist| {
        let target = format!("{target}/actions/scheduleDeletion");
        let client = &client;
        async move { client.send(Method::POST, &target, Some(body), twist).await }
    };
    reached(&mut changes, &id, "ACTIVE").await;
    schedule(
        json!({"timeOfDeletion": "2026-01-01T00:00:00Z"}),
        Twist::default(),
    )
    .await
    .refused(400, "InvalidParameter");
    let stale = Twist {
        headers: vec![("if-match", "old".to_owned())],
        ..Twist::default()
    };
    schedule(json!({}), stale).await.refused(412, "NoEtagMatch");
    schedule(json!({}), token("s")).await.ok();
    reached(&mut changes, &id, "PENDING_DELETION").await;
    let again = schedule(json!({}), token("s")).await.ok();
    assert_eq!(again.body["lifecycleState"], "PENDING_DELETION");
    assert!(again.body["timeOfDeletion"].is_string());
    schedule(json!({}), Twist::default())
        .await
        .refused(409, "IncorrectState");
    let listed = client
        .get(&format!("{VAULTS}?compartmentId={compartment}"))
        .await
        .ok();
    assert_eq!(listed.body[0]["lifecycleState"], "PENDING_DELETION");
    client.delete(&target).await.refused(404, "NotFound");
    let cancel = format!("{target}/actions/cancelDeletion");
    client.post(&cancel, json!({})).await.ok();
    reached(&mut changes, &id, "ACTIVE").await;
    let saved = client.get(&target).await.ok();
    assert_eq!(saved.body["timeOfDeletion"], Value::Null);
}
