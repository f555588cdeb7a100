//! A scripted API server: lists, watches, and whatever answer the test wants instead.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// An answer instead of the right one.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) body: String,
}

impl Refusal {
    pub(super) fn status(code: u16, reason: &str, message: &str) -> Self {
        let body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": code,
        });
        Self {
            code,
            body: body.to_string(),
        }
    }

    /// A recorded answer: its head's status and its body.
    pub(super) fn recorded(name: &str) -> Self {
        let text = sample(name);
        let (head, body) = text.split_once("\n\n").unwrap();
        Self {
            code: head.split(' ').nth(1).unwrap().parse().unwrap(),
            body: body.to_owned(),
        }
    }
}

pub(super) fn sample(name: &str) -> String {
    let path = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap().replace('\r', "")
}

type Line = Result<Bytes, std::io::Error>;

#[derive(Default)]
struct World {
    version: String,
    served: BTreeMap<String, Vec<String>>,
    objects: BTreeMap<String, Vec<Value>>,
    watches: BTreeMap<String, Vec<mpsc::Sender<Line>>>,
    refusals: BTreeMap<String, Refusal>,
    refused_streams: Option<Refusal>,
    requests: Vec<String>,
    revision: u64,
}

impl World {
    /// Objects that changed after a version.
    fn after(&self, plural: &str, version: Option<u64>) -> impl Iterator<Item = &Value> {
        let objects = self.objects.get(plural).into_iter().flatten();
        objects.filter(move |object| {
            let changed = object["metadata"]["resourceVersion"].as_str().unwrap();
            version.is_some_and(|version| changed.parse::<u64>().unwrap() > version)
        })
    }
}

#[derive(Clone)]
pub(super) struct Api {
    world: Arc<Mutex<World>>,
    address: std::net::SocketAddr,
    stop: CancellationToken,
}

impl Api {
    /// A server that calls itself `version` and serves the core kinds, all empty.
    pub(super) async fn start(version: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let world = World {
            version: version.to_owned(),
            revision: 100,
            ..World::default()
        };
        let api = Self {
            world: Arc::new(Mutex::new(world)),
            address: listener.local_addr().unwrap(),
            stop: CancellationToken::new(),
        };
        api.serve("discovery.k8s.io/v1", "endpointslices");
        let router = Router::new().fallback(answer).with_state(api.clone());
        let stop = api.stop.clone();
        let running = async move { axum::serve(listener, router).await };
        tokio::spawn(async move { stop.run_until_cancelled(running).await });
        api
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends the server.
    pub(super) fn shut(&self) {
        self.stop.cancel();
    }

    fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.world.lock().unwrap())
    }

    /// Serves a resource of a group and version.
    pub(super) fn serve(&self, group_version: &str, plural: &str) {
        let (group_version, plural) = (group_version.to_owned(), plural.to_owned());
        self.with(|world| world.served.entry(group_version).or_default().push(plural));
    }

    /// Answers every request for `plural` with `refusal`, and ends its watches.
    pub(super) fn refuse(&self, plural: &str, refusal: Refusal) {
        self.with(|world| world.refusals.insert(plural.to_owned(), refusal));
        self.cut(plural);
    }

    pub(super) fn accept(&self, plural: &str) {
        self.with(|world| world.refusals.remove(plural));
    }

    /// Answers every streamed list with `refusal`.
    pub(super) fn refuse_streams(&self, refusal: Refusal) {
        self.with(|world| world.refused_streams = Some(refusal));
    }

    /// Puts an object there, and tells those who watch.
    pub(super) fn put(&self, plural: &str, mut object: Value) {
        let line = self.with(|world| {
            world.revision += 1;
            object["metadata"]["resourceVersion"] = json!(world.revision.to_string());
            let objects = world.objects.entry(plural.to_owned()).or_default();
            objects.retain(|old| old["metadata"]["name"] != object["metadata"]["name"]);
            objects.push(object.clone());
            event("MODIFIED", &object)
        });
        self.tell(plural, &line);
    }

    /// Takes an object away without a word: as happens between a watch and the next list.
    pub(super) fn forget(&self, plural: &str, name: &str) {
        self.with(|world| {
            let objects = world.objects.entry(plural.to_owned()).or_default();
            objects.retain(|old| old["metadata"]["name"] != name);
        });
    }

    /// Tells those who watch that their version is too old.
    pub(super) fn gone(&self, plural: &str) {
        let status =
            json!({"kind": "Status", "status": "Failure", "reason": "Expired", "code": 410});
        self.tell(plural, &event("ERROR", &status));
    }

    /// Cuts all watches of `plural` in the middle of a line.
    pub(super) fn cut(&self, plural: &str) {
        self.tell(plural, &Bytes::from_static(b"{\"type\":\"MODI"));
        for watch in self.with(|world| world.watches.remove(plural).unwrap_or_default()) {
            let _ = watch.try_send(Err(std::io::Error::other("cut")));
        }
    }

    fn tell(&self, plural: &str, line: &Bytes) {
        self.with(|world| {
            for watch in world.watches.entry(plural.to_owned()).or_default() {
                let _ = watch.try_send(Ok(line.clone()));
            }
        });
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.with(|world| world.requests.clone())
    }
}

