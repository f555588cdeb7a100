//! The themes that are built in.

use super::depth::Depth;
use super::parse::{ThemeError, parse};
use super::role::Theme;

/// The built-in themes, the default first.
pub const BUILTIN: &[(&str, &str)] = &[
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("contrast", include_str!("../../themes/contrast.toml")),
    ("ansi16", include_str!("../../themes/ansi16.toml")),
];

/// A built-in theme by its name.
pub fn builtin(name: &str) -> Result<Theme, ThemeError> {
    let (_, text) = BUILTIN
        .iter()
        .find(|(each, _)| *each == name)
        .ok_or_else(|| ThemeError::Unknown {
            name: name.to_owned(),
            known: BUILTIN
                .iter()
                .map(|(name, _)| *name)
                .collect::<Vec<_>>()
                .join(", "),
        })?;
    parse(text)
}

/// The name of the theme that suits a terminal nobody chose a theme for.
pub fn default_for(depth: Depth) -> &'static str {
    match depth {
        Depth::True | Depth::Ansi256 => "dark",
        Depth::Ansi16 | Depth::None => "ansi16",
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;
    use crate::theme::Role;

    /// Relative luminance (WCAG 2.1).
    fn luminance(colour: Color) -> Option<f64> {
        let Color::Rgb(red, green, blue) = colour else {
            return None;
        };
        let [red, green, blue] = [red, green, blue].map(|channel| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.04045 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        });
        Some(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    }

    #[test]
    fn every_theme_has_its_name_and_every_role() {
        for (name, _) in BUILTIN {
            let theme = builtin(name).unwrap();
            assert_eq!(theme.name, *name);
            assert!(!theme.about.is_empty());
        }
        assert!(
            builtin("drak")
                .unwrap_err()
                .to_string()
                .contains("there are dark, light")
        );
    }

    #[test]
    fn text_stands_out_from_its_ground() {
        for (name, _) in BUILTIN.iter().filter(|(name, _)| *name != "ansi16") {
            let theme = builtin(name).unwrap();
            let base = theme.style(Role::Base);
            for (role, wanted) in [
                (Role::Text, 7.0),
                (Role::Title, 4.5),
                (Role::Accent, 4.5),
                (Role::Selected, 4.5),
                (Role::Bar, 4.5),
                (Role::BarMuted, 3.0),
                (Role::TabActive, 4.5),
                (Role::Ok, 4.5),
                (Role::Warn, 4.5),
                (Role::Bad, 4.5),
                (Role::Busy, 4.5),
                (Role::Muted, 3.5),
            ] {
                let style = theme.style(role);
                let fore = luminance(style.fg.or(base.fg).unwrap()).unwrap();
                let back = luminance(style.bg.or(base.bg).unwrap()).unwrap();
                let contrast = (fore.max(back) + 0.05) / (fore.min(back) + 0.05);
                assert!(
                    contrast >= wanted,
                    "{name}, {role:?}: {contrast:.1} < {wanted}"
                );
            }
        }
    }

    #[test]
    fn without_colour_no_colour_is_left() {
        let theme = builtin("dark").unwrap().at(Depth::None);
        for role in [Role::Text, Role::Bad, Role::Selected, Role::Bar] {
            let style = theme.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
        assert_ne!(theme.style(Role::Selected), theme.style(Role::Text));
    }
}
