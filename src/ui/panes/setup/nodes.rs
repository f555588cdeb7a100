//! The table of nodes, a row each: what is fixed about a node, and its cells.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::form::{Pen, draw_value};
use super::state::{Target, Targets};
use crate::theme::{Role, Theme};
use crate::ui::widgets::write::put;
use crate::wizard::{Column, Field, FieldId, NodeRow};

/// What stands in a column of the screen.
#[derive(Clone, Copy)]
enum Part {
    Cell(Column),
    Role,
    Subnet,
}

/// The columns with their width. Those that say what is fixed go where there is little room.
const PARTS: &[(Part, u16)] = &[
    (Part::Cell(Column::Name), 14),
    (Part::Role, 8),
    (Part::Cell(Column::Ocpus), 5),
    (Part::Cell(Column::MemoryGb), 5),
    (Part::Cell(Column::BootVolumeGb), 8),
    (Part::Subnet, 8),
    (Part::Cell(Column::PrivateIp), 13),
    (Part::Cell(Column::Remove), 3),
];

/// Cells before the table.
const MARGIN: u16 = 2;

/// The columns that fit, each with its place.
fn places(line: Rect) -> Vec<(Part, Rect)> {
    let all: u16 = PARTS.iter().map(|(_, cells)| cells).sum();
    let roomy = all + MARGIN <= line.width + 1;
    let mut x = line.x + MARGIN;
    let mut places = Vec::new();
    for (part, cells) in PARTS {
        if !roomy && matches!(part, Part::Role | Part::Subnet) {
            continue;
        }
        let place = Rect::new(x, line.y, *cells, 1).intersection(line);
        places.push((*part, place));
        x = x.saturating_add(*cells);
    }
    places
}

/// Draws what stands above the columns.
pub(super) fn draw_headings(buf: &mut Buffer, line: Rect, theme: &Theme) {
    for (part, place) in places(line) {
        let title = match part {
            Part::Cell(column) => column.title(),
            Part::Role => "role",
            Part::Subnet => "subnet",
        };
        put(
            buf,
            place,
            place.x,
            place.y,
            title,
            theme.style(Role::Muted),
        );
    }
}

/// Draws one node.
pub(super) fn draw<'a>(
    buf: &mut Buffer,
    line: Rect,
    (node, cells): (&NodeRow, &[Field]),
    theme: &Theme,
    pen: &impl Fn(FieldId) -> Pen<'a>,
    targets: &mut Targets,
) {
    for (part, place) in places(line) {
        let fixed = match part {
            Part::Role => &node.role,
            Part::Subnet => &node.subnet,
            Part::Cell(column) => {
                let of = |cell: &&Field| matches!(cell.id, FieldId::Node(_, it) if it == column);
                if let Some(cell) = cells.iter().find(of) {
                    targets.push((place, Target::Field(cell.id)));
                    let pen = pen(cell.id);
                    if pen.focused {
                        let mark = theme.style(Role::Accent);
                        put(buf, line, line.x, line.y, "▸", mark);
                    }
                    draw_cell(buf, place, cell, &pen, column);
                }
                continue;
            }
        };
        let muted = theme.style(Role::Muted);
        put(buf, place, place.x, place.y, fixed, muted);
    }
}

fn draw_cell(buf: &mut Buffer, place: Rect, cell: &Field, pen: &Pen<'_>, column: Column) {
    if column == Column::Remove {
        let style = pen.theme.style(Role::Accent);
        let style = if pen.focused {
            style.add_modifier(Modifier::REVERSED)
        } else {
            style
        };
        put(buf, place, place.x, place.y, "[-]", style);
        return;
    }
    let room = Rect {
        width: place.width.saturating_sub(1),
        ..place
    };
    if pen.focused {
        let style = pen.theme.style(Role::Text);
        buf.set_style(room, style.add_modifier(Modifier::UNDERLINED));
    }
    draw_value(buf, room, cell, pen);
}
