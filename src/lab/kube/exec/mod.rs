//! Commands in containers over a WebSocket: `v5.channel.k8s.io`, which can say that nothing more is
//! typed, and `v4.channel.k8s.io`.
//!
//! The first byte of a message names its channel: what is typed, both outputs, the status at the end,
//! the size of the terminal. What commands do is the console's.

mod console;
mod session;

use axum::body::Body;
use axum::extract::Query;
use axum::http::{Response, request};
use hyper::upgrade::OnUpgrade;
use serde_json::Value;

use super::meta::{self, text};
use super::objects::Objects;
use super::socket::{self, Agreed};
use super::status::Failure;

const PROTOCOLS: [&str; 2] = [CLOSES, "v4.channel.k8s.io"];
/// The one in which a channel can be closed.
const CLOSES: &str = "v5.channel.k8s.io";

/// What is asked for.
#[derive(Clone, Debug, Default)]
struct Wish {
    namespace: String,
    pod: String,
    uid: String,
    container: String,
    image: String,
    /// Whether the container runs.
    runs: bool,
    command: Vec<String>,
    /// Which of `stdin`, `stdout` and `stderr` are carried.
    streams: Vec<String>,
    tty: bool,
}

impl Wish {
    /// Whether a stream is carried.
    fn carries(&self, stream: &str) -> bool {
        self.streams.iter().any(|one| one == stream)
    }
}

/// A session that has been agreed on.
pub(super) struct Session {
    response: Response<Body>,
    upgrade: OnUpgrade,
    objects: Objects,
    wish: Wish,
}

/// Agrees on a session in a container of the pod, as the query says.
pub(super) fn agree(
    objects: &Objects,
    pod: &Value,
    head: &mut request::Parts,
) -> Result<Session, Failure> {
    let wish = wish(pod, head)?;
    let Agreed {
        response,
        upgrade,
        protocol,
    } = socket::agree(head, &PROTOCOLS)?;
    tracing::debug!(protocol, pod = wish.pod, "a command in a container");
    Ok(Session {
        response,
        upgrade,
        objects: objects.clone(),
        wish,
    })
}

impl Session {
    /// The answer, and what runs after it.
    pub(super) fn split(self) -> (Response<Body>, impl Future<Output = ()> + Send + 'static) {
        let running = async move {
            if let Some(socket) = socket::open(self.upgrade).await {
                session::run(socket, &self.objects, self.wish).await;
            }
        };
        (self.response, running)
    }
}

fn wish(pod: &Value, head: &request::Parts) -> Result<Wish, Failure> {
    let (namespace, name) = meta::key(pod);
    let phase = text(pod, "/status/phase");
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Failure::bad_request(format!(
            "cannot exec into a container in a completed pod; current phase is {phase}"
        )));
    }
    if text(pod, "/spec/nodeName").is_empty() {
        return Err(Failure::bad_request(format!(
            "pod {name} does not have a host assigned"
        )));
    }
    let mut wish = Wish {
        namespace,
        uid: text(pod, "/metadata/uid").to_owned(),
        pod: name,
        ..Wish::default()
    };
    let query = Query::<Vec<(String, String)>>::try_from_uri(&head.uri);
    for (name, value) in query.map(|Query(pairs)| pairs).unwrap_or_default() {
        let is_set = matches!(value.as_str(), "true" | "1");
        match name.as_str() {
            "command" => wish.command.push(value),
            "container" => wish.container = value,
            "stdin" | "stdout" | "stderr" if is_set => wish.streams.push(name),
            "tty" => wish.tty = is_set,
            _ => {}
        }
    }
    if wish.streams.is_empty() {
        return Err(Failure::bad_request(
            "you must specify at least 1 of stdin, stdout, stderr",
        ));
    }
    if wish.command.is_empty() {
        return Err(Failure::bad_request("you must specify at least 1 command"));
    }
    choose(pod, &mut wish)?;
    Ok(wish)
}

/// Finds the container that is meant: the named one, or the only one.
fn choose(pod: &Value, wish: &mut Wish) -> Result<(), Failure> {
    let all = |pointer: &str| pod.pointer(pointer).and_then(Value::as_array);
    let containers = all("/spec/containers")
        .map(Vec::as_slice)
        .unwrap_or_default();
    let names: Vec<&str> = containers.iter().map(|it| text(it, "/name")).collect();
    if wish.container.is_empty() {
        let [only] = names.as_slice() else {
            return Err(Failure::bad_request(format!(
                "a container name must be specified for pod {}, choose one of: [{}]",
                wish.pod,
                names.join(" ")
            )));
        };
        (*only).clone_into(&mut wish.container);
    }
    let inits = all("/spec/initContainers").into_iter().flatten();
    let mut every = containers.iter().chain(inits);
    let found = every.find(|it| text(it, "/name") == wish.container);
    let Some(found) = found else {
        return Err(Failure::bad_request(format!(
            "container {} is not valid for pod {}",
            wish.container, wish.pod
        )));
    };
    text(found, "/image").clone_into(&mut wish.image);
    let statuses = ["/status/containerStatuses", "/status/initContainerStatuses"];
    wish.runs =
        statuses.into_iter().filter_map(all).flatten().any(|it| {
            text(it, "/name") == wish.container && it.pointer("/state/running").is_some()
        });
    Ok(())
}
