//! One request before it is signed: service, path, query, body, and what makes it repeatable.

use std::fmt;

use reqwest::Url;
use serde::Serialize;

use crate::oci::endpoints::{Endpoints, Service};
use crate::oci::error::Error;
use crate::oci::retry::{Repeatable, RetryToken};

/// What is to be done at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::IntoStaticStr)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Method {
    /// Read.
    Get,
    /// Make, or act.
    Post,
    /// Change.
    Put,
    /// Remove.
    Delete,
}

/// A request to a service. Its body does not show in `Debug`: it may hold user data.
#[derive(Clone, PartialEq)]
pub struct Request {
    /// The service.
    pub service: Service,
    /// What is to be done.
    pub method: Method,
    /// Path below the service's base path; its parts are separated by `/` and encoded when sent.
    pub path: String,
    /// Names and values, encoded when sent.
    pub query: Vec<(String, String)>,
    /// JSON, for `POST` and `PUT`.
    pub body: Option<serde_json::Value>,
    /// Makes a `POST` safe to repeat.
    pub token: Option<RetryToken>,
    /// The version that a `PUT` or `DELETE` is meant for.
    pub if_match: Option<String>,
    /// A `POST` that only asks: it changes nothing, so it may be repeated like a read.
    pub asks: bool,
}

impl Request {
    /// A read.
    pub fn get(service: Service, path: impl Into<String>) -> Self {
        Self::new(service, Method::Get, path)
    }

    /// A create or an action.
    pub fn post(service: Service, path: impl Into<String>) -> Self {
        Self::new(service, Method::Post, path)
    }

    /// A question whose words are too long for a query.
    pub fn question(service: Service, path: impl Into<String>) -> Self {
        Self {
            asks: true,
            ..Self::post(service, path)
        }
    }

    /// A change.
    pub fn put(service: Service, path: impl Into<String>) -> Self {
        Self::new(service, Method::Put, path)
    }

    /// A removal.
    pub fn delete(service: Service, path: impl Into<String>) -> Self {
        Self::new(service, Method::Delete, path)
    }

    fn new(service: Service, method: Method, path: impl Into<String>) -> Self {
        Self {
            service,
            method,
            path: path.into(),
            query: Vec::new(),
            body: None,
            token: None,
            if_match: None,
            asks: false,
        }
    }

    /// With more of a query.
    #[must_use]
    pub fn with_query(mut self, query: &[(&str, &str)]) -> Self {
        self.query.extend(
            query
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        self
    }

    /// With a body.
    pub fn with_body<B: Serialize>(mut self, body: &B) -> Result<Self, Error> {
        let body = serde_json::to_value(body).map_err(|why| self.unsendable(&why.to_string()))?;
        self.body = Some(body);
        Ok(self)
    }

    /// With a retry token.
    #[must_use]
    pub fn with_token(mut self, token: RetryToken) -> Self {
        self.token = Some(token);
        self
    }

    /// Method and path, for people.
    pub fn operation(&self) -> String {
        format!(
            "{} /{}/{}",
            self.method,
            self.service.base_path(),
            self.path
        )
    }

    pub(super) fn repeatable(&self) -> Repeatable {
        match self.method {
            Method::Post if self.token.is_none() && !self.asks => Repeatable::IfUntouched,
            Method::Get | Method::Post | Method::Put | Method::Delete => Repeatable::Always,
        }
    }

    pub(super) fn has_body(&self) -> bool {
        matches!(self.method, Method::Post | Method::Put)
    }

    /// The URL, every part encoded; an empty or dotted part would name something else than meant.
    pub(super) fn url(&self, endpoints: &Endpoints) -> Result<Url, Error> {
        let parts: Vec<&str> = self.path.split('/').collect();
        if parts
            .iter()
            .any(|part| part.is_empty() || *part == "." || *part == "..")
        {
            return Err(self.unsendable("a part of its path is empty"));
        }
        let mut url = endpoints.base(self.service)?;
        url.path_segments_mut()
            .map_err(|()| self.unsendable("the endpoint takes no path"))?
            .clear()
            .push(self.service.base_path())
            .extend(parts);
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }

    pub(super) fn unsendable(&self, why: &str) -> Error {
        Error::Unsendable {
            operation: self.operation(),
            why: why.to_owned(),
        }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("operation", &self.operation())
            .field("query", &self.query)
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}
