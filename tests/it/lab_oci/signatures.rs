//! Who may call: signatures, dates, body hashes; and what goes wrong on purpose.

use std::time::Duration;

use k3scope::clock::Clock;
use k3scope::lab::oci::{Fault, Matcher};
use k3scope::lab::{Lab, Options, Scenario};
use reqwest::Method;
use rstest::rstest;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use super::client::{Client, Twist};

fn minutes_from_now(minutes: i64) -> jiff::Timestamp {
    let now = Clock::default().now();
    now + jiff::SignedDuration::from_mins(minutes)
}

#[tokio::test]
async fn only_what_is_signed_rightly_is_answered() {
    let client = Client::start().await;
    let target = format!("/20160918/vcns?compartmentId={}", client.compartment());
    let wrong_user = client.key_id().replace("ocid1.user", "ocid1.usor");
    let twists = [
        (
            "no signature",
            Twist {
                unsigned: true,
                ..Twist::default()
            },
        ),
        (
            "unknown key",
            Twist {
                key_id: Some(wrong_user),
                ..Twist::default()
            },
        ),
        (
            "late",
            Twist {
                date: Some(minutes_from_now(-6)),
                ..Twist::default()
            },
        ),
        (
            "early",
            Twist {
                date: Some(minutes_from_now(6)),
                ..Twist::default()
            },
        ),
    ];
    for (what, twist) in twists {
        let reply = client.send(Method::GET, &target, None, twist).await;
        assert_eq!(reply.status, 401, "{what}");
        assert_eq!(reply.code(), "NotAuthenticated", "{what}");
        assert!(reply.header("date").is_some(), "{what}: the skew must show");
    }
    let nearly = Twist {
        date: Some(minutes_from_now(-4)),
        ..Twist::default()
    };
    client.send(Method::GET, &target, None, nearly).await.ok();
}

#[tokio::test]
async fn another_key_is_refused() {
    let (mine, other) = tokio::join!(Client::start(), Client::start());
    let target = format!("/20160918/vcns?compartmentId={}", mine.compartment());
    let twist = Twist {
        key_id: Some(mine.key_id().to_owned()),
        ..Twist::default()
    };
    other
        .send(Method::GET, &target, None, twist)
        .await
        .refused(401, "NotAuthenticated");
}

#[tokio::test]
async fn a_body_must_be_the_one_that_was_signed() {
    let client = Client::start().await;
    let body = json!({"compartmentId": client.compartment(), "cidrBlocks": ["10.0.0.0/16"]});
    let twist = Twist {
        sent_body: Some(body.to_string().replace("10.0", "10.9")),
        ..Twist::default()
    };
    client
        .send(Method::POST, "/20160918/vcns", Some(body), twist)
        .await
        .refused(401, "NotAuthenticated");
    assert!(client.lab.oci().resources("vcns").is_empty());
}

#[rstest]
#[case(
    "GET",
    "/20160918/vcns/ocid1.vcn.oc1.iad.none",
    404,
    "NotAuthorizedOrNotFound"
)]
#[case("GET", "/20160918/vcns", 400, "MissingParameter")]
#[case(
    "GET",
    "/20160918/vcns?compartmentId=ocid1.compartment.oc1..none",
    404,
    "NotAuthorizedOrNotFound"
)]
#[case("GET", "/20160918/wishes", 404, "NotFound")]
#[case("GET", "/", 404, "NotFound")]
#[case("DELETE", "/20160918/vnics/x", 404, "NotAuthorizedOrNotFound")]
#[tokio::test]
async fn refusals_have_codes(
    #[case] method: Method,
    #[case] target: &str,
    #[case] status: u16,
    #[case] code: &str,
) {
    let client = Client::start().await;
    let reply = client.send(method, target, None, Twist::default()).await;
    let reply = reply.refused(status, code);
    let id = reply.header("opc-request-id").unwrap();
    let parts: Vec<&str> = id.split('/').collect();
    assert_eq!(parts.len(), 3);
    assert!(parts.iter().all(|part| part.len() == 32), "{id}");
}

