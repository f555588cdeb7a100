//! What a broken proxy, a log-in page or somebody who means harm may answer in OCI's place.

use std::time::Duration;

use k3scope::oci::model::{UpdateVnic, Vcn, Vnic};
use k3scope::oci::{Error, Retries, TransportKind};
use rstest::rstest;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::exchange::{token, vcn_body};
use super::server::{Reply, Server, client_of};

/// One try, which may take this long.
const BRIEFLY: Retries = Retries {
    tries: 1,
    total: Duration::from_millis(300),
};

#[tokio::test]
async fn an_answer_that_never_ends_is_given_up_with_the_id_that_it_began_with() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let talk = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = [0; 4096];
        let _ = stream.read(&mut asked).await.unwrap();
        let head = "HTTP/1.1 200 OK\r\nopc-request-id: A/B/C\r\ncontent-length: 100\r\n\r\n{";
        stream.write_all(head.as_bytes()).await.unwrap();
        // It stays open until the client leaves.
        stream.read(&mut asked).await
    });
    let (client, _folder) = client_of(&base);
    let client = client.with_retries(BRIEFLY);
    let error = client.get::<Vcn>("x").await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Transport {
                kind: TransportKind::Timeout,
                in_doubt: true,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(error.request_id(), Some("A/B/C"));
    drop(client);
    let _ = talk.await.unwrap();
}

/// A log-in page says 200 to everything: nothing was removed by that.
#[tokio::test]
async fn a_web_page_is_no_success() {
    let page = Reply::new(200, "<html>log in</html>").with("content-type", "Text/HTML");
    let server = Server::giving(vec![page.clone(), page]).await;
    let client = server.client();
    for error in [
        client.delete::<Vcn>("x", &[]).await.unwrap_err(),
        client.get::<Vcn>("x").await.unwrap_err(),
    ] {
        assert!(
            matches!(&error, Error::Decode { excerpt: Some(page), .. } if page.contains("log in")),
            "{error:?}"
        );
        assert!(!error.is_definite_refusal());
    }
    assert_eq!(server.asked().len(), 2);
}

#[rstest]
#[case(None)]
#[case(Some("text/plain"))]
#[case(Some("application/octet-stream"))]
#[tokio::test]
async fn json_is_json_whatever_it_is_called(#[case] kind: Option<&'static str>) {
    let mut reply = Reply::json(&json!({ "id": "ocid1.vcn.x" }));
    if let Some(kind) = kind {
        reply = reply.with("content-type", kind);
    }
    let server = Server::giving(vec![reply]).await;
    assert_eq!(
        server.client().get::<Vcn>("x").await.unwrap().id,
        "ocid1.vcn.x"
    );
}

/// Followed, it would hand a signed create, or its answer, to somebody else.
#[rstest]
#[case(301)]
#[case(303)]
#[case(307)]
#[case(308)]
#[tokio::test]
async fn a_create_is_not_sent_on_to_another_place(#[case] status: u16) {
    let elsewhere = Server::always(Reply::json(&json!({ "id": "x" }))).await;
    let there = Reply::new(status, "").with("location", elsewhere.base.clone());
    let server = Server::giving(vec![there]).await;
    let (client, body, token) = (server.client(), vcn_body(), token());
    let error = client.create::<Vcn, _>(&body, &token).await.unwrap_err();
    assert_eq!(error.status(), Some(status));
    assert!(error.is_definite_refusal());
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn without_an_etag_a_change_is_sent_for_any_version() {
    let vnic = || Reply::json(&json!({ "id": "ocid1.vnic.x" }));
    let server = Server::giving(vec![vnic(), vnic()]).await;
    let client = server.client();
    let (_, etag) = client.get_with_etag::<Vnic>("ocid1.vnic.x").await.unwrap();
    assert_eq!(etag, None);
    let body = UpdateVnic {
        skip_source_dest_check: true,
    };
    client
        .update::<Vnic, _>("ocid1.vnic.x", &body, etag.as_deref())
        .await
        .unwrap();
    assert!(!server.asked()[1].headers.contains_key("if-match"));
}

#[tokio::test]
async fn an_id_as_long_as_a_book_is_cut() {
    let long =
        Reply::refusal(400, "InvalidParameter", "no").with("opc-request-id", "A".repeat(9_000));
    let server = Server::giving(vec![long]).await;
    let error = server.client().get::<Vcn>("x").await.unwrap_err();
    assert!(error.request_id().unwrap().len() < 2_100);
}

#[tokio::test]
async fn an_answer_too_long_still_names_its_request() {
    let flood = Reply::new(200, vec![b' '; 17 << 20]).with("opc-request-id", "A/B/C");
    let server = Server::giving(vec![flood]).await;
    let error = server.client().get::<Vcn>("x").await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error:?}");
    assert_eq!(error.request_id(), Some("A/B/C"));
}
