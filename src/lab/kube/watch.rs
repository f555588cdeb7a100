//! Watches: a stream of what changed since a resource version, one JSON object a line.
//!
//! A watch holds only its place in the history; when that has fallen out of it, the stream ends with
//! an ERROR event (410 Expired) under HTTP 200, as a real API server ends it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::Response;
use futures::stream;
use serde_json::{Value, json};
use tokio::sync::watch::Receiver;
use tokio_util::sync::CancellationToken;

use super::history::{Change, ChangeKind, TooOld};
use super::meta;
use super::objects::Objects;
use super::request::{Form, Params};
use super::selector::Selector;
use super::status::{Failure, json_body};
use super::table;
use super::view::{View, partial};
use crate::clock::Clock;

/// How often a quiet watch says where it is.
const BOOKMARK_EVERY: Duration = Duration::from_mins(1);

/// As long as a watch lives when it does not say.
const LONGEST: u64 = 1800;

/// What a watch was asked for.
pub(super) struct Request {
    /// The kind.
    pub(super) view: View,
    /// Which objects.
    pub(super) selector: Selector,
    /// The query.
    pub(super) params: Params,
    /// How objects are written.
    pub(super) form: Form,
    /// Ends the stream from outside.
    pub(super) cut: CancellationToken,
}

struct Watch {
    objects: Objects,
    request: Request,
    table: String,
    cursor: u64,
    changes: Receiver<u64>,
    phase: Phase,
    ready: VecDeque<Bytes>,
    bookmarks: bool,
    ends: Instant,
    next_bookmark: Instant,
    first: bool,
}

enum Phase {
    /// Objects that were there at the start, and whether their end is marked.
    Initial(VecDeque<Arc<Value>>, bool),
    /// Changes as they come.
    Live,
    /// Nothing more comes.
    Over,
}

/// Waits of the server itself are real time: the client does not know of the lab's pace.
fn clock() -> Clock {
    Clock::default()
}

/// Starts a watch.
pub(super) fn answer(objects: Objects, request: Request) -> Result<Response<Body>, Failure> {
    let watch = Watch::start(objects, request)?;
    let lines = stream::unfold(watch, |mut watch| async move {
        let line = watch.next().await?;
        Some((Ok::<_, Infallible>(line), watch))
    });
    Ok(json_body(Body::from_stream(lines)))
}

/// A watch whose version has been forgotten before it began.
pub(super) fn expired() -> Response<Body> {
    let too_old = TooOld {
        asked: 1,
        oldest: 2,
    };
    let status = Failure::too_old(too_old).status();
    json_body(Body::from(event_line("ERROR", &status)))
}

fn event_line(form: &str, object: &Value) -> Bytes {
    format!("{{\"type\":\"{form}\",\"object\":{object}}}\n").into()
}

