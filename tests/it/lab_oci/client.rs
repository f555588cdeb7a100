//! A small signing client of the tests' own, so that the lab is not tried with the product's code.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use k3scope::clock::Clock;
use k3scope::lab::oci::Change;
use k3scope::lab::{Lab, Options};
use reqwest::Method;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::pkcs8::EncodePrivateKey as _;
use serde_json::Value;
use tokio::sync::broadcast;

/// Fast enough that a whole life takes less than a second.
pub(crate) const SPEED: f64 = 100.0;

/// What the lab answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

/// How a request departs from what is right.
#[derive(Clone, Debug, Default)]
pub(crate) struct Twist {
    pub(crate) date: Option<Timestamp>,
    pub(crate) key_id: Option<String>,
    pub(crate) sent_body: Option<String>,
    pub(crate) unsigned: bool,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// A running lab and the key that may sign.
pub(crate) struct Client {
    pub(crate) lab: Lab,
    http: reqwest::Client,
    pair: RsaKeyPair,
    key_id: String,
}

impl Reply {
    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().expect("an id").to_owned()
    }

    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("")
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        Some(self.headers.get(name)?.to_str().ok()?.to_owned())
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert!(self.status < 300, "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code()), (status, code), "{self:?}");
        self
    }
}

/// The key of a configuration file's only profile, and its id.
fn credentials(config: &Path) -> (RsaKeyPair, String) {
    let text = std::fs::read_to_string(config).unwrap();
    let value = |key: &str| {
        let line = text.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_once('=').unwrap().1.to_owned()
    };
    let pem = std::fs::read_to_string(value("key_file=")).unwrap();
    let pem = pem.trim_end().trim_end_matches("OCI_API_KEY");
    let der = rsa::RsaPrivateKey::from_pkcs8_pem(pem)
        .unwrap()
        .to_pkcs8_der()
        .unwrap();
    let id = format!(
        "{}/{}/{}",
        value("tenancy="),
        value("user="),
        value("fingerprint=")
    );
    (RsaKeyPair::from_pkcs8(der.as_bytes()).unwrap(), id)
}

impl Client {
    pub(crate) async fn start() -> Self {
        let options = Options {
            speed: SPEED,
            ..Options::default()
        };
        Self::with(Lab::start(options).await.unwrap())
    }

