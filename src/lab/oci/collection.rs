//! List, create, get, update and delete as the table of kinds describes them.

use serde_json::{Map, Value, json};

use super::answer::{Answer, Outcome, Refusal};
use super::call::Call;
use super::kinds::Kind;
use super::page;
use super::schema;
use super::token;
use super::world::{Resource, World};

/// Answers with one resource.
pub(super) fn show(resource: &Resource) -> Answer {
    Answer::json(resource.json()).with("etag", resource.etag.clone())
}

pub(super) fn list(world: &World, kind: &'static Kind, call: &Call) -> Outcome {
    for name in kind.list_needs {
        call.required(name)?;
    }
    if let Some(compartment) = call.query("compartmentId") {
        known_compartment(world, compartment)?;
    }
    let mut found: Vec<&Resource> = world
        .all(kind.path)
        .filter(|resource| {
            kind.filters
                .iter()
                .filter_map(|name| call.query(name).map(|wanted| (name, wanted)))
                .all(|(name, wanted)| resource.text(name) == wanted)
        })
        .collect();
    sort(&mut found, call)?;
    page::cut(world, call, found.into_iter().map(Resource::json).collect())
}

/// Newest first unless the client says otherwise; names ascend by default.
fn sort(found: &mut [&Resource], call: &Call) -> Result<(), Refusal> {
    let field = match call.query("sortBy") {
        None | Some("TIMECREATED") => "timeCreated",
        Some("DISPLAYNAME") => "displayName",
        Some(other) => return Err(Refusal::invalid(format!("sortBy {other} is not known"))),
    };
    let ascending = match call.query("sortOrder") {
        None => field == "displayName",
        Some("ASC") => true,
        Some("DESC") => false,
        Some(other) => return Err(Refusal::invalid(format!("sortOrder {other} is not known"))),
    };
    found.sort_by(|one, other| one.text(field).cmp(other.text(field)));
    if !ascending {
        found.reverse();
    }
    Ok(())
}

pub(super) fn known_compartment(world: &World, id: &str) -> Result<(), Refusal> {
    if world.place.has_compartment(id) {
        Ok(())
    } else {
        Err(Refusal::hidden())
    }
}

pub(super) fn create(world: &mut World, kind: &'static Kind, call: &Call) -> Outcome {
    if kind.create.is_empty() {
        return Err(Refusal::no_such_route(&call.target));
    }
    once(world, call, |world| {
        let mut body = call.object()?;
        schema::check(&body, kind.create, "")?;
        body.retain(|_, value| !value.is_null());
        accept(world, kind, &body, None)?;
        fill_in(world, kind, &mut body);
        let id = world.add(kind, body);
        if let Some(made) = kind.made {
            made(world, &id);
        }
        Ok(id)
    })
}

/// Does a create once however often its token is sent, and answers with the resource.
pub(super) fn once(
    world: &mut World,
    call: &Call,
    make: impl FnOnce(&mut World) -> Result<String, Refusal>,
) -> Outcome {
    let id = if let Some(id) = world.tokens.earlier(call, world.now)? {
        let lives = world
            .get(&id)
            .is_some_and(|resource| !resource.is_ending() && !resource.is_over());
        if !lives {
            return Err(token::invalidated());
        }
        id
    } else {
        let id = make(world)?;
        let now = world.now;
        world.tokens.remember(call, now, &id);
        id
    };
    world.get(&id).map(show).ok_or_else(Refusal::hidden)
}

/// Does something to a resource once however often its token is sent, and answers with it.
pub(super) fn act_once(
    world: &mut World,
    call: &Call,
    id: &str,
    act: impl FnOnce(&mut World) -> Result<(), Refusal>,
) -> Outcome {
    once(world, call, |world| act(world).map(|()| id.to_owned()))
}

fn accept(
    world: &World,
    kind: &Kind,
    body: &Map<String, Value>,
    changed: Option<&str>,
) -> Result<(), Refusal> {
    if let Some(compartment) = body.get("compartmentId").and_then(Value::as_str) {
        known_compartment(world, compartment)?;
    }
    let fields = if changed.is_some() {
        kind.update
    } else {
        kind.create
    };
    references_live(world, body, fields)?;
    kind.check
        .map_or(Ok(()), |check| check(world, body, changed))
}