impl Watch {
    fn start(objects: Objects, request: Request) -> Result<Self, Failure> {
        let params = &request.params;
        let streaming_list = params.flag("sendInitialEvents");
        if streaming_list && params.text("resourceVersionMatch") != "NotOlderThan" {
            return Err(Failure::new(
                422,
                "Invalid",
                "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: \
                 sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            ));
        }
        let version = params.text("resourceVersion");
        let since = match version {
            "" | "0" => None,
            text => Some(text.parse::<u64>().map_err(|_| {
                Failure::bad_request(format!("Invalid value: \"{text}\": must be a number"))
            })?),
        };
        let now = clock().instant();
        let lives = params.number("timeoutSeconds").unwrap_or(LONGEST);
        let mut watch = Self {
            table: request.view.table(),
            changes: objects.changes(),
            cursor: since.unwrap_or_default(),
            phase: Phase::Live,
            ready: VecDeque::new(),
            bookmarks: params.flag("allowWatchBookmarks"),
            ends: now + Duration::from_secs(lives.min(86_400)),
            next_bookmark: now + BOOKMARK_EVERY,
            first: true,
            objects,
            request,
        };
        if streaming_list || since.is_none() {
            watch.begin(streaming_list);
        }
        Ok(watch)
    }

    fn begin(&mut self, marked: bool) {
        let Ok((revision, mut objects)) = self.objects.snapshot(&self.table, None) else {
            return;
        };
        objects.retain(|object| self.request.selector.matches(object));
        self.phase = Phase::Initial(objects.into(), marked);
        self.cursor = revision;
    }

    /// The next line; objects that were there at the start are written one by one, as the client
    /// takes them.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Some(line);
            }
            if self.request.cut.is_cancelled() {
                return None;
            }
            match &mut self.phase {
                Phase::Over => return None,
                Phase::Initial(objects, marked) => match (objects.pop_front(), *marked) {
                    (Some(object), _) => self.event("ADDED", &object),
                    (None, marked) => {
                        self.phase = Phase::Live;
                        if marked {
                            self.bookmark(true);
                        }
                    }
                },
                Phase::Live => self.follow().await,
            }
        }
    }

    async fn follow(&mut self) {
        self.changes.mark_unchanged();
        self.read();
        if self.ready.is_empty() && matches!(self.phase, Phase::Live) {
            self.wait().await;
        }
    }

    /// Until something changes, a bookmark is due, or the watch is over.
    async fn wait(&mut self) {
        let now = clock().instant();
        let until = |at: Instant| at.saturating_duration_since(now);
        tokio::select! {
            changed = self.changes.changed() => if changed.is_err() {
                self.phase = Phase::Over;
            },
            () = self.request.cut.cancelled() => self.phase = Phase::Over,
            () = clock().sleep(until(self.ends)) => {
                self.phase = Phase::Over;
                if self.bookmarks {
                    self.bookmark(false);
                }
            }
            () = clock().sleep(until(self.next_bookmark)) => {
                self.next_bookmark = now + until(self.next_bookmark) + BOOKMARK_EVERY;
                if self.bookmarks {
                    self.bookmark(false);
                }
            }
        }
    }

    fn read(&mut self) {
        match self.objects.since(&self.table, self.cursor) {
            Ok((revision, changes)) => {
                for change in changes {
                    self.change(&change);
                }
                self.cursor = self.cursor.max(revision);
            }
            Err(too_old) => {
                let status = Failure::too_old(too_old).status();
                self.line("ERROR", &status);
                self.phase = Phase::Over;
            }
        }
    }

    /// An object that comes to match is ADDED, one that no longer does is DELETED.
    fn change(&mut self, change: &Change) {
        let matches = |object: &Value| self.request.selector.matches(object);
        let before = change.previous.as_deref().is_some_and(matches);
        let after = change.kind != ChangeKind::Deleted && matches(&change.object);
        match (before, after) {
            (false, false) => {}
            (false, true) => self.event("ADDED", &change.object),
            (true, true) => self.event("MODIFIED", &change.object),
            (true, false) => {
                let mut last = change.previous.as_deref().cloned().unwrap_or_default();
                meta::set_revision(&mut last, change.revision);
                self.event("DELETED", &Arc::new(last));
            }
        }
    }

    fn event(&mut self, form: &str, object: &Arc<Value>) {
        let shown = self.request.view.show(object);
        let body = match self.request.form {
            Form::Plain => shown.into_owned(),
            Form::Metadata => partial(&shown),
            Form::Table => {
                let now = self.objects.clock().now();
                let params = &self.request.params;
                let mut table =
                    table::table(&self.request.view, std::iter::once(shown), params, now);
                if !self.first {
                    meta::map(&mut table).insert("columnDefinitions".into(), json!([]));
                }
                table
            }
        };
        self.first = false;
        self.line(form, &body);
    }

    fn bookmark(&mut self, initial_end: bool) {
        let (kind, api_version) = match self.request.form {
            Form::Plain | Form::Table => (
                self.request.view.kind.kind.clone(),
                self.request.view.api_version(),
            ),
            Form::Metadata => ("PartialObjectMetadata".into(), "meta.k8s.io/v1".into()),
        };
        let mut metadata = json!({"resourceVersion": self.cursor.to_string()});
        if initial_end {
            meta::map(&mut metadata).insert(
                "annotations".into(),
                json!({"k8s.io/initial-events-end": "true"}),
            );
        }
        let object = json!({"kind": kind, "apiVersion": api_version, "metadata": metadata});
        self.line("BOOKMARK", &object);
    }

    fn line(&mut self, form: &str, object: &Value) {
        self.ready.push_back(event_line(form, object));
    }
}
