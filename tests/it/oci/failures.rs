//! Bad days: refusals, no room, a wrong clock, broken connections, answers that are no answers.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k3scope::clock::Clock;
use k3scope::oci::model::{ConsoleHistory, Vcn};
use k3scope::oci::{Client, Endpoints, Error, Request, Service, TransportKind};
use rstest::rstest;
use serde_json::json;
use tokio::net::TcpListener;

use super::exchange::{token, vcn_body};
use super::server::{PACE, Reply, Server, TENANCY, profile};
use crate::nobody::Nobody;

async fn create(replies: Vec<Reply>) -> (Error, usize) {
    let server = Server::giving(replies).await;
    let error = server
        .client()
        .create::<Vcn, _>(&vcn_body(), &token())
        .await
        .unwrap_err();
    (error, server.asked().len())
}

#[tokio::test]
async fn no_room_is_told_and_not_repeated() {
    let refusal = Reply::refusal(500, "InternalError", "Out of host capacity.");
    let (error, asked) = create(vec![refusal]).await;
    assert_eq!(asked, 1);
    assert!(error.is_out_of_capacity());
    assert!(error.is_definite_refusal());
    assert_eq!(error.request_id(), Some("A/B/C"));
    let shown = error.to_string();
    assert!(
        shown.contains("POST /20160918/vcns: 500 InternalError: Out of host capacity."),
        "{shown}"
    );
}

#[rstest]
#[case(400, "LimitExceeded", Error::is_limit)]
#[case(400, "QuotaExceeded", Error::is_limit)]
#[case(404, "NotAuthorizedOrNotFound", Error::is_not_found)]
#[case(409, "InvalidatedRetryToken", Error::is_token_invalidated)]
#[case(401, "NotAuthenticated", Error::is_unauthenticated)]
#[tokio::test]
async fn refusals_are_told_apart(
    #[case] status: u16,
    #[case] code: &str,
    #[case] is: fn(&Error) -> bool,
) {
    let (error, asked) = create(vec![Reply::refusal(status, code, "no")]).await;
    assert_eq!(asked, 1, "{code} is final");
    assert!(is(&error), "{error:?}");
    assert!(error.is_definite_refusal());
    assert!(!error.is_out_of_capacity());
}

/// An earlier try may have made it: then a refusal of a later one is no proof that it is not there.
#[tokio::test]
async fn a_refusal_after_a_broken_try_is_in_doubt() {
    let refusal = || Reply::refusal(400, "InvalidParameter", "no");
    let (error, asked) = create(vec![Reply::cut(), refusal()]).await;
    assert_eq!(asked, 2);
    assert!(!error.is_definite_refusal(), "{error:?}");
    let slower = Reply::refusal(429, "TooManyRequests", "slower");
    let (error, asked) = create(vec![slower, refusal()]).await;
    assert_eq!(asked, 2);
    assert!(error.is_definite_refusal(), "{error:?}");
}

#[tokio::test]
async fn without_a_token_only_what_was_refused_is_repeated() {
    let unsure = [
        Reply::refusal(503, "ServiceUnavailable", "later"),
        Reply::cut(),
    ];
    for reply in unsure {
        let server = Server::giving(vec![reply]).await;
        let request = Request::post(Service::Core, "instanceConsoleHistories");
        let error = server
            .client()
            .call::<ConsoleHistory>(request)
            .await
            .unwrap_err();
        assert_eq!(server.asked().len(), 1);
        assert!(!error.is_definite_refusal());
    }
    let server = Server::giving(vec![
        Reply::refusal(429, "TooManyRequests", "slower"),
        Reply::json(&json!({ "id": "c", "lifecycleState": "GETTING-HISTORY" })),
    ])
    .await;
    let request = Request::post(Service::Core, "instanceConsoleHistories");
    server
        .client()
        .call::<ConsoleHistory>(request)
        .await
        .unwrap();
    assert_eq!(server.asked().len(), 2);
}

