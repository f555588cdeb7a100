//! Tables (`meta.k8s.io/v1`): what `kubectl get` prints.
//!
//! Columns of custom kinds come from their definitions, those of core kinds are written here.

mod core;
mod path;
mod reading;
mod value;

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::kinds::Kind;
use super::request::Params;
use super::view::{View, partial};
use value::Heading;

/// A Table of objects.
pub(super) fn table<'a>(
    view: &View,
    objects: impl Iterator<Item = Cow<'a, Value>>,
    params: &Params,
    now: Timestamp,
) -> Value {
    let headings = headings(&view.kind);
    let definitions = headings.iter().map(Heading::to_value).collect::<Vec<_>>();
    let rows = objects
        .map(|object| {
            let shown = match params.text("includeObject") {
                "None" => Value::Null,
                "Object" => object.clone().into_owned(),
                _ => partial(&object),
            };
            let cells = cells(&view.kind, &object, now);
            if shown.is_null() {
                json!({"cells": cells})
            } else {
                json!({"cells": cells, "object": shown})
            }
        })
        .collect::<Vec<_>>();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {},
        "columnDefinitions": definitions, "rows": rows,
    })
}

fn headings(kind: &Kind) -> Vec<Heading> {
    let mut headings = vec![Heading::name()];
    if kind.custom && !kind.columns.is_empty() {
        headings.extend(kind.columns.iter().map(Heading::of));
    } else if let Some(columns) = core::columns(&kind.resource()) {
        headings.extend(
            columns
                .iter()
                .map(|column| Heading::new(column.name, column.form, column.priority)),
        );
    } else {
        headings.push(Heading::age());
    }
    headings
}

fn cells(kind: &Kind, object: &Value, now: Timestamp) -> Vec<Value> {
    let mut cells = vec![
        object
            .pointer("/metadata/name")
            .cloned()
            .unwrap_or_default(),
    ];
    if kind.custom && !kind.columns.is_empty() {
        cells.extend(kind.columns.iter().map(|column| {
            path::first(object, &column.path)
                .map_or(Value::Null, |found| value::cell(&column.form, found, now))
        }));
    } else if let Some(columns) = core::columns(&kind.resource()) {
        cells.extend(columns.iter().map(|column| (column.cell)(object, now)));
    } else {
        cells.push(json!(value::age(object, now)));
    }
    cells
}
