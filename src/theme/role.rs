//! The roles that the screen knows, and a theme: a style for each of them.

use ratatui::style::{Color, Modifier, Style};
use strum::{EnumCount, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

use super::colour::fit;
use super::depth::Depth;

/// What something is, which decides how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Role {
    /// The screen's ground.
    Base,
    /// What is read.
    Text,
    /// What is there when one looks for it.
    Muted,
    /// A heading.
    Title,
    /// What is named or typed: keys, names, the match of a filter.
    Accent,
    /// The line around a pane.
    Border,
    /// The line around the pane that has the keys.
    BorderFocus,
    /// The row that is selected.
    Selected,
    /// The header's and the footer's ground.
    Bar,
    /// What is muted in the header and the footer.
    BarMuted,
    /// The tab that is open.
    TabActive,
    /// Well.
    Ok,
    /// Worth a look.
    Warn,
    /// Broken.
    Bad,
    /// On its way.
    Busy,
    /// The filled part of a gauge.
    Fill,
    /// The empty part of a gauge.
    Track,
}

/// A style for each role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Its name.
    pub name: String,
    /// What it is for, in one line.
    pub about: String,
    pub(super) styles: [Style; Role::COUNT],
}

impl Theme {
    /// A theme that leaves everything as the terminal has it.
    pub fn plain() -> Self {
        Self {
            name: "plain".to_owned(),
            about: "Nothing but weight".to_owned(),
            styles: [Style::default(); Role::COUNT],
        }
        .at(Depth::None)
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        Role::iter()
            .zip(&self.styles)
            .find(|(each, _)| *each == role)
            .map(|(_, style)| *style)
            .unwrap_or_default()
    }

    /// This theme in the colours that a terminal has.
    #[must_use]
    pub fn at(mut self, depth: Depth) -> Self {
        for (role, style) in Role::iter().zip(&mut self.styles) {
            *style = if depth == Depth::None {
                without_colour(role, *style)
            } else {
                Style {
                    fg: style.fg.map(|colour| fit(colour, depth)),
                    bg: style.bg.map(|colour| fit(colour, depth)),
                    ..*style
                }
            };
        }
        self
    }
}

/// What colour said is said by weight: a selection is reversed, what is broken is bold.
fn without_colour(role: Role, style: Style) -> Style {
    let plain = Style {
        fg: None,
        bg: None,
        ..style
    };
    match role {
        Role::Selected | Role::TabActive => plain.add_modifier(Modifier::REVERSED),
        Role::Bad | Role::Title | Role::BorderFocus => plain.add_modifier(Modifier::BOLD),
        Role::Muted | Role::BarMuted | Role::Track | Role::Border => {
            plain.add_modifier(Modifier::DIM)
        }
        Role::Base => Style::default().fg(Color::Reset).bg(Color::Reset),
        Role::Text | Role::Accent | Role::Bar | Role::Ok | Role::Warn | Role::Busy | Role::Fill => {
            plain
        }
    }
}
