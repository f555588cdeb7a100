//! Reads a theme: `name`, `about`, `[palette]` (names for colours) and `[roles]`.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use strum::{EnumCount, IntoEnumIterator};

use super::role::{Role, Theme};

/// A theme that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// The text is not TOML, or not a theme's.
    #[error("{0}")]
    Syntax(String),
    /// `[roles]` names something that the screen has not.
    #[error("there is no role `{0}`")]
    UnknownRole(String),
    /// `[roles]` lacks a role.
    #[error("role `{0}` has no style")]
    MissingRole(&'static str),
    /// A colour is neither in the palette, nor `#rrggbb`, nor a terminal's own.
    #[error(
        "role `{role}`: `{colour}` is no colour: a name from [palette], #rrggbb, or a terminal's own such as `red` or `reset`"
    )]
    Colour {
        /// Where.
        role: String,
        /// What is written there.
        colour: String,
    },
    /// No theme has this name.
    #[error("there is no theme `{name}`; there are {known}")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    about: String,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    roles: BTreeMap<String, Look>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Look {
    fg: Option<String>,
    bg: Option<String>,
    #[serde(default)]
    with: Vec<Weight>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Weight {
    Bold,
    Dim,
    Underlined,
    Reversed,
}

/// The theme of a text.
pub(super) fn parse(text: &str) -> Result<Theme, ThemeError> {
    let file: File = toml::from_str(text).map_err(|error| ThemeError::Syntax(error.to_string()))?;
    let mut styles = [Style::default(); Role::COUNT];
    if let Some(unknown) = file.roles.keys().find(|name| name.parse::<Role>().is_err()) {
        return Err(ThemeError::UnknownRole(unknown.clone()));
    }
    for (role, style) in Role::iter().zip(&mut styles) {
        let name: &'static str = role.into();
        let look = file.roles.get(name).ok_or(ThemeError::MissingRole(name))?;
        *style = look.style(&file.palette, name)?;
    }
    Ok(Theme {
        name: file.name,
        about: file.about,
        styles,
    })
}

impl Look {
    fn style(&self, palette: &BTreeMap<String, String>, role: &str) -> Result<Style, ThemeError> {
        let colour = |written: &Option<String>| {
            let Some(written) = written else {
                return Ok(None);
            };
            let value = palette.get(written).unwrap_or(written);
            value
                .parse::<Color>()
                .map(Some)
                .map_err(|_| ThemeError::Colour {
                    role: role.to_owned(),
                    colour: written.clone(),
                })
        };
        let style = Style {
            fg: colour(&self.fg)?,
            bg: colour(&self.bg)?,
            ..Style::default()
        };
        Ok(self.with.iter().fold(style, |style, weight| {
            style.add_modifier(match weight {
                Weight::Bold => Modifier::BOLD,
                Weight::Dim => Modifier::DIM,
                Weight::Underlined => Modifier::UNDERLINED,
                Weight::Reversed => Modifier::REVERSED,
            })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("name = 1", "invalid type")]
    #[case(
        "name = 'x'\nabout = 'y'\n[roles]\nlost = {}",
        "there is no role `lost`"
    )]
    #[case(
        "name = 'x'\nabout = 'y'\n[roles]\nbase = {}",
        "role `text` has no style"
    )]
    #[case(
        "name = 'x'\nabout = 'y'\n[roles]\nbase = { fg = 'inkk' }",
        "`inkk` is no colour"
    )]
    #[case(
        "name = 'x'\nabout = 'y'\n[roles]\nbase = { blink = true }",
        "unknown field `blink`"
    )]
    fn what_is_wrong_is_said(#[case] text: &str, #[case] said: &str) {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}
