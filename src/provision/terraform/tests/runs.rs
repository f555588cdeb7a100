//! Whole runs, from their first line to their end.

use jiff::Timestamp;
use rstest::rstest;

use super::*;
use crate::domain::event::{Event, What};
use crate::domain::plan::{Counts, ResourceKey};
use crate::domain::problem::Problem;
use crate::domain::provision::{Outcome, ProvisionEvent};

fn run(name: &str, ended: Ended) -> (Progress, Vec<Event>) {
    let messages = heard(name);
    let begun = messages[0].at.unwrap();
    let (mut progress, mut events) = Progress::begin("run".into(), &announced(&messages), begun);
    for message in &messages {
        events.extend(progress.on(message));
    }
    events.extend(progress.finish(ended, "", begun));
    (progress, events)
}

fn told(events: &[Event]) -> Vec<&ProvisionEvent> {
    let mut all = Vec::new();
    for event in events {
        if let What::Provision(told) = &event.what {
            all.push(told);
        }
    }
    all
}

fn problems(events: &[Event]) -> Vec<&Problem> {
    let mut all = Vec::new();
    for event in events {
        if let What::Problem(problem) = &event.what {
            all.push(problem);
        }
    }
    all
}

fn failures<'a>(events: &'a [Event], wanted: &str) -> Vec<&'a Problem> {
    let mut all = Vec::new();
    for told in told(events) {
        if let ProvisionEvent::StepFailed { key, problem } = told
            && key.0 == wanted
        {
            all.push(problem);
        }
    }
    all
}

fn counts(create: usize, update: usize, delete: usize) -> Counts {
    Counts {
        create,
        keep: 0,
        update,
        import: 0,
        delete,
    }
}

const WELL: Ended = Ended::Well;
const BADLY: Ended = Ended::Failed(1);

#[rstest]
#[case("apply-create", WELL, Outcome::Done, counts(7, 0, 0), 0, 0)]
#[case(
    "apply-update-replace-progress",
    WELL,
    Outcome::Done,
    counts(3, 4, 3),
    0,
    0
)]
#[case("apply-failed", BADLY, Outcome::Failed, counts(2, 0, 0), 2, 1)]
#[case(
    "apply-interrupted-sigint1",
    BADLY,
    Outcome::Interrupted,
    counts(1, 0, 0),
    2,
    0
)]
#[case(
    "apply-state-locked-timeout2s",
    BADLY,
    Outcome::Failed,
    counts(0, 0, 0),
    0,
    1
)]
#[case("destroy", WELL, Outcome::Done, counts(0, 0, 7), 0, 0)]
#[case("oci-apply", WELL, Outcome::Done, counts(11, 0, 0), 0, 0)]
#[case("oci-destroy", WELL, Outcome::Done, counts(0, 0, 11), 0, 0)]
#[case(
    "oci-apply-out-of-host-capacity",
    BADLY,
    Outcome::Failed,
    counts(10, 0, 0),
    1,
    0
)]
#[case(
    "oci-apply-limit-exceeded",
    BADLY,
    Outcome::Failed,
    counts(10, 0, 0),
    1,
    0
)]
#[case(
    "oci-apply-shape-not-found",
    BADLY,
    Outcome::Failed,
    counts(10, 0, 0),
    1,
    0
)]
#[case(
    "oci-apply-sigint-once",
    BADLY,
    Outcome::Interrupted,
    counts(7, 0, 0),
    4,
    0
)]
#[case(
    "oci-apply-sigint-twice",
    BADLY,
    Outcome::Interrupted,
    counts(6, 0, 0),
    5,
    0
)]
fn a_run_ends_as_it_ended(
    #[case] name: &str,
    #[case] ended: Ended,
    #[case] outcome: Outcome,
    #[case] done: Counts,
    #[case] undone: usize,
    #[case] problems_told: usize,
) {
    let (progress, events) = run(&format!("{name}.jsonl"), ended);
    let Some(ProvisionEvent::Finished {
        outcome: found,
        done: did,
        undone: left,
    }) = told(&events).last().copied()
    else {
        panic!("no end");
    };
    assert_eq!((*found, *did), (outcome, done));
    assert_eq!(left.len(), undone, "{left:?}");
    assert_eq!(
        problems(&events).len(),
        problems_told,
        "{:#?}",
        problems(&events)
    );
    assert_eq!(progress.under_way(), []);
    let ordered = events.windows(2).all(|pair| pair[0].at <= pair[1].at);
    assert!(ordered, "time runs on");
}

