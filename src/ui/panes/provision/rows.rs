//! One row a step: its state, its name in the tree, what it waits for, how long it has taken.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::tree::{Branch, name, place};
use crate::domain::plan::{Action, Plan, Step};
use crate::store::run::{Progress, Run, StepRun};
use crate::theme::Role;
use crate::ui::moment::lasted;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs::{self, Sign};
use crate::ui::widgets::write::{cut, put, put_right, width};

/// Cells for the elapsed time.
const TIME: usize = 6;

/// The steps of a plan, and how far a run is with them.
#[derive(Clone, Copy)]
pub(super) struct Steps<'a> {
    pub(super) plan: &'a Plan,
    pub(super) run: Option<&'a Run>,
}

/// What a row says besides its name.
pub(super) struct Said {
    pub(super) sign: Sign,
    pub(super) text: String,
    pub(super) role: Role,
}

impl Said {
    fn new(sign: Sign, text: impl Into<String>, role: Role) -> Self {
        Self {
            sign,
            text: text.into(),
            role,
        }
    }
}

impl<'a> Steps<'a> {
    pub(super) fn get(self, at: usize) -> Option<(&'a Step, Option<&'a StepRun>)> {
        let step = self.plan.steps.get(at)?;
        Some((step, self.run.and_then(|run| run.steps.get(at))))
    }

    /// Whether a step is under way, or has failed: what must not scroll out of sight.
    pub(super) fn is_pressing(self, at: usize) -> bool {
        let far = self.get(at).and_then(|(_, run)| run);
        far.is_some_and(|run| {
            matches!(
                run.progress,
                Progress::Started
                    | Progress::Settling(_)
                    | Progress::Retrying { .. }
                    | Progress::Failed(_)
            )
        })
    }

    /// How a step is, in a glyph and a few words.
    pub(super) fn said(self, at: usize, ctx: &Ctx<'_>) -> Option<Said> {
        let (step, run) = self.get(at)?;
        Some(match run.map(|run| &run.progress) {
            None => planned(step),
            Some(Progress::Waiting) => self.waiting(step),
            Some(Progress::Started) => Said::new(signs::BUSY, "asked for", Role::Muted),
            Some(Progress::Settling(state)) => {
                Said::new(signs::BUSY, state.to_lowercase(), Role::Busy)
            }
            Some(Progress::Retrying { reason, at }) => Said::new(
                signs::HELD,
                format!("again in {}: {reason}", ctx.moment.until(*at)),
                Role::Warn,
            ),
            Some(Progress::Finished) => Said::new(signs::OK, step.summary.as_str(), Role::Muted),
            Some(Progress::Failed(problem)) => {
                Said::new(signs::BAD, problem.title.as_str(), Role::Bad)
            }
        })
    }

    fn waiting(self, step: &Step) -> Said {
        if self.run.is_some_and(|run| run.outcome.is_some()) {
            return Said::new(signs::NONE, "not begun", Role::Muted);
        }
        let open = |at: &usize| {
            let far = self.get(*at).and_then(|(_, run)| run);
            far.is_some_and(|run| run.progress != Progress::Finished)
        };
        let names: Vec<&str> = step
            .needs
            .iter()
            .filter_map(|key| place(self.plan, key))
            .filter(open)
            .filter_map(|at| self.plan.steps.get(at))
            .map(name)
            .collect();
        let text = match names.as_slice() {
            [] => String::new(),
            names => format!("waits for {}", names.join(", ")),
        };
        Said::new(signs::NONE, text, Role::Muted)
    }

    /// How long it has taken or takes; nothing before it has begun.
    pub(super) fn elapsed(self, at: usize, ctx: &Ctx<'_>) -> Option<String> {
        let (_, run) = self.get(at)?;
        let run = run?;
        let started = run.started?;
        let over = run.ended.or(self.run.and_then(|run| run.ended));
        Some(match over {
            Some(ended) => lasted(ended.duration_since(started)),
            None => ctx.moment.running(started),
        })
    }

    /// Draws one row; `names` is how many cells guides and names take.
    pub(super) fn draw(
        self,
        buf: &mut Buffer,
        line: Rect,
        (branch, names): (&Branch, usize),
        selected: bool,
        ctx: &Ctx<'_>,
    ) {
        let (Some((step, _)), Some(said)) = (self.get(branch.step), self.said(branch.step, ctx))
        else {
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
        let right = if let Some(elapsed) = self.elapsed(branch.step, ctx) {
            let start = put_right(buf, line, line.y, &elapsed, style(Role::Muted));
            start.saturating_sub(1)
        } else {
            line.right() - u16::try_from(TIME + 1).unwrap_or(0).min(line.width)
        };
        let x = line.x + u16::try_from(names + 4).unwrap_or(u16::MAX);
        let middle = Rect {
            width: right.saturating_sub(line.x),
            ..line
        };
        put(buf, middle, x, line.y, &said.text, style(said.role));
    }
}

fn planned(step: &Step) -> Said {
    match step.action {
        Action::Create => Said::new(("+", Role::Accent), step.summary.as_str(), Role::Muted),
        Action::Keep => Said::new(signs::OK, "is there", Role::Muted),
        Action::Delete => Said::new(("-", Role::Bad), "will be removed", Role::Muted),
    }
}
