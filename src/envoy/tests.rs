//! The answers of a real Envoy 1.40, as they were recorded, and one that is played to the client.

use std::time::Duration;

use jiff::Timestamp;
use rstest::rstest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

use super::answer;
use super::{Admin, Error};
use crate::clock::Clock;
use crate::domain::line::Line;
use crate::domain::proxy::{LoadedRoute, Target};

macro_rules! recorded {
    ($name:literal) => {
        include_bytes!(concat!("../../tests/data/envoy/", $name))
    };
}

#[test]
fn the_server_says_who_it_is() {
    let server = answer::server(recorded!("server_info.json")).unwrap();
    assert_eq!((&*server.version, &*server.state), ("1.40.0", "LIVE"));
    assert_eq!((server.uptime, server.epoch), (Duration::from_secs(31), 0));
}

#[test]
fn listeners_have_their_ports() {
    let found = answer::listeners(recorded!("listeners.json")).unwrap();
    let said: Vec<String> = found
        .iter()
        .map(|one| format!("{} {}", one.name, one.port))
        .collect();
    assert_eq!(
        said,
        [
            "envoy-gateway-system/public-gateway/http 10080",
            "envoy-gateway-system/public-gateway/https 10443"
        ]
    );
}

#[test]
fn a_host_whose_health_check_fails_takes_no_requests() {
    let found = answer::clusters(recorded!("clusters.json")).unwrap();
    let docs = found
        .iter()
        .find(|one| one.name == "httproute/docs/docs/rule/0")
        .unwrap();
    assert_eq!(docs.healthy, 1);
    let said: Vec<String> = docs
        .hosts
        .iter()
        .map(|host| format!("{} {}", host.address, host.ill))
        .collect();
    assert_eq!(
        said,
        ["127.0.0.1:18080 ", "127.0.0.1:18081 its health check fails"]
    );
}

#[test]
fn routes_tell_where_requests_go() {
    let (updated, hosts) = answer::routes(recorded!("config_dump.routes.json")).unwrap();
    assert_eq!(updated, "2026-11-22T11:28:55.011Z".parse().ok());
    let said: Vec<String> = hosts
        .iter()
        .flat_map(|host| host.routes.iter().map(move |route| (host, route)))
        .map(|(host, route)| format!("{} {} {:?}", host.domains[0], route.path, route.to))
        .collect();
    assert_eq!(hosts.len(), 6);
    for expected in [
        "docs.example.com prefix / Redirect",
        "docs.example.com prefix / Clusters([\"httproute/docs/docs/rule/0\"])",
        "api.example.com prefix / Status(500)",
    ] {
        assert!(said.contains(&expected.to_owned()), "{said:#?}");
    }
    let owner = LoadedRoute::owner(&hosts[0].routes[0].name).unwrap();
    assert_eq!(owner.1.to_string(), "docs/docs-redirect");
}

#[rstest]
#[case(r#"{"prefix": "/a"}"#, "prefix /a")]
#[case(r#"{"path_separated_prefix": "/a"}"#, "prefix /a")]
#[case(r#"{"path": "/a"}"#, "exact /a")]
#[case(r#"{"safe_regex": {"regex": "/a.*"}}"#, "pattern /a.*")]
fn matches_are_told_in_words(#[case] given: &str, #[case] said: &str) {
    let text = format!(
        r#"{{"configs": [{{"route_config": {{"virtual_hosts": [{{"routes": [{{"match": {given},
            "route": {{"weighted_clusters": {{"clusters": [{{"name": "a"}}, {{"name": "b"}}]}}}}}}]}}]}}}}]}}"#
    );
    let (_, hosts) = answer::routes(text.as_bytes()).unwrap();
    let route = &hosts[0].routes[0];
    assert_eq!(route.path, said);
    assert_eq!(route.to, Target::Clusters(vec!["a".into(), "b".into()]));
}

