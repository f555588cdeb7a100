//! From the API's answer to a state: fields under the schema's names and in its types, laid over
//! what Terraform knew before.
//!
//! Terraform holds a provider to its plan, so what the user left out stays out even where the API
//! tells a value, unless the schema lets the provider compute it.

use serde_json::{Map, Number, Value as Json};

use super::names::{Names, find, join};
use super::schema::{Attribute, Block, Kind, Nested, Nesting};
use super::value::{Cty, Object, plain};

/// Reads the answers about one type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    pub(super) names: Names<'a>,
    /// Blocks to take over when nothing was known before, as in an import.
    pub(super) imported: Option<&'a [String]>,
}

impl Reader<'_> {
    /// The state that `answer` makes of what was known before.
    pub(super) fn state(
        &self,
        block: &Block,
        answer: &Map<String, Json>,
        before: Option<&Object>,
    ) -> Object {
        let told = self.told(block, "", answer);
        self.laid_over(block, "", told, before)
    }

    /// What the answer tells; a name that it leaves out is absent.
    fn told(&self, block: &Block, path: &str, answer: &Map<String, Json>) -> Object {
        let mut told = Object::new();
        for (name, attribute) in &block.attributes {
            let path = join(path, name);
            if let Some(json) = find(answer, &self.names.field(&path)) {
                told.insert(name.clone(), self.value(&attribute.kind, json, &path));
            }
        }
        for (name, nested) in &block.block_types {
            if nested.nesting == Nesting::Single {
                continue;
            }
            let path = join(path, name);
            let one = |json: &Json| {
                let object = json.as_object()?;
                Some(Cty::Object(self.told(&nested.block, &path, object)))
            };
            let items = match find(answer, &self.names.field(&path)) {
                None => continue,
                Some(Json::Array(items)) => items.iter().filter_map(one).collect(),
                Some(json) => one(json).into_iter().collect(),
            };
            told.insert(name.clone(), Cty::List(items));
        }
        told
    }

    /// A value of the API as the schema has it.
    pub(super) fn value(&self, kind: &Kind, json: &Json, path: &str) -> Cty {
        match (kind, json) {
            (_, Json::Null) => kind.zero(),
            (Kind::Text, Json::String(text)) => Cty::Text(text_of(path, text)),
            (Kind::Text, other) => Cty::Text(other.to_string()),
            (Kind::Flag, Json::Bool(flag)) => Cty::Flag(*flag),
            (Kind::Flag, other) => Cty::Flag(other.as_str() == Some("true")),
            (Kind::Number, Json::Number(number)) => Cty::Number(plain(number.clone())),
            (Kind::Number, other) => other
                .as_str()
                .and_then(|text| text.parse::<Number>().ok())
                .map_or(Cty::Null, |number| Cty::Number(plain(number))),
            (Kind::List(of) | Kind::Set(of), Json::Array(items)) => Cty::List(
                items
                    .iter()
                    .map(|item| self.value(of, item, path))
                    .collect(),
            ),
            (Kind::List(of) | Kind::Set(of), one) => Cty::List(vec![self.value(of, one, path)]),
            (Kind::Map(of), Json::Object(entries)) => Cty::Object(
                entries
                    .iter()
                    .map(|(name, json)| (name.clone(), self.value(of, json, "")))
                    .collect(),
            ),
            (Kind::Object(fields), Json::Object(answer)) => {
                let field = |(name, kind): (&String, &Kind)| {
                    let path = join(path, name);
                    let value = find(answer, &self.names.field(&path))
                        .map_or_else(|| kind.zero(), |json| self.value(kind, json, &path));
                    (name.clone(), value)
                };
                Cty::Object(fields.iter().map(field).collect())
            }
            (Kind::Map(_) | Kind::Object(_), _) => kind.zero(),
        }
    }

    fn laid_over(
        &self,
        block: &Block,
        path: &str,
        mut told: Object,
        before: Option<&Object>,
    ) -> Object {
        let mut state = Object::new();
        for (name, attribute) in &block.attributes {
            let known = before.and_then(|before| before.get(name));
            let value = self.attribute(attribute, told.remove(name), known, path);
            state.insert(name.clone(), value);
        }
        for (name, nested) in &block.block_types {
            let known = before.and_then(|before| before.get(name));
            let path = join(path, name);
            let value = self.blocks(nested, &path, told.remove(name), known);
            state.insert(name.clone(), value);
        }
        state
    }

    fn attribute(
        &self,
        attribute: &Attribute,
        told: Option<Cty>,
        known: Option<&Cty>,
        path: &str,
    ) -> Cty {
        let left_out = attribute.is_the_users() && !attribute.required;
        let importing = self.imported.is_some();
        match (told, known) {
            // What the user left out, the plan promised to be null.
            (_, Some(Cty::Null)) if left_out && !importing => Cty::Null,
            (Some(told), None) if left_out && !importing && matches!(told, Cty::Flag(false)) => {
                Cty::Null
            }
            (Some(told), _) if told.is_zero() && path.is_empty() && !known_zero(known) => {
                empty(attribute, told)
            }
            (Some(told), _) => told,
            (None, Some(known)) if known.is_set() => known.clone(),
            // Inside blocks the real provider writes what Go has for nothing; a null there would
            // read as not yet known in the next plan.
            (None, _) if !path.is_empty() && attribute.computed => attribute.kind.zero(),
            (None, _) => Cty::Null,
        }
    }

    fn blocks(&self, nested: &Nested, path: &str, told: Option<Cty>, known: Option<&Cty>) -> Cty {
        if nested.nesting == Nesting::Single {
            return known.cloned().unwrap_or(Cty::Null);
        }
        let before = known.and_then(Cty::as_list);
        let Some(Cty::List(told)) = told else {
            let known = before.unwrap_or_default().iter().filter_map(Cty::as_object);
            let kept = known.map(|known| {
                let nothing = Object::new();
                Cty::Object(self.laid_over(&nested.block, path, nothing, Some(known)))
            });
            return Cty::List(kept.collect());
        };
        let taken_over = match self.imported {
            Some(names) => path.contains('.') || names.iter().any(|name| name == path),
            None => false,
        };
        // The API tells of more than was asked for; blocks come as the configuration has them.
        let optional = nested.nesting == Nesting::List && before.is_some_and(<[Cty]>::is_empty);
        if optional && !taken_over {
            return nested.none();
        }
        let mut left: Vec<&Object> = before
            .unwrap_or_default()
            .iter()
            .filter_map(Cty::as_object)
            .collect();
        let items = told.into_iter().filter_map(|item| item.fields().ok());
        let items = items.map(|item| {
            let place = match nested.nesting {
                Nesting::Set => left.iter().position(|one| fits(&nested.block, one, &item)),
                Nesting::List | Nesting::Single => (!left.is_empty()).then_some(0),
            };
            let known = place.map(|place| left.remove(place));
            Cty::Object(self.laid_over(&nested.block, path, item, known))
        });
        Cty::List(items.collect())
    }
}

