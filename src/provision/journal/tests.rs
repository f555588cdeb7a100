//! A journal that is killed, gone on with, and read by another run.

use std::io::Write;
use std::path::Path;

use jiff::Timestamp;

use super::*;
use crate::domain::hunt::{HuntEnd, LaunchAnswer, Place};
use crate::domain::plan::{Operation, ResourceKey};
use crate::domain::provision::Outcome;

fn begin(folder: &Path, cluster: &str, second: i64) -> Journal {
    let now = Timestamp::from_second(second).unwrap();
    Journal::begin(folder, cluster, Operation::Apply, now).unwrap()
}

fn intent(key: &ResourceKey, attempt: u32, body: &str) -> Entry {
    Entry::Intent {
        key: key.clone(),
        attempt,
        body: body.to_owned(),
        place: None,
    }
}

#[test]
fn an_unanswered_create_is_repeated_under_its_number_and_any_other_under_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let (vcn, now) = (ResourceKey::new("vcn"), Timestamp::UNIX_EPOCH);
    let mut killed = begin(folder.path(), "k3s", 1);
    assert_eq!(killed.attempt(&vcn, "a"), 1);
    killed.write(now, intent(&vcn, 1, "a")).unwrap();
    drop(killed);

    let mut next = begin(folder.path(), "k3s", 2);
    assert_eq!(next.attempt(&vcn, "a"), 1, "the same request");
    assert_eq!(next.attempt(&vcn, "b"), 2, "another body");
    next.write(now, intent(&vcn, 1, "a")).unwrap();
    next.write(
        now,
        Entry::Created {
            key: vcn.clone(),
            id: "ocid1".to_owned(),
        },
    )
    .unwrap();
    drop(next);

    assert_eq!(
        begin(folder.path(), "k3s", 3).attempt(&vcn, "a"),
        2,
        "it was made and is gone"
    );
    assert_eq!(
        begin(folder.path(), "other", 4).attempt(&vcn, "a"),
        1,
        "another cluster"
    );
}

#[test]
fn a_torn_last_line_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let vcn = ResourceKey::new("vcn");
    let mut killed = begin(folder.path(), "k3s", 1);
    killed
        .write(Timestamp::UNIX_EPOCH, intent(&vcn, 3, "a"))
        .unwrap();
    killed.file.write_all(b"{\"at\":\"2026-11-22T13:0").unwrap();
    drop(killed);
    assert_eq!(begin(folder.path(), "k3s", 2).attempt(&vcn, "a"), 3);
}

fn launch(node: &ResourceKey, attempt: u32, place: &Place) -> Entry {
    Entry::Intent {
        key: node.clone(),
        attempt,
        body: place.to_string(),
        place: Some(place.clone()),
    }
}

fn refused(node: &ResourceKey, code: &str, answer: LaunchAnswer) -> Entry {
    Entry::Refused {
        key: node.clone(),
        code: code.to_owned(),
        answer: Some(answer),
    }
}

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn place(domain: &str) -> Place {
    Place {
        availability_domain: domain.to_owned(),
        fault_domain: None,
    }
}

#[test]
fn a_hunt_goes_on_with_its_deadline_its_number_and_its_last_launch() {
    let folder = tempfile::tempdir().unwrap();
    let (server, here) = (ResourceKey::new("node-server"), place("AD-1"));
    let mut killed = begin(folder.path(), "k3s", 1);
    let began = Entry::HuntBegan {
        until: second(900),
        asked: 800,
    };
    let no_room = refused(&server, "InternalError", LaunchAnswer::OutOfCapacity);
    killed.write(second(40), launch(&server, 1, &here)).unwrap();
    killed.write(second(41), no_room).unwrap();
    killed.write(second(41), began).unwrap();
    killed
        .write(second(101), launch(&server, 2, &here))
        .unwrap();
    drop(killed);

    let mut next = begin(folder.path(), "k3s", 120);
    assert_eq!(next.unanswered(&server), Some(&here));
    let past = next.hunt().clone();
    assert_eq!((past.launches, past.last), (2, Some(second(101))));
    assert_eq!(past.turned_away, Some(second(41)));
    assert_eq!(past.tries.get(&(server.clone(), here)), Some(&2));
    let open = past.open.unwrap();
    assert_eq!(
        (open.since, open.until, open.asked),
        (second(41), second(900), 800)
    );

    let end = HuntEnd::Stopped;
    next.write(second(130), Entry::HuntEnded { end }).unwrap();
    assert!(next.hunt().open.is_some(), "stopped is not given up");
    let end = HuntEnd::Deadline;
    next.write(second(900), Entry::HuntEnded { end }).unwrap();
    assert_eq!(next.hunt().open, None);
    let outcome = Outcome::Done;
    next.write(second(950), Entry::Finished { outcome })
        .unwrap();
    drop(next);
    assert_eq!(hunt(folder.path(), "k3s").unwrap(), HuntPast::default());
}

#[test]
fn numbers_that_another_computer_used_up_are_passed_over_in_growing_steps() {
    let folder = tempfile::tempdir().unwrap();
    let (server, here) = (ResourceKey::new("node-server"), place("AD-1"));
    let mut journal = begin(folder.path(), "k3s", 1);
    let mut numbers = Vec::new();
    for _ in 0..9 {
        let attempt = journal.attempt(&server, "body");
        numbers.push(attempt);
        let used = refused(&server, "InvalidatedRetryToken", LaunchAnswer::Refused);
        journal
            .write(second(2), launch(&server, attempt, &here))
            .unwrap();
        journal.write(second(2), used).unwrap();
    }
    assert_eq!(numbers, [1, 2, 4, 8, 16, 32, 64, 128, 192]);
    let attempt = journal.attempt(&server, "body");
    let no_room = refused(&server, "InternalError", LaunchAnswer::OutOfCapacity);
    journal
        .write(second(3), launch(&server, attempt, &here))
        .unwrap();
    journal.write(second(3), no_room).unwrap();
    assert_eq!(journal.attempt(&server, "body"), attempt + 1);
}

#[test]
fn a_file_of_an_older_version_and_a_line_of_a_newer_one_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let old = concat!(
        r#"{"at":"2026-11-20T10:00:00Z","entry":"started","cluster":"k3s","operation":"apply"}"#,
        "\n",
        r#"{"at":"2026-11-20T10:00:01Z","entry":"foretold","key":"vcn","omen":7}"#,
        "\n",
        r#"{"at":"2026-11-20T10:00:02Z","entry":"intent","key":"vcn","attempt":4,"body":"a"}"#,
        "\n",
        r#"{"at":"2026-11-20T10:00:03Z","entry":"refused","key":"vcn","code":"LimitExceeded"}"#,
        "\n",
    );
    std::fs::write(folder.path().join("20261120T100000000Z-1.jsonl"), old).unwrap();
    let journal = begin(folder.path(), "k3s", 1_795_000_000);
    assert_eq!(journal.attempt(&ResourceKey::new("vcn"), "a"), 5);
    assert_eq!(journal.hunt(), &HuntPast::default());
}

#[test]
fn a_folder_that_is_not_there_tells_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("runs");
    assert_eq!(hunt(&nowhere, "k3s").unwrap(), HuntPast::default());
}
