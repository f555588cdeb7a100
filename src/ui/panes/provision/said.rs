//! What a row says besides its name: a glyph and a few words.

use super::steps::{Deed, Steps};
use crate::domain::hunt::Hint;
use crate::domain::plan::{Action, Drift, Remedy, Step};
use crate::domain::tree::name;
use crate::store::hunt::Hunt;
use crate::store::run::Progress;
use crate::theme::Role;
use crate::ui::pane::Ctx;
use crate::ui::panes::signs::{self, Sign};

/// A glyph and a few words.
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

/// The glyph of what will happen.
pub(super) fn sign(deed: Deed) -> Sign {
    match deed {
        Deed::Make => ("+", Role::Accent),
        Deed::Keep => signs::OK,
        Deed::Leave => signs::WARN,
        Deed::Restore => ("~", Role::Warn),
        Deed::TakeOver => ("←", Role::Accent),
        Deed::Replace => ("±", Role::Bad),
        Deed::Remove => ("-", Role::Bad),
    }
}

/// The fields that differ, by their names; where some are left as they are, only the others.
pub(super) fn fields(drift: &[Drift]) -> String {
    let left = |each: &&Drift| each.remedy == Remedy::Leave;
    let all = drift.iter().all(|each| left(&each));
    let told = drift.iter().filter(|each| all || !left(each));
    let names: Vec<&str> = told.map(|each| each.field.as_str()).collect();
    names.join(", ")
}

/// How a step is.
pub(super) fn said(steps: Steps<'_>, at: usize, ctx: &Ctx<'_>) -> Option<Said> {
    let (step, deed) = (steps.step(at)?, steps.deed(at)?);
    let Some(far) = steps.far(at) else {
        return Some(planned(step, deed));
    };
    if let Some(hunt) = steps.hunt().filter(|_| steps.is_hunted(at)) {
        return Some(hunted(hunt, step, ctx));
    }
    let old = if steps.is_removing(at) {
        "the old one: "
    } else {
        ""
    };
    Some(match &far.progress {
        Progress::Waiting => waiting(steps, step),
        Progress::Started => Said::new(signs::BUSY, asked(step.action, old), Role::Busy),
        Progress::Settling(state) => {
            let state = state.to_lowercase();
            Said::new(signs::BUSY, format!("{old}{state}"), Role::Busy)
        }
        Progress::Retrying { reason, at } => Said::new(
            signs::HELD,
            format!("{old}again in {}: {reason}", ctx.moment.until(*at)),
            Role::Warn,
        ),
        Progress::Finished => finished(step, deed),
        Progress::Failed(problem) => Said::new(signs::BAD, problem.title.as_str(), Role::Bad),
    })
}

fn asked(action: Action, old: &str) -> String {
    let doing = match action {
        _ if !old.is_empty() => "removal asked for",
        Action::Create => "asked for",
        Action::Keep => "looked at",
        Action::Update => "change asked for",
        Action::Import => "taken over",
        Action::Delete => "removal asked for",
    };
    format!("{old}{doing}")
}

fn planned(step: &Step, deed: Deed) -> Said {
    let fields = fields(&step.drift);
    let (text, role) = match deed {
        Deed::Make => (step.summary.clone(), Role::Muted),
        Deed::Keep => ("is there".to_owned(), Role::Muted),
        Deed::TakeOver => ("is there; taken over as it is".to_owned(), Role::Muted),
        Deed::Leave => (format!("stays as it is: {fields}"), Role::Warn),
        Deed::Restore => {
            let restarts = step.drift.iter().any(|it| it.remedy == Remedy::Restart);
            let how = if restarts { " (restarts it)" } else { "" };
            (format!("changes back{how}: {fields}"), Role::Warn)
        }
        Deed::Replace if fields.is_empty() => ("replaced".to_owned(), Role::Bad),
        Deed::Replace => (format!("replaced for {fields}"), Role::Bad),
        Deed::Remove => ("will be removed".to_owned(), Role::Muted),
    };
    Said::new(sign(deed), text, role)
}

fn finished(step: &Step, deed: Deed) -> Said {
    match deed {
        Deed::Make => Said::new(signs::OK, step.summary.as_str(), Role::Muted),
        Deed::Keep => Said::new(signs::OK, "was there", Role::Muted),
        Deed::TakeOver => Said::new(signs::OK, "taken over as it was", Role::Muted),
        Deed::Leave => planned(step, deed),
        Deed::Restore => {
            let text = format!("changed back: {}", fields(&step.drift));
            Said::new(signs::OK, text, Role::Muted)
        }
        Deed::Replace => Said::new(signs::OK, "replaced", Role::Muted),
        Deed::Remove => Said::new(signs::OK, "gone", Role::Muted),
    }
}

fn waiting(steps: Steps<'_>, step: &Step) -> Said {
    if steps.run.is_some_and(|run| run.outcome.is_some()) {
        return Said::new(signs::NONE, "not begun", Role::Muted);
    }
    let text = match steps.waits_for(step).as_slice() {
        [] => String::new(),
        names => format!("waits for {}", names.join(", ")),
    };
    Said::new(signs::NONE, text, Role::Muted)
}

/// A node that no host had room for yet.
fn hunted(hunt: &Hunt, step: &Step, ctx: &Ctx<'_>) -> Said {
    let tries = hunt.tries.iter().filter(|it| it.key == step.key).count();
    let so_far = match tries {
        0 => "no room yet".to_owned(),
        1 => "no room yet, 1 try".to_owned(),
        tries => format!("no room yet, {tries} tries"),
    };
    match hunt.next.as_ref().filter(|next| next.key == step.key) {
        Some(next) if next.at > ctx.moment.now() => {
            let wait = ctx.moment.until(next.at);
            let text = format!("next try in {wait} at {}; {so_far}", next.place);
            Said::new(signs::HELD, text, Role::Warn)
        }
        Some(next) => Said::new(signs::BUSY, format!("tries {}", next.place), Role::Busy),
        None => Said::new(signs::HELD, so_far, Role::Warn),
    }
}

/// What a step that differs takes, in words: how each of its fields comes back.
pub(super) fn how(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::Change => "changed in place",
        Remedy::Restart => "changed, restarts it",
        Remedy::Replace => "only by replacing it",
        Remedy::Leave => "no: left as it is",
    }
}

/// The names of steps, as a list in words.
pub(super) fn names<'a>(steps: impl Iterator<Item = &'a Step>) -> String {
    let names: Vec<&str> = steps.map(name).collect();
    names.join(", ")
}

/// The glyph of what a capacity report says: a hint, never a promise.
pub(super) fn hint_glyph(hint: Hint) -> Sign {
    match hint {
        Hint::Available => ("+", Role::Ok),
        Hint::OutOfCapacity => ("-", Role::Muted),
        Hint::NotOffered => ("/", Role::Muted),
    }
}

/// The same in words.
pub(super) fn hinted(hint: Hint) -> &'static str {
    match hint {
        Hint::Available => "room",
        Hint::OutOfCapacity => "none",
        Hint::NotOffered => "not offered",
    }
}
