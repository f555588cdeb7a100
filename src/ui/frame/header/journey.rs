//! What the header knows before there is a cluster, and what its nodes cost: from the plan.

use super::{Piece, signed, styled};
use crate::domain::journey::Stage;
use crate::domain::plan::Plan;
use crate::domain::provision::Outcome;
use crate::domain::units::CentsPerMonth;
use crate::store::Store;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs::{self, Sign};
use crate::ui::widgets::write::cut;

/// The newest plan: that of the run where there is one.
pub(super) fn plan<'a>(ctx: &Ctx<'a>) -> Option<&'a Plan> {
    let run = ctx.store.run.as_ref().map(|run| &run.plan);
    run.or(ctx.store.plan.as_ref())
}

pub(super) fn region(ctx: &Ctx<'_>) -> Option<Piece> {
    let region = &plan(ctx)?.region;
    let span = styled(cut(region, 24), Role::BarMuted, ctx);
    (!region.is_empty()).then(|| Piece::detail(4, vec![span]))
}

/// Where the session stands; nothing once there is a cluster to be connected with.
pub(super) fn stage(ctx: &Ctx<'_>) -> Option<Piece> {
    let stage = ctx.store.stage.filter(|stage| *stage < Stage::OnDuty)?;
    if ctx.store.cluster.is_some() {
        return None;
    }
    Some(signed(progress(stage, ctx.store), stage.to_string(), ctx))
}

fn progress(stage: Stage, store: &Store) -> Sign {
    let begun = match stage {
        Stage::Setup | Stage::OnDuty => None,
        Stage::Provision => store.run.as_ref().map(|run| match &run.outcome {
            None => signs::BUSY,
            Some((Outcome::Done, _)) => signs::OK,
            Some((Outcome::Failed, _)) => signs::BAD,
            Some((Outcome::Interrupted, _)) => signs::HELD,
        }),
        Stage::Bootstrap => store
            .bootstrap
            .as_ref()
            .map(|bootstrap| match bootstrap.finished {
                Some(true) => signs::OK,
                None if bootstrap.failed().is_none() => signs::BUSY,
                None | Some(false) => signs::BAD,
            }),
    };
    begun.unwrap_or(signs::NONE)
}

/// What is used of what is free, and what the rest costs.
pub(super) fn allowance(ctx: &Ctx<'_>) -> Vec<Piece> {
    let Some(check) = plan(ctx).map(|plan| &plan.allowance) else {
        return Vec::new();
    };
    let (total, free) = (check.total(), check.allowance);
    let amounts = format!(
        "A1 {} of {} · {} of {}",
        total.ocpus.0,
        free.ocpus(),
        total.memory.0,
        free.memory()
    );
    let price = check.price();
    let (text, role) = if price == CentsPerMonth::default() {
        ("free".to_owned(), Role::BarMuted)
    } else {
        (price.to_string(), Role::Warn)
    };
    vec![
        Piece::new(1, vec![styled(amounts, Role::Bar, ctx)]),
        Piece::detail(5, vec![styled(text, role, ctx)]),
    ]
}
