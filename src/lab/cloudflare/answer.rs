//! Cloudflare's envelope: `success`, `errors`, `messages`, `result`, `result_info`.
//!
//! Every answer of the API, good or bad, is made here; codes follow the recorded samples.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Why the API said no.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    status: StatusCode,
    body: Value,
}

impl Refusal {
    fn new(status: StatusCode, code: u32, message: &str) -> Self {
        Self {
            status,
            body: json!({
                "result": null, "success": false,
                "errors": [{"code": code, "message": message}], "messages": [],
            }),
        }
    }

    fn chained(code: u32, message: &str, inner: (u32, &str)) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            body: json!({
                "result": null, "success": false, "messages": [],
                "errors": [{
                    "code": code, "message": message,
                    "error_chain": [{"code": inner.0, "message": inner.1}],
                }],
            }),
        }
    }

    pub(super) fn malformed_authorization() -> Self {
        Self::chained(
            6003,
            "Invalid request headers",
            (6111, "Invalid format for Authorization header"),
        )
    }

    pub(super) fn invalid_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, 1000, "Invalid API Token")
    }

    pub(super) fn not_permitted() -> Self {
        Self::new(StatusCode::FORBIDDEN, 10000, "Authentication error")
    }

    pub(super) fn identical_record() -> Self {
        let text = "An identical record already exists.";
        Self::new(StatusCode::BAD_REQUEST, 81058, text)
    }

    pub(super) fn host_taken() -> Self {
        let text = "An A, AAAA, or CNAME record with that host already exists.";
        Self::new(StatusCode::BAD_REQUEST, 81053, text)
    }

    pub(super) fn no_record() -> Self {
        Self::new(StatusCode::NOT_FOUND, 81044, "Record does not exist.")
    }

    pub(super) fn no_route(path: &str) -> Self {
        let text = format!("Could not route to {path}, perhaps your object identifier is invalid?");
        Self::new(StatusCode::NOT_FOUND, 7003, &text)
    }

    pub(super) fn bad_request(detail: &str) -> Self {
        let text = format!("Request body is invalid: {detail}.");
        Self::new(StatusCode::BAD_REQUEST, 9207, &text)
    }

    pub(super) fn validation(code: u32, detail: &str) -> Self {
        Self::chained(1004, "DNS Validation Error", (code, detail))
    }

    pub(super) fn too_many(wait_seconds: i64) -> Response {
        let text = "Rate limited. Please wait and consider throttling your request speed";
        let mut response = Self::new(StatusCode::TOO_MANY_REQUESTS, 10429, text).into_response();
        response
            .headers_mut()
            .insert("retry-after", wait_seconds.into());
        response
    }

    /// The code and message that a client logs.
    pub(crate) fn message(&self) -> String {
        let of = |pointer| self.body.pointer(pointer).cloned().unwrap_or_default();
        let text = of("/errors/0/message");
        format!(
            "{} ({})",
            text.as_str().unwrap_or("refused"),
            of("/errors/0/code")
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}

/// One thing.
pub(super) fn one(result: &Value) -> Json<Value> {
    Json(json!({"result": result, "success": true, "errors": [], "messages": []}))
}

/// One page of many things.
pub(super) fn page(all: Vec<Value>, page: usize, per_page: usize) -> Json<Value> {
    let total = all.len();
    let shown: Vec<Value> = all
        .into_iter()
        .skip(page.saturating_sub(1).saturating_mul(per_page))
        .take(per_page)
        .collect();
    Json(json!({
        "result_info": {
            "page": page, "per_page": per_page, "count": shown.len(),
            "total_count": total, "total_pages": total.div_ceil(per_page),
        },
        "result": shown, "success": true, "errors": [], "messages": [],
    }))
}
