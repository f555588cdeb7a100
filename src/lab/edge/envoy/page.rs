//! What a pod's port answers: the ACME solver its key, Argo CD its login page, any other its own name.
//!
//! A container is taken to listen on the ports that it declares.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;

use crate::lab::controllers::object::{items, number, text};

/// The part of a request that a page depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// The host name, without a port.
    pub(super) host: &'a str,
    /// The path.
    pub(super) path: &'a str,
}

/// The answer of a pod; none when nothing listens on that port.
pub(super) fn answer(pod: &Value, port: i64, asked: Asked<'_>) -> Option<Response<Body>> {
    let container = items(pod, "/spec/containers").iter().find(|container| {
        let mut ports = items(container, "/ports").iter();
        ports.any(|one| number(one, "/containerPort") == Some(port))
    })?;
    let image = text(container, "/image");
    let answer = if image.contains("acmesolver") {
        solver(container, asked)
    } else if image.contains("argoproj/argocd") {
        html(StatusCode::OK, &login(asked.host))
    } else {
        site(asked)
    };
    Some(answer)
}

/// cert-manager's solver: the key of its token for its domain, nothing else.
fn solver(container: &Value, asked: Asked<'_>) -> Response<Body> {
    let argument = |name: &str| {
        let mut all = items(container, "/args").iter().filter_map(Value::as_str);
        all.find_map(|one| one.strip_prefix(name)?.strip_prefix('='))
            .unwrap_or_default()
    };
    let (domain, token, key) = (argument("--domain"), argument("--token"), argument("--key"));
    let path = format!("/.well-known/acme-challenge/{token}");
    let (status, body) = if asked.path == path && asked.host == domain {
        (StatusCode::OK, key.to_owned())
    } else {
        (StatusCode::NOT_FOUND, String::new())
    };
    with(status, "text/plain; charset=utf-8", body)
}

fn site(asked: Asked<'_>) -> Response<Body> {
    if !matches!(asked.path, "/" | "/index.html") {
        let body = "<html><head><title>404 Not Found</title></head>\n<body><h1>404 Not Found</h1></body></html>\n";
        return html(StatusCode::NOT_FOUND, body);
    }
    let host = asked.host;
    html(
        StatusCode::OK,
        &format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Docs at {host}</title></head>\n\
             <body>\n<h1>It works</h1>\n<p>This page came from a pod of the lab's cluster, through its \
             Gateway, as <code>{host}</code>.</p>\n</body>\n</html>\n"
        ),
    )
}

fn login(host: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Argo CD</title></head>\n\
         <body>\n<h1>Argo CD</h1>\n<p>Log in to <code>{host}</code></p>\n\
         <form action=\"/api/v1/session\" method=\"post\"><input name=\"username\">\
         <input name=\"password\" type=\"password\"><button>Sign in</button></form>\n</body>\n</html>\n"
    )
}

fn html(status: StatusCode, body: &str) -> Response<Body> {
    with(status, "text/html; charset=utf-8", body.to_owned())
}

fn with(status: StatusCode, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
