//! The `cluster.toml` that the wizard began with, and edits of it. What nobody edits stays as it
//! was: comments, order, and keys that the wizard does not know.

use std::path::Path;

use serde_json::Value as Json;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::answers::NodeRow;
use super::key::{Column, Form, Key};
use crate::config::{AllowanceTable, Config, Layout, annotated};
use crate::domain::text;

/// Where a token is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum TokenRef {
    /// Nowhere.
    #[default]
    None,
    /// In an environment variable.
    Env(String),
    /// In a file.
    File(String),
    /// In some other way, which stays as it is.
    Other,
}

/// The file as it was.
#[derive(Clone, Debug)]
pub(super) struct Document {
    base: DocumentMut,
    defaults: Json,
    allowance: AllowanceTable,
}

impl Document {
    /// Reads the file's text. One that is no TOML is replaced by the annotated default, and said.
    pub(super) fn read(text: &str) -> (Self, Option<String>) {
        let (base, complaint) = match text.parse::<DocumentMut>() {
            Ok(base) => (base, None),
            Err(error) => {
                let first = error.message().lines().next().unwrap_or_default();
                let said = format!(
                    "the cluster.toml that is there cannot be read ({first}): this begins anew"
                );
                let fresh = annotated(Layout::Reference).parse().unwrap_or_default();
                (fresh, Some(said))
            }
        };
        let read = Config::parse(&base.to_string(), Path::new("cluster.toml"));
        let allowance = read.map_or_else(|_| AllowanceTable::default(), |(it, _)| it.allowance);
        let document = Self {
            base,
            defaults: serde_json::to_value(Config::default()).unwrap_or_default(),
            allowance,
        };
        (document, complaint)
    }

    pub(super) fn to_edit(&self) -> DocumentMut {
        self.base.clone()
    }

    pub(super) fn allowance(&self) -> AllowanceTable {
        self.allowance
    }

    /// What a key holds as a person would type it: as the file has it, or as it is without.
    pub(super) fn shown(&self, path: &str) -> String {
        match get(&self.base, path).and_then(Item::as_value) {
            Some(value) => text::line(&typed(value)),
            None => self
                .defaults
                .pointer(&format!("/{}", path.replace('.', "/")))
                .map_or_else(String::new, typed_json),
        }
    }

    /// Whether the file itself has the key.
    pub(super) fn has(&self, path: &str) -> bool {
        get(&self.base, path).is_some()
    }

    pub(super) fn token(&self) -> TokenRef {
        let Some(token) = get(&self.base, "dns.token") else {
            return TokenRef::None;
        };
        let entry = |name: &str| {
            let text = token.as_table_like()?.get(name)?.as_str()?;
            Some(text::line(text))
        };
        entry("env")
            .map(TokenRef::Env)
            .or_else(|| entry("file").map(TokenRef::File))
            .unwrap_or(TokenRef::Other)
    }

    /// The nodes that the file names.
    pub(super) fn nodes(&self) -> Vec<NodeRow> {
        let Some(tables) = self.base.get("node").and_then(Item::as_array_of_tables) else {
            return Vec::new();
        };
        let text = |table: &Table, name: &str| {
            let value = table.get(name).and_then(Item::as_value);
            value.map_or_else(String::new, |value| text::line(&typed(value)))
        };
        tables
            .iter()
            .map(|table| NodeRow {
                name: text(table, "name"),
                role: text(table, "role"),
                ocpus: text(table, "ocpus"),
                memory_gb: text(table, "memory_gb"),
                boot_volume_gb: text(table, "boot_volume_gb"),
                subnet: text(table, "subnet"),
                private_ip: text(table, "private_ip"),
            })
            .collect()
    }
}

/// Puts what stands in a field under its key, or takes the key away where it is empty and may be.
pub(super) fn put_text(document: &mut DocumentMut, key: Key, text: &str) {
    let Some(path) = key.path() else { return };
    if text.is_empty() && key.is_optional() {
        remove(document, path);
        return;
    }
    let value = match key.form() {
        Form::Text => Value::from(text),
        Form::NumberOrText => number_or_text(text),
        Form::List => Value::Array(parts(text).collect::<Array>()),
    };
    put(document, path, value);
}

