//! Answers of both Ubuntu releases in, progress and length out.

use super::*;
use rstest::rstest;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!(
            "../../../tests/data/cloud-init/status.",
            $name,
            ".json"
        ))
    };
}

fn done(took: u64) -> Answer {
    Answer {
        progress: Progress::Done,
        took: Some(took),
    }
}

fn runs(stage: &str) -> Answer {
    Answer {
        progress: Progress::Running {
            waits_for: stage.into(),
        },
        took: None,
    }
}

#[rstest]
#[case::done(sample!("done"), done(153))]
#[case::degraded(sample!("degraded-done"), done(158))]
#[case::degraded_so_far(sample!("degraded-running"), runs("modules-final"))]
#[case::not_started(sample!("not-started"), runs("not started"))]
#[case::local(sample!("running-init-local"), runs("init-local"))]
#[case::network(sample!("running-init-network"), runs("init"))]
#[case::config(sample!("running-modules-config"), runs("modules-config"))]
#[case::last(sample!("running-modules-final"), runs("modules-final"))]
#[case::word_alone(r#"{"status":"done"}"#, Answer { progress: Progress::Done, took: None })]
#[case::since_the_epoch(
    r#"{"status":"done","init-local":{"start":1763809331.42,"finished":1763809332.9},
        "modules-final":{"start":1763809348.0,"finished":1763809372.5}}"#,
    done(41)
)]
#[case::clock_was_set_back(
    r#"{"status":"done","init-local":{"start":1763809331.42},"modules-final":{"finished":12.0}}"#,
    Answer { progress: Progress::Done, took: None }
)]
fn how_far_it_is_and_how_long_it_took(#[case] answer: &str, #[case] wanted: Answer) {
    assert_eq!(read(answer, "k3s-worker"), Some(wanted));
}

#[rstest]
#[case::at_its_end(sample!("error-runcmd-failed"), "scripts_user")]
#[case::under_way(sample!("error-running"), "Exit code: 100")]
fn an_error_says_whose_and_what(#[case] answer: &str, #[case] what: &str) {
    let Some(Answer {
        progress: Progress::Failed { problem },
        took: None,
    }) = read(answer, "k3s-worker")
    else {
        panic!("not a failure");
    };
    assert!(problem.title.contains("k3s-worker"));
    assert!(problem.detail.contains(what), "{}", problem.detail);
}

#[rstest]
#[case::nothing("")]
#[case::no_answer("sh: 1: cloud-init: not found")]
#[case::torn("{\"status\": \"do")]
fn what_is_no_status_says_nothing(#[case] answer: &str) {
    assert_eq!(read(answer, "k3s-worker"), None);
}
