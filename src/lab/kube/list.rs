//! Lists: resource versions, pages with a consistent snapshot, and the three forms of an answer.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::stream;
use serde_json::{Value, json};

use super::meta;
use super::objects::{Key, Objects};
use super::request::{Form, Params};
use super::selector::Selector;
use super::status::{Failure, json_body, json_response};
use super::table;
use super::view::{View, partial};

/// As many objects as are written at once.
const CHUNK: usize = 64;

/// One page of a list.
pub(super) struct Page {
    /// The objects.
    pub(super) objects: Vec<Arc<Value>>,
    /// `metadata` of the list.
    pub(super) metadata: Value,
}

/// Where the rest of a list begins.
#[derive(Debug, PartialEq, Eq)]
struct Continue {
    revision: Option<u64>,
    start: Key,
}

impl Continue {
    fn token(&self) -> String {
        let revision = self
            .revision
            .map_or_else(|| json!(-1), |revision| json!(revision));
        let (namespace, name) = &self.start;
        let start = format!("{namespace}/{name}\u{0}");
        let token = json!({"v": "meta.k8s.io/v1", "rv": revision, "start": start});
        URL_SAFE_NO_PAD.encode(token.to_string())
    }

    fn read(token: &str) -> Option<Self> {
        let token = URL_SAFE_NO_PAD.decode(token).ok()?;
        let token = serde_json::from_slice::<Value>(&token).ok()?;
        let start = token.get("start")?.as_str()?.trim_end_matches('\u{0}');
        let (namespace, name) = start.split_once('/')?;
        Some(Self {
            revision: token.get("rv")?.as_u64(),
            start: (namespace.to_owned(), name.to_owned()),
        })
    }
}

/// Reads the page that a request asks for.
pub(super) fn page(
    objects: &Objects,
    view: &View,
    selector: &Selector,
    params: &Params,
) -> Result<Page, Failure> {
    let resume = match params.text("continue") {
        "" => None,
        token => Some(
            Continue::read(token)
                .ok_or_else(|| Failure::bad_request("continue key is not valid"))?,
        ),
    };
    let at = match &resume {
        Some(resume) => resume.revision,
        None => asked_version(objects, params)?,
    };
    let (revision, all) = objects
        .snapshot(&view.table(), at)
        .map_err(|_| match &resume {
            Some(resume) => Failure::continue_too_old(
                &Continue {
                    revision: None,
                    start: resume.start.clone(),
                }
                .token(),
            ),
            None => Failure::exact_too_old(),
        })?;
    let after_start = |object: &Arc<Value>| {
        resume
            .as_ref()
            .is_none_or(|resume| meta::key(object) > resume.start)
    };
    let mut objects = all
        .into_iter()
        .filter(|object| selector.matches(object) && after_start(object))
        .collect::<Vec<_>>();
    let mut metadata = json!({"resourceVersion": revision.to_string()});
    let limit = params
        .number("limit")
        .and_then(|limit| usize::try_from(limit).ok())
        .filter(|limit| *limit > 0 && *limit < objects.len());
    if let Some(limit) = limit {
        let remaining = objects.len() - limit;
        objects.truncate(limit);
        let start = objects.last().map(|last| meta::key(last));
        let next = Continue {
            revision: Some(revision),
            start: start.unwrap_or_default(),
        };
        let map = meta::map(&mut metadata);
        map.insert("continue".into(), json!(next.token()));
        if selector.is_everything() {
            map.insert("remainingItemCount".into(), json!(remaining));
        }
    }
    Ok(Page { objects, metadata })
}

fn asked_version(objects: &Objects, params: &Params) -> Result<Option<u64>, Failure> {
    let text = params.text("resourceVersion");
    let exact = params.text("resourceVersionMatch") == "Exact";
    if text.is_empty() || (text == "0" && !exact) {
        return Ok(None);
    }
    let asked = text.parse::<u64>().map_err(|_| {
        Failure::bad_request(format!(
            "resourceVersion: Invalid value: \"{text}\": must be a number"
        ))
    })?;
    let current = objects.revision();
    if asked > current {
        return Err(Failure::new(
            504,
            "Timeout",
            format!("Too large resource version: {asked}, current: {current}"),
        ));
    }
    Ok(exact.then_some(asked))
}

/// Writes a page in the form that was asked for.
pub(super) fn answer(
    view: &View,
    page: Page,
    form: Form,
    params: &Params,
    now: jiff::Timestamp,
) -> Response<Body> {
    match form {
        Form::Table => {
            let objects = page.objects.iter().map(|object| view.show(object));
            let mut table = table::table(view, objects, params, now);
            meta::map(&mut table).insert("metadata".into(), page.metadata);
            json_response(StatusCode::OK, &table)
        }
        Form::Metadata => {
            let items = page
                .objects
                .iter()
                .map(|object| partial(&view.show(object)));
            let list = json!({
                "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
                "metadata": page.metadata, "items": items.collect::<Vec<_>>(),
            });
            json_response(StatusCode::OK, &list)
        }
        Form::Plain => plain(view.clone(), &page),
    }
}

/// A list written piece by piece: five thousand pods never stand in one text.
fn plain(view: View, page: &Page) -> Response<Body> {
    let head = format!(
        r#"{{"kind":{},"apiVersion":{},"metadata":{},"items":["#,
        json!(view.list_kind()),
        json!(view.api_version()),
        page.metadata
    );
    let chunks = page
        .objects
        .chunks(CHUNK)
        .map(<[Arc<Value>]>::to_vec)
        .collect::<Vec<_>>();
    let items = chunks.into_iter().enumerate().map(move |(at, chunk)| {
        let items = chunk.iter().map(|object| view.show(object).to_string());
        let items = items.collect::<Vec<_>>().join(",");
        if at == 0 { items } else { format!(",{items}") }
    });
    let pieces = std::iter::once(head)
        .chain(items)
        .chain(std::iter::once("]}\n".to_owned()))
        .map(|piece| Ok::<_, std::convert::Infallible>(Bytes::from(piece)));
    json_body(Body::from_stream(stream::iter(pieces)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back() {
        let next = Continue {
            revision: Some(670),
            start: ("argocd".into(), "argocd-ingress".into()),
        };
        assert_eq!(Continue::read(&next.token()), Some(next));
        assert_eq!(Continue::read("bm9uc2Vuc2U"), None);
    }
}
