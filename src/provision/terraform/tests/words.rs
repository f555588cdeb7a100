//! Why a command failed, in words and as what a program decides by.

use rstest::rstest;

use super::*;

fn hearing(name: &str) -> Hearing {
    let mut hearing = Hearing::default();
    for message in heard(name) {
        hearing.on(&message);
    }
    hearing
}

#[rstest]
#[case(
    "plan-state-locked",
    "root@vm holds the lock of terraform.tfstate since 2026-11-22 11:33:28 UTC (4 seconds ago), for \
     apply",
    "force-unlock fde460ac-7795-4fbe-e229-2fd8240f5863",
    "StateLocked"
)]
#[case(
    "apply-state-locked-timeout2s",
    "root@vm holds the lock",
    "force-unlock",
    "StateLocked"
)]
#[case(
    "plan-not-initialised",
    "tf-k3s/ is not initialised",
    "terraform init",
    "NotInitialised"
)]
#[case(
    "init-failed-registry-unreachable",
    "registry cannot be reached",
    "proxy",
    "RegistryUnreachable"
)]
#[case(
    "plan-missing-variable",
    "the variable tenancy_ocid has no value",
    "k3scope render",
    "MissingVariable(\"tenancy_ocid\")"
)]
#[case(
    "plan-invalid-config",
    "the configuration is wrong",
    "mend the line",
    "Configuration"
)]
#[case(
    "apply-failed",
    "Resource postcondition failed",
    "mend what it names",
    "Other"
)]
#[case(
    "oci-apply-out-of-host-capacity",
    "could not do it",
    "no host has room",
    "Refused"
)]
#[case("oci-apply-limit-exceeded", "could not do it", "limit", "Refused")]
#[case(
    "oci-apply-shape-not-found",
    "could not do it",
    "does not offer the shape",
    "Refused"
)]
#[case(
    "oci-apply-sigint-twice",
    "it was stopped",
    "goes on from what is in the state",
    "Halted"
)]
fn a_failure_says_what_and_what_to_do(
    #[case] name: &str,
    #[case] title: &str,
    #[case] next: &str,
    #[case] trouble: &str,
) {
    let hearing = hearing(&format!("{name}.jsonl"));
    let problem = hearing.problem("do it", Ended::Failed(1), "").unwrap();
    assert!(problem.title.starts_with("could not do it"), "{problem:#?}");
    assert!(problem.title.contains(title), "{problem:#?}");
    assert!(problem.next.contains(next), "{problem:#?}");
    let found = format!("{:?}", hearing.trouble().unwrap());
    assert!(found.starts_with(trouble), "{found}");
}

/// The status has the last word: neither warnings nor what stands on standard error make a failure.
#[test]
fn what_ends_well_has_not_failed() {
    for name in streams() {
        let hearing = hearing(&name);
        assert_eq!(
            hearing.problem("do it", Ended::Well, "Error: look out"),
            None,
            "{name}"
        );
    }
}

#[test]
fn a_program_that_says_nothing_is_quoted() {
    let problem =
        Hearing::default().problem("plan", Ended::Failed(1), "\u{1b}[31mterraform: bad flag\n");
    assert!(
        problem
            .unwrap()
            .detail
            .contains("status 1; it wrote:\nterraform: bad flag")
    );
    let killed = Hearing::default()
        .problem("apply", Ended::Killed(9), "")
        .unwrap();
    assert!(
        killed.detail.contains("signal 9") && killed.next.contains("import"),
        "{killed:#?}"
    );
}

#[test]
fn several_lacking_variables_are_one_problem() {
    let mut hearing = hearing("plan-not-initialised.jsonl");
    hearing.complaints.remove(0);
    let problem = hearing.problem("plan", Ended::Failed(1), "").unwrap();
    assert_eq!(problem.title, "could not plan: 6 variables have no value");
    assert!(
        problem.detail.contains("private_key_path, region"),
        "{problem:#?}"
    );
}

/// A quoted line of configuration may be one of a file of secrets.
#[test]
fn the_quoted_line_is_not_shown() {
    let shown = format!("{:?}", hearing("plan-invalid-config.jsonl").complaints);
    assert!(
        shown.contains("main.tf") && !shown.contains("input = var.missing"),
        "{shown}"
    );
}

