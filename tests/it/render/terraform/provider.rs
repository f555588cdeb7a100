//! The provider's schema, served to the real terraform over its plugin protocol (gRPC on a unix
//! socket): enough for `validate`, and for `test` with mocks, which make up the rest.

use std::fs;
use std::path::Path;
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::task::{Context, Poll};

use http::{HeaderMap, HeaderValue, Request, Response};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use serde_json::{Value, json};
use tokio::net::UnixListener;

/// A provider that knows its schema and finds nothing wrong with any value.
pub(super) struct Provider {
    /// The value of `TF_REATTACH_PROVIDERS`.
    pub(super) reattach: String,
    /// Terraform polls a process and may end it; this one is nobody else's.
    bystander: Child,
    _runtime: tokio::runtime::Runtime,
}

impl Provider {
    /// Listens in `folder`.
    pub(super) fn start(folder: &Path) -> Self {
        let socket = folder.join("provider.sock");
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = {
            let _inside = runtime.enter();
            UnixListener::bind(&socket).unwrap()
        };
        let schema = Bytes::from(schemas());
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let schema = schema.clone();
                tokio::spawn(async move {
                    let answer = service_fn(move |request| {
                        let answered = answer(&request, schema.clone());
                        async move { Ok::<_, std::convert::Infallible>(answered) }
                    });
                    // Terraform opens a connection only to see whether it can, and closes it.
                    let _ = Builder::new(TokioExecutor::new())
                        .http2_only()
                        .serve_connection(TokioIo::new(stream), answer)
                        .await;
                });
            }
        });
        let bystander = Command::new("sleep")
            .arg("600")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let reattach = json!({ "oracle/oci": {
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": bystander.id(),
            "Test": true,
            "Addr": { "Network": "unix", "String": socket },
        }});
        Self {
            reattach: reattach.to_string(),
            bystander,
            _runtime: runtime,
        }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.bystander.kill();
        let _ = self.bystander.wait();
    }
}

fn answer(request: &Request<Incoming>, schema: Bytes) -> Response<Message> {
    let call = request.uri().path().rsplit('/').next().unwrap_or_default();
    let (message, status) = match call {
        "GetProviderSchema" => (Some(schema), "0"),
        "ValidateProviderConfig"
        | "ValidateResourceConfig"
        | "ValidateDataResourceConfig"
        | "ConfigureProvider"
        | "StopProvider" => (Some(Bytes::new()), "0"),
        _ => (None, "12"),
    };
    let framed = message.map(|message| {
        let mut frame = vec![0];
        frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
        frame.extend(message);
        Bytes::from(frame)
    });
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static(status));
    Response::builder()
        .header("content-type", "application/grpc")
        .body(Message {
            framed,
            trailers: Some(trailers),
        })
        .unwrap()
}

/// A gRPC answer: one frame at the most, then the status.
struct Message {
    framed: Option<Bytes>,
    trailers: Option<HeaderMap>,
}

impl Body for Message {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let data = self.framed.take().map(Frame::data);
        let frame = data.or_else(|| self.trailers.take().map(Frame::trailers));
        Poll::Ready(frame.map(Ok))
    }
}

/// `GetProviderSchema.Response` of the protocol's version 6.
fn schemas() -> Vec<u8> {
    let data = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/terraform/provider-schema.json"
    );
    let data: Value = serde_json::from_str(&fs::read_to_string(data).unwrap()).unwrap();
    let mut message = bytes(1, &schema(&data["provider"]));
    for (field, kinds) in [(2, &data["resources"]), (3, &data["data_sources"])] {
        for (name, kind) in kinds.as_object().unwrap() {
            let entry = [bytes(1, name.as_bytes()), bytes(2, &schema(kind))].concat();
            message.extend(bytes(field, &entry));
        }
    }
    // The schema is asked for once a command and not once a connection.
    message.extend(bytes(6, &number(2, 1)));
    message
}

fn schema(schema: &Value) -> Vec<u8> {
    let version = schema["version"].as_u64().unwrap();
    [number(1, version), bytes(2, &block(&schema["block"]))].concat()
}

fn block(block: &Value) -> Vec<u8> {
    let mut message = Vec::new();
    for (name, attribute) in block["attributes"].as_object().into_iter().flatten() {
        let flag = |name: &str| u64::from(attribute[name] == true);
        let fields = [
            bytes(1, name.as_bytes()),
            bytes(2, attribute["type"].to_string().as_bytes()),
            number(4, flag("required")),
            number(5, flag("optional")),
            number(6, flag("computed")),
            number(7, flag("sensitive")),
        ];
        message.extend(bytes(2, &fields.concat()));
    }
    for (name, nested) in block["block_types"].as_object().into_iter().flatten() {
        let nesting = match nested["nesting_mode"].as_str().unwrap() {
            "single" => 1,
            "list" => 2,
            "set" => 3,
            other => panic!("nesting {other}"),
        };
        let fields = [
            bytes(1, name.as_bytes()),
            bytes(2, &self::block(&nested["block"])),
            number(3, nesting),
            number(4, nested["min_items"].as_u64().unwrap_or(0)),
            number(5, nested["max_items"].as_u64().unwrap_or(0)),
        ];
        message.extend(bytes(3, &fields.concat()));
    }
    message
}

/// A length-delimited field.
fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    let mut message = varint((field << 3) | 2);
    message.extend(varint(u64::try_from(value.len()).unwrap()));
    message.extend(value);
    message
}

/// A number's field; zero is what counts without it.
fn number(field: u64, value: u64) -> Vec<u8> {
    if value == 0 {
        return Vec::new();
    }
    [varint(field << 3), varint(value)].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut message = Vec::new();
    while value > 127 {
        message.push(value.to_le_bytes()[0] | 128);
        value >>= 7;
    }
    message.push(value.to_le_bytes()[0]);
    message
}
