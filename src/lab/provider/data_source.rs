//! Data sources: lists and single things read by what the configuration names, filtered as the
//! real provider filters.

use regex::Regex;
use serde_json::{Map, Value as Json};

use super::ask::{Asker, Failure, encoded, filled};
use super::names::Names;
use super::read::Reader;
use super::schema::{Block, Kind};
use super::table::Source;
use super::value::{Cty, Object};

/// What the real provider calls the states of lists.
const SUFFIX: &str = "DataSource";

/// Reads one data source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lookup<'a> {
    pub(super) type_name: &'a str,
    pub(super) source: &'a Source,
    pub(super) block: &'a Block,
    pub(super) names: Names<'a>,
    pub(super) asker: &'a Asker,
}

impl Lookup<'_> {
    /// What the API has for this configuration.
    pub(super) async fn read(&self, config: &Object) -> Result<Object, Failure> {
        let target = self.target(config)?;
        if let Some(items) = &self.source.items {
            return self.list(&target, items, config).await;
        }
        let answer = self.asker.get(&target).await?;
        let mut state = self.reader().state(self.block, &answer, Some(config));
        for (name, given) in config.iter().filter(|(_, given)| given.is_set()) {
            state.insert(name.clone(), given.clone());
        }
        Ok(state)
    }

    fn reader(&self) -> Reader<'_> {
        Reader {
            names: self.names,
            imported: None,
        }
    }

    /// The path, and in the query whatever else is configured, by name.
    fn target(&self, config: &Object) -> Result<String, Failure> {
        let given: Map<String, Json> = config
            .iter()
            .filter(|(name, value)| value.is_set() && self.block.attributes.contains_key(*name))
            .map(|(name, value)| (name.clone(), value.json()))
            .collect();
        let path = filled(&self.source.path, &given)?;
        let mut query: Vec<String> = given
            .iter()
            .filter(|(name, _)| !self.source.path.contains(&format!("{{{name}}}")))
            .filter(|(name, _)| *name != "id")
            .map(|(name, value)| {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                format!("{}={}", self.names.field(name), encoded(&text))
            })
            .collect();
        query.sort();
        Ok(if query.is_empty() {
            path
        } else {
            format!("{path}?{}", query.join("&"))
        })
    }

    async fn list(&self, target: &str, items: &str, config: &Object) -> Result<Object, Failure> {
        let answers = self.asker.list(target).await?;
        let reader = self.reader();
        let kind = self.block.attributes.get(items).map(|found| &found.kind);
        let Some(Kind::List(kind)) = kind else {
            return Err(Failure::Unexpected(format!(
                "{} has no list {items}",
                self.type_name
            )));
        };
        let mut found: Vec<Cty> = answers
            .iter()
            .map(|answer| reader.value(kind, answer, items))
            .collect();
        let filters = config.get("filter").and_then(Cty::as_list);
        for filter in filters.unwrap_or_default() {
            let filter = Filter::read(filter)?;
            found.retain(|item| filter.takes(item));
        }
        let mut state = config.clone();
        state.insert(items.to_owned(), Cty::List(found));
        state.insert("id".to_owned(), Cty::Text(self.id(target)));
        Ok(state)
    }

    /// `CoreImagesDataSource-…`: the same for the same question.
    fn id(&self, target: &str) -> String {
        let words = self.type_name.split('_').skip(1);
        let name: String = words
            .map(|word| {
                let mut letters = word.chars();
                let first = letters.next().map(|first| first.to_ascii_uppercase());
                first.into_iter().chain(letters).collect::<String>()
            })
            .collect();
        let digest = ring::digest::digest(&ring::digest::SHA256, target.as_bytes());
        let number = digest
            .as_ref()
            .iter()
            .take(4)
            .fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
        format!("{name}{SUFFIX}-{number}")
    }
}

/// `filter { … }`: one of the values, or a match of one.
struct Filter {
    name: String,
    values: Vec<String>,
    patterns: Vec<Regex>,
}

impl Filter {
    fn read(filter: &Cty) -> Result<Self, Failure> {
        let field = |name: &str| filter.as_object().and_then(|filter| filter.get(name));
        let values: Vec<String> = field("values")
            .and_then(Cty::as_list)
            .unwrap_or_default()
            .iter()
            .filter_map(|value| value.as_text().map(str::to_owned))
            .collect();
        let mut patterns = Vec::new();
        if field("regex") == Some(&Cty::Flag(true)) {
            for value in &values {
                let pattern = Regex::new(value)
                    .map_err(|error| Failure::Unexpected(format!("filter: {error}")))?;
                patterns.push(pattern);
            }
        }
        Ok(Self {
            name: field("name")
                .and_then(Cty::as_text)
                .unwrap_or_default()
                .to_owned(),
            values,
            patterns,
        })
    }

    fn takes(&self, item: &Cty) -> bool {
        let Some(value) = item.as_object().and_then(|item| item.get(&self.name)) else {
            return false;
        };
        let text = value
            .as_text()
            .map_or_else(|| value.json().to_string(), str::to_owned);
        if self.patterns.is_empty() {
            self.values.contains(&text)
        } else {
            self.patterns.iter().any(|pattern| pattern.is_match(&text))
        }
    }
}
