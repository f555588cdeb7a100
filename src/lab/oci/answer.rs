//! What the API answers: bodies, headers and OCI's refusals with their codes.
//!
//! The codes and texts follow Oracle's "API errors" page; clients branch on them.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

/// A body in the form that a route gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    Nothing,
    Json(Value),
    Text(Vec<u8>),
}

/// One answer before it is put on the wire.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) content: Content,
}

/// A refusal: `{code, message}` with its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
}

/// What a route yields.
pub(super) type Outcome = Result<Answer, Refusal>;

impl Answer {
    pub(super) fn json(value: Value) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            content: Content::Json(value),
        }
    }

    pub(super) fn nothing() -> Self {
        Self {
            status: 204,
            headers: Vec::new(),
            content: Content::Nothing,
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds what every answer carries and builds the HTTP message.
    pub(super) fn into_response(self, request_id: &str, date: &str) -> Response<Body> {
        let (kind, body) = match self.content {
            Content::Nothing => (None, Body::empty()),
            Content::Json(value) => (Some("application/json"), Body::from(value.to_string())),
            Content::Text(bytes) => (Some("text/plain"), Body::from(bytes)),
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let own = [
            ("opc-request-id", Some(request_id.to_owned())),
            ("date", Some(date.to_owned())),
            ("content-type", kind.map(str::to_owned)),
        ];
        let own = own
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name, value)));
        for (name, value) in own.chain(self.headers) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self {
            status: refusal.status,
            ..Self::json(json!({"code": refusal.code, "message": refusal.message}))
        }
    }
}

impl Refusal {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
        }
    }

    /// All failures of authentication look the same, so that nothing is learned from them.
    pub(super) fn unauthenticated() -> Self {
        Self::new(
            401,
            "NotAuthenticated",
            "The required information to complete authentication was not provided or was incorrect.",
        )
    }

    /// An id in the path that does not exist or may not be seen.
    pub(super) fn hidden() -> Self {
        Self::new(
            404,
            "NotAuthorizedOrNotFound",
            "Authorization failed or requested resource not found.",
        )
    }

    /// An id in a body that does not exist or may not be seen.
    pub(super) fn related(id: &str) -> Self {
        Self::new(
            400,
            "RelatedResourceNotAuthorizedOrNotFound",
            format!("Authorization failed or requested related resource {id} not found."),
        )
    }

    pub(super) fn no_such_route(target: &str) -> Self {
        Self::new(404, "NotFound", format!("There is nothing at {target}"))
    }

    pub(super) fn unparsable(message: impl Into<String>) -> Self {
        Self::new(400, "CannotParseRequest", message)
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidParameter", message)
    }

    pub(super) fn missing(field: &str) -> Self {
        Self::new(
            400,
            "MissingParameter",
            format!("Missing required parameter: {field}"),
        )
    }

    pub(super) fn incorrect_state(id: &str, state: &str) -> Self {
        Self::new(
            409,
            "IncorrectState",
            format!("The resource {id} is in state {state}, which does not permit this operation."),
        )
    }

    /// No host has room: Oracle says it as an error of its own side.
    pub(super) fn out_of_capacity() -> Self {
        Self::new(500, "InternalError", "Out of host capacity.")
    }

    pub(super) fn too_many() -> Self {
        Self::new(429, "TooManyRequests", "Too many requests for the user")
    }

    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "Conflict", message)
    }
}
