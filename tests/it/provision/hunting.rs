//! No host has room: the program hunts, at OCI's pace, over kills and restarts.

use std::time::Duration;

use jiff::Timestamp;
use k3scope::clock::Clock;
use k3scope::lab::Capacity;
use k3scope::lab::oci::{Fault, Matcher, Record};
use rstest::rstest;
use serde_json::Value;

use super::process::{signal, until_launches};
use super::session::{Ended, SPEED, Session};
use super::world::{assert_whole, journal_lines, open_hunt};

const APPLY: [&str; 4] = ["apply", "--yes", "--allow-paid", "--json"];

/// Hosts with so many processors in one availability domain, and full ones in all others.
pub(super) fn room(number: u8, ocpus: f64) -> Vec<Capacity> {
    let hosts = |availability_domain: u8| {
        let free = if availability_domain == number {
            ocpus
        } else {
            0.0
        };
        Capacity {
            shape: "VM.Standard.A1.Flex".to_owned(),
            availability_domain,
            ocpus: free,
            memory_gb: free * 6.0,
            ..Capacity::default()
        }
    };
    (1..=3).map(hosts).collect()
}

/// A lab without any room, and a program that hunts for so long.
async fn crowded(until: &str) -> Session {
    let session = Session::start().await;
    session.lab.oci().set_capacity(room(1, 0.0));
    let text = std::fs::read_to_string(session.config()).unwrap();
    let text = format!("{text}\n[provision]\nuntil = \"{until}\"\n");
    std::fs::write(session.config(), text).unwrap();
    session
}

/// Once the hunt began, no launch goes out within a minute of the lab after another.
fn assert_paced(session: &Session) {
    let minute = Clock::paced(SPEED).at_pace(Duration::from_mins(1));
    let began = journal_lines(session)
        .into_iter()
        .find(|line| line["entry"] == "hunt_began");
    let began: Timestamp = began.unwrap()["at"].as_str().unwrap().parse().unwrap();
    // First launches go out together; one of them may arrive when another is refused already.
    let late = |it: &Record| it.at.duration_since(began).as_secs_f64() > minute.as_secs_f64() / 2.0;
    let mut before = began;
    let mut hunted = 0;
    for launch in session.launches().iter().filter(|it| late(it)) {
        let apart = launch.at.duration_since(before).unsigned_abs();
        assert!(apart >= minute, "only {apart:?} before {launch:?}");
        before = launch.at;
        hunted += 1;
    }
    assert!(hunted > 0, "nothing was hunted for");
}

