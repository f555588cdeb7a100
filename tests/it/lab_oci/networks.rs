//! Networks: what comes with them, what is refused, tokens, etags, paging, the order of removal.

use k3scope::lab::{Lab, Options, Scenario};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use super::client::{Client, SPEED, Twist, reached};

fn vcn_body(client: &Client) -> Value {
    json!({"compartmentId": client.compartment(), "cidrBlocks": ["10.0.0.0/16"], "displayName": "net"})
}

fn token(token: &str) -> Twist {
    Twist {
        headers: vec![("opc-retry-token", token.to_owned())],
        ..Twist::default()
    }
}

#[tokio::test]
async fn a_vcn_takes_time_and_comes_with_its_defaults() {
    let client = Client::start().await;
    let mut changes = client.lab.oci().changes();
    let made = client.post("/20160918/vcns", vcn_body(&client)).await.ok();
    assert_eq!(made.body["lifecycleState"], "PROVISIONING");
    assert_eq!(made.body["cidrBlock"], "10.0.0.0/16");
    let id = made.id();
    reached(&mut changes, &id, "AVAILABLE").await;
    for (collection, field) in [
        ("routeTables", "defaultRouteTableId"),
        ("securityLists", "defaultSecurityListId"),
        ("dhcps", "defaultDhcpOptionsId"),
    ] {
        let part = made.body[field].as_str().unwrap();
        let target = format!("/20160918/{collection}/{part}");
        let part = client.get(&target).await.ok();
        assert_eq!(part.body["vcnId"], id);
        client.delete(&target).await.refused(409, "Conflict");
    }
}

#[rstest]
#[case(json!({"cidrBlocks": ["10.0.0.0/16"]}), "MissingParameter", "compartmentId")]
#[case(json!({"compartmentId": "C"}), "MissingParameter", "cidrBlocks")]
#[case(json!({"compartmentId": "C", "cidrBlocks": "10.0.0.0/16"}), "InvalidParameter", "cidrBlocks")]
#[case(json!({"compartmentId": "C", "cidrBlocks": ["10.0.0.1/16"]}), "InvalidParameter", "10.0.0.1/16")]
#[case(json!({"compartmentId": "C", "cidrBlocks": ["10.0.0.0/16"], "colour": "red"}), "CannotParseRequest", "colour")]
#[tokio::test]
async fn a_wrong_body_is_named(#[case] mut body: Value, #[case] code: &str, #[case] names: &str) {
    let client = Client::start().await;
    if body.get("compartmentId").is_some() {
        body["compartmentId"] = client.compartment().into();
    }
    let reply = client.post("/20160918/vcns", body).await.refused(400, code);
    let message = reply.body["message"].as_str().unwrap();
    assert!(message.contains(names), "{message}");
}

#[tokio::test]
async fn a_retry_token_makes_one_thing() {
    let client = Client::start().await;
    let create =
        |body: Value, twist| client.send(Method::POST, "/20160918/vcns", Some(body), twist);
    let mut changes = client.lab.oci().changes();
    let first = create(vcn_body(&client), token("a")).await.ok().id();
    assert_eq!(create(vcn_body(&client), token("a")).await.ok().id(), first);
    let mut other = vcn_body(&client);
    other["displayName"] = "other".into();
    create(other, token("a"))
        .await
        .refused(409, "InvalidatedRetryToken");
    assert_ne!(create(vcn_body(&client), token("b")).await.ok().id(), first);

    reached(&mut changes, &first, "AVAILABLE").await;
    client.delete(&format!("/20160918/vcns/{first}")).await.ok();
    create(vcn_body(&client), token("a"))
        .await
        .refused(409, "InvalidatedRetryToken");
}

#[tokio::test]
async fn an_old_etag_is_refused() {
    let client = Client::start().await;
    let id = client.make("vcns", vcn_body(&client)).await;
    let target = format!("/20160918/vcns/{id}");
    let etag = client.get(&target).await.ok().header("etag").unwrap();
    let if_match = |etag: &str| Twist {
        headers: vec![("if-match", etag.to_owned())],
        ..Twist::default()
    };
    let rename = |name: &str, twist| {
        let body = Some(json!({"displayName": name}));
        client.send(Method::PUT, &target, body, twist)
    };
    let renamed = rename("second", if_match(&etag)).await.ok();
    assert_eq!(renamed.body["displayName"], "second");
    rename("third", if_match(&etag))
        .await
        .refused(412, "NoEtagMatch");
}

