//! Reads a keymap: `[place]`, then `command = ["key", "key key"]`.
//!
//! All problems are told at once, each with its line and column.

use strum::IntoEnumIterator;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{KeymapError, Misfit};
use super::sequence::Sequence;
use super::table::{Binding, Context, Keymap};
use crate::command::Command;

/// The bindings of a text; those of `base` stay where the text does not name their command.
pub(super) fn parse(text: &str, base: Keymap) -> Result<Keymap, KeymapError> {
    let document = DeTable::parse(text).map_err(|error| KeymapError {
        problems: vec![Misfit::at(
            text,
            error.span().map_or(0, |span| span.start),
            error.message().to_owned(),
        )],
    })?;
    let mut reader = Reader {
        text,
        problems: Vec::new(),
        keymap: base,
    };
    for (place, commands) in document.get_ref() {
        reader.place(place.get_ref(), place.span().start, commands);
    }
    reader.clashes();
    if reader.problems.is_empty() {
        Ok(reader.keymap)
    } else {
        reader
            .problems
            .sort_by_key(|problem| (problem.line, problem.column));
        Err(KeymapError {
            problems: reader.problems,
        })
    }
}

struct Reader<'t> {
    text: &'t str,
    problems: Vec<Misfit>,
    keymap: Keymap,
}

impl Reader<'_> {
    fn wrong(&mut self, offset: usize, message: String) {
        self.problems.push(Misfit::at(self.text, offset, message));
    }

    fn place(&mut self, name: &str, offset: usize, commands: &Spanned<DeValue<'_>>) {
        let Ok(context) = name.parse::<Context>() else {
            let known: Vec<&str> = Context::iter().map(Context::name).collect();
            let message = format!("there is no place `{name}`; there are {}", known.join(", "));
            return self.wrong(offset, message);
        };
        let DeValue::Table(commands) = commands.get_ref() else {
            return self.wrong(offset, format!("`{name}` must be a table of commands"));
        };
        for (command, keys) in commands {
            let offset = command.span().start;
            let name = command.get_ref();
            if let Ok(command) = name.parse::<Command>() {
                self.bindings(context, command, keys);
            } else {
                let message = format!("there is no command `{name}`; `k3scope keys` lists them");
                self.wrong(offset, message);
            }
        }
    }

    fn bindings(&mut self, context: Context, command: Command, keys: &Spanned<DeValue<'_>>) {
        self.keymap.forget(context, command);
        let one;
        let keys: &[Spanned<DeValue<'_>>] = if let DeValue::Array(keys) = keys.get_ref() {
            keys
        } else {
            one = [keys.clone()];
            &one
        };
        for key in keys {
            let offset = key.span().start;
            let DeValue::String(written) = key.get_ref() else {
                self.wrong(offset, "expected a key as a text".to_owned());
                continue;
            };
            match written.parse::<Sequence>() {
                Ok(sequence) => self.keymap.add(Binding {
                    context,
                    command,
                    sequence,
                    offset,
                }),
                Err(error) => self.wrong(offset, error.to_string()),
            }
        }
    }

    /// Two commands on one key, or a key that could never be told from the start of a sequence.
    fn clashes(&mut self) {
        let mut found = Vec::new();
        let bindings = self.keymap.bindings();
        for (at, one) in bindings.iter().enumerate() {
            for other in bindings.iter().skip(at + 1) {
                if one.context == other.context
                    && (one.sequence.begins_with(other.sequence.keys())
                        || other.sequence.begins_with(one.sequence.keys()))
                {
                    let later = if one.offset > other.offset {
                        one
                    } else {
                        other
                    };
                    let message = format!(
                        "in [{}], `{}` ({}) and `{}` ({}) begin alike",
                        one.context.name(),
                        one.sequence,
                        one.command,
                        other.sequence,
                        other.command
                    );
                    found.push((later.offset, message));
                }
            }
        }
        for (offset, message) in found {
            self.wrong(offset, message);
        }
    }
}