#[tokio::test]
async fn faults_befall_the_next_request_that_fits() {
    let client = Client::start().await;
    let oci = client.lab.oci();
    let target = format!("/20160918/vcns?compartmentId={}", client.compartment());
    let busy = Fault::Status(429, "TooManyRequests".into(), "Too many requests".into());
    oci.fail_next(Matcher::new("GET", "/vcns"), busy);
    oci.fail_next(Matcher::new("GET", "/vcns"), Fault::Cut);
    oci.fail_next(Matcher::new("POST", "/vcns"), Fault::AfterDoing);
    let other = format!("/20160918/subnets?compartmentId={}", client.compartment());
    client.get(&other).await.ok();
    client.get(&target).await.refused(429, "TooManyRequests");
    let cut = client.try_send(Method::GET, &target, None, Twist::default());
    assert!(cut.await.is_err());
    client.get(&target).await.ok();

    let body = json!({"compartmentId": client.compartment(), "cidrBlocks": ["10.0.0.0/16"]});
    let token = Twist {
        headers: vec![("opc-retry-token", "once".into())],
        ..Twist::default()
    };
    let create = |twist| client.try_send(Method::POST, "/20160918/vcns", Some(body.clone()), twist);
    assert!(create(token.clone()).await.is_err(), "the answer is lost");
    create(token).await.unwrap().ok();
    assert_eq!(oci.resources("vcns").len(), 1, "it was done once");

    let statuses: Vec<u16> = oci.requests().iter().map(|record| record.status).collect();
    assert_eq!(statuses, [200, 429, 0, 200, 0, 200]);
    let last = oci.requests().pop().unwrap();
    assert_eq!(last.retry_token.as_deref(), Some("once"));
}

#[tokio::test]
async fn a_scenario_can_plan_what_goes_wrong() {
    let text = r#"
        faults = [{ method = "GET", path_contains = "/vcns", status = 503,
            code = "ServiceUnavailable", message = "Busy", times = 2 }]"#;
    let mut scenario = Scenario::named("empty").unwrap();
    let planned: toml::Table = text.parse().unwrap();
    scenario.tenancy.faults = planned["faults"].clone().try_into().unwrap();
    let lab = Lab::start_with(scenario, Options::default()).await.unwrap();
    let client = Client::with(lab);
    let target = format!("/20160918/vcns?compartmentId={}", client.compartment());
    for _ in 0..2 {
        client.get(&target).await.refused(503, "ServiceUnavailable");
    }
    client.get(&target).await.ok();
}

#[rstest]
#[case(0.5)]
#[case(f64::NAN)]
#[case(5000.0)]
#[tokio::test]
async fn a_speed_out_of_range_is_refused(#[case] speed: f64) {
    let options = Options {
        speed,
        ..Options::default()
    };
    let error = Lab::start(options).await.unwrap_err();
    assert!(error.to_string().contains("from 1 to 1000"), "{error}");
}

#[tokio::test]
async fn a_client_that_hangs_does_not_hold_the_lab() {
    let client = Client::start().await;
    let address = client.lab.oci().endpoint().replace("http://", "");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let half = b"POST /20160918/vcns HTTP/1.1\r\nhost: lab\r\ncontent-length: 9\r\n\r\n{";
    stream.write_all(half).await.unwrap();
    let target = format!("/20160918/vcns?compartmentId={}", client.compartment());
    client.get(&target).await.ok();
    let stop = Clock::default().timeout(Duration::from_secs(10), client.lab.stop());
    stop.await.expect("it ends").unwrap();
}

#[tokio::test]
async fn a_lab_ends_and_takes_its_folder_along() {
    let client = Client::start().await;
    let config = client.lab.oci_config();
    let ready = client.lab.ready();
    assert_eq!(ready["oci"]["profile"], "LAB");
    assert!(config.exists());
    let stop = Clock::default().timeout(Duration::from_secs(10), client.lab.stop());
    stop.await.expect("it ends").unwrap();
    assert!(!config.parent().unwrap().exists());
}
