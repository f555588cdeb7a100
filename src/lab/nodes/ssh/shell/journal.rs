//! `journalctl`: what units have printed.
//!
//! The bootstrap script's lines are those of its log. They stand before those of other units where
//! several are asked for: the log has no times.

use jiff::Timestamp;

use super::Shell;
use super::io::Io;
use super::run::Outcome;
use super::units::BOOTSTRAP;
use crate::lab::nodes::SCRIPT_LOG;

/// How `journalctl` was called.
#[derive(Debug, Default, PartialEq, Eq)]
struct Call {
    units: Vec<String>,
    count: Option<usize>,
    bare: bool,
}

/// A line: of which unit, when, and what.
struct Entry {
    unit: String,
    at: Timestamp,
    text: String,
}

impl Call {
    fn read(arguments: &[String]) -> Self {
        let mut call = Self::default();
        let mut rest = arguments.iter().map(String::as_str);
        while let Some(word) = rest.next() {
            let (name, joined) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word, None),
            };
            match name {
                "-u" | "--unit" => {
                    let unit = joined.or_else(|| rest.next()).unwrap_or_default();
                    call.units
                        .push(unit.trim_end_matches(".service").to_owned());
                }
                "-n" | "--lines" => {
                    let count = joined.or_else(|| rest.next());
                    call.count = count.and_then(|count| count.parse().ok());
                }
                "-o" | "--output" => call.bare = joined.or_else(|| rest.next()) == Some("cat"),
                _ => {}
            }
        }
        call
    }
}

impl Shell {
    /// `journalctl [-n N] [-o cat] -u UNIT…`.
    pub(super) async fn journalctl(&self, arguments: &[String], io: &Io) -> Outcome {
        let call = Call::read(arguments);
        let mut entries = Vec::new();
        if call.units.iter().any(|unit| unit == BOOTSTRAP) {
            entries.extend(self.script_lines());
        }
        let units: Vec<&str> = call.units.iter().map(String::as_str).collect();
        let others = self.machine.journal().last(&units, usize::MAX);
        entries.extend(others.into_iter().map(|entry| Entry {
            unit: entry.unit,
            at: entry.at,
            text: entry.text,
        }));
        if entries.is_empty() {
            io.out("-- No entries --\n").await?;
            return Ok(0);
        }
        let count = call.count.unwrap_or(usize::MAX);
        let skipped = entries.len().saturating_sub(count);
        for entry in entries.iter().skip(skipped) {
            let line = if call.bare {
                format!("{}\n", entry.text)
            } else {
                let (date, host) = (entry.at.strftime("%b %d %H:%M:%S"), self.machine.name());
                format!("{date} {host} {}[1042]: {}\n", entry.unit, entry.text)
            };
            io.out(line).await?;
        }
        Ok(0)
    }

    fn script_lines(&self) -> Vec<Entry> {
        let text = self.machine.disk().text(SCRIPT_LOG).unwrap_or_default();
        let now = self.clock.now();
        let lines = text.lines().map(|line| Entry {
            unit: BOOTSTRAP.to_owned(),
            at: now,
            text: line.to_owned(),
        });
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_counts_and_forms_are_read_in_any_order() {
        let words = "--no-pager -o cat -n 40 -u k3s -u k3s-agent.service".split(' ');
        let words: Vec<String> = words.map(str::to_owned).collect();
        let call = Call::read(&words);
        assert_eq!(call.units, ["k3s", "k3s-agent"]);
        assert!(call.bare && call.count == Some(40));
        let joined = Call::read(&["--unit=k3s".to_owned(), "--lines=3".to_owned()]);
        assert_eq!((joined.units.len(), joined.count), (1, Some(3)));
    }
}
