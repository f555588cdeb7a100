//! A parsed file held against the schema: unknown keys, wrong types, values out of range.
//!
//! The schema is the published one, made from the structs in `keys`, so that what is documented
//! and what is checked cannot part. What is well-formed comes back as a value without the rest,
//! so that the rules can still judge it.

use std::ops::Range;

use serde_json::Value as Schema;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::forms;
use super::nearest::nearest;
use super::report::Report;
use super::schema::{
    Kind, expected, format_of, is_in_range, is_of_type, kind_of, one_of, pointer, properties,
    property, text_problem,
};

/// The walk over one file.
pub(super) struct Shape<'s, 'r, 't> {
    root: &'s Schema,
    report: &'r mut Report<'t>,
}

type Found<'a, 'i> = &'a Spanned<DeValue<'i>>;

impl<'s, 'r, 't> Shape<'s, 'r, 't> {
    pub(super) fn new(root: &'s Schema, report: &'r mut Report<'t>) -> Self {
        Self { root, report }
    }

    /// What of `table` is well-formed.
    pub(super) fn check(&mut self, table: &DeTable<'_>) -> toml::Table {
        self.entries("", table, self.root)
    }

    fn value(
        &mut self,
        key: &str,
        found: Found<'_, '_>,
        schema: &'s Schema,
    ) -> Option<toml::Value> {
        let schema = self.resolved(schema);
        let span = found.span();
        self.report.place(key, span.clone());
        if format_of(schema) == Some("secret-reference") {
            return self.secret(key, found, schema);
        }
        match (found.get_ref(), kind_of(schema)) {
            (DeValue::Table(table), Kind::Table) => {
                let entries = self.entries(key, table, schema);
                let whole = self.is_whole(key, &entries, &span, schema);
                whole.then_some(toml::Value::Table(entries))
            }
            (DeValue::Array(items), Kind::Array) => self.array(key, items, &span, schema),
            (other, _) => self.scalar(key, other, span, schema),
        }
    }

    fn entries(&mut self, key: &str, table: &DeTable<'_>, schema: &'s Schema) -> toml::Table {
        let mut kept = toml::Table::new();
        for (name, found) in table {
            let path = join(key, name.get_ref());
            let Some(below) = property(schema, name.get_ref()) else {
                self.unknown(&path, name, schema);
                continue;
            };
            if let Some(form) = pointer(schema, "/propertyNames/format").and_then(Schema::as_str)
                && !forms::has_form(name.get_ref(), form)
            {
                let expected = forms::in_words(form).unwrap_or_default();
                let message = "this key cannot be used";
                self.report.add(&path, name.span(), message, expected);
            } else if let Some(value) = self.value(&path, found, below) {
                kept.insert(name.get_ref().to_string(), value);
            }
        }
        kept
    }

    fn unknown(&mut self, path: &str, name: &Spanned<std::borrow::Cow<'_, str>>, schema: &Schema) {
        if self.report.is_full() {
            return self.report.add(path, name.span(), "unknown key", "");
        }
        let known: Vec<&str> = properties(schema).map(|(name, _)| name.as_str()).collect();
        let meant = nearest(name.get_ref(), known.iter().copied());
        let message = match meant {
            Some(meant) => format!("unknown key (did you mean `{meant}`?)"),
            None => "unknown key".to_owned(),
        };
        self.report.add(path, name.span(), message, &one_of(&known));
    }

    /// Whether `entries` has all that a table must have; what is wrong with a key that is there
    /// has been told already, and makes the table unusable if it must be there.
    fn is_whole(
        &mut self,
        key: &str,
        entries: &toml::Table,
        span: &Range<usize>,
        schema: &'s Schema,
    ) -> bool {
        let required = pointer(schema, "/required").and_then(Schema::as_array);
        let mut whole = true;
        for name in required.into_iter().flatten().filter_map(Schema::as_str) {
            if entries.contains_key(name) {
                continue;
            }
            whole = false;
            let path = join(key, name);
            if !self.report.has(&path) {
                let below = property(schema, name).map(|below| self.resolved(below));
                let expected = below.map(expected).unwrap_or_default();
                let message = format!("`{name}` is missing");
                self.report.add(key, span.clone(), message, &expected);
            }
        }
        whole
    }

