//! All that is known of one step: what it is, how far it is, what differs, what was tried for it, and
//! a failure in the provider's own words.

use jiff::SignedDuration;

use super::said::said;
use super::steps::Steps;
use super::{capacity, drift};
use crate::domain::problem::Problem;
use crate::store::run::Progress;
use crate::theme::Role;
use crate::ui::moment::lasted;
use crate::ui::pane::Ctx;
use crate::ui::panes::problem::problem;
use crate::ui::panes::signs;
use crate::ui::widgets::page::Page;

/// The page of a step, for so many cells of width.
pub(super) fn page(steps: Steps<'_>, at: usize, cells: usize, ctx: &Ctx<'_>) -> Page {
    let mut page = Page::default();
    let (Some(step), Some(said)) = (steps.step(at), said(steps, at, ctx)) else {
        return page;
    };
    let far = steps.far(at);
    page.item(
        vec![signs::before(said.sign)],
        step.name.as_str(),
        Role::Title,
    );
    page.blank();
    page.field("Kind", step.kind.to_string());
    page.field("Key", step.key.to_string());
    page.field("Is", step.summary.as_str());
    if far.is_none_or(|far| far.progress != Progress::Finished) {
        page.field("State", said.text);
    }
    page.field("Took", steps.elapsed(at, ctx).unwrap_or_default());
    let usual = steps.estimate(at).map(|seconds| {
        let length = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        format!("{} in earlier runs", lasted(length))
    });
    page.field("Usually", usual.unwrap_or_default());
    let ocid = far.and_then(|far| far.ocid.as_ref()).or(step.id.as_ref());
    page.field("OCID", ocid.cloned().unwrap_or_default());
    let needs: Vec<String> = step.needs.iter().map(ToString::to_string).collect();
    page.field("Needs", needs.join(", "));
    drift::table(&mut page, &step.drift, cells);
    drift::left(&mut page, &step.drift);
    if let Some(met) = failed(steps, at) {
        page.blank();
        problem(&mut page, met);
    }
    capacity::tries(&mut page, steps, &step.key, ctx);
    page
}

fn failed(steps: Steps<'_>, at: usize) -> Option<&Problem> {
    match &steps.far(at)?.progress {
        Progress::Failed(met) => Some(met),
        Progress::Waiting
        | Progress::Started
        | Progress::Settling(_)
        | Progress::Retrying { .. }
        | Progress::Finished => None,
    }
}

/// The failure of a step as it is copied: for a report to the provider, or a search.
pub(super) fn failure(steps: Steps<'_>, at: usize) -> Option<String> {
    let met = failed(steps, at)?;
    let mut page = Page::default();
    problem(&mut page, met);
    Some(page.text())
}
