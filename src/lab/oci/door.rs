//! The door by which other parts of the lab make requests: through everything that requests over
//! HTTP go through (faults, holds, the log, the rules), but for the signature.

use axum::http::HeaderValue;
use serde_json::Value;

use super::answer::{Answer, Content};
use super::call::Call;
use super::server;
use super::service::Oci;

/// What the API answered.
#[derive(Debug)]
pub(in crate::lab) struct Reply {
    pub(in crate::lab) status: u16,
    pub(in crate::lab) body: Value,
    /// `opc-next-page`.
    pub(in crate::lab) next_page: Option<String>,
    /// `opc-request-id`.
    pub(in crate::lab) request_id: String,
}

impl Oci {
    /// Makes a request; `None` when its connection breaks.
    pub(in crate::lab) async fn ask(
        &self,
        method: &str,
        target: &str,
        retry_token: Option<&str>,
        body: Option<&Value>,
    ) -> Option<Reply> {
        let mut call = Call::of_the_lab(method, target, body)?;
        let token = retry_token.and_then(|token| HeaderValue::from_str(token).ok());
        if let Some(token) = token {
            call.headers.insert("opc-retry-token", token);
        }
        let (answer, request_id, _) = server::attend(&self.shared, &call).await;
        let Answer {
            status,
            headers,
            content,
        } = answer?;
        let next_page = headers
            .into_iter()
            .find(|(name, _)| *name == "opc-next-page");
        Some(Reply {
            status,
            body: match content {
                Content::Json(body) => body,
                Content::Nothing | Content::Text(_) => Value::Null,
            },
            next_page: next_page.map(|(_, page)| page),
            request_id,
        })
    }
}
