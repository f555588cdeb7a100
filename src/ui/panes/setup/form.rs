//! The form: rows that scroll so that the focus is seen, and below them what the focused field is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::nodes;
use super::rows::{FormRow, LABELS, rows};
use super::state::{Setup, Target, Targets};
use crate::theme::{Role, Theme};
use crate::ui::pane::Ctx;
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::field::Field as Editor;
use crate::ui::widgets::scrollbar;
use crate::ui::widgets::write::{put, wrap};
use crate::wizard::{Field, Kind, Wizard, row};

/// Rows for what the focused field is.
const ABOUT_ROWS: u16 = 2;

/// The rows that a brief form would take at a width, its frame included.
pub(super) fn height(wizard: &Wizard, width: u16) -> u16 {
    let rows = rows(wizard, width.saturating_sub(4), true).len();
    let rows = u16::try_from(rows).unwrap_or(u16::MAX);
    rows.saturating_add(ABOUT_ROWS + 2)
}

/// What a field is drawn with.
pub(super) struct Pen<'a> {
    pub(super) theme: &'a Theme,
    /// The line of the field that has the focus.
    pub(super) editor: &'a Editor,
    pub(super) focused: bool,
}

/// Draws it.
pub(super) fn draw(
    setup: &Setup,
    buf: &mut Buffer,
    area: Rect,
    ctx: &Ctx<'_>,
    wizard: &Wizard,
    targets: &mut Targets,
) {
    let number = wizard
        .states()
        .iter()
        .take_while(|(step, _)| *step != wizard.step())
        .count()
        + 1;
    let title = format!("{number} {}", row(wizard.step()).title);
    let frame = Frame::titled(ctx.theme, title).focused(true);
    let inside = frame.draw(buf, area, ctx.theme);
    let body = Rect {
        height: inside
            .height
            .saturating_sub(ABOUT_ROWS + u16::from(!setup.brief.get())),
        ..inside
    };
    let rows = rows(wizard, body.width, setup.brief.get());
    let first = first_row(setup, &rows, wizard, body.height);
    for (line, row) in body.rows().zip(rows.iter().skip(first)) {
        let pen = |focused| Pen {
            theme: ctx.theme,
            editor: &setup.editor,
            focused,
        };
        draw_row(buf, line, row, wizard, &pen, targets);
    }
    let bar = Rect {
        width: body.width + 2,
        ..body
    };
    scrollbar::draw(
        buf,
        bar.intersection(buf.area),
        ctx.theme,
        first,
        rows.len(),
    );
    draw_about(buf, inside, ctx, wizard);
}

/// The first row to draw: as before, unless the focus or what is said about it would not be seen.
fn first_row(setup: &Setup, rows: &[FormRow], wizard: &Wizard, height: u16) -> usize {
    let height = usize::from(height).max(1);
    let focus = rows.iter().position(|row| row.has(wizard.focus()));
    let focus = focus.unwrap_or(0);
    let said = rows.iter().skip(focus + 1);
    let said = said
        .take_while(|row| matches!(row, FormRow::Said { .. }))
        .count();
    let last = focus + said.min(height.saturating_sub(1));
    let furthest = rows.len().saturating_sub(height);
    let lowest = (last + 1).saturating_sub(height);
    let first = setup
        .first
        .get()
        .clamp(lowest.min(focus), focus.max(lowest));
    let first = first.min(furthest);
    setup.first.set(first);
    first
}

fn draw_about(buf: &mut Buffer, inside: Rect, ctx: &Ctx<'_>, wizard: &Wizard) {
    let Some(focused) = wizard.focused() else {
        return;
    };
    let below = Rect {
        y: inside.bottom().saturating_sub(ABOUT_ROWS),
        height: ABOUT_ROWS.min(inside.height),
        ..inside
    };
    let style = ctx.theme.style(Role::Muted);
    let lines = wrap(&focused.about, usize::from(below.width));
    for (line, text) in below.rows().zip(lines) {
        put(buf, line, line.x, line.y, &text, style);
    }
}