#[test]
fn a_certificate_has_its_serial_and_its_end() {
    let found = answer::certificates(recorded!("certs.json")).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].serial, "1678b03332cda53e2c5fcb149d905985f8c1bd87");
    assert_eq!(found[0].names, [Line::new("*.example.com")]);
    assert_eq!(found[0].until, "2026-11-28T11:27:57Z".parse().ok());
}

#[test]
fn counters_are_those_of_listeners_and_clusters() {
    let reading = answer::numbers(recorded!("stats.json"), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!((reading.whole.requests, reading.whole.failed), (68, 8));
    let docs = &reading.clusters[&Line::new("httproute/docs/docs/rule/0")];
    assert_eq!((docs.requests, docs.failed), (44, 4));
    assert_eq!(reading.clusters.len(), 2, "{:?}", reading.clusters.keys());
}

#[test]
fn histograms_of_several_listeners_are_one() {
    let text = r#"{"stats": [
        {"name": "http.admin.downstream_rq_completed", "value": 900},
        {"name": "http.http-10080.downstream_rq_completed", "value": 3},
        {"name": "http.https-10443.downstream_rq_completed", "value": 4},
        {"histograms": [
            {"name": "http.http-10080.downstream_rq_time", "buckets": [
                {"upper_bound": 0.5, "interval": 0, "cumulative": 1},
                {"upper_bound": 3e+05, "interval": 0, "cumulative": 3}]},
            {"name": "http.https-10443.downstream_rq_time", "buckets": [
                {"upper_bound": 0.5, "interval": 0, "cumulative": 2},
                {"upper_bound": 3e+05, "interval": 0, "cumulative": 4}]}]}]}"#;
    let reading = answer::numbers(text.as_bytes(), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(reading.whole.requests, 7);
    assert_eq!(reading.whole.time, [(500, 3), (300_000_000, 7)]);
}

/// What the client says of a server that answers with this.
async fn told(answer: impl Fn() -> Vec<u8> + Send + 'static) -> (Result<(), Error>, Vec<u8>) {
    let (near, mut far) = duplex(1 << 16);
    let server = tokio::spawn(async move {
        let (mut asked, mut buffer) = (Vec::new(), [0; 4_096]);
        while !asked.ends_with(b"\r\n\r\n") {
            match far.read(&mut buffer).await.unwrap() {
                0 => break,
                length => asked.extend_from_slice(&buffer[..length]),
            }
        }
        // A client that has read enough hangs up.
        let _ = far.write_all(&answer()).await;
        asked
    });
    let mut admin = Admin::over(near, Clock::default()).await.unwrap();
    let said = admin.reading().await.map(drop);
    drop(admin);
    (said, server.await.unwrap())
}

#[tokio::test]
async fn a_question_is_a_get_of_its_path() {
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"stats\":[]}".to_vec();
    let (said, asked) = told(move || answer.clone()).await;
    assert_eq!(said, Ok(()));
    let asked = String::from_utf8(asked).unwrap();
    assert!(asked.starts_with("GET /stats?format=json&"), "{asked}");
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_cut_and_said_to_be() {
    let (said, _) = told(|| {
        let mut all = b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n".to_vec();
        all.resize(all.len() + 9_000_000, b' ');
        all
    })
    .await;
    assert!(matches!(said, Err(Error::TooLarge(_))), "{said:?}");
}

#[rstest]
#[case::refused("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "answered 404")]
#[case::no_json("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno", "is not understood")]
#[case::no_http("SSH-2.0-OpenSSH_9.2\r\n", "cannot be read")]
#[case::hung_up("", "cannot be read")]
#[tokio::test]
async fn what_is_no_answer_is_told(#[case] answer: &'static str, #[case] said: &str) {
    let (result, _) = told(move || answer.as_bytes().to_vec()).await;
    let error = result.unwrap_err().to_string();
    assert!(error.contains(said), "{error}");
}