    pub(crate) fn with(lab: Lab) -> Self {
        let (pair, key_id) = credentials(&lab.oci_config());
        // Another test may have done it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            lab,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            pair,
            key_id,
        }
    }

    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    pub(crate) fn compartment(&self) -> String {
        self.lab.oci().place().compartment.clone()
    }

    pub(crate) async fn get(&self, target: &str) -> Reply {
        self.send(Method::GET, target, None, Twist::default()).await
    }

    pub(crate) async fn post(&self, target: &str, body: Value) -> Reply {
        let twist = Twist::default();
        self.send(Method::POST, target, Some(body), twist).await
    }

    pub(crate) async fn put(&self, target: &str, body: Value) -> Reply {
        let twist = Twist::default();
        self.send(Method::PUT, target, Some(body), twist).await
    }

    pub(crate) async fn delete(&self, target: &str) -> Reply {
        let twist = Twist::default();
        self.send(Method::DELETE, target, None, twist).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        target: &str,
        body: Option<Value>,
        twist: Twist,
    ) -> Reply {
        self.try_send(method, target, body, twist).await.unwrap()
    }

    /// Signs in an order of its own and sends.
    pub(crate) async fn try_send(
        &self,
        method: Method,
        target: &str,
        body: Option<Value>,
        twist: Twist,
    ) -> reqwest::Result<Reply> {
        let endpoint = self.lab.oci().endpoint();
        let host = endpoint.trim_start_matches("http://").to_owned();
        let now = twist.date.unwrap_or_else(|| Clock::default().now());
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let with_body = method == Method::POST || method == Method::PUT;
        let signed_body = body.map(|body| body.to_string()).unwrap_or_default();
        let request_target = format!("{} {target}", method.as_str().to_lowercase());
        let mut signed = vec![
            ("host", host),
            ("(request-target)", request_target),
            ("date", date),
        ];
        if with_body {
            let hash = ring::digest::digest(&ring::digest::SHA256, signed_body.as_bytes());
            signed.push(("x-content-sha256", BASE64.encode(hash)));
            signed.push(("content-type", "application/json".to_owned()));
            signed.push(("content-length", signed_body.len().to_string()));
        }
        let mut request = self.http.request(method, format!("{endpoint}{target}"));
        for (name, value) in &signed {
            if !name.starts_with('(') && *name != "content-length" {
                request = request.header(*name, value);
            }
        }
        if !twist.unsigned {
            let key_id = twist.key_id.as_deref().unwrap_or(&self.key_id);
            request = request.header("authorization", self.authorization(key_id, &signed));
        }
        for (name, value) in twist.headers {
            request = request.header(name, value);
        }
        if with_body {
            request = request.body(twist.sent_body.unwrap_or(signed_body));
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?;
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into());
        Ok(Reply {
            status,
            headers,
            body,
        })
    }

    fn authorization(&self, key_id: &str, signed: &[(&str, String)]) -> String {
        let text: Vec<String> = signed
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let mut signature = vec![0; self.pair.public().modulus_len()];
        let random = ring::rand::SystemRandom::new();
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &random,
                text.join("\n").as_bytes(),
                &mut signature,
            )
            .unwrap();
        let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
        format!(
            "Signature signature=\"{}\",keyId=\"{key_id}\", headers=\"{}\",version=\"1\",algorithm=\"rsa-sha256\"",
            BASE64.encode(signature),
            names.join(" "),
        )
    }

    /// Creates, and waits until the resource is ready for use.
    pub(crate) async fn make(&self, collection: &str, body: Value) -> String {
        let mut changes = self.lab.oci().changes();
        let id = self
            .post(&format!("/20160918/{collection}"), body)
            .await
            .ok()
            .id();
        if collection != "instances" {
            reached(&mut changes, &id, "AVAILABLE").await;
        }
        id
    }

    /// A VCN with a public subnet; gives both ids.
    pub(crate) async fn network(&self) -> (String, String) {
        let compartment = self.compartment();
        let vcn = self
            .make(
                "vcns",
                serde_json::json!({"compartmentId": compartment, "cidrBlocks": ["10.0.0.0/16"],
                    "displayName": "net", "dnsLabel": "net"}),
            )
            .await;
        let subnet = self
            .make(
                "subnets",
                serde_json::json!({"compartmentId": compartment, "vcnId": vcn,
                    "cidrBlock": "10.0.1.0/24", "displayName": "public", "dnsLabel": "public"}),
            )
            .await;
        (vcn, subnet)
    }

    /// The id of the newest image that boots on A1.
    pub(crate) async fn image(&self) -> String {
        let target = format!(
            "/20160918/images?compartmentId={}&operatingSystem=Canonical+Ubuntu&operatingSystemVersion=24.04&shape=VM.Standard.A1.Flex",
            self.compartment()
        );
        let images = self.get(&target).await.ok();
        images.body[0]["id"].as_str().unwrap().to_owned()
    }
}

/// Waits until a resource is in `state`; the lab tells, so nothing is polled.
pub(crate) async fn reached(changes: &mut broadcast::Receiver<Change>, id: &str, state: &str) {
    let wait = async {
        loop {
            let change = changes.recv().await.expect("the lab runs");
            if change.id == id && change.resource["lifecycleState"] == state {
                return;
            }
        }
    };
    Clock::default()
        .timeout(Duration::from_secs(20), wait)
        .await
        .unwrap_or_else(|_| panic!("{id} did not become {state}"));
}
