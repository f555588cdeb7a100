//! One line that a person types into.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::write::{put, width};
use crate::command::Command;
use crate::theme::{Role, Theme};

/// The longest text that can be typed or pasted, in characters.
const LONGEST: usize = 256;

/// A line with a cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    text: Vec<char>,
    cursor: usize,
}

impl Field {
    /// A field that holds `text`, with the cursor behind it.
    pub fn holding(text: &str) -> Self {
        let mut field = Self::default();
        field.paste(text);
        field
    }

    /// What stands in it.
    pub fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// Whether nothing stands in it.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Puts one character at the cursor; what does not print is left out.
    pub fn insert(&mut self, c: char) {
        if self.text.len() < LONGEST && !c.is_control() {
            self.text.insert(self.cursor, c);
            self.cursor += 1;
        }
    }

    /// Puts a pasted text at the cursor, as one line.
    pub fn paste(&mut self, text: &str) {
        let clean = crate::domain::text::line(text);
        clean.chars().for_each(|c| self.insert(c));
    }

    /// Does what an editing command asks; says whether it was one.
    pub fn on(&mut self, command: Command) -> bool {
        #[expect(clippy::wildcard_enum_match_arm, reason = "only these commands edit")]
        match command {
            Command::DeleteBack => self.delete_to(self.cursor.saturating_sub(1)),
            Command::DeleteWord => self.delete_to(self.word_start()),
            Command::DeleteToStart => self.delete_to(0),
            Command::CursorLeft => self.cursor = self.cursor.saturating_sub(1),
            Command::CursorRight => self.cursor = (self.cursor + 1).min(self.text.len()),
            Command::CursorStart => self.cursor = 0,
            Command::CursorEnd => self.cursor = self.text.len(),
            _ => return false,
        }
        true
    }

    /// Draws it as [`Field::draw`] does, with a dot for each character.
    pub fn draw_masked(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let masked = Self {
            text: vec!['•'; self.text.len()],
            cursor: self.cursor,
        };
        masked.draw(buf, area, theme);
    }

    fn delete_to(&mut self, start: usize) {
        self.text.drain(start..self.cursor);
        self.cursor = start;
    }

    fn word_start(&self) -> usize {
        let before = self.text.get(..self.cursor).unwrap_or_default();
        let end = before.iter().rposition(|c| !c.is_whitespace());
        end.and_then(|end| before.get(..end)?.iter().rposition(|c| c.is_whitespace()))
            .map_or(0, |blank| blank + 1)
    }

    /// Draws it on one line, with a block for the cursor; the part around the cursor is visible.
    pub fn draw(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let room = usize::from(area.width).saturating_sub(1);
        let before: String = self.text.iter().take(self.cursor).collect();
        let mut skipped = 0;
        let mut wide = width(&before);
        while wide > room && skipped < self.cursor {
            skipped += 1;
            wide = width(&before.chars().skip(skipped).collect::<String>());
        }
        let shown: String = self.text.iter().skip(skipped).collect();
        put(buf, area, area.x, area.y, &shown, theme.style(Role::Text));
        let at = area.x + u16::try_from(wide).unwrap_or(0);
        if let Some(cell) = buf.cell_mut((at, area.y)).filter(|_| at < area.right()) {
            cell.modifier.insert(Modifier::REVERSED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use strum::IntoEnumIterator;

    #[test]
    fn words_go_at_once() {
        let mut field = Field::holding("name:docs  tls ");
        field.on(Command::DeleteWord);
        assert_eq!(field.text(), "name:docs  ");
        field.on(Command::DeleteWord);
        assert!(field.is_empty());
    }

    #[test]
    fn typing_happens_at_the_cursor() {
        let mut field = Field::holding("dcs");
        field.on(Command::CursorStart);
        field.on(Command::CursorRight);
        field.insert('o');
        assert_eq!(field.text(), "docs");
        field.on(Command::DeleteToStart);
        assert_eq!(field.text(), "cs");
    }

    proptest! {
        #[test]
        fn no_input_breaks_it(keys in prop::collection::vec(prop_oneof![
            any::<char>().prop_map(Ok),
            prop::sample::select(Command::iter().collect::<Vec<_>>()).prop_map(Err),
        ], 0..80), wide in 0_u16..20) {
            let mut field = Field::default();
            for key in keys {
                match key {
                    Ok(c) => field.insert(c),
                    Err(command) => { field.on(command); }
                }
                prop_assert!(field.cursor <= field.text.len());
            }
            let area = Rect::new(0, 0, wide, 1);
            let mut buf = Buffer::empty(area);
            field.draw(&mut buf, area, &crate::theme::builtin("dark").unwrap());
        }
    }
}
