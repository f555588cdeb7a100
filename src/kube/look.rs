//! Single looks: one object as it is, a list, and whether something is permitted.
//!
//! What is read here is JSON as the API gives it: for writes that follow from what stands there, and
//! for a person who wants to see all of an object. Secrets are read by [`secret()`](super::secret()) alone.

use kube::api::{GetParams, ListParams, PostParams};
use kube::core::{DynamicObject, Request, Resource};
use serde::Deserialize;
use serde_json::{Value, json};

use super::connection::Connection;
use super::discovery::resource;
use super::fault::Fault;
use super::kind::ApiName;
use crate::domain::action::Right;
use crate::domain::object::ObjectRef;

/// The most objects that one list brings.
const MOST: u32 = 500;

/// The text at a place of an object (a JSON pointer); empty where there is none.
pub fn text<'a>(object: &'a Value, place: &str) -> &'a str {
    object
        .pointer(place)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The object of this name; nothing where there is none.
pub async fn object(
    connection: &Connection,
    api: &ApiName,
    of: &ObjectRef,
) -> Result<Option<Value>, Fault> {
    let request = door(api, &of.namespace)
        .get(&of.name, &GetParams::default())
        .map_err(|error| unbuilt(&error))?;
    match connection.client().request(request).await {
        Ok(object) => Ok(Some(object)),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The objects of a kind that `fields` selects (`spec.nodeName=k3s-worker`), in all pages; those of
/// one namespace where it is not empty.
pub async fn list(
    connection: &Connection,
    api: &ApiName,
    (namespace, fields): (&str, &str),
) -> Result<Vec<Value>, Fault> {
    let mut found = Vec::new();
    let mut how = ListParams::default().limit(MOST);
    if !fields.is_empty() {
        how = how.fields(fields);
    }
    loop {
        let request = door(api, namespace)
            .list(&how)
            .map_err(|error| unbuilt(&error))?;
        let page: Page = connection.client().request(request).await?;
        found.extend(page.items);
        match page.metadata.proceed {
            Some(next) if !next.is_empty() => how.continue_token = Some(next),
            _ => return Ok(found),
        }
    }
}

/// Whether these credentials are permitted to do something (`SelfSubjectAccessReview`).
pub async fn permits(connection: &Connection, right: &Right) -> Result<bool, Fault> {
    let (resource, subresource) = match right.resource.split_once('/') {
        Some((resource, part)) => (resource, part),
        None => (right.resource.as_str(), ""),
    };
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {
            "verb": right.verb,
            "group": right.group,
            "resource": resource,
            "subresource": subresource,
            "namespace": right.namespace,
        }},
    });
    let body =
        serde_json::to_vec(&review).map_err(|error| Fault::Answer(error.to_string().into()))?;
    let request = Request::new("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
        .create(&PostParams::default(), body)
        .map_err(|error| unbuilt(&error))?;
    let answer: Value = connection.client().request(request).await?;
    let allowed = answer.pointer("/status/allowed").and_then(Value::as_bool);
    allowed.ok_or_else(|| Fault::Answer("an access review without a verdict".into()))
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: Paging,
    items: Vec<Value>,
}

#[derive(Default, Deserialize)]
struct Paging {
    #[serde(default, rename = "continue")]
    proceed: Option<String>,
}

fn door(api: &ApiName, namespace: &str) -> Request {
    let version = api.versions.first().copied().unwrap_or_default();
    let namespace = Some(namespace).filter(|it| api.namespaced && !it.is_empty());
    Request::new(DynamicObject::url_path(&resource(api, version), namespace))
}

fn unbuilt(error: &kube::core::request::Error) -> Fault {
    Fault::Answer(error.to_string().into())
}