#[rstest]
#[case::now(
    "500-InternalError, Out of host capacity.\nSuggestion: x\nRequest Target: POST http://127.0.0.1:7172/20160918/instances \nOPC request ID: A/B/C \n"
)]
#[case::before(
    "Error: 500-InternalError\nProvider version: 4.60.0\nError Message: Out of host capacity.\nOPC request ID: A/B/C\n"
)]
#[case::long_ago(
    "Service error:InternalError. Out of host capacity.. http status code: 500. Opc request id: A/B/C"
)]
#[case::of_a_pool(
    "Instance launch failed. (500, InternalError, false) Out of host capacity. (opc-request-id: A/B/C)"
)]
fn no_capacity_is_recognised_in_all_its_words(#[case] words: &str) {
    let error = super::super::refusal::answer(words).unwrap();
    assert!(error.is_out_of_capacity(), "{error}");
    assert_eq!(
        (error.status(), error.code()),
        (Some(500), Some("InternalError"))
    );
    assert_eq!(error.request_id(), Some("A/B/C"));
}

#[rstest]
#[case("")]
#[case("No value for required variable")]
#[case("Error running command 'x (1, 2)': exit status 7. Output: Out of host capacity.\n")]
#[case("2026-11-22, something happened")]
fn other_words_are_no_answer_of_oci(#[case] words: &str) {
    assert!(super::super::refusal::answer(words).is_none());
}

#[test]
fn the_lock_beside_the_state_is_read() {
    let lock = StateLock::from_file(&sample("terraform.tfstate.lock.info")).unwrap();
    assert!(!lock.id.is_empty() && !lock.who.is_empty(), "{lock:?}");
    let shown = lock.in_words(None);
    assert!(
        shown.contains(
            "holds the lock of terraform.tfstate since 2026-11-22 11:33:28 UTC, for apply"
        ),
        "{shown}"
    );
    let nothing = StateLock::default().in_words(None);
    assert!(nothing.starts_with("somebody holds the lock of the state since an unknown time"));
}

#[rstest]
#[case(
    "2026-11-22 11:33:28.319022582 +0000 UTC",
    "2026-11-22 11:33:28 UTC (1 second ago)"
)]
#[case("2026-11-22T11:30:28Z", "2026-11-22 11:30:28 UTC (3 minutes ago)")]
#[case(
    "2026-11-22 07:33:28 -0400 EDT",
    "2026-11-22 11:33:28 UTC (2 seconds ago)"
)]
#[case("2026-11-19T11:30:28Z", "2026-11-19 11:30:28 UTC (3 days ago)")]
#[case("a while ago", "since a while ago, for")]
fn the_age_of_a_lock_is_told_in_words(#[case] created: &str, #[case] said: &str) {
    let lock = StateLock {
        created: created.into(),
        ..StateLock::default()
    };
    let now = "2026-11-22T11:33:30Z".parse().unwrap();
    let shown = lock.in_words(Some(now));
    assert!(shown.contains(said), "{shown}");
}

/// Who, since when, and both ways out with what they may cost.
#[rstest]
#[case("plan-state-locked")]
#[case("apply-state-locked-timeout2s")]
fn a_held_lock_is_told_with_the_ways_out(#[case] name: &str) {
    let hearing = hearing(&format!("{name}.jsonl"));
    let problem = hearing.problem("plan", Ended::Failed(1), "").unwrap();
    for said in [
        "root@vm",
        "since 2026-11-22 11:33:28 UTC",
        "seconds ago",
        "for apply",
    ] {
        assert!(problem.title.contains(said), "{said}: {problem:#?}");
    }
    assert!(
        problem
            .detail
            .contains("fde460ac-7795-4fbe-e229-2fd8240f5863"),
        "{problem:#?}"
    );
    for said in [
        "wait until that run has ended",
        "followed by `k3scope apply`",
        "make sure of that with root@vm",
        "terraform force-unlock fde460ac-7795-4fbe-e229-2fd8240f5863",
        "ruin the state",
    ] {
        assert!(problem.next.contains(said), "{said}: {problem:#?}");
    }
}
