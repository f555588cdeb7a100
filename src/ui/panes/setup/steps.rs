//! The steps with their state: as a column at the left, or as one line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::state::{Target, Targets};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs::{self, Sign};
use crate::ui::widgets::boxes::Frame;
use crate::ui::widgets::write::{put, width};
use crate::wizard::{State, Step, Weight, Wizard, row};

/// The sign of how a step is.
pub(super) fn state(state: State) -> Sign {
    match state {
        State::Open => signs::NONE,
        State::Busy => signs::BUSY,
        State::Ready => signs::OK,
        State::Warned => signs::WARN,
        State::Broken => signs::BAD,
    }
}

/// The sign of how much a remark matters.
pub(super) fn weight(weight: Weight) -> Sign {
    match weight {
        Weight::Note => signs::OK,
        Weight::Busy => signs::BUSY,
        Weight::Warn => signs::WARN,
        Weight::Stop => signs::BAD,
    }
}

/// Draws them below each other.
pub(super) fn draw_column(
    buf: &mut Buffer,
    area: Rect,
    ctx: &Ctx<'_>,
    wizard: &Wizard,
    targets: &mut Targets,
) {
    let inside = Frame::titled(ctx.theme, "Setup").draw(buf, area, ctx.theme);
    for ((number, (step, how)), line) in (1..).zip(wizard.states()).zip(inside.rows()) {
        let here = step == wizard.step();
        let (glyph, role) = state(how);
        if here {
            buf.set_style(line, ctx.theme.style(Role::Selected));
        }
        let x = put(buf, line, line.x, line.y, glyph, ctx.theme.style(role));
        let name = format!(" {number} {}", row(step).title);
        let style = ctx.theme.style(if here { Role::Title } else { Role::Text });
        put(buf, line, x, line.y, &name, style);
        targets.push((line, Target::Step(step)));
    }
}

/// Draws them beside each other; where there is little room only the present one has a name.
pub(super) fn draw_line(
    buf: &mut Buffer,
    area: Rect,
    ctx: &Ctx<'_>,
    wizard: &Wizard,
    targets: &mut Targets,
) {
    let states = wizard.states();
    let named = |step: Step| format!(" {}", row(step).title);
    let all: usize = states
        .iter()
        .map(|(step, _)| width(&named(*step)) + 5)
        .sum();
    let roomy = all <= usize::from(area.width);
    let mut x = area.x + 1;
    for (number, (step, how)) in (1..).zip(states) {
        let here = step == wizard.step();
        let (glyph, role) = state(how);
        let begin = x;
        x = put(buf, area, x, area.y, glyph, ctx.theme.style(role));
        let name = if roomy || here {
            named(step)
        } else {
            String::new()
        };
        let style = ctx
            .theme
            .style(if here { Role::TabActive } else { Role::Muted });
        x = put(buf, area, x + 1, area.y, &format!("{number}{name}"), style);
        let place = Rect::new(begin, area.y, x.saturating_sub(begin), 1);
        targets.push((place.intersection(area), Target::Step(step)));
        x += 2;
    }
}
