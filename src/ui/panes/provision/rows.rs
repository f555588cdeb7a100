//! One row a step: its state, its name in the tree, what it says, how long it has taken, and how
//! that stands to what earlier runs took.

use jiff::SignedDuration;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::said::said;
use super::steps::Steps;
use crate::domain::tree::{Branch, name};
use crate::theme::Role;
use crate::ui::moment::lasted;
use crate::ui::pane::Ctx;
use crate::ui::widgets::gauge;
use crate::ui::widgets::write::{cut, put, put_right, width};

/// Cells for a time.
const TIME: usize = 6;
/// Cells of the bar of a step that is under way.
const BAR: u16 = 8;
/// Cells that a row keeps for words before it shows an estimate beside the time.
const WORDS: u16 = 34;

/// What stands at a row's right.
#[derive(Default)]
struct Timed {
    /// How much of the usual time is over, while it runs.
    percent: Option<u8>,
    text: String,
    /// Whether it takes longer than usual.
    over: bool,
}

impl Timed {
    fn of(steps: Steps<'_>, at: usize, roomy: bool, ctx: &Ctx<'_>) -> Self {
        let estimate = steps.estimate(at).filter(|_| !steps.is_hunted(at));
        let usual = estimate.map(|seconds| {
            let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
            format!("~{}", lasted(SignedDuration::from_secs(seconds)))
        });
        let over = steps.run.is_some_and(|run| run.outcome.is_some());
        let Some((started, ended)) = steps.span(at) else {
            return Self {
                text: usual.filter(|_| !over).unwrap_or_default(),
                ..Self::default()
            };
        };
        let text = steps.elapsed(at, ctx).unwrap_or_default();
        let (None, Some(estimate), Some(usual)) = (ended, estimate, usual) else {
            return Self {
                text,
                ..Self::default()
            };
        };
        let passed = ctx.moment.now().duration_since(started).as_secs();
        let passed = u64::try_from(passed).unwrap_or(0);
        let percent = (passed.min(1_000_000) * 100).checked_div(estimate);
        Self {
            percent: u8::try_from(percent.unwrap_or(100).min(100)).ok(),
            text: if roomy {
                format!("{text:>5} {usual:TIME$}")
            } else {
                text
            },
            over: passed > estimate,
        }
    }
}

/// Draws one row; `names` is how many cells guides and names take.
pub(super) fn draw(
    buf: &mut Buffer,
    line: Rect,
    (steps, branch, names): (Steps<'_>, &Branch, usize),
    selected: bool,
    ctx: &Ctx<'_>,
) {
    let (Some(step), Some(said)) = (steps.step(branch.step), said(steps, branch.step, ctx)) else {
        return;
    };
    let style = |role| {
        let role = if selected { Role::Selected } else { role };
        ctx.theme.style(role)
    };
    if selected {
        let whole = Rect::new(line.x - 1, line.y, line.width + 2, 1);
        buf.set_style(whole, style(Role::Selected));
    }
    let x = put(buf, line, line.x, line.y, said.sign.0, style(said.sign.1));
    let x = put(buf, line, x + 1, line.y, &branch.guide, style(Role::Border));
    let room = names.saturating_sub(width(&branch.guide));
    let shown = cut(name(step), room);
    put(buf, line, x, line.y, &shown, style(Role::Text));
    let x = line.x + u16::try_from(names + 4).unwrap_or(u16::MAX);
    let roomy = line.right().saturating_sub(x) >= WORDS + BAR;
    let timed = Timed::of(steps, branch.step, roomy, ctx);
    let role = if timed.over { Role::Warn } else { Role::Muted };
    let start = put_right(buf, line, line.y, &timed.text, style(role));
    let kept = line.right() - u16::try_from(TIME).unwrap_or(0).min(line.width);
    let mut right = start.min(kept).saturating_sub(1);
    if let Some(percent) = timed.percent.filter(|_| right > x + BAR) {
        right -= BAR;
        let fill = match (selected, timed.over) {
            (true, _) => Role::Selected,
            (false, true) => Role::Warn,
            (false, false) => Role::Fill,
        };
        let bar = gauge::bar(ctx.theme, percent, usize::from(BAR), fill);
        let mut cell = right;
        for span in bar {
            let drawn = if selected {
                style(Role::Selected)
            } else {
                span.style
            };
            cell = put(buf, line, cell, line.y, &span.content, drawn);
        }
        right = right.saturating_sub(1);
    }
    let middle = Rect {
        width: right.saturating_sub(line.x),
        ..line
    };
    put(buf, middle, x, line.y, &said.text, style(said.role));
}