/// Data sources are no steps, and each step begins before it ends.
#[test]
fn every_step_begins_and_ends_once() {
    let (_, events) = run("oci-apply.jsonl", WELL);
    let mut begun: Vec<&ResourceKey> = Vec::new();
    let mut done: Vec<&ResourceKey> = Vec::new();
    for told in told(&events) {
        if let ProvisionEvent::StepStarted { key } = told {
            begun.push(key);
        }
        if let ProvisionEvent::StepFinished { key, id } = told {
            assert!(begun.contains(&key) && !done.contains(&key), "{key}");
            assert!(id.starts_with("ocid1."), "{key}: {id}");
            done.push(key);
        }
    }
    assert_eq!((begun.len(), done.len()), (11, 11));
}

/// The failure shows at once, its reason when Terraform tells it.
#[test]
fn no_capacity_is_oci_s_answer_with_what_to_do() {
    let (progress, events) = run("oci-apply-out-of-host-capacity.jsonl", BADLY);
    let [first, reason] = failures(&events, "node-k3s-server")[..] else {
        panic!("{events:#?}");
    };
    assert_eq!(first.title, "could not create the instance k3s-server");
    assert!(first.detail.contains("once everything else"), "{first:#?}");
    assert_eq!(reason.title, first.title);
    assert!(
        reason
            .detail
            .contains("500 InternalError: Out of host capacity."),
        "{reason:#?}"
    );
    assert!(
        reason
            .detail
            .contains("oci_core_instance.node[\"server\"], main.tf:151"),
        "{reason:#?}"
    );
    assert!(reason.next.contains("no host has room"), "{reason:#?}");
    assert!(
        reason.request_id.as_ref().unwrap().starts_with("8F8CBC9F"),
        "{reason:#?}"
    );
    let [refused] = progress.refused() else {
        panic!("{:?}", progress.refused());
    };
    assert_eq!(refused.key.0, "node-k3s-server");
    assert!(refused.error.is_out_of_capacity());
}

#[test]
fn limits_and_shapes_are_told_apart_from_capacity() {
    let (limit, _) = run("oci-apply-limit-exceeded.jsonl", BADLY);
    assert!(limit.refused()[0].error.is_limit());
    let (shape, _) = run("oci-apply-shape-not-found.jsonl", BADLY);
    assert!(shape.refused()[0].error.is_shape_missing());
}

/// What a provisioner writes is not OCI's answer.
#[test]
fn words_of_a_program_are_no_refusal() {
    let (progress, events) = run("apply-failed.jsonl", BADLY);
    assert!(progress.refused().is_empty());
    let reason = failures(&events, "terraform_data.ingress").pop().unwrap();
    assert!(
        reason.title.contains("local-exec provisioner error"),
        "{reason:#?}"
    );
    assert!(
        problems(&events)[0]
            .title
            .contains("Resource postcondition failed")
    );
}

