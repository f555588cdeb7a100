//! When the checks are run, and what they bar.

use rstest::rstest;

use super::bench::{Bench, all_well, check, failed};
use crate::command::Command;
use crate::domain::preflight::Verdict;
use crate::domain::setup::{Ask, Topic};
use crate::wizard::{Checking, FIELDS, Key, Step, Weight};

fn ready() -> Bench {
    let mut bench = Bench::new().told(all_well());
    bench.effects.clear();
    bench
}

/// Types a name and stays on the step.
fn name(bench: &mut Bench, name: &str) {
    bench
        .effects
        .extend(bench.wizard.focus_on(Key::ClusterName.into()));
    bench.wizard.type_text(name);
    bench.effects.extend(bench.wizard.on(Command::NextField));
    assert_eq!(bench.wizard.step(), Step::Nodes);
}

fn runs(bench: &mut Bench) -> usize {
    let topics = bench.topics();
    topics.iter().filter(|it| **it == Topic::Preflight).count()
}

#[test]
fn they_run_on_the_review_and_again_when_a_step_is_left_with_another_text() {
    let mut bench = ready();
    name(&mut bench, "one");
    assert_eq!(runs(&mut bench), 0, "nobody has seen the review");
    bench.effects = bench.wizard.go_to(Step::Review);
    let asks = bench.asks();
    let [Ask::Preflight { text }] = asks.as_slice() else {
        panic!("{asks:?}");
    };
    assert_eq!(text, bench.wizard.text());
    bench.effects = bench.wizard.go_to(Step::Nodes);
    bench.effects.extend(bench.wizard.go_to(Step::Review));
    assert_eq!(runs(&mut bench), 0, "nothing has changed");
    name(&mut bench, "two");
    assert_eq!(runs(&mut bench), 0, "the step was not left");
    bench.effects = bench.wizard.go_to(Step::Network);
    assert_eq!(runs(&mut bench), 1, "kept up on the way");
    bench.effects = bench.wizard.go_to(Step::Review);
    assert_eq!(runs(&mut bench), 0);
    bench.effects = bench.wizard.on(Command::Retry);
    assert_eq!(runs(&mut bench), 1, "once more on purpose");
}

#[test]
fn what_is_not_complete_is_not_checked() {
    let mut bench = ready();
    name(&mut bench, "Not A Name");
    bench.effects = bench.wizard.go_to(Step::Review);
    assert_eq!(runs(&mut bench), 0);
    assert_eq!(bench.wizard.checking(), Checking::Waiting);
    assert!(!bench.wizard.can_begin());
    name(&mut bench, "a-name");
    bench.effects = bench.wizard.go_to(Step::Review);
    assert_eq!(runs(&mut bench), 1);
}

#[test]
fn nothing_begins_while_they_run_and_everything_may_when_they_cannot() {
    let mut bench = ready();
    bench.press(Key::Begin);
    assert_eq!(bench.wizard.checking(), Checking::Running);
    assert!(!bench.topics().contains(&Topic::Written));
    bench.tell(failed(Topic::Preflight));
    assert_eq!(bench.wizard.checking(), Checking::Failed);
    assert_eq!(bench.said(Key::Begin)[0].0, Weight::Warn);
    bench.press(Key::Begin);
    assert!(bench.topics().contains(&Topic::Written));
}

#[rstest]
#[case::compartment("compartment", Key::Compartment, Step::Place)]
#[case::key("ssh-key", Key::SshPrivate, Step::Credentials)]
#[case::repository("repository", Key::Repository, Step::Names)]
#[case::of_no_field("clock-skew", Key::Begin, Step::Review)]
fn what_blocks_leads_to_its_field(#[case] name: &str, #[case] field: Key, #[case] step: Step) {
    let mut bench = ready();
    bench.checked(&[
        check("image", Verdict::Warns, "an old one"),
        check(name, Verdict::Blocks, "it is wrong"),
    ]);
    assert!(!bench.wizard.can_begin());
    let said = bench.said(Key::Begin);
    assert!(
        said.iter()
            .any(|(how, text)| *how == Weight::Stop && text.contains(name)),
        "{said:?}"
    );
    let remarks = bench.wizard.remarks();
    let told = remarks
        .iter()
        .find(|it| it.text.contains("it is wrong"))
        .unwrap();
    assert_eq!((told.step, told.weight), (step, Weight::Stop));
    bench.topics();
    bench.press(Key::Begin);
    assert_eq!(
        (bench.wizard.step(), bench.wizard.focus()),
        (step, field.into())
    );
    assert!(!bench.topics().contains(&Topic::Written));
}

#[test]
fn what_warns_holds_nobody_up() {
    let mut bench = ready();
    bench.checked(&[check("ssh-from", Verdict::Warns, "open to everybody")]);
    assert!(bench.wizard.can_begin());
    bench.press(Key::Begin);
    assert!(bench.topics().contains(&Topic::Written));
}

#[test]
fn what_others_use_of_the_allowance_is_agreed_to_by_name() {
    let mut bench = ready();
    assert!(!bench.wizard.is_over());
    let over = "3 OCPU where 2 are free: build-box (1 OCPU, 6 GB)";
    bench.checked(&[check("allowance", Verdict::Warns, over)]);
    assert!(bench.wizard.can_begin() && bench.wizard.is_over());
    bench.press(Key::Begin);
    assert!(!bench.asks().iter().any(|ask| ask.topic() == Topic::Written));
    let asked = bench.agree();
    assert_eq!(asked.typed.as_deref(), Some("k3s"));
    assert!(asked.says.iter().any(|(_, said)| said == over), "{asked:?}");
    assert_eq!(bench.topics(), [Topic::Written]);
}

#[test]
fn what_the_cluster_has_already_is_not_paid_for_twice() {
    let mut bench = ready();
    bench.put(Key::Layout, "reference");
    assert!(bench.wizard.is_over(), "as far as the limits tell");
    bench.checked(&[check("allowance", Verdict::Informs, "the run adds nothing")]);
    assert!(!bench.wizard.is_over());
    bench.press(Key::Begin);
    assert!(bench.topics().contains(&Topic::Written));
}

#[test]
fn each_field_of_the_table_is_one_of_a_step_before_the_review() {
    for (name, key) in FIELDS {
        assert_ne!(key.step(), Step::Review, "{name}");
    }
}
