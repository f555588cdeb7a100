//! The lab's Kubernetes API: a store of JSON objects, and a server in front of it that kubectl,
//! client-go and kube-rs can work with.
//!
//! Kinds come from tables (`assets/lab/core.toml`, `assets/lab/crds.json`), never from the product's
//! own types. What controllers do with the objects is not known here.
//!
//! Limits: roles and bindings are kept but not consulted (`assets/lab/users.toml` says who may what);
//! core kinds have no schema, so their unknown fields are kept; patterns, formats and CEL rules of
//! custom kinds are not checked; versions of a kind differ in `apiVersion` only; strategic merge and
//! server-side apply of core kinds know the lists of `shape.rs`; protobuf bodies are read for the
//! messages of `protobuf/messages.rs`, and answers are always JSON; port-forward speaks WebSocket only
//! (kube-rs; kubectl wants SPDY inside it), and so does exec, whose shell is played (`exec/console.rs`);
//! there is no attach. What was asked of authorisation is kept for writes only.

mod audit;
mod body;
mod defaults;
mod delete;
mod digest;
mod discovery;
mod eviction;
mod exec;
mod faults;
mod fields;
mod forward;
mod history;
mod kinds;
mod list;
mod logs;
mod managers;
mod meta;
mod objects;
mod openapi;
mod patch;
mod protobuf;
mod request;
mod review;
mod route;
mod scale;
mod schema;
mod selector;
mod server;
mod shape;
mod socket;
mod status;
mod table;
mod tls;
mod users;
mod validate;
mod version;
mod view;
mod watch;
mod write;

pub use audit::Authorised;
pub use faults::Fault;
pub use forward::{ForwardTarget, ForwardTo};
pub use logs::{LogLine, LogOf, LogSource};
pub use objects::Objects;
pub use server::{Options, Server, StartError};