#[test]
fn a_forced_stop_says_what_may_be_left_behind() {
    let (progress, events) = run("oci-apply-sigint-twice.jsonl", BADLY);
    assert_eq!(progress.hearing().interrupt, Interrupt::Forced);
    let leak = failures(&events, "node-k3s-ingress").pop().unwrap();
    assert!(
        leak.detail.contains("not be in the state") && leak.next.contains("import"),
        "{leak:#?}"
    );
    let stops: Vec<&ProvisionEvent> = told(&events)
        .into_iter()
        .filter(|told| {
            matches!(
                told,
                ProvisionEvent::Stopping { .. } | ProvisionEvent::Forced { .. }
            )
        })
        .collect();
    let left = vec![ResourceKey::new("node-k3s-ingress")];
    let can_force = true;
    assert_eq!(
        stops,
        [
            &ProvisionEvent::Stopping { can_force },
            &ProvisionEvent::Forced { left }
        ]
    );
    let (graceful, events) = run("oci-apply-sigint-once.jsonl", BADLY);
    assert_eq!(graceful.hearing().interrupt, Interrupt::Graceful);
    assert!(failures(&events, "node-k3s-ingress").is_empty());
}

/// A program that is killed leaves what it was doing; what it had not begun is only undone.
#[test]
fn a_killed_run_names_what_was_under_way() {
    let messages = heard("oci-apply.jsonl");
    let at = |message: &Message| matches!(&message.said, Said::Apply(Span::Start, hook) if hook.resource.addr.contains("ingress"));
    let cut = messages.iter().position(at).unwrap() + 1;
    let begun = messages[0].at.unwrap();
    let (mut progress, _) = Progress::begin("run".into(), &announced(&messages), begun);
    for message in &messages[..cut] {
        progress.on(message);
    }
    assert_eq!(progress.under_way(), [ResourceKey::new("node-k3s-ingress")]);
    let events = progress.finish(Ended::Killed(9), "", begun);
    assert_eq!(failures(&events, "node-k3s-ingress").len(), 1);
    let Some(ProvisionEvent::Finished {
        outcome, undone, ..
    }) = told(&events).last().copied()
    else {
        panic!("no end");
    };
    assert_eq!((*outcome, undone.len()), (Outcome::Failed, 5));
}

#[test]
fn both_halves_of_a_replacement_are_told() {
    let (_, events) = run("apply-update-replace-progress.jsonl", WELL);
    let worker = "terraform_data.instance[\"worker\"]";
    let mut finished: Vec<&str> = Vec::new();
    for told in told(&events) {
        if let ProvisionEvent::StepFinished { key, .. } = told
            && key.0.contains(worker)
        {
            finished.push(&key.0);
        }
    }
    assert_eq!(finished, [format!("replaced-{worker}").as_str(), worker]);
    let waits = told(&events).into_iter().any(|told| {
        matches!(told, ProvisionEvent::StepWaiting { key, state, .. } if key.0 == worker && state == "being made")
    });
    assert!(waits);
}

/// The provider repeats what was refused with 429 and says nothing of it.
#[test]
fn a_long_silence_is_explained() {
    let review = announced(&heard("oci-apply.jsonl"));
    let at = Timestamp::UNIX_EPOCH;
    let (mut progress, _) = Progress::begin("run".into(), &review, at);
    let line = |seconds: u64| {
        let line = format!(
            r#"{{"type":"apply_progress","hook":{{"resource":{{"addr":"oci_core_vcn.k3s","resource":"oci_core_vcn.k3s"}},"action":"create","elapsed_seconds":{seconds}}}}}"#
        );
        Message::of(line.as_bytes())
    };
    let mut state = |seconds| {
        let events = progress.on(&line(seconds));
        let Some(ProvisionEvent::StepWaiting { state, .. }) = told(&events).pop().cloned() else {
            panic!("{events:?}");
        };
        state
    };
    assert_eq!(state(50), "being made");
    assert!(state(60).contains("429"));
}

/// The file of a run reads the same a second time, whenever that is.
#[test]
fn a_run_that_is_followed_again_reads_the_same() {
    let (_, once) = run("oci-apply-out-of-host-capacity.jsonl", BADLY);
    let (_, again) = run("oci-apply-out-of-host-capacity.jsonl", BADLY);
    assert_eq!(once, again);
    let ends = once.last().unwrap().at;
    assert_eq!(
        ends,
        heard("oci-apply-out-of-host-capacity.jsonl")
            .last()
            .unwrap()
            .at
            .unwrap()
    );
}
