//! What is on the screen, as text and styles, and what the keys do there.

use k3scope::domain::event::Event;
use k3scope::provision::terraform::{Ended, Message, Said, Span};
use rstest::rstest;

use super::told::{left, planned, planning, run, unreachable};
use crate::cockpit::stage::{Stage, text};

const BADLY: Option<Ended> = Some(Ended::Failed(1));

fn never(_: &Message) -> bool {
    false
}

fn ingress_begins(message: &Message) -> bool {
    matches!(&message.said, Said::Apply(Span::Progress, hook) if hook.resource.addr.contains("ingress"))
}

fn fails(message: &Message) -> bool {
    matches!(&message.said, Said::Apply(Span::Errored, _))
}

fn state(name: &str) -> Vec<Event> {
    match name {
        "planned" => planned("oci-show-plan-create.json"),
        "drifted" => planned("oci-show-plan-drift.json"),
        "left" => left(),
        "planning" => planning(9),
        "unreachable" => unreachable(),
        "foreign" => planned("show-plan.json"),
        "stopping" => run("oci-apply-sigint-once.jsonl", ingress_begins, None),
        "refused_at_once" => run("oci-apply-out-of-host-capacity.jsonl", fails, None),
        "no_capacity" => run("oci-apply-out-of-host-capacity.jsonl", never, BADLY),
        "limit" => run("oci-apply-limit-exceeded.jsonl", never, BADLY),
        "done" => run("oci-apply.jsonl", never, Some(Ended::Well)),
        "stopped" => run("oci-apply-sigint-once.jsonl", never, BADLY),
        "forced" => run("oci-apply-sigint-twice.jsonl", never, BADLY),
        "locked" => run("apply-state-locked-timeout2s.jsonl", never, BADLY),
        other => panic!("no state {other}"),
    }
}

#[rstest]
fn states(
    #[values(
        "planned",
        "drifted",
        "left",
        "planning",
        "unreachable",
        "foreign",
        "stopping",
        "refused_at_once",
        "no_capacity",
        "done",
        "forced",
        "locked"
    )]
    name: &str,
    #[values((80, 24), (140, 40))] (width, height): (u16, u16),
) {
    let shown = Stage::new(state(name)).snapshot(width, height);
    insta::assert_snapshot!(format!("{name}_{width}x{height}"), shown);
}

/// What matters is said on the smallest screen, in words and with what to do.
#[rstest]
#[case("no_capacity", &["no host has room", "Not everything could be made"])]
#[case("left", &[
    "not all of it as it should",
    "only a replacement",
    "state is STOPPED, was RUNNING",
    "nothing in the cloud",
])]
#[case("planning", &["reads again what its state knows, 0 of 11", "stops looking"])]
#[case("unreachable", &["could not initialise tf-k3s/", "registry.terraform.io"])]
#[case("limit", &["LimitExceeded"])]
#[case("stopped", &["Stopped"])]
#[case("forced", &["may be done in the cloud", "Forced to stop", "The cloud is looked at"])]
#[case("stopping", &["Stopping: waiting for k3s-ingress (14s)"])]
#[case("locked", &[
    "root@vm holds the lock",
    "terraform.tfstate since 2026-11-22 11:33:28 UTC (6",
    "wait until that run has ended",
    "then `terraform force-unlock",
])]
fn what_matters_is_said(#[case] name: &str, #[case] said: &[&str]) {
    let shown = text(&Stage::new(state(name)).draw(140, 40));
    // Words that stand on two lines of the page are found as well.
    let words = |text: &str| {
        text.split_whitespace()
            .filter(|word| *word != "│")
            .collect::<Vec<_>>()
            .join(" ")
    };
    for said in said {
        assert!(words(&shown).contains(said), "{said}\n{shown}");
    }
}

/// On the smallest screen what to do about a refusal stands without scrolling, and its identifier,
/// which is for a report, only once.
#[test]
fn what_to_do_about_a_refusal_is_seen_on_the_smallest_screen() {
    let shown = text(&Stage::new(state("no_capacity")).draw(80, 24));
    let next = shown.find("→ no host has room");
    let id = shown.find("8F8CBC9F3F9642C589B61FAF7554792E");
    assert!(next.is_some() && next < id, "{shown}");
    assert_eq!(shown.matches("8F8CBC9F3F96").count(), 1, "{shown}");
}
