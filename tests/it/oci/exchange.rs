//! What goes out: signed as it is sent, paged, repeated with the same token.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k3scope::oci::model::{CreateVcn, Subnet, Tags, UpdateVnic, Vcn, Vnic};
use k3scope::oci::{Error, Request, Retries, RetryToken, Service};
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::json;

use super::server::{Asked, Reply, Server, TENANCY};

pub(super) fn vcn_body() -> CreateVcn {
    CreateVcn {
        compartment_id: TENANCY.to_owned(),
        cidr_blocks: vec!["10.0.0.0/16".to_owned()],
        display_name: "k3s".to_owned(),
        dns_label: None,
        freeform_tags: Tags::new(),
    }
}

pub(super) fn token() -> RetryToken {
    RetryToken::new("k3s-vcn-1").unwrap()
}

/// What OCI does with a request: rebuild the signed text from what arrived, and verify it.
fn verify(asked: &Asked) {
    let authorization = asked.header("authorization");
    let part = |name: &str| {
        let (_, rest) = authorization.split_once(&format!("{name}=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let text = part("headers")
        .split(' ')
        .map(|name| match name {
            "(request-target)" => format!(
                "(request-target): {} {}",
                asked.method.to_lowercase(),
                asked.target
            ),
            name => format!("{name}: {}", asked.header(name)),
        })
        .collect::<Vec<_>>()
        .join("\n");
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../data/oci/signing-vectors.json")).unwrap();
    let lines = vectors["generated_2048"]["key_pkcs8"]["pem_body_lines"]
        .as_array()
        .unwrap();
    let der: String = lines.iter().map(|line| line.as_str().unwrap()).collect();
    let pair = ring::rsa::KeyPair::from_pkcs8(&STANDARD.decode(der).unwrap()).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key());
    let signature = STANDARD.decode(part("signature")).unwrap();
    assert!(
        public.verify(text.as_bytes(), &signature).is_ok(),
        "not signed as sent:\n{text}"
    );
}

#[tokio::test]
async fn what_is_sent_is_what_was_signed() {
    let server = Server::giving(vec![
        Reply::json(&json!([])),
        Reply::json(&json!({ "id": "ocid1.vcn.1" })),
        Reply::json(&json!({ "id": "ocid1.vnic.1", "skipSourceDestCheck": true })),
        Reply::new(204, ""),
        Reply::json(&json!(null)),
    ])
    .await;
    let client = server.client();
    let query = [
        ("availabilityDomain", "Uocm:US-ASHBURN-AD-1"),
        ("displayName", "a b&c=ü"),
    ];
    assert!(client.list::<Subnet>(&query).await.unwrap().is_empty());
    client
        .create::<Vcn, _>(&vcn_body(), &token())
        .await
        .unwrap();
    let body = UpdateVnic {
        skip_source_dest_check: true,
    };
    let vnic: Vnic = client
        .update("ocid1.vnic.1", &body, Some("etag-1"))
        .await
        .unwrap();
    assert!(vnic.skip_source_dest_check);
    client
        .delete::<Vcn>("ocid1.vcn.1", &[("preserve", "false")])
        .await
        .unwrap();
    let action =
        Request::post(Service::Core, "instances/ocid1.i.1").with_query(&[("action", "START")]);
    client.call::<()>(action).await.unwrap();

    let asked = server.asked();
    asked.iter().for_each(verify);
    let targets: Vec<_> = asked.iter().map(|one| one.target.as_str()).collect();
    assert_eq!(
        targets,
        [
            "/20160918/subnets?availabilityDomain=Uocm%3AUS-ASHBURN-AD-1&displayName=a+b%26c%3D%C3%BC",
            "/20160918/vcns",
            "/20160918/vnics/ocid1.vnic.1",
            "/20160918/vcns/ocid1.vcn.1?preserve=false",
            "/20160918/instances/ocid1.i.1?action=START",
        ]
    );
    assert_eq!(
        asked[0].header("host"),
        server.base.trim_start_matches("http://")
    );
    assert_eq!(asked[1].header("opc-retry-token"), "k3s-vcn-1");
    assert_eq!(
        asked[1].body,
        serde_json::to_string(&serde_json::to_value(vcn_body()).unwrap()).unwrap()
    );
    assert_eq!(asked[2].header("if-match"), "etag-1");
    assert_eq!(asked[4].header("content-length"), "0");
    assert!(asked[0].header("user-agent").starts_with("k3scope/"));
}

#[tokio::test]
async fn lists_follow_their_pages() {
    let page = |id: &str| Reply::json(&json!([{ "id": id }]));
    let server = Server::giving(vec![
        page("one").with("opc-next-page", "a+/="),
        Reply::json(&json!([])).with("opc-next-page", "b"),
        page("two"),
    ])
    .await;
    let vcns: Vec<Vcn> = server
        .client()
        .list(&[("compartmentId", "x")])
        .await
        .unwrap();
    let ids: Vec<_> = vcns.iter().map(|vcn| vcn.id.as_str()).collect();
    assert_eq!(ids, ["one", "two"]);
    let targets: Vec<_> = server.asked().into_iter().map(|one| one.target).collect();
    assert_eq!(
        targets,
        [
            "/20160918/vcns?compartmentId=x",
            "/20160918/vcns?compartmentId=x&page=a%2B%2F%3D",
            "/20160918/vcns?compartmentId=x&page=b",
        ]
    );
}

#[tokio::test]
async fn a_list_without_end_is_left() {
    let server = Server::always(Reply::json(&json!([])).with("opc-next-page", "again")).await;
    let error = server.client().list::<Vcn>(&[]).await.unwrap_err();
    assert!(matches!(error, Error::TooManyPages { pages, .. } if pages == server.asked().len()));
}

#[tokio::test]
async fn a_create_is_repeated_with_the_same_token_and_body() {
    let server = Server::giving(vec![
        Reply::refusal(503, "ServiceUnavailable", "later"),
        Reply::cut(),
        Reply::refusal(429, "TooManyRequests", "slower").with("retry-after", "40"),
        Reply::refusal(409, "IncorrectState", "not yet"),
        Reply::json(&json!({ "id": "ocid1.vcn.1", "displayName": null })),
    ])
    .await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&told);
    let client = server.client().on_retry(Arc::new(move |retrying| {
        ears.lock().unwrap().push((
            retrying.attempt,
            retrying.wait,
            retrying.because.to_string(),
        ));
    }));
    let vcn: Vcn = client.create(&vcn_body(), &token()).await.unwrap();
    assert_eq!(vcn.id, "ocid1.vcn.1");

    let asked = server.asked();
    assert_eq!(asked.len(), 5);
    for again in &asked {
        assert_eq!(again.header("opc-retry-token"), "k3s-vcn-1");
        assert_eq!(again.body, asked[0].body);
        verify(again);
    }
    let told = told.lock().unwrap();
    assert_eq!(
        told.iter().map(|one| one.0).collect::<Vec<_>>(),
        [1, 2, 3, 4]
    );
    assert!(told[0].1 <= Duration::from_secs(1));
    assert!(
        told[2].1 >= Duration::from_secs(40),
        "as OCI asks: {:?}",
        told[2].1
    );
    assert!(told[2].2.contains("slower"));
}

#[tokio::test]
async fn tries_and_time_are_bounded() {
    let down = Reply::refusal(503, "ServiceUnavailable", "later");
    let server = Server::always(down.clone()).await;
    let error = server.client().get::<Vcn>("ocid1.vcn.1").await.unwrap_err();
    assert_eq!(error.status(), Some(503));
    assert_eq!(server.asked().len(), 8);

    let server = Server::always(down.clone().with("retry-after", "200")).await;
    server.client().get::<Vcn>("ocid1.vcn.1").await.unwrap_err();
    assert_eq!(
        server.asked().len(),
        4,
        "three waits of 200 s fit into ten minutes"
    );

    let server = Server::always(down.clone().with("retry-after", u64::MAX.to_string())).await;
    let error = server.client().get::<Vcn>("ocid1.vcn.1").await.unwrap_err();
    assert!(error.retry_after().is_some());
    assert_eq!(server.asked().len(), 1, "nobody waits that long");

    let server = Server::always(down).await;
    let client = server.client().with_retries(Retries::none());
    client.get::<Vcn>("ocid1.vcn.1").await.unwrap_err();
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn ids_cannot_name_another_path() {
    let server = Server::giving(vec![Reply::json(&json!({ "id": "x" }))]).await;
    let client = server.client();
    for id in ["", ".", "..", "a/../b"] {
        let error = client.delete::<Vcn>(id, &[]).await.unwrap_err();
        assert!(matches!(error, Error::Unsendable { .. }), "{id}: {error:?}");
    }
    client.get::<Vcn>("a?b#c d").await.unwrap();
    assert_eq!(server.asked()[0].target, "/20160918/vcns/a%3Fb%23c%20d");
}
