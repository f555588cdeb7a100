//! From a planned object to the body of a request: what the configuration sets, under the API's
//! names and in its types, and nothing that only the API knows.

use serde_json::{Map, Number, Value as Json};

use super::names::{Names, find, insert, join};
use super::schema::{Block, Nested, Nesting};
use super::table::Row;
use super::value::{Cty, Object};

/// Writes the bodies of one resource type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer<'a> {
    pub(super) row: &'a Row,
    pub(super) names: Names<'a>,
    pub(super) block: &'a Block,
}

impl Writer<'_> {
    /// The body that creates what is `planned`. `config` tells what of it the user set.
    pub(super) fn create(&self, planned: &Object, config: &Object) -> Map<String, Json> {
        self.whole(planned, config, &|name| {
            !self.row.local.iter().any(|local| local == name)
        })
    }

    /// The body that brings what can be changed in place to what is `planned`.
    pub(super) fn update(
        &self,
        prior: &Object,
        planned: &Object,
        config: &Object,
    ) -> Map<String, Json> {
        let mut body = self.whole(planned, config, &|name| {
            self.row.update.iter().any(|update| update == name)
        });
        for (name, nothing) in &self.row.unset {
            let set = |object: &Object| object.get(name).is_some_and(|value| !value.is_zero());
            if set(prior) && planned.get(name).is_none_or(Cty::is_null) {
                insert(&mut body, &self.names.field(name), nothing.clone());
            }
        }
        body
    }

    /// The value at a path of the schema (through blocks of one), as the API takes it.
    pub(super) fn value_at(&self, object: &Object, path: &str) -> Option<Json> {
        self.json(at(object, path)?, path)
    }

    fn whole(
        &self,
        planned: &Object,
        config: &Object,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Map<String, Json> {
        let all = self.object(self.block, "", planned, Some(config));
        let names = self.block.attributes.keys();
        let names = names.chain(self.block.block_types.keys());
        let mut body = Map::new();
        for name in names.filter(|name| wanted(name)) {
            let field = self.names.field(name);
            if let Some(value) = find(&all, &field).cloned() {
                insert(&mut body, &field, value);
            }
        }
        body
    }

    /// `config` is absent inside sets, whose elements cannot be told apart by place.
    fn object(
        &self,
        block: &Block,
        path: &str,
        planned: &Object,
        config: Option<&Object>,
    ) -> Map<String, Json> {
        let mut body = Map::new();
        for (name, attribute) in &block.attributes {
            let path = join(path, name);
            let value = planned.get(name).unwrap_or(&Cty::Null);
            let set = match config {
                Some(config) => config.get(name).is_some_and(|given| !given.is_null()),
                None => attribute.is_the_users() || !value.is_zero(),
            };
            let json = if set { self.json(value, &path) } else { None };
            let json = json.or_else(|| self.row.defaults.get(&path).cloned());
            if let Some(json) = json {
                insert(&mut body, &self.names.field(&path), json);
            }
        }
        for (name, nested) in &block.block_types {
            if nested.nesting == Nesting::Single {
                continue;
            }
            let path = join(path, name);
            let items = planned.get(name).and_then(Cty::as_list).unwrap_or_default();
            let given = config.and_then(|config| config.get(name)?.as_list());
            self.blocks((nested, &path), items, given, &mut body);
        }
        body
    }

    fn blocks(
        &self,
        (nested, path): (&Nested, &str),
        items: &[Cty],
        given: Option<&[Cty]>,
        body: &mut Map<String, Json>,
    ) {
        let field = self.names.field(path);
        let ordered = nested.nesting == Nesting::List;
        let objects: Vec<Json> = items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| {
                let config = given
                    .filter(|_| ordered)
                    .and_then(|given| given.get(index)?.as_object());
                let object = self.object(&nested.block, path, item.as_object()?, config);
                Some(Json::Object(object))
            })
            .collect();
        if nested.max_items == 1 {
            if let Some(object) = objects.into_iter().next() {
                insert(body, &field, object);
            }
        } else if !ordered || !objects.is_empty() {
            // The API wants these lists even when they are empty.
            insert(body, &field, Json::Array(objects));
        }
    }

    fn json(&self, value: &Cty, path: &str) -> Option<Json> {
        let listed = |paths: &[String]| paths.iter().any(|listed| listed == path);
        if !value.is_set() {
            return None;
        }
        match value.as_text() {
            Some(text) if listed(&self.row.numbers) => {
                text.parse::<Number>().ok().map(Json::Number)
            }
            Some(text) if listed(&self.row.flags) => text.parse::<bool>().ok().map(Json::Bool),
            _ => Some(value.json()),
        }
    }
}

/// The value at a path of the schema, through the first block of each name.
pub(super) fn at<'a>(object: &'a Object, path: &str) -> Option<&'a Cty> {
    match path.split_once('.') {
        None => object.get(path),
        Some((first, rest)) => at(object.get(first)?.as_list()?.first()?.as_object()?, rest),
    }
}
