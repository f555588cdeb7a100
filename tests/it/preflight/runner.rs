//! The runner: all at once, in time, whatever a check does.

use std::collections::BTreeSet;
use std::time::Duration;

use k3scope::config::Config;
use k3scope::domain::event::What;
use k3scope::domain::preflight::{PreflightEvent, Verdict};
use k3scope::preflight::checks::CHECKS;
use k3scope::preflight::{Check, Finding, LIMIT, Obstacle};
use tokio::sync::{Notify, mpsc};

use super::stage::{Came, scene};

const GOOD: Check = Check {
    name: "good",
    proves: "It is good.",
    unknown: Verdict::Blocks,
    limit: LIMIT,
    run: |_| Box::pin(async { Ok(Finding::passed("fine")) }),
};
const PANICS: Check = Check {
    name: "panics",
    run: |_| Box::pin(async { panic!("a mistake") }),
    ..GOOD
};
const HANGS: Check = Check {
    name: "hangs",
    limit: Duration::ZERO,
    unknown: Verdict::Warns,
    run: |_| Box::pin(std::future::pending()),
    ..GOOD
};
const LACKS: Check = Check {
    name: "lacks",
    run: |_| Box::pin(async { Err(Obstacle::needs("the profile cannot be read")) }),
    ..GOOD
};
/// Ends when the gate is opened.
const LAST: Check = Check {
    name: "last",
    run: |_| {
        Box::pin(async {
            GATE.notified().await;
            Ok(Finding::warns("hm").next("think"))
        })
    },
    ..GOOD
};
static GATE: Notify = Notify::const_new();

fn nowhere() -> std::sync::Arc<k3scope::preflight::Scene> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cluster.toml");
    std::fs::write(&file, "").unwrap();
    scene(Config::load(&file).unwrap())
}

#[tokio::test]
async fn a_check_that_fails_takes_no_other_with_it() {
    let came = Came::of(&nowhere(), &[PANICS, HANGS, LACKS, GOOD]).await;
    came.expect("panics", Verdict::Blocks, "a mistake in k3scope", "report");
    came.expect("hangs", Verdict::Warns, "no answer within 0 s", "network");
    came.expect("lacks", Verdict::Skipped, "not tried: the profile", "");
    came.expect("good", Verdict::Passed, "fine", "");
    assert_eq!((came.ended.blocks, came.ended.warns), (1, 1));
    assert!(
        !came.ended.unreached,
        "what only warns leaves nothing unknown"
    );

    let PreflightEvent::Started { checks } = came.events.first().unwrap() else {
        panic!("it begins with the list");
    };
    let order: Vec<&str> = checks.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(order, ["panics", "hangs", "lacks", "good"]);
    let finished = PreflightEvent::Finished {
        blocks: 1,
        warns: 1,
    };
    assert_eq!(came.events.last(), Some(&finished));
}

#[tokio::test]
async fn each_is_told_when_it_ends_and_not_when_all_have() {
    let (sender, mut receiver) = mpsc::channel(8);
    let scene = nowhere();
    let running = k3scope::preflight::run(&scene, &[LAST, GOOD], &sender);
    let reading = async {
        let mut names = Vec::new();
        while names.len() < 2 {
            let event = receiver.recv().await.unwrap();
            if let What::Preflight(PreflightEvent::Checked(checked)) = event.what {
                names.push(checked.name.to_string());
                GATE.notify_one();
            }
        }
        names
    };
    let (ended, names) = tokio::join!(running, reading);
    assert_eq!(names, ["good", "last"]);
    assert_eq!(ended.warns, 1);
}

#[tokio::test]
async fn a_needed_answer_that_does_not_come_leaves_something_unknown() {
    let hangs = Check {
        unknown: Verdict::Blocks,
        ..HANGS
    };
    let came = Came::of(&nowhere(), &[hangs]).await;
    assert!(came.ended.unreached);
}

#[tokio::test]
async fn it_ends_when_nobody_listens() {
    let hangs = Check {
        limit: Duration::from_hours(1),
        ..HANGS
    };
    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    let ended = k3scope::preflight::run(&nowhere(), &[hangs], &sender).await;
    assert_eq!(ended.blocks, 0);
}

#[test]
fn names_are_words_in_kebab_case_and_each_check_says_what_it_proves() {
    let names: BTreeSet<&str> = CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(names.len(), CHECKS.len(), "no name stands twice");
    for check in CHECKS {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(check.name.chars().all(plain), "{}", check.name);
        assert!(check.proves.ends_with('.'), "{}", check.proves);
        assert!(check.limit > Duration::ZERO && check.limit <= Duration::from_mins(1));
    }
}
