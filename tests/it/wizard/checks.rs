//! The checks on the last step, live: as they come, all well, with warnings, barred.

use k3scope::domain::preflight::{Checked, Verdict};
use k3scope::preflight::checks::CHECKS;
use k3scope::wizard::FIELDS;
use rstest::rstest;

use super::desk::{Desk, account, limits, profiles, ssh_key};

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 40)];
/// To the last step.
const REVIEW: &str = "ctrl-n ctrl-n ctrl-n ctrl-n ctrl-n";

pub(super) fn found(name: &str, verdict: Verdict, evidence: &str, next: &str) -> Checked {
    assert!(CHECKS.iter().any(|check| check.name == name), "{name}");
    Checked {
        name: name.into(),
        verdict,
        evidence: evidence.into(),
        next: next.into(),
        took_ms: 80,
    }
}

fn anywhere() -> Checked {
    found(
        "ssh-from",
        Verdict::Warns,
        "the whole internet may try to log in (0.0.0.0/0)",
        "set ssh_from = [\"198.51.100.7/32\"] under [network]: that is you",
    )
}

fn hint() -> Checked {
    found(
        "capacity-report",
        Verdict::Informs,
        "a hint, no promise: AD-1 out of capacity, AD-2 available",
        "",
    )
}

fn no_zone() -> Checked {
    found(
        "zone",
        Verdict::Skipped,
        "not tried: no zone is kept at Cloudflare",
        "",
    )
}

fn wrong_compartment() -> Checked {
    found(
        "compartment",
        Verdict::Blocks,
        "the compartment is not there, or not permitted (404 NotAuthorizedOrNotFound)",
        "correct compartment under [oci], or ask for a policy",
    )
}

/// What the reference layout is over an allowance of 2 OCPU and 12 GB.
pub(super) fn over() -> Checked {
    found(
        "allowance",
        Verdict::Warns,
        "over by 2 OCPU, 12 GB: about $28.04/mo; 4 OCPU, 24 GB in use after the run",
        "the layout `compact` fits; apply goes beyond what is free only with --allow-paid",
    )
}

fn clock() -> Checked {
    found(
        "clock-skew",
        Verdict::Blocks,
        "this computer's clock is 7 min 12 s behind OCI's",
        "set the clock: `timedatectl set-ntp true`",
    )
}

fn desk(state: &str) -> Desk {
    let mut desk = Desk::new();
    desk.tell([profiles(), ssh_key(), account(), limits(4)]);
    desk.press(REVIEW);
    match state {
        "waiting" => desk.press("ctrl-p ctrl-p ctrl-u \"no network\" ctrl-n ctrl-n"),
        "running" => desk.begin_checks(&[anywhere(), hint()]),
        "good" => desk.check(&[hint(), no_zone()]),
        "warned" => desk.check(&[anywhere(), hint(), no_zone()]),
        "blocked" => desk.check(&[clock(), anywhere(), hint(), no_zone(), wrong_compartment()]),
        other => panic!("no state {other}"),
    }
    desk
}

#[rstest]
fn checks(#[values("waiting", "running", "good", "warned", "blocked")] state: &str) {
    let mut desk = desk(state);
    for (width, height) in SIZES {
        let shown = desk.stage.snapshot(width, height);
        insta::assert_snapshot!(format!("{state}_{width}x{height}"), shown);
    }
}

#[test]
fn what_blocks_leads_to_its_field_and_what_cannot_be_mended_there_is_checked_again() {
    let mut desk = desk("blocked");
    desk.effects.clear();
    desk.press("enter");
    assert!(desk.shown().contains("2 Place"), "{}", desk.shown());
    assert!(
        desk.shown().contains("404 NotAuthorizedOrNotFound"),
        "{}",
        desk.shown()
    );
    assert_eq!(desk.asks().count(), 0);
    desk.press("ctrl-n ctrl-n ctrl-n ctrl-n r");
    assert!(
        desk.shown().contains("the checks are being run"),
        "{}",
        desk.shown()
    );
    desk.check(&[clock()]);
    assert!(
        desk.shown().contains("7 min 12 s behind"),
        "{}",
        desk.shown()
    );
    desk.press("r");
    desk.check(&[]);
    assert!(
        desk.shown().contains("nothing against it"),
        "{}",
        desk.shown()
    );
}

#[test]
fn the_price_is_asked_over_everything_else() {
    let mut desk = desk("waiting");
    desk.press("ctrl-p ctrl-p ctrl-u \"10.0.0.0/16\" ctrl-p tab right right ctrl-n ctrl-n ctrl-n");
    desk.check(&[over()]);
    desk.press("enter");
    for (width, height) in SIZES {
        let shown = desk.stage.snapshot(width, height);
        insta::assert_snapshot!(format!("price_{width}x{height}"), shown);
    }
    desk.press("esc");
    assert!(!desk.shown().contains("Type k3s"), "{}", desk.shown());
}

#[test]
fn each_row_of_fields_is_about_a_check_that_there_is() {
    for (name, _) in FIELDS {
        assert!(CHECKS.iter().any(|check| check.name == *name), "{name}");
    }
}