/// Puts a reference to a secret under a key.
pub(super) fn put_reference(document: &mut DocumentMut, path: &str, how: &str, what: &str) {
    let mut reference = InlineTable::new();
    reference.insert(how, what.into());
    put(document, path, Value::InlineTable(reference));
}

/// Writes the nodes; the tables that are there keep their comments and whatever else they hold.
pub(super) fn put_nodes(document: &mut DocumentMut, rows: &[NodeRow]) {
    let old = document.get("node").and_then(Item::as_array_of_tables);
    let old: Vec<Table> = old.map_or_else(Vec::new, |tables| tables.iter().cloned().collect());
    let mut tables = ArrayOfTables::new();
    let mut kept = old.into_iter();
    for row in rows {
        let mut table = kept.next().unwrap_or_else(|| {
            let mut table = Table::new();
            table.decor_mut().set_prefix("\n");
            table
        });
        let name = |column: Column| -> &'static str { column.into() };
        put_in(&mut table, name(Column::Name), row.name.trim().into());
        put_in(&mut table, "role", row.role.as_str().into());
        for column in [Column::Ocpus, Column::MemoryGb, Column::BootVolumeGb] {
            put_in(
                &mut table,
                name(column),
                number_or_text(row.text(column).trim()),
            );
        }
        put_in(&mut table, "subnet", row.subnet.as_str().into());
        let address = row.private_ip.trim().into();
        put_in(&mut table, name(Column::PrivateIp), address);
        tables.push(table);
    }
    document.insert("node", Item::ArrayOfTables(tables));
}

/// The parts of a list as it is typed: apart by commas or blanks.
pub(super) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ']).filter(|part| !part.is_empty())
}

/// Takes a key away, if it is there.
pub(super) fn remove(document: &mut DocumentMut, path: &str) {
    let mut table: &mut dyn TableLike = document.as_table_mut();
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        if names.peek().is_none() {
            table.remove(name);
            return;
        }
        match table.get_mut(name).and_then(Item::as_table_like_mut) {
            Some(below) => table = below,
            None => return,
        }
    }
}

/// Puts a value under a key; tables that are missing are made.
pub(super) fn put(document: &mut DocumentMut, path: &str, value: Value) {
    let mut table: &mut dyn TableLike = document.as_table_mut();
    let mut names = path.split('.').peekable();
    let mut depth = 0;
    while let Some(name) = names.next() {
        if names.peek().is_none() {
            put_in(table, name, value);
            return;
        }
        let item = table.entry(name).or_insert_with(|| missing(depth));
        if !item.is_table_like() {
            *item = missing(depth);
        }
        match item.as_table_like_mut() {
            Some(below) => table = below,
            None => return,
        }
        depth += 1;
    }
}

/// A new table. One inside another is written with dots, in the place of the other.
fn missing(depth: usize) -> Item {
    let mut table = Table::new();
    table.set_dotted(depth > 0);
    if depth == 0 {
        table.decor_mut().set_prefix("\n");
    }
    Item::Table(table)
}

fn put_in(table: &mut dyn TableLike, name: &str, mut value: Value) {
    match table.get_mut(name) {
        Some(Item::Value(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        Some(other) => *other = Item::Value(value),
        None => {
            table.insert(name, Item::Value(value));
        }
    }
}

fn get<'d>(document: &'d DocumentMut, path: &str) -> Option<&'d Item> {
    path.split('.').try_fold(document.as_item(), |item, name| {
        item.as_table_like()?.get(name)
    })
}

fn number_or_text(text: &str) -> Value {
    text.parse::<u32>()
        .map_or_else(|_| Value::from(text), |number| i64::from(number).into())
}

fn typed(value: &Value) -> String {
    match value {
        Value::String(text) => text.value().clone(),
        Value::Array(items) => items.iter().map(typed).collect::<Vec<_>>().join(", "),
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::InlineTable(_) => value.clone().decorated("", "").to_string(),
    }
}

fn typed_json(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(typed_json).collect::<Vec<_>>().join(", "),
        Json::Null => String::new(),
        Json::Bool(_) | Json::Number(_) | Json::Object(_) => value.to_string(),
    }
}
