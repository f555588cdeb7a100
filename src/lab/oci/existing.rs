//! What stands in the cloud before the lab begins: requests of a scenario, played through the same
//! handlers as everybody's, each with all the time that it needs.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::{Answer, Content, Refusal};
use super::call::Call;
use super::catalog;
use super::routes;
use super::world::{World, stamp};
use crate::lab::frame::LabError;
use crate::lab::scenario::Existing;

const DAY: Duration = Duration::from_hours(24);
const CORE: &str = "/20160918/";

/// Plays all of it, in order.
pub(super) fn play(world: &mut World, all: &[Existing]) -> Result<(), LabError> {
    let mut known = known(world);
    for existing in all {
        let done = do_one(world, existing, &known);
        let made = done.map_err(|refusal| LabError::Existing {
            what: format!("{} {}", method(existing), existing.collection),
            reason: format!("{}: {}", refusal.code, refusal.message),
        })?;
        world.mature();
        let Some(id) = made else { continue };
        date_back(world, &id, existing.days_ago);
        // What the service added while it matured is part of it.
        let whole = world.get(&id).map(super::world::Resource::json);
        if let (Some(name), Some(whole)) = (&existing.name, whole) {
            known.insert(name.clone(), whole);
        }
    }
    Ok(())
}

fn known(world: &World) -> BTreeMap<String, Value> {
    let place = &world.place;
    let mut known = BTreeMap::from([
        ("compartment".to_owned(), json!({"id": place.compartment})),
        ("tenancy".to_owned(), json!({"id": place.tenancy})),
    ]);
    if let Some(image) = catalog::newest_ubuntu(world) {
        known.insert("image".to_owned(), image);
    }
    for (index, domain) in place.domains.iter().enumerate() {
        known.insert(format!("domain{}", index + 1), json!({"id": domain}));
    }
    known
}

fn method(existing: &Existing) -> &str {
    existing.method.as_deref().unwrap_or("POST")
}

fn do_one(
    world: &mut World,
    existing: &Existing,
    known: &BTreeMap<String, Value>,
) -> Result<Option<String>, Refusal> {
    let target = filled(&existing.collection, known)?;
    let target = if target.starts_with('/') {
        target
    } else {
        format!("{CORE}{target}")
    };
    let body = existing.body.clone().map(|body| fill(body, known));
    let call = Call::of_the_lab(method(existing), &target, body.transpose()?.as_ref())
        .ok_or_else(|| Refusal::no_such_route(&target))?;
    routes::answer(world, &call).map(|answer| id_of(&answer))
}

fn id_of(answer: &Answer) -> Option<String> {
    match &answer.content {
        Content::Json(body) => body.get("id")?.as_str().map(str::to_owned),
        Content::Nothing | Content::Text(_) => None,
    }
}

fn fill(value: Value, known: &BTreeMap<String, Value>) -> Result<Value, Refusal> {
    Ok(match value {
        Value::String(text) => filled(&text, known)?.into(),
        Value::Array(list) => {
            let list: Result<Vec<Value>, Refusal> =
                list.into_iter().map(|item| fill(item, known)).collect();
            list?.into()
        }
        Value::Object(map) => {
            let map: Result<_, Refusal> = map
                .into_iter()
                .map(|(key, item)| Ok((key, fill(item, known)?)))
                .collect();
            Value::Object(map?)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    })
}

/// A text with every `$name` and `$name.field` in it replaced.
fn filled(text: &str, known: &BTreeMap<String, Value>) -> Result<String, Refusal> {
    let mut pieces = text.split('$');
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece
            .find(|letter: char| !(letter.is_ascii_alphanumeric() || "_.".contains(letter)))
            .unwrap_or(piece.len());
        let (reference, rest) = piece.split_at(end);
        let (name, field) = reference.split_once('.').unwrap_or((reference, "id"));
        let value = known
            .get(name)
            .and_then(|resource| resource.get(field)?.as_str())
            .ok_or_else(|| Refusal::invalid(format!("${reference} is not known")))?;
        whole.push_str(value);
        whole.push_str(rest);
    }
    Ok(whole)
}

fn date_back(world: &mut World, id: &str, days: u32) {
    let made = world.now.checked_sub(DAY * days);
    if let Some(made) = made.ok().filter(|_| days > 0) {
        world.edit(id, |body| {
            body.insert("timeCreated".into(), stamp(made).into());
        });
    }
}
