//! The INI form of `~/.oci/config`, as Oracle's tools read it (Python's `configparser`).
//!
//! Sections, `key = value` or `key: value`, whole-line comments with `#` or `;`. Every value keeps
//! its line, so that what is wrong with it can be pointed at.

use indexmap::IndexMap;

/// The section that the others inherit from.
pub(super) const DEFAULT: &str = "DEFAULT";

/// A value and the line it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) value: String,
    pub(super) line: usize,
}

/// One section: its line, and its own entries by lower-case key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) line: usize,
    pub(super) entries: IndexMap<String, Entry>,
}

/// Sections by name, in the file's order.
pub(super) type Sections = IndexMap<String, Section>;

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) line: usize,
    pub(super) what: String,
}

/// Reads the whole file, or says which line cannot be read.
pub(super) fn parse(text: &str) -> Result<Sections, Malformed> {
    let mut sections = Sections::new();
    let mut current: Option<String> = None;
    let mut key_indent = None;
    for (at, raw) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = at + 1;
        let malformed = |what: String| Malformed { line, what };
        let content = raw.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        let indent = raw.len() - raw.trim_start().len();
        if key_indent.is_some_and(|key| indent > key) {
            return Err(malformed(
                "the line is indented, so it continues the value above: remove the spaces before it"
                    .to_owned(),
            ));
        }
        if let Some(rest) = content.strip_prefix('[') {
            let name = rest.split(']').next().unwrap_or_default();
            if !rest.contains(']') || name.is_empty() {
                return Err(malformed("a profile begins with [NAME]".to_owned()));
            }
            if let Some(first) = sections.get(name) {
                return Err(malformed(format!(
                    "profile [{name}] is there already, at line {}",
                    first.line
                )));
            }
            sections.insert(
                name.to_owned(),
                Section {
                    line,
                    entries: IndexMap::new(),
                },
            );
            current = Some(name.to_owned());
            key_indent = None;
            continue;
        }
        let Some(section) = current.as_ref().and_then(|name| sections.get_mut(name)) else {
            return Err(malformed(
                "a setting before the first profile: begin with [DEFAULT]".to_owned(),
            ));
        };
        let Some((key, value)) = content.split_once(['=', ':']) else {
            return Err(malformed("expected key=value".to_owned()));
        };
        let key = key.trim().to_lowercase();
        let entry = Entry {
            value: value.trim().to_owned(),
            line,
        };
        if let Some(first) = section.entries.get(&key) {
            return Err(malformed(format!(
                "{key} is there already, at line {}",
                first.line
            )));
        }
        section.entries.insert(key, entry);
        key_indent = Some(indent);
    }
    Ok(sections)
}

/// An entry of a profile, its own or the one it inherits; an empty value counts as none.
pub(super) fn lookup<'a>(sections: &'a Sections, profile: &str, key: &str) -> Option<&'a Entry> {
    [profile, DEFAULT]
        .into_iter()
        .find_map(|name| sections.get(name)?.entries.get(key))
        .filter(|entry| !entry.value.is_empty())
}
