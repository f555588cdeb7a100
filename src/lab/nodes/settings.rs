//! `bootstrap.env`: shell assignments, one a line, as the script sources them.

use std::collections::BTreeMap;

/// The assignments of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settings(BTreeMap<String, String>);

impl Settings {
    /// Reads `NAME=value`, `NAME="value"` and `NAME='value'`; other lines are passed over.
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.lines().filter_map(|line| {
            let line = line.trim();
            let line = line.strip_prefix("export ").unwrap_or(line);
            let (name, value) = line.split_once('=')?;
            let named = !name.is_empty()
                && name
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
            named.then(|| (name.to_owned(), unquoted(value.trim()).to_owned()))
        });
        Self(pairs.collect())
    }

    /// A value that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Puts every `${NAME}` of a text that is known.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (name, value) in &self.0 {
            filled = filled.replace(&format!("${{{name}}}"), value);
        }
        filled
    }

    /// The same with one more value.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        let inner = value
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_read_as_a_shell_would() {
        let settings = Settings::parse(
            "# settings\nNODE=k3s-worker\nSTAGES=\"firewall route\"\nexport ROLE='worker'\nEMPTY=\nnot an assignment\n",
        );
        assert_eq!(settings.get("NODE"), Some("k3s-worker"));
        assert_eq!(settings.get("STAGES"), Some("firewall route"));
        assert_eq!(settings.get("ROLE"), Some("worker"));
        assert_eq!(settings.get("EMPTY"), None);
        let settings = settings.with("WHAT", "it");
        assert_eq!(
            settings.fill("${WHAT}: ${NODE} ${OTHER}"),
            "it: k3s-worker ${OTHER}"
        );
    }
}
