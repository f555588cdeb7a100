//! Step 6: what will be written, what it costs, and the start.

use super::Row;
use super::shapes::action;
use crate::domain::setup::{Answer, Topic};
use crate::wizard::field::{Field, Kind};
use crate::wizard::finish::Finish;
use crate::wizard::key::{Key, Step};
use crate::wizard::machine::Wizard;
use crate::wizard::remark::{Remark, Weight, sentences};

pub(super) const ROW: Row = Row {
    step: Step::Review,
    title: "Review",
    about: "What will be written, and what happens then",
    first: Key::Confirm,
    fields,
    remarks,
};

fn fields(wizard: &Wizard) -> Vec<Field> {
    let check = wizard.allowance_check();
    let mut fields = Vec::new();
    if check.costs_more() {
        fields.push(Field {
            id: Key::Confirm.into(),
            label: format!("I agree to pay about {}", check.price()),
            kind: Kind::Check(wizard.has_agreed()),
            text: String::new(),
            about: "Oracle bills it by the hour, for as long as the machines exist.".to_owned(),
        });
    }
    let stops = wizard.is_stopped_elsewhere();
    let about = if stops {
        "Leads to the first thing that must be put right."
    } else {
        "Writes cluster.toml, then makes the network and the nodes."
    };
    let ready = !stops && (!check.costs_more() || wizard.has_agreed());
    fields.push(action(Key::Begin, "Write and begin", about, ready));
    fields
}

fn remarks(wizard: &Wizard) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let check = wizard.allowance_check();
    if check.costs_more() && !wizard.has_agreed() {
        let said = format!(
            "this costs about {}: agree to it, or choose less",
            check.price()
        );
        remarks.push(Remark::on(Key::Confirm, Weight::Stop, said));
    }
    let busy = match wizard.finish() {
        Finish::Keeping => Some("keeping the token"),
        Finish::Writing => Some("writing cluster.toml"),
        Finish::No | Finish::Begun => None,
    };
    if let Some(busy) = busy {
        remarks.push(Remark::on(Key::Begin, Weight::Busy, busy));
    }
    for (answer, topic) in [
        (&wizard.facts().written, Topic::Written),
        (&wizard.facts().secret, Topic::Secret),
    ] {
        if let Answer::Failed(problem) = answer
            && wizard.is_answered(topic)
        {
            let said = sentences(problem);
            remarks.push(Remark::on(Key::Begin, Weight::Warn, said));
        }
    }
    remarks
}

impl Wizard {
    /// Whether another step must be put right first.
    fn is_stopped_elsewhere(&self) -> bool {
        let others = super::STEPS.iter().filter(|row| row.step != Step::Review);
        let mut said = others.flat_map(|row| (row.remarks)(self));
        said.any(|remark| remark.weight == Weight::Stop) || !self.problem_remarks().is_empty()
    }
}