/// What a body names must exist and be ready for use.
pub(super) fn references_live(
    world: &World,
    body: &Map<String, Value>,
    fields: &[schema::Field],
) -> Result<(), Refusal> {
    for (wanted, id) in schema::references(body, fields) {
        let resource = world
            .living(wanted, &id)
            .ok_or_else(|| Refusal::related(&id))?;
        if resource.is_ending() || (resource.is_being_made() && wanted != "instances") {
            return Err(Refusal::incorrect_state(&id, resource.state()));
        }
    }
    Ok(())
}

/// What every resource has even when the client says nothing.
pub(super) fn fill_in(world: &World, kind: &Kind, body: &mut Map<String, Value>) {
    let stamp = world.now.strftime("%Y%m%d%H%M%S");
    body.entry("displayName")
        .or_insert_with(|| format!("{}{stamp}", kind.word).into());
    body.entry("freeformTags").or_insert_with(|| json!({}));
    body.entry("definedTags").or_insert_with(|| json!({}));
}

pub(super) fn get(world: &World, kind: &Kind, id: &str) -> Outcome {
    existing(world, kind, id).map(show)
}

fn existing<'a>(world: &'a World, kind: &Kind, id: &str) -> Result<&'a Resource, Refusal> {
    world
        .get(id)
        .filter(|resource| resource.kind.path == kind.path)
        .ok_or_else(Refusal::hidden)
}

/// Refuses a change that was made for another version of the resource.
pub(super) fn if_match(resource: &Resource, call: &Call) -> Result<(), Refusal> {
    match call.header("if-match") {
        Some(wanted) if wanted != "*" && wanted.trim_matches('"') != resource.etag => {
            Err(Refusal::new(
                412,
                "NoEtagMatch",
                "The etag of the resource does not match the if-match header.",
            ))
        }
        _ => Ok(()),
    }
}

pub(super) fn update(world: &mut World, kind: &Kind, id: &str, call: &Call) -> Outcome {
    let resource = existing(world, kind, id)?;
    if kind.update.is_empty() {
        return Err(Refusal::no_such_route(&call.target));
    }
    if_match(resource, call)?;
    if resource.is_ending() || resource.is_over() {
        return Err(Refusal::incorrect_state(id, resource.state()));
    }
    let mut change = call.object()?;
    schema::check(&change, kind.update, "")?;
    change.retain(|_, value| !value.is_null());
    let before = resource.body.clone();
    let mut whole = before.clone();
    whole.extend(change.clone());
    accept(world, kind, &whole, Some(id))?;
    world.edit(id, |body| body.extend(change));
    if let Some(changed) = kind.changed {
        changed(world, id, &before);
    }
    get(world, kind, id)
}

pub(super) fn delete(world: &mut World, kind: &Kind, id: &str, call: &Call) -> Outcome {
    let resource = existing(world, kind, id)?;
    if !kind.deletable {
        return Err(Refusal::no_such_route(&call.target));
    }
    if_match(resource, call)?;
    if resource.is_over() {
        return Err(Refusal::hidden());
    }
    if resource.is_ending() {
        return Err(Refusal::incorrect_state(id, resource.state()));
    }
    if let Some(user) = user_of(world, resource) {
        return Err(Refusal::conflict(format!(
            "The {} {id} is used by the {} {}. You must remove that use to proceed with this operation.",
            kind.word,
            user.kind.word,
            user.id()
        )));
    }
    world.end(id);
    Ok(Answer::nothing())
}

/// The first living resource that uses this one.
fn user_of<'a>(world: &'a World, used: &Resource) -> Option<&'a Resource> {
    let own: Vec<&str> = super::network::DEFAULTS
        .iter()
        .map(|field| used.text(field))
        .collect();
    used.kind.used_by.iter().find_map(|(kind, path)| {
        world.all(kind).find(|user| {
            !user.is_over() && !own.contains(&user.id()) && names(user.body.iter(), path, used.id())
        })
    })
}

/// Whether the field at `path` (through objects and lists) is or holds `id`.
fn names<'a>(fields: impl Iterator<Item = (&'a String, &'a Value)>, path: &str, id: &str) -> bool {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    fields
        .filter(|(name, _)| *name == first)
        .any(|(_, value)| holds(value, rest, id))
}

fn holds(value: &Value, path: &str, id: &str) -> bool {
    match value {
        Value::String(text) => path.is_empty() && text == id,
        Value::Array(list) => list.iter().any(|item| holds(item, path, id)),
        Value::Object(map) => names(map.iter(), path, id),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
