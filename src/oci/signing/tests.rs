//! The signatures of Oracle's examples and of its SDK, byte for byte.
//!
//! Oracle's own examples are signed with a key of 1024 bits, which ring refuses (see the key's
//! tests): of those, the text to sign is compared; of the others, the signature too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use ring::digest;
use serde_json::Value;

use super::{ToSign, http_date, sign, signing_string};
use crate::oci::key::SigningKey;
use crate::oci::vectors;

struct Case {
    name: String,
    method: String,
    url: Url,
    body: Option<Vec<u8>>,
    date: String,
    expected: Value,
}

impl Case {
    fn all(of: &Value) -> Vec<Self> {
        of["cases"]
            .as_array()
            .unwrap()
            .iter()
            .map(|case| {
                let text = |name: &str| case[name].as_str().map(str::to_owned);
                let method = text("method").unwrap().to_lowercase();
                let has_body = method == "post" || method == "put";
                Self {
                    name: text("name").unwrap(),
                    url: text("url").unwrap().parse().unwrap(),
                    body: has_body.then(|| text("body").unwrap_or_default().into_bytes()),
                    date: text("date")
                        .or_else(|| case["headers"]["date"].as_str().map(str::to_owned))
                        .unwrap(),
                    method,
                    expected: case.clone(),
                }
            })
            .collect()
    }

    fn to_sign(&self) -> ToSign<'_> {
        ToSign {
            method: &self.method,
            url: &self.url,
            body: self.body.as_deref(),
            date: &self.date,
        }
    }
}

#[test]
fn signatures_equal_those_of_the_sdk() {
    let vectors = vectors::all();
    let key = SigningKey::from_pem(vectors::key("key_pkcs8").as_bytes(), None).unwrap();
    let set = &vectors["generated_2048"];
    let key_id = set["key_id"].as_str().unwrap();
    let cases = Case::all(set);
    assert_eq!(cases.len(), 6);
    for case in &cases {
        let signed = sign(&case.to_sign(), key_id, &key).unwrap();
        let expected = |name: &str| case.expected[name].as_str().unwrap().to_owned();
        for part in [
            format!("signature=\"{}\"", expected("signature")),
            format!("headers=\"{}\"", expected("signed_headers")),
            format!("keyId=\"{key_id}\""),
            "algorithm=\"rsa-sha256\"".to_owned(),
            "version=\"1\"".to_owned(),
        ] {
            assert!(
                signed.authorization.contains(&part),
                "{}: {part}",
                case.name
            );
        }
        assert_eq!(
            signed.content_hash.as_deref(),
            case.expected["headers"]["x-content-sha256"].as_str(),
            "{}",
            case.name
        );
    }
}

#[test]
fn signed_texts_equal_the_published_ones() {
    let vectors = vectors::all();
    let published = Case::all(&vectors);
    assert_eq!(published.len(), 2);
    for case in published
        .iter()
        .chain(&Case::all(&vectors["generated_2048"]))
    {
        let hash = case
            .body
            .as_ref()
            .map(|body| STANDARD.encode(digest::digest(&digest::SHA256, body)));
        let (names, text) = signing_string(&case.to_sign(), hash.as_deref());
        assert_eq!(names, case.expected["signed_headers"], "{}", case.name);
        assert_eq!(text, case.expected["signing_string"], "{}", case.name);
    }
}

#[test]
fn a_port_belongs_to_the_host_unless_it_is_the_usual_one() {
    let host = |url: &str| super::host(&url.parse().unwrap());
    assert_eq!(host("http://127.0.0.1:7000/x"), "127.0.0.1:7000");
    assert_eq!(host("https://example.com:443/x"), "example.com");
    assert_eq!(host("http://[::1]:81/x"), "[::1]:81");
}

#[test]
fn dates_are_as_http_has_them() {
    let moment = "2026-11-02T03:04:05.6Z".parse().unwrap();
    assert_eq!(http_date(moment).unwrap(), "Mon, 02 Nov 2026 03:04:05 GMT");
}