    /// A list of tables keeps its good items; any other list is good or bad as a whole.
    fn array(
        &mut self,
        key: &str,
        items: &toml::de::DeArray<'_>,
        span: &Range<usize>,
        schema: &'s Schema,
    ) -> Option<toml::Value> {
        let below = pointer(schema, "/items")?;
        let least = pointer(schema, "/minItems").and_then(Schema::as_u64);
        if least.is_some_and(|least| u64::try_from(items.len()).is_ok_and(|items| items < least)) {
            let message = "the list is empty";
            self.report
                .add(key, span.clone(), message, &expected(schema));
            return None;
        }
        let kept: Vec<toml::Value> = items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| self.value(&format!("{key}[{index}]"), item, below))
            .collect();
        let tables = kind_of(self.resolved(below)) == Kind::Table;
        (tables || kept.len() == items.len()).then_some(toml::Value::Array(kept))
    }

    fn scalar(
        &mut self,
        key: &str,
        found: &DeValue<'_>,
        span: Range<usize>,
        schema: &Schema,
    ) -> Option<toml::Value> {
        let value = plain(found).filter(|value| is_of_type(value, schema));
        let Some(value) = value else {
            let message = format!("found {}", with_article(found));
            self.report.add(key, span, message, &expected(schema));
            return None;
        };
        let message = match value.as_str() {
            Some(text) => text_problem(text, &self.report.found(&span), schema),
            None => (!is_in_range(&value, schema)).then(|| format!("{value} is out of range")),
        };
        let Some(message) = message else {
            return Some(value);
        };
        self.report.add(key, span, message, &expected(schema));
        None
    }

    /// A reference to a secret. A literal is refused, and repeated nowhere.
    fn secret(
        &mut self,
        key: &str,
        found: Found<'_, '_>,
        schema: &'s Schema,
    ) -> Option<toml::Value> {
        let words = "a reference: { env = \"NAME\" }, { file = \"PATH\" } or { command = [\"PROGRAM\", …] }";
        let span = found.span();
        let DeValue::Table(table) = found.get_ref() else {
            self.report.mask(span.clone());
            let message = "a secret is never written here: this file belongs in a repository, \
                           where others read it and history keeps it";
            self.report.add(key, span, message, words);
            return None;
        };
        for (name, value) in table {
            let misplaced = value
                .get_ref()
                .as_str()
                .is_some_and(|text| name.get_ref() == "env" && !forms::has_form(text, "variable"));
            if misplaced || property(schema, name.get_ref()).is_none() {
                self.report.mask(value.span());
            }
        }
        let before = self.report.touches(key);
        let entries = self.entries(key, table, schema);
        if table.len() != 1 && !self.report.touches(key) {
            let message = "a secret comes from one place";
            self.report.add(key, span, message, words);
        }
        (before || !self.report.touches(key)).then_some(toml::Value::Table(entries))
    }

    fn resolved(&self, schema: &'s Schema) -> &'s Schema {
        pointer(schema, "/$ref")
            .and_then(Schema::as_str)
            .and_then(|reference| self.root.pointer(reference.trim_start_matches('#')))
            .unwrap_or(schema)
    }
}

/// A single value, if it is one that a number of ours can hold.
fn plain(found: &DeValue<'_>) -> Option<toml::Value> {
    match found {
        DeValue::String(text) => Some(toml::Value::String(text.to_string())),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .ok()
            .map(toml::Value::Integer),
        DeValue::Float(number) => number.as_str().parse().ok().map(toml::Value::Float),
        DeValue::Boolean(truth) => Some(toml::Value::Boolean(*truth)),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

fn with_article(found: &DeValue<'_>) -> &'static str {
    match found {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The path of `name` in `key`, with `name` in quotes where TOML wants them.
pub(super) fn join(key: &str, name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name = if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        format!("{name:?}")
    };
    if key.is_empty() {
        name
    } else {
        format!("{key}.{name}")
    }
}
