//! Refusals: `Status` bodies with the reasons, messages and details that a real API server gives.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use super::history::TooOld;
use super::kinds::Kind;

/// An answer that is not the thing asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failure {
    code: u16,
    reason: &'static str,
    message: String,
    details: Option<Value>,
    metadata: Value,
}

/// One thing that is wrong with an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cause {
    /// `FieldValueRequired` and the like.
    pub(super) reason: &'static str,
    /// What is wrong.
    pub(super) message: String,
    /// `spec.destination`.
    pub(super) field: String,
}

impl Cause {
    fn to_value(&self) -> Value {
        json!({"reason": self.reason, "message": self.message, "field": self.field})
    }
}

impl Failure {
    /// A refusal with a message of its own.
    pub(super) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            details: None,
            metadata: json!({}),
        }
    }

    fn about(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// 400.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 401.
    pub(super) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    /// 403; `what` says who may not do what.
    pub(super) fn forbidden(group: &str, plural: &str, name: Option<&str>, what: &str) -> Self {
        let resource = resource(group, plural);
        let shown = name.map_or(String::new(), |name| format!(" \"{name}\""));
        Self::new(
            403,
            "Forbidden",
            format!("{resource}{shown} is forbidden: {what}"),
        )
        .about(details(name, group, plural))
    }

    /// 403 of an admission webhook, which lets nobody do it.
    pub(super) fn vetoed() -> Self {
        Self::new(
            403,
            "Forbidden",
            "admission webhook \"freeze.example.com\" denied the request: you cannot change this \
             during the freeze",
        )
    }

    /// 404 for an object.
    pub(super) fn not_found(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", kind.resource());
        Self::new(404, "NotFound", message).about(details(Some(name), &kind.group, &kind.plural))
    }

    /// 404 for a resource that is not served in a version that is.
    pub(super) fn no_resource() -> Self {
        Self::new(
            404,
            "NotFound",
            "the server could not find the requested resource",
        )
        .about(json!({}))
    }

    /// 405.
    pub(super) fn not_allowed() -> Self {
        Self::new(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        )
        .about(json!({}))
    }

    /// 406.
    pub(super) fn not_acceptable() -> Self {
        Self::new(
            406,
            "NotAcceptable",
            "only the following media types are accepted: application/json, application/yaml",
        )
    }

    /// 409 for a name that is taken.
    pub(super) fn exists(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", kind.resource());
        Self::new(409, "AlreadyExists", message).about(details(
            Some(name),
            &kind.group,
            &kind.plural,
        ))
    }

    /// 409 for a write that was made against an older state, or a precondition that fails.
    pub(super) fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{name}\": {why}",
            kind.resource()
        );
        Self::new(409, "Conflict", message).about(details(Some(name), &kind.group, &kind.plural))
    }

    /// 409 for fields that another manager owns.
    pub(super) fn apply_conflict(message: String, causes: &[Cause]) -> Self {
        let causes = causes.iter().map(Cause::to_value).collect::<Vec<_>>();
        Self::new(409, "Conflict", message).about(json!({ "causes": causes }))
    }

    /// 410 for a list or watch of the past.
    pub(super) fn too_old(too_old: TooOld) -> Self {
        Self::new(410, "Expired", too_old.to_string())
    }

    /// 410 for a list at an exact version.
    pub(super) fn exact_too_old() -> Self {
        Self::new(
            410,
            "Expired",
            "The resourceVersion for the provided list is too old.",
        )
    }

    /// 410 for the rest of a list; `token` continues without consistency.
    pub(super) fn continue_too_old(token: &str) -> Self {
        let mut failure = Self::new(
            410,
            "Expired",
            "The provided continue parameter is too old to display a consistent list result. You \
             can start a new list without the continue parameter, or use the continue token in \
             this response to retrieve the remainder of the results. Continuing with the provided \
             token results in an inconsistent list - objects that were created, modified, or \
             deleted between the time the first chunk was returned and now may show up in the list.",
        );
        failure.metadata = json!({ "continue": token });
        failure
    }

    /// 415.
    pub(super) fn unsupported_media(accepted: &str) -> Self {
        Self::new(
            415,
            "UnsupportedMediaType",
            format!(
                "the body of the request was in an unknown format - accepted media types include: \
                 {accepted}"
            ),
        )
    }

    /// 422.
    pub(super) fn invalid(kind: &Kind, name: &str, causes: &[Cause]) -> Self {
        let shown = match causes {
            [one] => format!("{}: {}", one.field, one.message),
            many => format!(
                "[{}]",
                many.iter()
                    .map(|cause| format!("{}: {}", cause.field, cause.message))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        };
        let title = resource(&kind.group, &kind.kind);
        let mut about = details(Some(name), &kind.group, &kind.kind);
        super::meta::map(&mut about).insert(
            "causes".into(),
            causes.iter().map(Cause::to_value).collect(),
        );
        Self::new(
            422,
            "Invalid",
            format!("{title} \"{name}\" is invalid: {shown}"),
        )
        .about(about)
    }

    /// 429.
    pub(super) fn too_many_requests() -> Self {
        Self::new(429, "TooManyRequests", "storage is (re)initializing")
            .about(json!({"retryAfterSeconds": 1}))
    }

    /// 429 for an eviction that a disruption budget does not allow now.
    pub(super) fn held_back(why: &str) -> Self {
        let words = "Cannot evict pod as it would violate the pod's disruption budget.";
        Self::new(429, "TooManyRequests", words)
            .about(json!({"causes": [{"reason": "DisruptionBudget", "message": why}]}))
    }

    /// 500; the message says what did not work.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "", message)
    }

    /// The `Status` object.
    pub(super) fn status(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": self.metadata, "status": "Failure",
            "message": self.message, "code": self.code,
        });
        let map = super::meta::map(&mut status);
        if !self.reason.is_empty() {
            map.insert("reason".into(), json!(self.reason));
        }
        if let Some(details) = &self.details {
            map.insert("details".into(), details.clone());
        }
        status
    }

    /// The HTTP response.
    pub(super) fn response(&self) -> Response<Body> {
        let code = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = json_response(code, &self.status());
        if self.code == 429 {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

fn resource(group: &str, name: &str) -> String {
    if group.is_empty() {
        name.to_owned()
    } else {
        format!("{name}.{group}")
    }
}

fn details(name: Option<&str>, group: &str, kind: &str) -> Value {
    let mut map = Map::new();
    if let Some(name) = name {
        map.insert("name".into(), json!(name));
    }
    if !group.is_empty() {
        map.insert("group".into(), json!(group));
    }
    map.insert("kind".into(), json!(kind));
    Value::Object(map)
}

/// A JSON body with the headers that every answer has.
pub(super) fn json_response(code: StatusCode, body: &Value) -> Response<Body> {
    let mut response = json_body(Body::from(body.to_string()));
    *response.status_mut() = code;
    response
}

/// A body that is JSON already, whole or as it comes, with the headers that every answer has.
pub(super) fn json_body(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, private"),
    );
    response
}

/// What a path that nothing serves gets: plain text, no `Status`.
pub(super) fn no_such_page() -> Response<Body> {
    text_response(StatusCode::NOT_FOUND, "404 page not found\n")
}

/// A plain text answer.
pub(super) fn text_response(code: StatusCode, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = code;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}
