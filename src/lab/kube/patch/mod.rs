//! The four kinds of patches, by their media types.

mod apply;
mod strategic;

use axum::http::HeaderMap;
use serde_json::Value;

use super::body;
use super::meta;
use super::status::Failure;
use super::view::View;
use super::write::{Writer, Written};

/// How a body changes an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Merge,
    Strategic,
    Apply,
}

/// Changes an object as the body says.
pub(super) fn patch(
    writer: &Writer<'_>,
    headers: &HeaderMap,
    given: &[u8],
) -> Result<Written, Failure> {
    let form = form(headers, writer.view)?;
    let text = std::str::from_utf8(given)
        .map_err(|_| Failure::bad_request("the body of the request is not UTF-8"))?;
    let given = match form {
        Form::Apply => serde_saphyr::from_str::<Value>(text)
            .map_err(|error| Failure::bad_request(format!("error decoding YAML: {error}")))?,
        Form::Json | Form::Merge | Form::Strategic => serde_json::from_str(text)
            .map_err(|error| Failure::bad_request(format!("error decoding patch: {error}")))?,
    };
    if form == Form::Apply {
        return apply::apply(writer, given);
    }
    writer.transact(writer.key(), |before| {
        let name = writer.key().1;
        let before = before.ok_or_else(|| Failure::not_found(&writer.view.kind, &name))?;
        let mut after = writer.view.show(before).into_owned();
        match form {
            Form::Json => json(&mut after, given)?,
            Form::Merge => json_patch::merge(&mut after, &given),
            Form::Strategic | Form::Apply => strategic::merge(&mut after, given, writer.shape()),
        }
        if meta::key(&after) != meta::key(before) {
            return Err(Failure::bad_request(
                "the name or namespace of an object cannot be changed by a patch",
            ));
        }
        writer.settle(Some(before), after)
    })
}

fn form(headers: &HeaderMap, view: &View) -> Result<Form, Failure> {
    let media = body::media(headers);
    match media {
        "application/json-patch+json" => Ok(Form::Json),
        "application/merge-patch+json" => Ok(Form::Merge),
        "application/strategic-merge-patch+json" if !view.kind.custom => Ok(Form::Strategic),
        "application/apply-patch+yaml" => Ok(Form::Apply),
        _ => {
            let strategic = if view.kind.custom {
                ""
            } else {
                ", application/strategic-merge-patch+json"
            };
            Err(Failure::unsupported_media(&format!(
                "application/json-patch+json, application/merge-patch+json{strategic}, \
                     application/apply-patch+yaml"
            )))
        }
    }
}

fn json(object: &mut Value, patch: Value) -> Result<(), Failure> {
    let patch = serde_json::from_value::<json_patch::Patch>(patch)
        .map_err(|error| Failure::bad_request(format!("error decoding patch: {error}")))?;
    json_patch::patch(object, &patch).map_err(|error| {
        Failure::new(
            422,
            "Invalid",
            format!("the server rejected our request due to an error in our request: {error}"),
        )
    })
}
