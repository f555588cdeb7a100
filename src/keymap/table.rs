//! The table of bindings, and how pressed keys become a command.

use strum::{EnumIter, EnumString, IntoStaticStr};

use super::error::KeymapError;
use super::key::Key;
use super::parse::parse;
use super::sequence::Sequence;
use crate::command::Command;

/// Where a key is pressed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, EnumString, IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Context {
    /// Anywhere but where text is typed.
    Global,
    /// On a list.
    List,
    /// On the full view of one thing.
    Detail,
    /// On the way to a cluster: while it is made and comes up.
    Journey,
    /// In the log of a pod, or in an object as a whole.
    Log,
    /// In a form, on its fields.
    Form,
    /// In a form, on a field that has values to choose from.
    Choice,
    /// Where text is typed: fields, the filter, the palette.
    Input,
    /// On a question before something is done.
    Question,
    /// In a menu: the other keys are its rows'.
    Menu,
    /// On the help.
    Help,
}

impl Context {
    /// Its name in the file.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// As a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Global => "Everywhere",
            Self::List => "In a list",
            Self::Detail => "In a full view",
            Self::Journey => "On the way to a cluster",
            Self::Log => "In a log",
            Self::Form => "In a form",
            Self::Choice => "On a choice in a form",
            Self::Input => "While typing",
            Self::Question => "On a question",
            Self::Menu => "In a menu",
            Self::Help => "In this help",
        }
    }
}

/// One key or sequence and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) context: Context,
    pub(super) command: Command,
    pub(super) sequence: Sequence,
    /// Where it stands in the file.
    pub(super) offset: usize,
}

/// All bindings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

/// What pressed keys came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// A command.
    Command(Command),
    /// The start of a sequence: more keys are awaited.
    Pending,
    /// No binding; the last key, where it types a character and stands alone.
    Unbound(Option<char>),
}

/// The keys that were pressed and are not yet a command.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    pressed: Vec<Key>,
}

impl Keymap {
    /// The keymap that is built in.
    pub fn builtin() -> Result<Self, KeymapError> {
        parse(include_str!("../../assets/keymap.toml"), Self::default())
    }

    /// This keymap with a person's own bindings: a command that `text` names has only the keys
    /// that stand there.
    pub fn overridden(mut self, text: &str) -> Result<Self, KeymapError> {
        // Places are those of `text` from here on: a clash is told where the person's own key stands.
        for binding in &mut self.bindings {
            binding.offset = 0;
        }
        parse(text, self)
    }

    pub(super) fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    pub(super) fn add(&mut self, binding: Binding) {
        self.bindings.push(binding);
    }

    pub(super) fn forget(&mut self, context: Context, command: Command) {
        self.bindings
            .retain(|binding| binding.context != context || binding.command != command);
    }

    /// The sequences that ask for a command in one place, the first one first.
    pub fn sequences(&self, context: Context, command: Command) -> impl Iterator<Item = &Sequence> {
        self.bindings
            .iter()
            .filter(move |binding| binding.context == context && binding.command == command)
            .map(|binding| &binding.sequence)
    }

    /// The first sequence that asks for a command in the first of these places that has one.
    pub fn first(&self, contexts: &[Context], command: Command) -> Option<&Sequence> {
        contexts
            .iter()
            .find_map(|context| self.sequences(*context, command).next())
    }

    /// What may follow on keys already pressed: the whole sequence and its command.
    pub fn continuations<'a>(
        &'a self,
        contexts: &'a [Context],
        keys: &'a Keys,
    ) -> impl Iterator<Item = (&'a Sequence, Command)> {
        self.bindings
            .iter()
            .filter(|binding| {
                contexts.contains(&binding.context) && binding.sequence.begins_with(&keys.pressed)
            })
            .map(|binding| (&binding.sequence, binding.command))
    }
}

impl Keys {
    /// Whether a sequence has begun.
    pub fn pending(&self) -> bool {
        !self.pressed.is_empty()
    }

    /// One more key. Of several places the first that knows it decides.
    pub fn press(&mut self, keymap: &Keymap, contexts: &[Context], key: Key) -> Resolved {
        let alone = self.pressed.is_empty();
        self.pressed.push(key);
        for context in contexts {
            let mut found = keymap.bindings.iter().filter(|binding| {
                binding.context == *context && binding.sequence.begins_with(&self.pressed)
            });
            if let Some(binding) = found.next() {
                if binding.sequence.keys().len() > self.pressed.len() {
                    return Resolved::Pending;
                }
                self.pressed.clear();
                return Resolved::Command(binding.command);
            }
        }
        self.pressed.clear();
        Resolved::Unbound(key.typed().filter(|_| alone))
    }
}

#[cfg(test)]
mod tests;
