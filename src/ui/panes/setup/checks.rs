//! The checks before money is spent, live: what blocks and what warns first, with its next step.

use crate::domain::preflight::{Checked, Listed, Verdict};
use crate::store::preflight::Preflight;
use crate::theme::Role;
use crate::ui::panes::signs::{self, Sign};
use crate::ui::widgets::page::Page;
use crate::wizard::{Checking, Wizard};

/// Nothing wrong, but worth knowing.
const KNOW: Sign = ("•", Role::Accent);

/// Lists them.
pub(super) fn list(page: &mut Page, wizard: &Wizard, preflight: Option<&Preflight>) {
    let checking = wizard.checking();
    let preflight = match (checking, preflight) {
        (Checking::Waiting, _) => {
            let said = "The checks begin once nothing is left to be put right.";
            return page.styled(said, Role::Muted);
        }
        (Checking::Failed, _) => {
            let said = "the checks could not be run";
            return page.item(vec![signs::before(signs::WARN)], said, Role::Text);
        }
        (Checking::Running | Checking::Ended, Some(preflight)) => preflight,
        (Checking::Running | Checking::Ended, None) => {
            return page.item(
                vec![signs::before(signs::BUSY)],
                "the checks begin",
                Role::Text,
            );
        }
    };
    let (sign, said) = summary(preflight, checking);
    page.item(vec![signs::before(sign)], said, Role::Title);
    page.blank();
    let verdict =
        |(_, checked): &&(Listed, Option<Checked>)| checked.as_ref().map(|checked| checked.verdict);
    for grave in [Verdict::Blocks, Verdict::Warns] {
        let theirs = |it: &&_| verdict(it) == Some(grave);
        for (listed, checked) in preflight.checks.iter().filter(theirs) {
            line(page, listed, checked.as_ref());
        }
    }
    let rest = |it: &&_| !matches!(verdict(it), Some(Verdict::Blocks | Verdict::Warns));
    for (listed, checked) in preflight.checks.iter().filter(rest) {
        line(page, listed, checked.as_ref());
    }
}

/// How they stand, in a line.
fn summary(preflight: &Preflight, checking: Checking) -> (Sign, String) {
    let all = preflight.checks.len();
    let (blocks, warns) = (
        preflight.count(Verdict::Blocks),
        preflight.count(Verdict::Warns),
    );
    let grave = [(blocks, "block"), (warns, "warn")];
    let grave: Vec<String> = grave
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| {
            let ending = if count == 1 { "s" } else { "" };
            format!("{count} {what}{ending}")
        })
        .collect();
    let grave = grave.join(", ");
    if checking == Checking::Running || !preflight.finished {
        let done = all - preflight.outstanding();
        let beside = if grave.is_empty() {
            grave
        } else {
            format!(": {grave}")
        };
        return (signs::BUSY, format!("{done} of {all} checked{beside}"));
    }
    match (blocks, warns) {
        (0, 0) => (signs::OK, format!("all {all} checked: nothing against it")),
        (0, _) => (signs::WARN, format!("{grave} of {all}; none blocks")),
        _ => (signs::BAD, format!("{grave} of {all}")),
    }
}

fn line(page: &mut Page, listed: &Listed, checked: Option<&Checked>) {
    let name = (format!("{}  ", listed.name.as_str()), Role::Muted);
    let Some(checked) = checked else {
        let before = vec![signs::before(signs::BUSY), name];
        return page.hanging(2, before, "", Role::Muted);
    };
    let role = match checked.verdict {
        Verdict::Skipped => Role::Muted,
        Verdict::Passed | Verdict::Informs | Verdict::Warns | Verdict::Blocks => Role::Text,
    };
    let before = vec![signs::before(sign(checked.verdict)), name];
    page.hanging(2, before, checked.evidence.as_str(), role);
    let grave = matches!(checked.verdict, Verdict::Warns | Verdict::Blocks);
    if grave && !checked.next.is_empty() {
        let before = vec![("  → ".to_owned(), Role::Accent)];
        page.hanging(4, before, checked.next.as_str(), Role::Accent);
    }
}

fn sign(verdict: Verdict) -> Sign {
    match verdict {
        Verdict::Skipped => signs::NONE,
        Verdict::Passed => signs::OK,
        Verdict::Informs => KNOW,
        Verdict::Warns => signs::WARN,
        Verdict::Blocks => signs::BAD,
    }
}
