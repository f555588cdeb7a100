//! One rule: what it asks of a packet, and what it does with one that answers.

use std::fmt;

use super::net::Net;

/// A rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::lab) struct Rule {
    pub(super) source: Option<Asked<Net>>,
    pub(super) destination: Option<Asked<Net>>,
    /// The card through which a packet comes.
    pub(super) comes: Option<Asked<String>>,
    /// The card through which it leaves.
    pub(super) leaves: Option<Asked<String>>,
    pub(super) protocol: Option<Asked<String>>,
    pub(super) extensions: Vec<Extension>,
    pub(super) target: Option<Target>,
}

/// A value that is asked for, or any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked<T> {
    pub(super) not: bool,
    pub(super) value: T,
}

/// What a module asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Extension {
    pub(super) module: String,
    pub(super) options: Vec<(&'static str, Asked<String>)>,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Whether what was jumped to returns to the one before this chain.
    pub(super) goes: bool,
    pub(super) name: String,
    pub(super) options: Vec<(&'static str, Option<String>)>,
}

/// Options whose values are free text.
const FREE_TEXT: [&str; 3] = ["--comment", "--log-prefix", "--nfacct-name"];

impl Rule {
    /// Whether packets that answer are refused, with word to their sender or without.
    pub(super) fn refuses(&self) -> bool {
        let target = self.target.as_ref();
        target.is_some_and(|target| matches!(target.name.as_str(), "DROP" | "REJECT"))
    }
}

impl<T: fmt::Display> Asked<T> {
    fn write(&self, name: &str, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = if self.not { "! " } else { "" };
        write!(out, " {not}{name} {}", self.value)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, net) in [("-s", &self.source), ("-d", &self.destination)] {
            if let Some(net) = net {
                net.write(name, out)?;
            }
        }
        let plain = [
            ("-i", &self.comes),
            ("-o", &self.leaves),
            ("-p", &self.protocol),
        ];
        for (name, asked) in plain {
            if let Some(asked) = asked {
                asked.write(name, out)?;
            }
        }
        for extension in &self.extensions {
            write!(out, " -m {}", extension.module)?;
            for (name, asked) in &extension.options {
                let value = shown(name, &asked.value);
                Asked {
                    not: asked.not,
                    value,
                }
                .write(name, out)?;
            }
        }
        let Some(target) = &self.target else {
            return Ok(());
        };
        let word = if target.goes { "-g" } else { "-j" };
        write!(out, " {word} {}", target.name)?;
        for (name, value) in &target.options {
            match value {
                Some(value) => write!(out, " {name} {}", shown(name, value))?,
                None => write!(out, " {name}")?,
            }
        }
        Ok(())
    }
}

/// Free text stands in quotes unless it is a plain word.
fn shown(name: &str, value: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    if !FREE_TEXT.contains(&name) || (!value.is_empty() && value.chars().all(plain)) {
        return value.to_owned();
    }
    let mut quoted = String::from("\"");
    for letter in value.chars() {
        if "\"\\'".contains(letter) {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted.push('"');
    quoted
}
