//! Cloudflare's recorded answers, served in pages, and its refusals.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use k3scope::cloudflare::{Client, Error, TokenStatus};
use k3scope::domain::source::{SourceId, SourceStatus};
use k3scope::sources::{Account, Cloudflare, Feeds, Zones};
use k3scope::store::dns::{Agreement, records};
use rstest::rstest;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::api::sample;
use super::session::Session;

const TOKEN: &str = "cf-token";

#[derive(Clone, Default)]
struct Cloud {
    refusal: Arc<Mutex<Option<(u16, String)>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

/// Records in pages of two, whatever was asked for.
async fn answer(State(cloud): State<Cloud>, headers: HeaderMap, uri: Uri) -> Response {
    cloud.requests.lock().unwrap().push(uri.to_string());
    assert_eq!(headers["authorization"], format!("Bearer {TOKEN}"));
    if let Some((code, body)) = cloud.refusal.lock().unwrap().clone() {
        return (
            StatusCode::from_u16(code).unwrap(),
            [("retry-after", "120")],
            body,
        )
            .into_response();
    }
    match uri.path() {
        "/client/v4/user/tokens/verify" => {
            sample("cloudflare/token-verify-ok.json").into_response()
        }
        "/client/v4/zones" => sample("cloudflare/zones-list.json").into_response(),
        "/client/v4/zones/023e105f4ecef8ad9ca31a8372d0c353/dns_records" => {
            let all: Value =
                serde_json::from_str(&sample("cloudflare/dns-records-list.json")).unwrap();
            let page = if uri.query().unwrap().contains("page=2") {
                2..4
            } else {
                0..2
            };
            let records = &all["result"].as_array().unwrap()[page];
            json!({"success": true, "errors": [], "messages": [], "result": records, "result_info": {"total_pages": 2}})
                .to_string()
                .into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn start() -> (Cloud, Client) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/client/v4/", listener.local_addr().unwrap());
    let cloud = Cloud::default();
    let router = Router::new().fallback(answer).with_state(cloud.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = Client::new(&base, &SecretString::from(TOKEN)).unwrap();
    (cloud, client)
}

#[tokio::test]
async fn records_are_read_page_by_page_and_told_with_their_owner() {
    let (cloud, client) = start().await;
    assert_eq!(client.verify().await, Ok(TokenStatus::Active));
    let cloudflare = Cloudflare::of(vec![Account {
        client,
        zones: Zones::Named("example.com".to_owned()),
    }]);
    let feeds = Feeds {
        cloudflare: Some(cloudflare),
        ..Feeds::default()
    };
    let mut session = Session::following(feeds, tempfile::tempdir().unwrap());
    let live = |store: &k3scope::store::Store| {
        *store.sources.status(SourceId::Cloudflare) == SourceStatus::Live
    };
    session.until("the records are read", live).await;
    assert_eq!(session.store.records.len(), 4);
    let rows = records(&session.store);
    assert_eq!(
        rows.len(),
        2,
        "TXT records of the registry are owners, not rows"
    );
    assert_eq!(
        (rows[0].name.as_str(), rows[0].published[0].proxied),
        ("argocd.example.com", true)
    );
    assert_eq!(rows[0].registration().unwrap().owner, "k3s-oracle");
    assert_eq!(
        rows[1].registration().unwrap().resource,
        "crd/external-dns/static-dns"
    );
    assert_eq!(rows[0].agreement(true), Agreement::Unwanted);
    session.stop().await;
    let asked = cloud.requests.lock().unwrap().clone();
    assert!(
        asked
            .iter()
            .any(|request| request.contains("dns_records?page=2")),
        "{asked:?}"
    );
}

#[rstest]
#[case(
    401,
    "cloudflare/token-verify-invalid.401.json",
    "does not accept the API token: Invalid API Token (1000)"
)]
#[case(
    400,
    "cloudflare/error-bad-authorization-format.400.json",
    "Invalid format for Authorization header (6111)"
)]
#[case(403, "cloudflare/error-no-permission.403.json", "lacks a permission")]
#[tokio::test]
async fn refusals_say_what_is_wrong_with_the_token(
    #[case] code: u16,
    #[case] body: &str,
    #[case] said: &str,
) {
    let (cloud, client) = start().await;
    *cloud.refusal.lock().unwrap() = Some((code, sample(body)));
    let error = client.zones().await.unwrap_err();
    assert!(error.to_string().contains(said), "{error}");
    assert!(matches!(error, Error::Token(_) | Error::Permission(_)));
}

#[tokio::test]
async fn too_many_requests_and_answers_without_an_envelope() {
    let (cloud, client) = start().await;
    *cloud.refusal.lock().unwrap() = Some((429, "slow down".to_owned()));
    let wait = std::time::Duration::from_mins(2);
    assert_eq!(
        client.zones().await.unwrap_err(),
        Error::RateLimited {
            retry_after: Some(wait)
        }
    );
    *cloud.refusal.lock().unwrap() = Some((502, "<html>".to_owned()));
    assert!(matches!(
        client.zones().await.unwrap_err(),
        Error::Refused { status: 502, .. }
    ));
    *cloud.refusal.lock().unwrap() = Some((200, "<html>".to_owned()));
    assert!(matches!(
        client.zones().await.unwrap_err(),
        Error::Answer(_)
    ));
}
