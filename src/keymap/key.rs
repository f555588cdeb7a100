//! One key as it is written in `keymap.toml`: print and parse are inverse.
//!
//! Shift is part of a character (`G`), and only spelled out for keys that print nothing. Super,
//! hyper and the other modifiers that few terminals tell apart are not keys here.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// The keys that print nothing: name in the file, name on the screen.
const NAMED: &[(KeyCode, &str, &str)] = &[
    (KeyCode::Enter, "enter", "Enter"),
    (KeyCode::Esc, "esc", "Esc"),
    (KeyCode::Tab, "tab", "Tab"),
    (KeyCode::Backspace, "backspace", "Backspace"),
    (KeyCode::Delete, "delete", "Del"),
    (KeyCode::Insert, "insert", "Ins"),
    (KeyCode::Up, "up", "↑"),
    (KeyCode::Down, "down", "↓"),
    (KeyCode::Left, "left", "←"),
    (KeyCode::Right, "right", "→"),
    (KeyCode::Home, "home", "Home"),
    (KeyCode::End, "end", "End"),
    (KeyCode::PageUp, "pgup", "PgUp"),
    (KeyCode::PageDown, "pgdn", "PgDn"),
    (KeyCode::Char(' '), "space", "Space"),
];

const MODIFIERS: &[(KeyModifiers, &str, &str)] = &[
    (KeyModifiers::CONTROL, "ctrl-", "Ctrl-"),
    (KeyModifiers::ALT, "alt-", "Alt-"),
    (KeyModifiers::SHIFT, "shift-", "Shift-"),
];

impl Key {
    /// The key of a terminal's event; none for keys that no keymap can name.
    pub fn from_event(event: KeyEvent) -> Option<Self> {
        let known =
            event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        Self::new(event.code, known)
    }

    fn new(code: KeyCode, mut modifiers: KeyModifiers) -> Option<Self> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "keys that have no name here are no keys"
        )]
        let code = match code {
            KeyCode::BackTab => {
                modifiers |= KeyModifiers::SHIFT;
                KeyCode::Tab
            }
            KeyCode::Char(c) if c != ' ' => {
                modifiers -= KeyModifiers::SHIFT;
                // With Ctrl, terminals disagree on the case that they send.
                KeyCode::Char(if modifiers.contains(KeyModifiers::CONTROL) {
                    c.to_ascii_lowercase()
                } else {
                    c
                })
            }
            KeyCode::F(1..=12) => code,
            _ => NAMED.iter().find(|(named, ..)| *named == code)?.0,
        };
        Some(Self { code, modifiers })
    }

    /// The character that the key types, if it types one.
    pub fn typed(self) -> Option<char> {
        let plain = (self.modifiers - KeyModifiers::SHIFT).is_empty();
        self.code.as_char().filter(|_| plain)
    }

    /// As a person reads it: `Ctrl-C`, `↑`, `PgDn`, `G`.
    pub fn shown(self) -> String {
        let mut shown = String::new();
        for (modifier, _, name) in MODIFIERS {
            if self.modifiers.contains(*modifier) {
                shown.push_str(name);
            }
        }
        match (
            self.code,
            NAMED.iter().find(|(code, ..)| *code == self.code),
        ) {
            (_, Some((_, _, name))) => shown.push_str(name),
            (KeyCode::Char(c), None) if self.modifiers.contains(KeyModifiers::CONTROL) => {
                shown.push(c.to_ascii_uppercase());
            }
            (KeyCode::Char(c), None) => shown.push(c),
            (code, None) => shown.push_str(&code.to_string()),
        }
        shown
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, name, _) in MODIFIERS {
            if self.modifiers.contains(*modifier) {
                f.write_str(name)?;
            }
        }
        match (
            self.code,
            NAMED.iter().find(|(code, ..)| *code == self.code),
        ) {
            (_, Some((_, name, _))) => f.write_str(name),
            (KeyCode::Char(c), None) => write!(f, "{c}"),
            (KeyCode::F(n), None) => write!(f, "f{n}"),
            _ => Ok(()),
        }
    }
}

/// A text that names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no key: a character, or enter, esc, tab, space, f1 and the like, with ctrl-, alt- or shift- before it"
)]
pub struct NotAKey(pub String);

impl FromStr for Key {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let wrong = || NotAKey(text.to_owned());
        let mut rest = text;
        let mut modifiers = KeyModifiers::NONE;
        for (modifier, name, _) in MODIFIERS {
            if let Some(after) = rest.strip_prefix(name).filter(|after| !after.is_empty()) {
                modifiers |= *modifier;
                rest = after;
            }
        }
        let mut characters = rest.chars();
        let code = match (characters.next(), characters.next()) {
            (Some(c), None) if !c.is_whitespace() && !c.is_control() => KeyCode::Char(c),
            _ => named(rest).ok_or_else(wrong)?,
        };
        let key = Self::new(code, modifiers).ok_or_else(wrong)?;
        // `shift-g` and `ctrl-G` would silently be another key than the one that was written.
        if key.to_string() == text {
            Ok(key)
        } else {
            Err(wrong())
        }
    }
}

fn named(name: &str) -> Option<KeyCode> {
    if let Some(number) = name.strip_prefix('f') {
        return number
            .parse()
            .ok()
            .filter(|n| (1..=12).contains(n))
            .map(KeyCode::F);
    }
    NAMED
        .iter()
        .find(|(_, written, _)| *written == name)
        .map(|(code, ..)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn any_key() -> impl Strategy<Value = Key> {
        let code = prop_oneof![
            any::<char>()
                .prop_filter("a printing one", |c| !c.is_whitespace() && !c.is_control())
                .prop_map(KeyCode::Char),
            proptest::sample::select(NAMED).prop_map(|(code, ..)| code),
            (1_u8..=12).prop_map(KeyCode::F),
        ];
        (code, any::<u8>()).prop_map(|(code, bits)| {
            let modifiers = KeyModifiers::from_bits_truncate(bits & 7);
            Key::new(code, modifiers).unwrap()
        })
    }

    proptest! {
        #[test]
        fn what_is_printed_can_be_read(key in any_key()) {
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }

        #[test]
        fn what_is_read_prints_the_same(text in "[a-z0-9 -]{0,12}|(ctrl-|alt-|shift-){0,3}[a-zA-Z]{1,5}") {
            if let Ok(key) = text.parse::<Key>() {
                prop_assert_eq!(key.to_string(), text);
            }
        }
    }

    #[rstest]
    #[case("")]
    #[case("escape")]
    #[case("shift-g")]
    #[case("ctrl-G")]
    #[case("alt-ctrl-x")]
    #[case("f13")]
    fn what_is_no_key_is_refused(#[case] text: &str) {
        assert!(text.parse::<Key>().is_err());
    }

    #[test]
    fn a_terminal_may_send_shift_with_the_character_or_not() {
        let with = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        let without = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::NONE);
        assert_eq!(Key::from_event(with), Key::from_event(without));
        let back = KeyEvent::new(KeyCode::BackTab, KeyModifiers::NONE);
        assert_eq!(Key::from_event(back).unwrap().to_string(), "shift-tab");
    }
}