fn draw_row<'a>(
    buf: &mut Buffer,
    line: Rect,
    row: &FormRow,
    wizard: &Wizard,
    pen: &impl Fn(bool) -> Pen<'a>,
    targets: &mut Targets,
) {
    let theme = pen(false).theme;
    match row {
        FormRow::Blank => {}
        FormRow::Said {
            glyph,
            role,
            text,
            indent,
            target,
        } => {
            let x = line.x + indent;
            let x = if glyph.is_empty() {
                x
            } else {
                put(buf, line, x, line.y, glyph, theme.style(*role)) + 1
            };
            let role = if *role == Role::Muted {
                Role::Muted
            } else {
                Role::Text
            };
            put(buf, line, x, line.y, text, theme.style(role));
            targets.extend(target.map(|target| (line, target)));
        }
        FormRow::Field(field) => {
            targets.push((line, Target::Field(field.id)));
            draw_field(buf, line, field, &pen(field.id == wizard.focus()));
        }
        FormRow::Headings => nodes::draw_headings(buf, line, theme),
        FormRow::Node(node, cells) => {
            let pen = |id| pen(id == wizard.focus());
            nodes::draw(buf, line, (node, cells), theme, &pen, targets);
        }
    }
}

fn draw_field(buf: &mut Buffer, line: Rect, field: &Field, pen: &Pen<'_>) {
    let label = pen.theme.style(if pen.focused {
        Role::Title
    } else {
        Role::Muted
    });
    if pen.focused {
        put(
            buf,
            line,
            line.x,
            line.y,
            "▸",
            pen.theme.style(Role::Accent),
        );
    }
    let value = Rect {
        x: line.x + LABELS.min(line.width),
        width: line.width.saturating_sub(LABELS),
        ..line
    };
    match &field.kind {
        Kind::Action { ready } => {
            let style = button(pen, *ready);
            let text = format!("[ {} ]", field.label);
            put(buf, value, value.x, value.y, &text, style);
        }
        Kind::Text | Kind::Number | Kind::Masked { .. } | Kind::Choice(_) => {
            put(buf, line, line.x + 2, line.y, &field.label, label);
            draw_value(buf, value, field, pen);
        }
    }
}

fn button(pen: &Pen<'_>, ready: bool) -> ratatui::style::Style {
    let role = if ready { Role::Accent } else { Role::Muted };
    let style = pen.theme.style(role);
    if pen.focused {
        style.add_modifier(Modifier::REVERSED)
    } else {
        style
    }
}

/// Draws what stands in a field; what takes letters shows where the next one goes.
pub(super) fn draw_value(buf: &mut Buffer, area: Rect, field: &Field, pen: &Pen<'_>) {
    let text = pen.theme.style(Role::Text);
    let muted = pen.theme.style(Role::Muted);
    match &field.kind {
        Kind::Choice(choices) => {
            let sides = if choices.len() < 2 {
                ("", "")
            } else {
                ("◂ ", " ▸")
            };
            let sides = if pen.focused { sides } else { ("", "") };
            let x = put(buf, area, area.x, area.y, sides.0, muted);
            let style = if pen.focused {
                text.add_modifier(Modifier::REVERSED)
            } else {
                text
            };
            let x = put(buf, area, x, area.y, field.shown(), style);
            put(buf, area, x, area.y, sides.1, muted);
        }
        Kind::Masked { held } => {
            let held = *held && pen.editor.is_empty();
            if pen.focused {
                pen.editor.draw_masked(buf, area, pen.theme);
                let beside = Rect {
                    x: area.x + 2.min(area.width),
                    width: area.width.saturating_sub(2),
                    ..area
                };
                if held {
                    let said = "held; type to replace it";
                    put(buf, beside, beside.x, beside.y, said, muted);
                }
            } else {
                let shown = if held || !pen.editor.is_empty() {
                    "•"
                } else {
                    "–"
                };
                put(buf, area, area.x, area.y, shown, muted);
            }
        }
        Kind::Text | Kind::Number if pen.focused => pen.editor.draw(buf, area, pen.theme),
        Kind::Text | Kind::Number if field.text.is_empty() => {
            put(buf, area, area.x, area.y, "–", muted);
        }
        Kind::Text | Kind::Number => {
            put(buf, area, area.x, area.y, &field.text, text);
        }
        Kind::Action { .. } => {}
    }
}
