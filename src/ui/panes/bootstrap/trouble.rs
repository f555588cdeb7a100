//! What keeps a stage, as a person reads it: what it means, what was seen, what to do and the key
//! that does it, the command that failed with its last lines. In as much room as there is.

use super::mending::{self, Mending};
use crate::command::Command;
use crate::domain::bootstrap::Progress;
use crate::domain::problem::Problem;
use crate::keymap::{Context, Sequence};
use crate::store::bootstrap::{NodeRun, StageRun};
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::problem::problem;
use crate::ui::panes::signs;
use crate::ui::widgets::page::Page;
use crate::ui::widgets::write::cut;

/// Last lines of a failed command where there is little room.
const FEW: usize = 2;

/// The key of a command on the way to a cluster.
pub(super) fn key(command: Command, ctx: &Ctx<'_>) -> String {
    let key = ctx.keymap.first(&[Context::Journey], command);
    key.map(Sequence::shown).unwrap_or_default()
}

fn failure(stage: &StageRun) -> Option<&Problem> {
    match &stage.progress {
        Progress::Failed { problem } => Some(problem),
        Progress::Waiting | Progress::Running { .. } | Progress::Done => None,
    }
}

/// What is wrong with a stage, in one sentence.
pub(super) fn sentence(stage: &StageRun) -> Option<&str> {
    let found = stage.diagnosis.as_ref().map(|found| &*found.meaning);
    found.or_else(|| failure(stage).map(|problem| &*problem.title))
}

fn next(stage: &StageRun) -> &str {
    let found = stage.diagnosis.as_ref().map(|found| &*found.next);
    found
        .or_else(|| failure(stage).map(|problem| &*problem.next))
        .unwrap_or_default()
}

fn press(page: &mut Page, mending: &Mending<'_>, ctx: &Ctx<'_>) {
    let before = vec![(format!("{} ", key(Command::Retry, ctx)), Role::Accent)];
    page.item(before, mending.does(), Role::Text);
    if let Some(command) = mending.command() {
        page.item(vec![("  ".to_owned(), Role::Muted)], command, Role::Muted);
    }
}

/// All of it: `node` is whose stage it is, where it is a node's.
pub(super) fn full(page: &mut Page, node: Option<&NodeRun>, stage: &StageRun, ctx: &Ctx<'_>) {
    let indent = || vec![("  ".to_owned(), Role::Muted)];
    match (failure(stage), &stage.diagnosis) {
        (Some(met), None) => {
            problem(page, met);
            if let Some(mending) = mending::of_stage(node, stage) {
                press(page, &mending, ctx);
            }
        }
        (met, Some(found)) => {
            let sign = if met.is_some() {
                signs::BAD
            } else {
                signs::WARN
            };
            page.item(vec![signs::before(sign)], &*found.meaning, sign.1);
            for seen in &found.evidence {
                let before = vec![("  · ".to_owned(), Role::Muted)];
                page.item(before, &**seen, Role::Text);
            }
            page.item(
                vec![("→ ".to_owned(), Role::Accent)],
                &*found.next,
                Role::Text,
            );
            if let Some(mending) = mending::of_stage(node, stage) {
                press(page, &mending, ctx);
            }
            if let Some(met) = met {
                page.item(indent(), met.title.as_str(), Role::Muted);
                for line in met.detail.lines() {
                    page.item(indent(), line, Role::Muted);
                }
            }
        }
        (None, None) => {}
    }
}

/// The sentence, the last lines of what failed, the next step and its key.
fn middle(node: &NodeRun, stage: &StageRun, ctx: &Ctx<'_>) -> Page {
    let mut page = Page::default();
    let sign = sign(stage);
    page.item(
        vec![signs::before(sign)],
        sentence(stage).unwrap_or_default(),
        sign.1,
    );
    let evidence = stage.diagnosis.iter().flat_map(|found| &found.evidence);
    for seen in evidence.take(1) {
        page.item(vec![("  · ".to_owned(), Role::Muted)], &**seen, Role::Text);
    }
    if let (Some(met), None) = (failure(stage), &stage.diagnosis) {
        let lines: Vec<&str> = met.detail.lines().collect();
        for line in lines.iter().skip(lines.len().saturating_sub(FEW)) {
            page.item(vec![("  ".to_owned(), Role::Muted)], *line, Role::Text);
        }
    }
    if !next(stage).is_empty() {
        page.item(
            vec![("→ ".to_owned(), Role::Accent)],
            next(stage),
            Role::Text,
        );
    }
    if let Some(mending) = mending::of_stage(Some(node), stage) {
        let before = vec![(format!("{} ", key(Command::Retry, ctx)), Role::Accent)];
        page.item(before, mending.does(), Role::Text);
    }
    page
}

/// The sentence on one row, and what to do on another.
pub(super) fn brief(
    page: &mut Page,
    node: Option<&NodeRun>,
    stage: &StageRun,
    cells: usize,
    ctx: &Ctx<'_>,
) {
    let room = cells.saturating_sub(2);
    let sign = sign(stage);
    let said = cut(sentence(stage).unwrap_or_default(), room);
    page.row(vec![signs::before(sign), (said, sign.1)]);
    let (key, does) = match mending::of_stage(node, stage) {
        Some(mending) => (key(Command::Retry, ctx), mending.does()),
        None => ("→".to_owned(), next(stage).to_owned()),
    };
    if !does.is_empty() {
        page.row(vec![
            (format!("{key} "), Role::Accent),
            (cut(&does, room), Role::Text),
        ]);
    }
}

fn sign(stage: &StageRun) -> signs::Sign {
    if failure(stage).is_some() {
        signs::BAD
    } else {
        signs::WARN
    }
}

/// What is wrong with a node, in at most so many rows of so many cells where that can be done;
/// nothing where all is well.
pub(super) fn fitting(
    node: &NodeRun,
    (cells, rows): (usize, usize),
    ctx: &Ctx<'_>,
) -> Option<Page> {
    let mut all = Page::default();
    for stage in mending::troubled(&node.stages) {
        full(&mut all, Some(node), stage, ctx);
    }
    let worst = mending::troubled(&node.stages).next()?;
    if all.height(cells) <= rows {
        return Some(all);
    }
    let middle = middle(node, worst, ctx);
    if middle.height(cells) <= rows {
        return Some(middle);
    }
    let mut page = Page::default();
    brief(&mut page, Some(node), worst, cells, ctx);
    Some(page)
}
