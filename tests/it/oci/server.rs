//! A server that gives the answers it was told to give, in order, and keeps what it was asked.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};
use futures::stream;
use k3scope::clock::Clock;
use k3scope::oci::{Client, Endpoints, Profile};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Waits in these tests pass a hundred thousand times as fast.
pub(crate) const PACE: f64 = 100_000.0;
pub(crate) const TENANCY: &str = "ocid1.tenancy.oc1..aaaatest";

/// An answer to give.
#[derive(Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    cut: bool,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            cut: false,
        }
    }

    pub(crate) fn json(body: &Value) -> Self {
        Self::new(200, body.to_string())
    }

    pub(crate) fn refusal(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({ "code": code, "message": message });
        Self::new(status, body.to_string()).with("opc-request-id", "A/B/C")
    }

    /// The connection ends in the middle of the answer.
    pub(crate) fn cut() -> Self {
        Self {
            cut: true,
            ..Self::new(200, r#"{"id":"#)
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn response(self) -> Response<Body> {
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        let body = if self.cut {
            Body::from_stream(stream::iter([
                Ok(self.body),
                Err(std::io::Error::other("cut")),
            ]))
        } else {
            Body::from(self.body)
        };
        response.body(body).unwrap()
    }
}

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

#[derive(Default)]
struct Script {
    replies: VecDeque<Reply>,
    /// Given when the script has ended.
    forever: Option<Reply>,
    asked: Vec<Asked>,
}

/// A running server; it ends with its runtime.
pub(crate) struct Server {
    script: Arc<Mutex<Script>>,
    pub(crate) base: String,
    folder: TempDir,
}

impl Server {
    pub(crate) async fn giving(replies: Vec<Reply>) -> Self {
        Self::start(replies, None).await
    }

    pub(crate) async fn always(reply: Reply) -> Self {
        Self::start(Vec::new(), Some(reply)).await
    }

    async fn start(replies: Vec<Reply>, forever: Option<Reply>) -> Self {
        let script = Arc::new(Mutex::new(Script {
            replies: replies.into(),
            forever,
            asked: Vec::new(),
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&script));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            script,
            base,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn client(&self) -> Client {
        let endpoints = Endpoints::at(&self.base, "us-ashburn-1");
        Client::new(profile(&self.folder, ""), endpoints, Clock::paced(PACE)).unwrap()
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.lock().unwrap().asked.clone()
    }
}

async fn answer(
    State(script): State<Arc<Mutex<Script>>>,
    request: Request,
) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let mut script = script.lock().unwrap();
    script.asked.push(Asked {
        method: head.method.to_string(),
        target: head.uri.to_string(),
        headers: head.headers,
        body,
    });
    let reply = script
        .replies
        .pop_front()
        .or_else(|| script.forever.clone());
    Ok(reply
        .unwrap_or_else(|| Reply::refusal(400, "ScriptEnded", "asked once more than expected"))
        .response())
}

/// A client of whatever listens at `base`; its profile lasts as long as the folder.
pub(crate) fn client_of(base: &str) -> (Client, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let endpoints = Endpoints::at(base, "us-ashburn-1");
    let client = Client::new(profile(&folder, ""), endpoints, Clock::paced(PACE)).unwrap();
    (client, folder)
}

/// A profile in a folder of its own, with more lines where wanted.
pub(crate) fn profile(folder: &TempDir, more: &str) -> Profile {
    let vectors: Value =
        serde_json::from_str(include_str!("../../data/oci/signing-vectors.json")).unwrap();
    let lines = vectors["generated_2048"]["key_pkcs8"]["pem_body_lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect::<Vec<_>>()
        .join("\n");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(
        at("key.pem"),
        format!("-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n"),
    )
    .unwrap();
    let fingerprint = vectors["generated_2048"]["fingerprint"].as_str().unwrap();
    let who = if more.is_empty() {
        "user=ocid1.user.oc1..aaaatest"
    } else {
        more
    };
    std::fs::write(
        at("config"),
        format!("[t]\ntenancy={TENANCY}\nfingerprint={fingerprint}\nkey_file=key.pem\n{who}\n"),
    )
    .unwrap();
    Profile::load(&at("config"), "t", None).unwrap()
}
