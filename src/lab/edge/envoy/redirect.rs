//! The `RequestRedirect` filter: where a client is sent instead.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;

use super::route::below;
use crate::lab::controllers::object::{items, number, text};

/// A connection's side of a request, which a redirect keeps where it says nothing else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Came {
    /// Whether it came over TLS.
    pub(super) tls: bool,
    /// The port that the client connected to.
    pub(super) port: u16,
}

/// The rule's redirect, where it has one.
pub(super) fn filter(rule: &Value) -> Option<&Value> {
    items(rule, "/filters")
        .iter()
        .find(|filter| text(filter, "/type") == "RequestRedirect")?
        .get("requestRedirect")
}

/// The answer that sends a client away.
pub(super) fn answer(
    redirect: &Value,
    prefix: &str,
    (host, request): (&str, &Parts),
    came: Came,
) -> Response<Body> {
    let own = if came.tls { "https" } else { "http" };
    let scheme = match text(redirect, "/scheme") {
        "" => own,
        scheme => scheme,
    };
    let host = match text(redirect, "/hostname") {
        "" => host,
        other => other,
    };
    let port = match (number(redirect, "/port"), text(redirect, "/scheme")) {
        (Some(port), _) => port,
        (None, "") => i64::from(came.port),
        (None, "https") => 443,
        (None, _) => 80,
    };
    let shown = match (scheme, port) {
        ("http", 80) | ("https", 443) => String::new(),
        _ => format!(":{port}"),
    };
    let path = path(redirect, prefix, request.uri.path());
    let query = request.uri.query().map(|query| format!("?{query}"));
    let location = format!(
        "{scheme}://{host}{shown}{path}{}",
        query.unwrap_or_default()
    );
    let mut response = Response::new(Body::empty());
    *response.status_mut() = number(redirect, "/statusCode")
        .and_then(|code| u16::try_from(code).ok())
        .and_then(|code| StatusCode::from_u16(code).ok())
        .unwrap_or(StatusCode::FOUND);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn path(redirect: &Value, prefix: &str, path: &str) -> String {
    match text(redirect, "/path/type") {
        "ReplaceFullPath" => text(redirect, "/path/replaceFullPath").to_owned(),
        "ReplacePrefixMatch" => {
            let rest = below(prefix, path).unwrap_or_default();
            let new = text(redirect, "/path/replacePrefixMatch").trim_end_matches('/');
            match format!("{new}{rest}") {
                empty if empty.is_empty() => "/".to_owned(),
                path => path,
            }
        }
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use serde_json::json;

    use super::*;

    fn location(redirect: &Value, prefix: &str, path: &str, came: (bool, u16)) -> String {
        let request = Request::builder().uri(path).body(()).unwrap();
        let (tls, port) = came;
        let parts = request.into_parts().0;
        let answer = answer(
            redirect,
            prefix,
            ("a.example.com", &parts),
            Came { tls, port },
        );
        let location = answer.headers()[header::LOCATION].to_str().unwrap();
        format!("{} {location}", answer.status().as_u16())
    }

    #[test]
    fn what_a_redirect_does_not_say_stays_as_it_was() {
        let (plain, secure) = ((false, 80), (true, 443));
        for (redirect, came, expected) in [
            (
                json!({"scheme": "https", "statusCode": 301}),
                plain,
                "301 https://a.example.com/x/y?z",
            ),
            (
                json!({"hostname": "b.example.com"}),
                secure,
                "302 https://b.example.com/x/y?z",
            ),
            (
                json!({"port": 8443}),
                secure,
                "302 https://a.example.com:8443/x/y?z",
            ),
            (
                json!({}),
                (false, 8080),
                "302 http://a.example.com:8080/x/y?z",
            ),
            (
                json!({"path": {"type": "ReplaceFullPath", "replaceFullPath": "/n"}}),
                plain,
                "302 http://a.example.com/n?z",
            ),
            (
                json!({"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/n/"}}),
                plain,
                "302 http://a.example.com/n/y?z",
            ),
        ] {
            assert_eq!(
                location(&redirect, "/x", "/x/y?z", came),
                expected,
                "{redirect}"
            );
        }
    }
}
