//! Step 6: what will be written, what it costs, what the checks say, and the start.

use super::Row;
use super::shapes::action;
use crate::domain::setup::{Answer, Topic};
use crate::wizard::field::Field;
use crate::wizard::finish::Finish;
use crate::wizard::key::{Key, Step};
use crate::wizard::machine::Wizard;
use crate::wizard::preflight::Checking;
use crate::wizard::remark::{Remark, Weight, sentences};

pub(super) const ROW: Row = Row {
    step: Step::Review,
    title: "Review",
    about: "What will be written, and what happens then",
    first: Key::Begin,
    fields,
    remarks,
};

fn fields(wizard: &Wizard) -> Vec<Field> {
    let writes = matches!(wizard.finish(), Finish::Keeping | Finish::Writing);
    let about = match wizard.checking() {
        _ if writes => "It is under way.",
        Checking::Waiting => {
            "Leads to what must be put right; what is being found out is waited for."
        }
        Checking::Running => "Possible as soon as every check has ended.",
        Checking::Ended | Checking::Failed if !wizard.can_begin() => {
            "Leads to the first thing that must be put right."
        }
        Checking::Ended | Checking::Failed if wizard.is_over() => {
            "Asks you to agree to the price, writes cluster.toml, then makes the network and the nodes."
        }
        Checking::Ended | Checking::Failed => {
            "Writes cluster.toml, then makes the network and the nodes."
        }
    };
    let checks = "Runs every check once more.";
    let can_check = !matches!(wizard.checking(), Checking::Waiting | Checking::Running);
    vec![
        action(Key::Begin, "Write and begin", about, wizard.can_begin()),
        action(Key::CheckAll, "Check again", checks, can_check),
    ]
}

fn remarks(wizard: &Wizard) -> Vec<Remark> {
    let mut remarks = wizard.preflight_remarks();
    if wizard.is_over() {
        let said = match wizard.over_allowance() {
            Some(evidence) => evidence.to_string(),
            None => format!("this costs about {}", wizard.allowance_check().price()),
        };
        let said = format!("{said}. You will be asked to type the cluster's name");
        remarks.push(Remark::on(Key::Begin, Weight::Warn, said));
    }
    let busy = match wizard.finish() {
        Finish::Keeping => Some("keeping the token"),
        Finish::Writing => Some("writing cluster.toml"),
        Finish::No | Finish::Agreeing(_) | Finish::Begun => None,
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