#[rstest]
#[case(SignedDuration::from_mins(-10), Some(true))]
#[case(SignedDuration::from_hours(3), Some(false))]
#[case(SignedDuration::from_mins(4), None)]
#[tokio::test]
async fn a_wrong_clock_is_named(#[case] theirs: SignedDuration, #[case] ahead: Option<bool>) {
    let date = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&(Clock::default().now() + theirs))
        .unwrap();
    let refusal = Reply::refusal(401, "NotAuthenticated", "no").with("date", date);
    let (error, _) = create(vec![refusal]).await;
    assert!(error.is_unauthenticated());
    match (&error, ahead) {
        (Error::Skewed { ahead, by, .. }, Some(expected)) => {
            assert_eq!(*ahead, expected);
            assert!(
                by.abs_diff(theirs.unsigned_abs()) < Duration::from_secs(30),
                "{by:?}"
            );
            assert!(error.to_string().contains("set the clock"));
        }
        (Error::Service { status: 401, .. }, None) => {}
        _ => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let server = Server::giving(vec![Reply::new(200, vec![b' '; 17 << 20])]).await;
    let error = server.client().get::<Vcn>("x").await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error:?}");
}

#[tokio::test]
async fn a_page_instead_of_json_is_shown_in_part() {
    let page = format!("<html>\u{1b}[31mlog in first{}", "x".repeat(100_000));
    let server = Server::giving(vec![Reply::new(200, page.clone()), Reply::new(502, page)]).await;
    let client = server.client().with_retries(k3scope::oci::Retries::none());
    let error = client.get::<Vcn>("x").await.unwrap_err();
    let Error::Decode {
        excerpt: Some(excerpt),
        ..
    } = &error
    else {
        panic!("{error:?}");
    };
    assert!(excerpt.contains("log in first") && excerpt.len() <= 200);
    let error = client.get::<Vcn>("x").await.unwrap_err();
    assert_eq!(error.status(), Some(502));
    assert!(error.to_string().len() < 500);
}

#[tokio::test]
async fn a_secret_never_shows_in_an_error() {
    let server = Server::giving(vec![Reply::new(200, "hunter2 is no JSON")]).await;
    let request = Request::get(Service::Secrets, "secretbundles/x");
    let error = server
        .client()
        .call::<serde_json::Value>(request)
        .await
        .unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::always(Reply::json(&json!({ "id": "x" }))).await;
    let server = Server::giving(vec![
        Reply::new(302, "").with("location", elsewhere.base.clone()),
    ])
    .await;
    let error = server.client().get::<Vcn>("x").await.unwrap_err();
    assert_eq!(error.status(), Some(302));
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn nobody_there_is_repeated_and_then_told() {
    let nobody = Nobody::listens();
    let folder = tempfile::tempdir().unwrap();
    let endpoints = Endpoints::at(nobody.url(), "us-ashburn-1");
    let client = Client::new(profile(&folder, ""), endpoints, Clock::paced(PACE)).unwrap();
    let error = client
        .create::<Vcn, _>(&vcn_body(), &token())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Transport {
                kind: TransportKind::Connect,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.is_definite_refusal());
}

#[tokio::test]
async fn what_is_not_tls_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.writable().await.unwrap();
            let _ = stream.try_write(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let endpoints = Endpoints::at(base, "us-ashburn-1");
    let client = Client::new(profile(&folder, ""), endpoints, Clock::paced(PACE)).unwrap();
    let error = client.get::<Vcn>("x").await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Transport {
                kind: TransportKind::Tls,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_session_that_ended_sends_nothing() {
    let server = Server::always(Reply::json(&json!([]))).await;
    let folder = tempfile::tempdir().unwrap();
    let ended: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let claims = base64::Engine::encode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        format!(r#"{{"exp":{}}}"#, ended.as_second()),
    );
    std::fs::write(folder.path().join("token"), format!("a.{claims}.b")).unwrap();
    let session = profile(&folder, "security_token_file=token");
    let endpoints = Endpoints::at(&server.base, "us-ashburn-1");
    let client = Client::new(session, endpoints, Clock::paced(PACE)).unwrap();
    let error = client
        .list::<Vcn>(&[("compartmentId", TENANCY)])
        .await
        .unwrap_err();
    assert!(matches!(error, Error::SessionExpired { expired } if expired == ended));
    assert!(server.asked().is_empty());
    assert!(!format!("{client:?}").contains(&claims));
}
