//! The machine: where a person is, what stands in each field, and how one moves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::answers::Answers;
use super::checks::Asked;
use super::document::Document;
use super::draft;
use super::field::{Field, Kind};
use super::finish::Finish;
use super::key::{FieldId, Key, Step};
use super::outcome::Outcome;
use super::remark::{Remark, State, Weight};
use super::steps;
use crate::command::Command;
use crate::domain::preflight::Checked;
use crate::domain::setup::{Ask, Facts, Topic};
use crate::domain::text;
use crate::domain::units::CentsPerMonth;
use crate::effect::Effect;

/// What the wizard begins with.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// The text of a `cluster.toml` to start from.
    pub text: String,
    /// The folder in which it will stand.
    pub workspace: PathBuf,
    /// What was typed before and not yet written.
    pub draft: Option<String>,
    /// Whether there is a `cluster.toml` in that folder: then its choices are a person's own.
    pub exists: bool,
}

/// The wizard.
#[derive(Debug)]
pub struct Wizard {
    pub(super) document: Document,
    pub(super) workspace: PathBuf,
    pub(super) exists: bool,
    pub(super) answers: Answers,
    pub(super) facts: Facts,
    pub(super) asked: BTreeMap<Topic, Asked>,
    pub(super) outcome: Outcome,
    pub(super) finish: Finish,
    pub(super) outbox: Vec<Effect>,
    /// What the checks have found.
    pub(super) found: Vec<Checked>,
    /// The price that somebody is asked to agree to, and the one that was agreed to last.
    pub(super) price_asked: Option<CentsPerMonth>,
    pub(super) agreed: Option<CentsPerMonth>,
    /// What went wrong before anything was typed.
    complaint: Option<String>,
    step: Step,
    focus: FieldId,
    seen: BTreeSet<Step>,
    /// A field was typed into and not left yet: nothing is asked for what may be half of a word.
    typing: bool,
    /// The step that was left since the last question.
    left: Option<Step>,
    /// Something changed that the draft does not have.
    changed: bool,
    /// The newest answers that were taken in.
    revision: Option<u64>,
}

impl Wizard {
    /// A wizard on its first step, or where its draft was left.
    pub fn new(base: Base) -> Self {
        let (document, mut complaint) = Document::read(&base.text);
        let draft = base.draft.as_deref().map(draft::read);
        if matches!(draft, Some(None)) {
            complaint = Some("what was typed before cannot be read: this begins anew".to_owned());
        }
        let (answers, step) = draft.flatten().unwrap_or_default();
        let mut wizard = Self {
            document,
            workspace: base.workspace,
            exists: base.exists,
            answers,
            facts: Facts::default(),
            asked: BTreeMap::new(),
            outcome: Outcome::default(),
            finish: Finish::default(),
            outbox: Vec::new(),
            found: Vec::new(),
            price_asked: None,
            agreed: None,
            complaint,
            step,
            focus: FieldId::Key(Key::ConfigFile),
            seen: BTreeSet::from([step]),
            typing: false,
            left: None,
            changed: false,
            revision: None,
        };
        wizard.refresh();
        wizard.enter(step);
        wizard
    }

    /// Takes in what was found out; returns what is wanted because of it, and what a change since
    /// the last call wants kept.
    pub fn learn(&mut self, facts: &Facts) -> Vec<Effect> {
        if self.revision != Some(facts.revision) {
            self.revision = Some(facts.revision);
            self.facts = facts.clone();
            self.refresh();
            self.go_on();
            if !self.typing {
                self.ask();
            }
        }
        self.out()
    }

