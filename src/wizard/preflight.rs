//! The checks before money is spent: when they are run, which field each is about, what they bar.
//!
//! They are asked for as every question is, and found by whoever answers; here stands only what they
//! mean for the form.

use super::finish::Finish;
use super::key::{Key, Step};
use super::machine::Wizard;
use super::remark::{Remark, Weight, sentences};
use super::steps;
use crate::domain::line::Line;
use crate::domain::preflight::{Checked, Verdict};
use crate::domain::setup::{Answer, Ask, Topic};

/// The check whose objection is met by agreeing to the price, and by nothing else.
const ALLOWANCE: &str = "allowance";

/// The field that a check is about; a check that is in no row is about none.
pub const FIELDS: &[(&str, Key)] = &[
    ("profile", Key::Profile),
    ("fingerprint", Key::Profile),
    ("session-life", Key::Profile),
    ("tenancy", Key::Profile),
    ("home-region", Key::Region),
    ("compartment", Key::Compartment),
    ("availability-domains", Key::AvailabilityDomain),
    ("a1-limits", Key::Layout),
    ("boot-volumes", Key::Layout),
    (ALLOWANCE, Key::Layout),
    ("leftovers", Key::ClusterName),
    ("ssh-key", Key::SshPrivate),
    ("ssh-from", Key::SshFrom),
    ("nodeports-from", Key::NodeportsFrom),
    ("cloudflare-token", Key::TokenFrom),
    ("zone", Key::Zone),
    ("records", Key::HostDocs),
    ("repository", Key::Repository),
];

/// How far the checks of what would be written now are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checking {
    /// Something must be put right or found out before they can begin.
    Waiting,
    /// They are out.
    Running,
    /// All have ended.
    Ended,
    /// They could not be run.
    Failed,
}

impl Wizard {
    /// Takes in what the checks have found so far.
    pub fn heed<'c>(&mut self, found: impl Iterator<Item = &'c Checked> + Clone) {
        if !found.clone().eq(&self.found) {
            self.found = found.cloned().collect();
        }
    }

    /// How far the checks are.
    pub fn checking(&self) -> Checking {
        let text = self.text();
        let asked = self.asked.get(&Topic::Preflight);
        match asked {
            Some(asked) if asked.is(&preflight(text)) => {}
            _ => return Checking::Waiting,
        }
        match &self.facts.preflight {
            _ if !self.is_answered(Topic::Preflight) => Checking::Running,
            Answer::Failed(_) => Checking::Failed,
            Answer::Known(_) | Answer::Unasked | Answer::Asked => Checking::Ended,
        }
    }

    /// Runs them anew, whatever came of them before.
    pub(super) fn check_again(&mut self) {
        self.forget(&[Topic::Preflight]);
    }

    /// Wanted once the review was seen and nothing else is open, each time a step was left.
    pub(super) fn wanted_preflight(&self) -> Option<Ask> {
        let writes = matches!(self.finish, Finish::Keeping | Finish::Writing);
        let here = self.step() == Step::Review || self.has_moved();
        (here && !writes && self.was_reviewed() && self.is_complete())
            .then(|| preflight(self.text()))
    }

    /// Whether every other step is filled in, well and known.
    fn is_complete(&self) -> bool {
        let others = steps::STEPS.iter().filter(|row| row.step != Step::Review);
        let mut said = others.flat_map(|row| (row.remarks)(self));
        let open = |remark: Remark| matches!(remark.weight, Weight::Stop | Weight::Busy);
        !said.any(open) && self.problem_remarks().is_empty()
    }

    /// What stands against beginning, each at the field that it is about.
    pub(super) fn preflight_remarks(&self) -> Vec<Remark> {
        let mut remarks: Vec<Remark> = self.objections().map(|it| self.objection(it)).collect();
        match self.checking() {
            Checking::Waiting => {}
            Checking::Running => {
                let said = "the checks are being run";
                remarks.push(Remark::on(Key::Begin, Weight::Busy, said));
            }
            Checking::Failed => {
                if let Answer::Failed(problem) = &self.facts.preflight {
                    let said = sentences(problem);
                    remarks.push(Remark::on(Key::Begin, Weight::Warn, said));
                }
            }
            Checking::Ended => {
                let names: Vec<&str> = self.objections().map(|it| it.name.as_str()).collect();
                if !names.is_empty() {
                    let said = format!("what stands against it: {}", names.join(", "));
                    remarks.push(Remark::on(Key::Begin, Weight::Stop, said));
                }
            }
        }
        remarks
    }

    /// The checks that bar the beginning.
    fn objections(&self) -> impl Iterator<Item = &Checked> {
        let ended = self.checking() == Checking::Ended;
        let found = self.found.iter().filter(move |_| ended);
        found.filter(|it| it.verdict == Verdict::Blocks && it.name != ALLOWANCE)
    }

    fn objection(&self, checked: &Checked) -> Remark {
        let mut said = format!("{}: {}", checked.name, checked.evidence);
        if !checked.next.is_empty() {
            said = format!("{}: {}", said.trim_end_matches('.'), checked.next);
        }
        let mut rows = FIELDS.iter();
        let field = rows.find(|(name, _)| checked.name == *name);
        let shown = field.filter(|(_, key)| {
            let fields = self.fields_of(key.step());
            fields.iter().any(|field| field.id == (*key).into())
        });
        match (shown, field) {
            (Some((_, key)), _) => Remark::on(*key, Weight::Stop, said),
            (None, Some((_, key))) => Remark::of(key.step(), Weight::Stop, said),
            (None, None) => Remark::of(Step::Review, Weight::Stop, said),
        }
    }

    /// What the check of the allowance found, which knows all that the tenancy runs.
    pub(super) fn allowance_found(&self) -> Option<&Checked> {
        let ended = self.checking() == Checking::Ended;
        let mut found = self.found.iter().filter(|_| ended);
        found.find(|it| it.name == ALLOWANCE && it.verdict != Verdict::Skipped)
    }

    /// What that check has against it, which may be agreed to.
    pub(super) fn over_allowance(&self) -> Option<&Line> {
        let found = self.allowance_found()?;
        let grave = matches!(found.verdict, Verdict::Warns | Verdict::Blocks);
        grave.then_some(&found.evidence)
    }
}

fn preflight(text: &str) -> Ask {
    Ask::Preflight {
        text: text.to_owned(),
    }
}
