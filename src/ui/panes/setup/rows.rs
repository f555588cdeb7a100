//! The form as rows of one line each: fields, rows of the table of nodes, and what is to be said
//! about them right below.

use super::state::Target;
use super::steps;
use crate::theme::Role;
use crate::ui::widgets::write::wrap;
use crate::wizard::{Column, Field, FieldId, NodeRow, Remark, Step, Weight, Wizard, row};

/// Cells before a field's value.
pub(super) const LABELS: u16 = 19;

/// One line of the form.
#[derive(Clone, Debug)]
pub(super) enum FormRow {
    /// Nothing.
    Blank,
    /// A line of text, and where a click on it leads.
    Said {
        glyph: &'static str,
        role: Role,
        text: String,
        indent: u16,
        target: Option<Target>,
    },
    /// A field.
    Field(Field),
    /// The headings of the table of nodes.
    Headings,
    /// A node: what is fixed, and its cells.
    Node(NodeRow, Vec<Field>),
}

impl FormRow {
    /// Whether the field that has the focus is in it.
    pub(super) fn has(&self, focus: FieldId) -> bool {
        match self {
            Self::Field(field) => field.id == focus,
            Self::Node(_, cells) => cells.iter().any(|cell| cell.id == focus),
            Self::Blank | Self::Said { .. } | Self::Headings => false,
        }
    }
}

/// All rows of the present step for a form of so many cells; a brief one says nothing of itself.
pub(super) fn rows(wizard: &Wizard, cells: u16, brief: bool) -> Vec<FormRow> {
    let remarks = wizard.remarks_on(wizard.step());
    let mut rows = vec![];
    if !brief {
        let about = row(wizard.step()).about;
        said(&mut rows, ("", Role::Muted), about, 0, cells, None);
        rows.push(FormRow::Blank);
    }
    let mut fields = wizard.fields().into_iter().peekable();
    let nodes = wizard.rows();
    while let Some(field) = fields.next() {
        let FieldId::Node(at, _) = field.id else {
            let id = field.id;
            rows.push(FormRow::Field(field));
            remark_rows(&mut rows, &remarks, cells, |other| other == id);
            continue;
        };
        if at == 0 && !rows.iter().any(|row| matches!(row, FormRow::Headings)) {
            rows.push(FormRow::Blank);
            rows.push(FormRow::Headings);
        }
        let of_node = |id: &FieldId| matches!(id, FieldId::Node(other, _) if *other == at);
        let mut line = vec![field];
        while let Some(cell) = fields.next_if(|field| of_node(&field.id)) {
            line.push(cell);
        }
        let node = nodes.get(at).cloned().unwrap_or_default();
        rows.push(FormRow::Node(node, line));
        remark_rows(&mut rows, &remarks, cells, |other| of_node(&other));
    }
    let whole = remarks.iter().filter(|remark| remark.field.is_none());
    for remark in whole {
        rows.push(FormRow::Blank);
        remark_row(&mut rows, remark, cells, 0, String::new());
    }
    if wizard.step() == Step::Review {
        elsewhere(&mut rows, wizard, cells);
    }
    rows
}

/// What the other steps have to say, the graver first.
fn elsewhere(rows: &mut Vec<FormRow>, wizard: &Wizard, cells: u16) {
    let mut others = wizard.remarks();
    others.retain(|it| it.step != Step::Review && it.weight >= Weight::Warn);
    others.sort_by_key(|remark| std::cmp::Reverse(remark.weight));
    rows.push(FormRow::Blank);
    if others.is_empty() && wizard.can_begin() {
        let sign = steps::weight(Weight::Note);
        said(rows, sign, "nothing stands against it", 0, cells, None);
    }
    for remark in others {
        let field = remark.field.and_then(|field| wizard.name_of(field));
        let whose = match field {
            Some(field) => format!("{} · {field}: ", row(remark.step).title),
            None => format!("{}: ", row(remark.step).title),
        };
        remark_row(rows, &remark, cells, 0, whose);
    }
}

fn remark_rows(
    rows: &mut Vec<FormRow>,
    remarks: &[Remark],
    cells: u16,
    about: impl Fn(FieldId) -> bool,
) {
    let theirs = remarks.iter().filter(|it| it.field.is_some_and(&about));
    for remark in theirs {
        let column = match remark.field {
            Some(FieldId::Node(_, column)) if column != Column::Name => {
                format!("{}: ", column.title())
            }
            _ => String::new(),
        };
        remark_row(rows, remark, cells, LABELS, column);
    }
}

fn remark_row(rows: &mut Vec<FormRow>, remark: &Remark, cells: u16, indent: u16, before: String) {
    let target = match remark.field {
        Some(field) => Target::Field(field),
        None => Target::Step(remark.step),
    };
    let text = before + &remark.text;
    let sign = steps::weight(remark.weight);
    said(rows, sign, &text, indent, cells, Some(target));
}

fn said(
    rows: &mut Vec<FormRow>,
    (glyph, role): (&'static str, Role),
    text: &str,
    indent: u16,
    cells: u16,
    target: Option<Target>,
) {
    let taken = indent + if glyph.is_empty() { 0 } else { 2 };
    let room = usize::from(cells.saturating_sub(taken)).max(8);
    for (at, line) in wrap(text, room).into_iter().enumerate() {
        rows.push(FormRow::Said {
            glyph: if at == 0 { glyph } else { "" },
            role,
            text: line,
            indent: if at == 0 { indent } else { taken },
            target,
        });
    }
}