    /// Does what a command asks; any other one does nothing.
    pub fn on(&mut self, command: Command) -> Vec<Effect> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "a form answers to its own commands"
        )]
        match command {
            Command::NextField => self.move_focus(true),
            Command::PreviousField => self.move_focus(false),
            Command::Down => self.move_row(true),
            Command::Up => self.move_row(false),
            Command::NextStep => self.enter(self.step.next().unwrap_or(self.step)),
            Command::PreviousStep | Command::Cancel | Command::Back => {
                self.enter(self.step.previous().unwrap_or(self.step));
            }
            Command::NextValue => self.turn(true),
            Command::PreviousValue => self.turn(false),
            Command::Accept | Command::Open => self.accept(),
            Command::Retry => self.check_again(),
            _ => return Vec::new(),
        }
        self.settle()
    }

    /// Puts the focus on a field, in whatever step it stands.
    pub fn focus_on(&mut self, field: FieldId) -> Vec<Effect> {
        self.lead_to(field.step(), Some(field));
        self.settle()
    }

    /// Goes to a step.
    pub fn go_to(&mut self, step: Step) -> Vec<Effect> {
        self.enter(step);
        self.settle()
    }

    /// What is typed now stands in the field that has the focus.
    pub fn type_text(&mut self, typed: &str) {
        let focused = self.focused();
        if !focused.as_ref().is_some_and(Field::takes_text) {
            return;
        }
        self.put(self.focus, text::line(typed));
        self.typing = true;
        self.refresh();
    }

    /// The step that one is on.
    pub fn step(&self) -> Step {
        self.step
    }

    /// Whether a step was left just now.
    pub(super) fn has_moved(&self) -> bool {
        self.left.is_some()
    }

    /// Whether somebody has seen what would be written.
    pub(super) fn was_reviewed(&self) -> bool {
        self.seen.contains(&Step::Review)
    }

    /// The field that has the focus.
    pub fn focus(&self) -> FieldId {
        self.focus
    }

    /// The field that has the focus, as it is shown.
    pub fn focused(&self) -> Option<Field> {
        let mut fields = self.fields().into_iter();
        fields.find(|field| field.id == self.focus)
    }

    /// The fields of the present step, in order.
    pub fn fields(&self) -> Vec<Field> {
        self.fields_of(self.step)
    }

    pub(super) fn fields_of(&self, step: Step) -> Vec<Field> {
        (steps::row(step).fields)(self)
    }

    /// All that is to be said, in the order of the steps.
    pub fn remarks(&self) -> Vec<Remark> {
        let complaint = self.complaint.iter();
        let mut remarks: Vec<Remark> = complaint
            .map(|said| Remark::of(Step::Credentials, Weight::Warn, said.clone()))
            .collect();
        let problems = self.problem_remarks();
        for row in steps::STEPS {
            remarks.extend((row.remarks)(self));
            remarks.extend(problems.iter().filter(|it| it.step == row.step).cloned());
        }
        remarks
    }

    /// What a field is called, where it is on the screen: the node's name for a cell of its row.
    pub fn name_of(&self, field: FieldId) -> Option<String> {
        let fields = self.fields_of(field.step());
        let found = fields.into_iter().find(|it| it.id == field)?;
        Some(match field {
            FieldId::Key(_) => found.label,
            FieldId::Node(at, _) => {
                let name = self.rows().into_iter().nth(at)?.name;
                format!("{} of {name}", found.label)
            }
        })
    }

    /// What is to be said about one step.
    pub fn remarks_on(&self, step: Step) -> Vec<Remark> {
        let mut remarks = self.remarks();
        remarks.retain(|remark| remark.step == step);
        remarks
    }

    /// All steps with their state.
    pub fn states(&self) -> Vec<(Step, State)> {
        let remarks = self.remarks();
        let state = |step| {
            if self.seen.contains(&step) {
                State::of(remarks.iter().filter(|remark| remark.step == step))
            } else {
                State::Open
            }
        };
        steps::STEPS
            .iter()
            .map(|row| (row.step, state(row.step)))
            .collect()
    }

    /// The `cluster.toml` as it would be written now.
    pub fn text(&self) -> &str {
        &self.outcome.text
    }

    /// How far writing is.
    pub fn finish(&self) -> &Finish {
        &self.finish
    }

    /// What was found out.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The folder in which `cluster.toml` will stand.
    pub fn workspace(&self) -> &std::path::Path {
        &self.workspace
    }

    /// Puts a text into a field, as typed.
    pub(super) fn put(&mut self, field: FieldId, text: String) {
        self.changed = true;
        match field {
            FieldId::Key(key) if key.is_secret() => {
                self.answers.hide(key, text);
                // A secret is not in the text that was checked.
                self.check_again();
            }
            FieldId::Key(key) => {
                self.answers.typed.insert(key, text);
            }
            FieldId::Node(at, column) => self.put_cell(at, column, text),
        }
    }

    pub(super) fn mark_changed(&mut self) {
        self.changed = true;
    }

    pub(super) fn enter(&mut self, step: Step) {
        self.changed |= self.step != step;
        if self.step != step {
            self.left = Some(self.step);
        }
        self.step = step;
        self.seen.insert(step);
        if let Some(first) = self.fields().first() {
            self.focus = first.id;
        }
    }

    /// Goes to a step, and there to a field.
    pub(super) fn lead_to(&mut self, step: Step, field: Option<FieldId>) {
        if step != self.step {
            self.enter(step);
        }
        self.focus = field.unwrap_or(self.focus);
    }

    fn move_focus(&mut self, forward: bool) {
        let fields = self.fields();
        let at = fields.iter().position(|field| field.id == self.focus);
        let to = match (at, forward) {
            (Some(at), true) => at.checked_add(1),
            (Some(at), false) => at.checked_sub(1),
            (None, _) => Some(0),
        };
        if let Some(field) = to.and_then(|to| fields.get(to)) {
            self.focus = field.id;
        } else if forward && let Some(next) = self.step.next() {
            self.enter(next);
        } else if !forward && let Some(previous) = self.step.previous() {
            self.enter(previous);
            self.focus = self.fields().last().map_or(self.focus, |field| field.id);
        }
    }

    /// Moves by a row: in the table of nodes to the cell below or above.
    fn move_row(&mut self, down: bool) {
        if let FieldId::Node(at, column) = self.focus {
            let to = if down {
                at.checked_add(1)
            } else {
                at.checked_sub(1)
            };
            let cells: Vec<FieldId> = self.fields().iter().map(|field| field.id).collect();
            let there = to.map(|to| FieldId::Node(to, column));
            if let Some(there) = there.filter(|there| cells.contains(there)) {
                self.focus = there;
                return;
            }
            let outside = |id: &&FieldId| !matches!(id, FieldId::Node(..));
            let last = cells.iter().rposition(|id| matches!(id, FieldId::Node(..)));
            let beside = if down {
                last.and_then(|last| cells.get(last + 1))
            } else {
                let first = cells.iter().position(|id| matches!(id, FieldId::Node(..)));
                first.and_then(|first| cells.get(first.checked_sub(1)?))
            };
            if let Some(beside) = beside.filter(outside) {
                self.focus = *beside;
                return;
            }
        }
        self.move_focus(down);
    }

    fn turn(&mut self, forward: bool) {
        let Some(field) = self.focused() else { return };
        match field.kind {
            Kind::Choice(_) => {
                if let Some(value) = field.turned(forward) {
                    if field.id == FieldId::Key(Key::Layout) && value == "custom" {
                        self.begin_custom(self.rows());
                    }
                    self.put(field.id, value);
                }
            }
            Kind::Action { .. } => self.press(field.id),
            Kind::Text | Kind::Number | Kind::Masked { .. } => {}
        }
    }

    fn accept(&mut self) {
        match self.focused().map(|field| (field.id, field.kind)) {
            Some((id, Kind::Action { .. })) => self.press(id),
            _ => self.move_focus(true),
        }
    }

    /// After a change that is whole: what follows from it, and what is to be asked because of it.
    fn settle(&mut self) -> Vec<Effect> {
        self.typing = false;
        self.refresh();
        self.ask();
        self.left = None;
        self.out()
    }

    fn refresh(&mut self) {
        self.outcome = self.read_outcome();
        if self.focused().is_none()
            && let Some(first) = self.fields().first()
        {
            self.focus = first.id;
        }
    }

    fn out(&mut self) -> Vec<Effect> {
        if std::mem::take(&mut self.changed) {
            let draft = draft::write(&self.answers, self.step);
            self.outbox.push(Effect::Ask(Ask::Keep { draft }));
        }
        std::mem::take(&mut self.outbox)
    }
}