fn known_zero(known: Option<&Cty>) -> bool {
    known.is_some_and(|known| known.is_set() && known.is_zero())
}

/// What stands for nothing at the top of a state: null for texts, what is empty for lists and maps.
fn empty(attribute: &Attribute, told: Cty) -> Cty {
    if attribute.kind == Kind::Text && !attribute.required {
        Cty::Null
    } else {
        told
    }
}

/// Whether what the API tells can be what was planned as `known`.
fn fits(block: &Block, known: &Object, told: &Object) -> bool {
    let attributes = block.attributes.iter().all(|(name, attribute)| {
        let told = told.get(name);
        match known.get(name) {
            None | Some(Cty::Unknown) => true,
            Some(Cty::Null) => attribute.computed || told.is_none_or(Cty::is_zero),
            Some(known) => told.map_or_else(|| known.is_zero(), |told| told == known),
        }
    });
    attributes
        && block.block_types.iter().all(|(name, nested)| {
            let items = |object: &Object| -> Vec<Object> {
                let items = object.get(name).and_then(Cty::as_list).unwrap_or_default();
                items.iter().filter_map(Cty::as_object).cloned().collect()
            };
            let (known, told) = (items(known), items(told));
            known.len() == told.len()
                && known
                    .iter()
                    .zip(&told)
                    .all(|(known, told)| fits(&nested.block, known, told))
        })
}

/// Moments are written as Go prints them.
fn text_of(path: &str, text: &str) -> String {
    let name = path.rsplit('.').next().unwrap_or(path);
    if !name.starts_with("time_") {
        return text.to_owned();
    }
    let Some((date, time)) = text.strip_suffix('Z').and_then(|text| text.split_once('T')) else {
        return text.to_owned();
    };
    let time = if time.contains('.') {
        time.trim_end_matches('0').trim_end_matches('.')
    } else {
        time
    };
    format!("{date} {time} +0000 UTC")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(
        "time_created",
        "2026-11-22T11:41:47.320Z",
        "2026-11-22 11:41:47.32 +0000 UTC"
    )]
    #[case(
        "time_created",
        "2026-08-01T18:29:00.000Z",
        "2026-08-01 18:29:00 +0000 UTC"
    )]
    #[case(
        "a.time_created",
        "2026-08-01T18:29:00Z",
        "2026-08-01 18:29:00 +0000 UTC"
    )]
    #[case("display_name", "2026-08-01T18:29:00Z", "2026-08-01T18:29:00Z")]
    fn moments(#[case] path: &str, #[case] api: &str, #[case] state: &str) {
        assert_eq!(text_of(path, api), state);
    }
}
