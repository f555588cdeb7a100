//! How many colours a terminal has, as far as its environment tells.

use strum::{EnumString, IntoStaticStr};

/// Colours that a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Depth {
    /// None, or a person asked for none.
    None,
    /// The sixteen that every colour terminal has.
    Ansi16,
    /// The 256 of xterm.
    Ansi256,
    /// All.
    True,
}

impl Depth {
    /// From the environment: `NO_COLOR` (<https://no-color.org>), `COLORTERM`, `TERM`.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let term = variable("TERM").unwrap_or_default();
        let colorterm = variable("COLORTERM").unwrap_or_default();
        if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) || term == "dumb" {
            Self::None
        } else if matches!(colorterm.as_str(), "truecolor" | "24bit") || term.ends_with("-direct") {
            Self::True
        } else if term.contains("256color") {
            Self::Ansi256
        } else {
            Self::Ansi16
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], Depth::True)]
    #[case(&[("TERM", "xterm-256color")], Depth::Ansi256)]
    #[case(&[("TERM", "linux")], Depth::Ansi16)]
    #[case(&[], Depth::Ansi16)]
    #[case(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")], Depth::None)]
    #[case(&[("TERM", "xterm-256color"), ("NO_COLOR", "")], Depth::Ansi256)]
    #[case(&[("TERM", "dumb"), ("COLORTERM", "truecolor")], Depth::None)]
    fn the_environment_tells(#[case] variables: &[(&str, &str)], #[case] depth: Depth) {
        let found = Depth::detect(|name| {
            let (_, value) = variables.iter().find(|(key, _)| *key == name)?;
            Some((*value).to_owned())
        });
        assert_eq!(found, depth);
    }
}
