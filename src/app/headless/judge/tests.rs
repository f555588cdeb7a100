//! Failures that pass, and those that do not.

use super::*;
use crate::domain::bootstrap::{BootstrapEvent, Followed, Remedy, Usual};
use crate::domain::event::{Event, What};
use crate::domain::line::Line;
use crate::domain::topology::Role;
use crate::store::fold;

/// A worker that is followed, and a clock in the hand.
struct Bench {
    store: Store,
    judge: Judge,
    begun: Instant,
    seconds: u64,
}

impl Bench {
    fn new() -> Self {
        let mut bench = Self {
            store: Store::default(),
            judge: Judge::new(Clock::default()),
            begun: Clock::default().instant(),
            seconds: 0,
        };
        bench.tell(BootstrapEvent::Started {
            nodes: vec![Followed {
                name: "k3s-worker".into(),
                role: Role::Worker,
            }],
            delivers: false,
            hosts: Vec::new(),
            places: false,
            usual: Usual::default(),
        });
        bench
    }

    fn tell(&mut self, event: BootstrapEvent) {
        let seconds = i64::try_from(self.seconds).unwrap();
        let at = Timestamp::from_second(seconds).unwrap();
        let what = What::Bootstrap(event);
        fold(&mut self.store, Event { at, what });
    }

    fn set(&mut self, stage: Stage, progress: Progress) {
        self.tell(BootstrapEvent::Stage {
            of: Subject::Node("k3s-worker".into()),
            stage,
            progress,
            took: None,
        });
    }

    fn fails(&mut self, stage: Stage) {
        let problem = Problem {
            title: format!("{stage} failed"),
            detail: String::new(),
            next: String::new(),
            request_id: None,
        };
        self.set(stage, Progress::Failed { problem });
    }

    fn runs(&mut self, stage: Stage) {
        let waits_for = Line::default();
        self.set(stage, Progress::Running { waits_for });
    }

    fn diagnosed(&mut self, cause: Cause) {
        let diagnosis = Diagnosis {
            cause,
            meaning: "it is so".into(),
            evidence: Vec::new(),
            next: "mend it".into(),
            remedy: Remedy::Person,
        };
        self.tell(BootstrapEvent::Diagnosed {
            of: Subject::Node("k3s-worker".into()),
            stage: Stage::K3s,
            diagnosis: Some(diagnosis),
        });
    }

    /// The verdict so many seconds later, with a look each second.
    fn after(&mut self, seconds: u64) -> Option<Stage> {
        let mut found = None;
        for _ in 0..=seconds {
            let now = self.begun + Duration::from_secs(self.seconds);
            found = self.judge.look_at(&self.store, now);
            self.seconds += 1;
        }
        found.map(|verdict| verdict.stage)
    }
}

#[test]
fn a_failure_that_the_next_run_mends_is_none() {
    let mut bench = Bench::new();
    bench.fails(Stage::Download);
    assert_eq!(bench.after(30), None);
    bench.runs(Stage::Firewall);
    assert_eq!(bench.after(100), None, "the next run is under way");
    bench.runs(Stage::Download);
    assert_eq!(bench.after(600), None);
    bench.set(Stage::Download, Progress::Done);
    assert_eq!(bench.after(100), None);
    assert_eq!(bench.judge.unmended(), None);
}

#[test]
fn a_failure_that_comes_again_counts_at_once() {
    let mut bench = Bench::new();
    bench.fails(Stage::Download);
    assert_eq!(bench.after(30), None);
    bench.runs(Stage::Download);
    assert_eq!(bench.after(10), None);
    bench.fails(Stage::Download);
    assert_eq!(bench.after(1), None);
    assert_eq!(bench.after(3), Some(Stage::Download));
}

#[test]
fn a_failure_that_nothing_begins_anew_counts_after_a_while() {
    let mut bench = Bench::new();
    bench.fails(Stage::Route);
    assert_eq!(bench.after(44), None);
    assert_eq!(bench.after(2), Some(Stage::Route));
}

#[test]
fn what_no_further_run_mends_counts_at_once() {
    let mut bench = Bench::new();
    bench.fails(Stage::K3s);
    bench.diagnosed(Cause::ServerDown);
    assert_eq!(bench.after(10), None, "a server may come back");
    bench.diagnosed(Cause::WrongToken);
    assert_eq!(bench.after(4), Some(Stage::K3s));
}

#[test]
fn what_is_no_script_of_a_node_counts_after_a_moment() {
    let mut bench = Bench::new();
    bench.fails(Stage::Login);
    assert_eq!(bench.after(1), None);
    assert_eq!(bench.after(3), Some(Stage::Login));
}

#[test]
fn what_is_tried_again_when_the_time_is_over_is_named_and_has_not_failed_for_good() {
    let mut bench = Bench::new();
    bench.fails(Stage::K3s);
    bench.after(5);
    bench.runs(Stage::K3s);
    assert_eq!(bench.after(100), None);
    let verdict = bench.judge.unmended();
    assert_eq!(verdict.map(|it| it.stage), Some(Stage::K3s));
    bench.fails(Stage::K3s);
    assert_eq!(bench.after(3), Some(Stage::K3s), "the second time it has");
}
