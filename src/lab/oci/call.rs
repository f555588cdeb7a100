//! One request as the lab's API reads it: target, query, headers and the whole body.

use axum::body::{Body, Bytes};
use axum::extract::Query;
use axum::http::{HeaderMap, Method, Request, Uri};
use serde_json::{Map, Value};

use super::answer::Refusal;

/// Larger than any body that OCI takes at these routes.
const LARGEST_BODY: usize = 1024 * 1024;

/// A request that has been read to its end.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    /// Path and query exactly as they were sent, because they were signed so.
    pub(super) target: String,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// It comes from inside the lab, where nothing is signed.
    pub(super) is_the_labs: bool,
    query: Vec<(String, String)>,
}

impl Call {
    /// Reads a request; `None` when its body is too long or breaks off.
    pub(super) async fn read(request: Request<Body>) -> Option<Self> {
        let (parts, body) = request.into_parts();
        let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map(|Query(pairs)| pairs)
            .unwrap_or_default();
        Some(Self {
            method: parts.method,
            target: parts
                .uri
                .path_and_query()
                .map_or_else(|| "/".to_owned(), ToString::to_string),
            path: parts.uri.path().to_owned(),
            headers: parts.headers,
            body: axum::body::to_bytes(body, LARGEST_BODY).await.ok()?,
            is_the_labs: false,
            query,
        })
    }

    /// A request that the lab makes of itself, unsigned; `None` when it is none.
    pub(super) fn of_the_lab(method: &str, target: &str, body: Option<&Value>) -> Option<Self> {
        let uri: Uri = target.parse().ok()?;
        let query = Query::<Vec<(String, String)>>::try_from_uri(&uri).ok()?;
        Some(Self {
            method: method.parse().ok()?,
            target: target.to_owned(),
            path: uri.path().to_owned(),
            headers: HeaderMap::new(),
            body: body.map_or_else(Bytes::new, |body| body.to_string().into()),
            is_the_labs: true,
            query: query.0,
        })
    }

    /// A header's value; repeated ones are joined as HTTP says.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.query(name).ok_or_else(|| Refusal::missing(name))
    }

    /// The body as a JSON object.
    pub(super) fn object(&self) -> Result<Map<String, Value>, Refusal> {
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(Refusal::unparsable("The request body is not an object")),
            Err(error) => Err(Refusal::unparsable(format!(
                "Incorrectly formatted request: {error}"
            ))),
        }
    }

    /// The path's segments after the service's version.
    pub(super) fn segments(&self) -> Vec<&str> {
        self.path.trim_matches('/').split('/').collect()
    }
}