/// The hunt's events of one kind.
fn told<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|it| it["hunt"] == kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_room_is_had_at_once_and_the_rest_is_hunted_for() {
    let session = crowded("12h").await;
    session.lab.oci().set_capacity(room(1, 1.0));
    let run = session.spawn(&APPLY);
    until_launches(&session, 6).await;
    session.lab.oci().set_capacity(room(3, 16.0));
    let ended = Ended::of(run.wait_with_output().await.unwrap()).expect(0);
    assert_whole(&session);
    assert_paced(&session);

    let events = ended.lines();
    let began = told(&events, "began");
    assert_eq!(began.len(), 1);
    assert!(began[0]["places"].as_array().unwrap().len() >= 12);
    let tried = told(&events, "tried");
    let mut numbers: Vec<u64> = tried
        .iter()
        .filter_map(|it| it["number"].as_u64())
        .collect();
    // The first go out together and may be answered in any order.
    numbers[..3].sort_unstable();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    let refused = tried.iter().filter(|it| it["answer"] == "out_of_capacity");
    assert!(refused.clone().count() >= 4, "{tried:?}");
    for one in refused {
        assert!(one["request_id"].is_string() && one["message"] == "Out of host capacity.");
    }
    assert!(!told(&events, "hinted").is_empty(), "reports are asked for");
    assert!(!told(&events, "next").is_empty());
    assert_eq!(told(&events, "ended")[0]["end"], "found");
    let at = |wanted: &dyn Fn(&Value) -> bool| events.iter().position(wanted).unwrap();
    let had = at(&|it| it["type"] == "step_finished" && it["key"] == "node-k3s-ingress");
    let over = at(&|it| it["hunt"] == "ended");
    assert!(had < over, "the node that was had goes on meanwhile");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_neither_forgets_nor_hurries() {
    let session = crowded("12h").await;
    let mut untils = Vec::new();
    for launches in [5, 7] {
        let mut killed = session.spawn(&APPLY);
        until_launches(&session, launches).await;
        signal(&killed, "KILL");
        killed.wait().await.unwrap();
        untils.push(open_hunt(&session));
    }
    assert_eq!(untils[0], untils[1], "the deadline stays");
    let run = session.spawn(&APPLY);
    until_launches(&session, 8).await;
    session.lab.oci().set_capacity(room(2, 16.0));
    let ended = Ended::of(run.wait_with_output().await.unwrap()).expect(0);
    assert_whole(&session);
    assert_paced(&session);
    let events = ended.lines();
    assert_eq!(
        told(&events, "began")[0]["until"].as_str(),
        untils[0].as_deref()
    );
    let first = told(&events, "tried")[0]["number"].as_u64().unwrap();
    assert!(first >= 8, "the tries are counted on: {first}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_ends_it_and_says_what_was_tried() {
    let session = crowded("10m").await;
    let failed = session.run(&APPLY).await.expect(1);
    let events = failed.lines();
    assert_eq!(told(&events, "ended")[0]["end"], "deadline");
    let problem = events
        .iter()
        .find(|it| it["type"] == "step_failed")
        .unwrap();
    let detail = problem["problem"]["detail"].as_str().unwrap();
    assert!(
        detail.contains("launches") && detail.contains("AD-1"),
        "{detail}"
    );
    assert!(detail.contains("since 20"), "{detail}");
    let next = problem["problem"]["next"].as_str().unwrap();
    assert!(next.contains("--until"), "{next}");
    assert_paced(&session);
    assert_eq!(open_hunt(&session), None);

    session.lab.oci().set_capacity(room(1, 16.0));
    session.run(&APPLY).await.expect(0);
    assert_whole(&session);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_it_is_left_to_be_gone_on_with() {
    let session = crowded("12h").await;
    let stopped = session.spawn(&APPLY);
    until_launches(&session, 5).await;
    signal(&stopped, "INT");
    let ended = Ended::of(stopped.wait_with_output().await.unwrap()).expect(130);
    let events = ended.lines();
    assert_eq!(told(&events, "ended")[0]["end"], "stopped");
    assert_eq!(events.last().unwrap()["outcome"], "interrupted");
    assert!(open_hunt(&session).is_some());
    session.lab.oci().set_capacity(room(1, 16.0));
    session.run(&APPLY).await.expect(0);
    assert_whole(&session);
    assert_paced(&session);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_hunt_the_first_refusal_fails_and_keeps_the_rest() {
    let session = crowded("0s").await;
    let failed = session.run(&APPLY).await.expect(1);
    assert!(
        failed.err.contains("Out of host capacity."),
        "{}",
        failed.err
    );
    assert!(failed.err.contains("request "), "the request's id is named");
    assert_eq!(failed.lines().last().unwrap()["outcome"], "failed");
    assert!(told(&failed.lines(), "began").is_empty());
    // Nobody hunts: each node is launched in its own place only, so there must be room everywhere.
    let room = (1..=3).flat_map(|number| room(number, 16.0));
    session.lab.oci().set_capacity(room.collect());
    session.run(&APPLY).await.expect(0);
    assert_whole(&session);
}

const LIMIT: &str = "The following service limits were exceeded: standard-a1-core-count, \
                     standard-a1-core-regional-count. Request a service limit increase.";

#[rstest]
#[case(400, "LimitExceeded", LIMIT, "phantom_limit")]
#[case(
    429,
    "TooManyRequests",
    "Too many requests for the user",
    "too_many_requests"
)]
#[tokio::test(flavor = "multi_thread")]
async fn what_passes_by_itself_is_waited_out(
    #[case] status: u16,
    #[case] code: &str,
    #[case] message: &str,
    #[case] answer: &str,
) {
    let session = Session::start().await;
    for _ in 0..4 {
        let fault = Fault::Status(status, code.to_owned(), message.to_owned());
        let launch = Matcher::new("POST", "/instances");
        session.lab.oci().fail_next(launch, fault);
    }
    let ended = session.run(&APPLY).await.expect(0);
    assert_whole(&session);
    assert_paced(&session);
    let events = ended.lines();
    let tried = told(&events, "tried");
    let counted = tried.iter().filter(|it| it["answer"] == answer).count();
    assert_eq!(counted, 4, "{tried:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_launch_whose_answer_is_lost_is_sent_again_under_its_token() {
    let session = Session::start().await;
    for fault in [Fault::AfterDoing, Fault::Cut] {
        let launch = Matcher::new("POST", "/instances");
        session.lab.oci().fail_next(launch, fault);
    }
    session.run(&APPLY).await.expect(0);
    assert_whole(&session);
    let launches = session.launches();
    let mut tokens: Vec<_> = launches.iter().map(|it| &it.retry_token).collect();
    tokens.sort();
    tokens.dedup();
    assert_eq!((launches.len(), tokens.len()), (5, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_waiting_does_not_mend_ends_it_for_all() {
    let session = crowded("12h").await;
    let run = session.spawn(&APPLY);
    until_launches(&session, 4).await;
    let gone = Fault::Status(
        404,
        "NotAuthorizedOrNotFound".to_owned(),
        "Authorization failed or requested resource not found.".to_owned(),
    );
    let launch = Matcher::new("POST", "/instances");
    session.lab.oci().fail_next(launch, gone);
    let ended = Ended::of(run.wait_with_output().await.unwrap()).expect(1);
    let events = ended.lines();
    assert_eq!(told(&events, "ended")[0]["end"], "refused");
    let failed = events.iter().filter(|it| it["type"] == "step_failed");
    let failed: Vec<&Value> = failed.collect();
    assert_eq!(
        failed.len(),
        3,
        "every node that was hunted for is told why"
    );
    for one in failed {
        let detail = one["problem"]["detail"].as_str().unwrap();
        assert!(detail.contains("NotAuthorizedOrNotFound"), "{detail}");
    }
}