#[tokio::test]
async fn lists_are_cut_into_pages() {
    let mut scenario = Scenario::named("empty").unwrap();
    scenario.tenancy.page = 2;
    let options = Options {
        speed: SPEED,
        ..Options::default()
    };
    let lab = Lab::start_with(scenario, options).await.unwrap();
    let client = Client::with(lab);
    for _ in 0..5 {
        client.post("/20160918/vcns", vcn_body(&client)).await.ok();
    }
    let list = format!(
        "/20160918/vcns?compartmentId={}&sortOrder=ASC&sortBy=TIMECREATED",
        client.compartment()
    );
    let (mut seen, mut next) = (Vec::new(), Some(list.clone()));
    let mut pages = 0;
    while let Some(target) = next {
        let page = client.get(&target).await.ok();
        pages += 1;
        let items = page.body.as_array().unwrap();
        seen.extend(items.iter().map(|item| item["id"].clone()));
        next = page
            .header("opc-next-page")
            .map(|page| format!("{list}&page={page}"));
    }
    assert_eq!((pages, seen.len()), (3, 5));
    seen.dedup();
    assert_eq!(seen.len(), 5);
    let one = client.get(&format!("{list}&limit=1")).await.ok();
    assert_eq!(one.body.as_array().unwrap().len(), 1);
    client
        .get(&format!("{list}&page=nonsense"))
        .await
        .refused(400, "InvalidParameter");
}

#[rstest]
#[case("10.1.0.0/24", "not contained")]
#[case("10.0.1.128/25", "overlaps")]
#[case("10.0.1.1/24", "not a valid CIDR")]
#[tokio::test]
async fn subnets_fit_their_vcn(#[case] cidr: &str, #[case] says: &str) {
    let client = Client::start().await;
    let (vcn, _) = client.network().await;
    let body = json!({"compartmentId": client.compartment(), "vcnId": vcn, "cidrBlock": cidr});
    let reply = client
        .post("/20160918/subnets", body)
        .await
        .refused(400, "InvalidParameter");
    let message = reply.body["message"].as_str().unwrap();
    assert!(message.contains(says), "{message}");
}

#[tokio::test]
async fn what_is_used_stays() {
    let client = Client::start().await;
    let (vcn, subnet) = client.network().await;
    let compartment = client.compartment();
    let gateway = client
        .make(
            "internetGateways",
            json!({"compartmentId": compartment, "vcnId": vcn, "isEnabled": true}),
        )
        .await;
    let table = client
        .make(
            "routeTables",
            json!({"compartmentId": compartment, "vcnId": vcn, "routeRules": [
                {"destination": "0.0.0.0/0", "destinationType": "CIDR_BLOCK", "networkEntityId": gateway}]}),
        )
        .await;
    let subnet_target = format!("/20160918/subnets/{subnet}");
    client
        .put(&subnet_target, json!({"routeTableId": table}))
        .await
        .ok();
    for (target, user) in [
        (format!("/20160918/internetGateways/{gateway}"), &table),
        (format!("/20160918/routeTables/{table}"), &subnet),
        (format!("/20160918/vcns/{vcn}"), &subnet),
    ] {
        let reply = client.delete(&target).await.refused(409, "Conflict");
        let message = reply.body["message"].as_str().unwrap().to_owned();
        assert!(message.contains(user.as_str()), "{message}");
    }
    let mut changes = client.lab.oci().changes();
    for (collection, id) in [
        ("subnets", &subnet),
        ("routeTables", &table),
        ("internetGateways", &gateway),
        ("vcns", &vcn),
    ] {
        let target = format!("/20160918/{collection}/{id}");
        client.delete(&target).await.ok();
        reached(&mut changes, id, "TERMINATED").await;
        client
            .get(&target)
            .await
            .refused(404, "NotAuthorizedOrNotFound");
    }
    let oci = client.lab.oci();
    for collection in ["vcns", "routeTables", "securityLists", "dhcps"] {
        assert!(oci.resources(collection).is_empty(), "{collection} is left");
    }
}