fn event(kind: &str, object: &Value) -> Bytes {
    format!("{}\n", json!({"type": kind, "object": object})).into()
}

async fn answer(State(api): State<Api>, uri: Uri) -> Response {
    let path = uri.path().to_owned();
    let query = uri.query().unwrap_or_default().to_owned();
    api.with(|world| world.requests.push(format!("{path}?{query}")));
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let plural = parts.last().copied().unwrap_or_default();
    if let Some(refusal) = api.with(|world| world.refusals.get(plural).cloned()) {
        return raw(refusal);
    }
    match parts.as_slice() {
        ["version"] => {
            let version = api.with(|world| world.version.clone());
            json_body(
                &json!({"gitVersion": version, "major": "1", "minor": "36", "gitCommit": "",
                "gitTreeState": "", "buildDate": "", "goVersion": "", "compiler": "", "platform": ""}),
            )
        }
        ["apis", group, version] => discovery(&api, &format!("{group}/{version}")),
        _ if query.contains("watch=true") => watch(&api, plural, &query),
        _ => list(&api, plural),
    }
}

fn raw(refusal: Refusal) -> Response {
    let code = StatusCode::from_u16(refusal.code).unwrap();
    (
        code,
        [(header::CONTENT_TYPE, "application/json")],
        refusal.body,
    )
        .into_response()
}

fn json_body(value: &Value) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        value.to_string(),
    )
        .into_response()
}

fn discovery(api: &Api, group_version: &str) -> Response {
    let Some(plurals) = api.with(|world| world.served.get(group_version).cloned()) else {
        return (StatusCode::NOT_FOUND, "404 page not found\n").into_response();
    };
    let resource = |plural: &String| json!({"name": plural, "singularName": "", "namespaced": true, "kind": "K", "verbs": ["list", "watch"]});
    let resources: Vec<Value> = plurals.iter().map(resource).collect();
    json_body(
        &json!({"kind": "APIResourceList", "groupVersion": group_version, "resources": resources}),
    )
}

fn list(api: &Api, plural: &str) -> Response {
    let (items, revision) = api.with(|world| {
        (
            world.objects.get(plural).cloned().unwrap_or_default(),
            world.revision,
        )
    });
    let version = revision.to_string();
    json_body(
        &json!({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": version}, "items": items}),
    )
}

fn watch(api: &Api, plural: &str, query: &str) -> Response {
    let streamed = query.contains("sendInitialEvents=true");
    if let Some(refusal) = api.with(|world| world.refused_streams.clone().filter(|_| streamed)) {
        return raw(refusal);
    }
    let asked = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("resourceVersion=")?.parse::<u64>().ok());
    let (sender, receiver) = mpsc::channel::<Line>(10_000);
    api.with(|world| {
        if streamed {
            for object in world.objects.get(plural).into_iter().flatten() {
                sender.try_send(Ok(event("ADDED", object))).unwrap();
            }
            let end = json!({"kind": "K", "apiVersion": "v1", "metadata": {
                "resourceVersion": world.revision.to_string(),
                "annotations": {"k8s.io/initial-events-end": "true"}}});
            sender.try_send(Ok(event("BOOKMARK", &end))).unwrap();
        }
        for newer in world.after(plural, asked.filter(|_| !streamed)) {
            sender.try_send(Ok(event("MODIFIED", newer))).unwrap();
        }
        world
            .watches
            .entry(plural.to_owned())
            .or_default()
            .push(sender);
    });
    let lines = futures::stream::unfold(receiver, |mut receiver| async move {
        let line = receiver.recv().await?;
        Some((line, receiver))
    });
    let body = Body::from_stream(lines);
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
