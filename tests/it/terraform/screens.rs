//! What is on the screen, as text and styles, and what the keys do there.

use k3scope::domain::event::Event;
use k3scope::provision::terraform::{Ended, Message, Said, Span};
use rstest::rstest;

use super::told::{planned, run};
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
#[case("limit", &["LimitExceeded"])]
#[case("stopped", &["Stopped"])]
#[case("forced", &["may be done in the cloud"])]
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
