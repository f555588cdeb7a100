//! No host has room, and Terraform makes the nodes: each further launch is a run of its own, at the
//! direct engine's pace and told as that tells it, over kills and restarts.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use k3scope::clock::Clock;
use k3scope::lab::oci::{Fault, Matcher, Point};
use serde_json::{Value, json};
use tokio::process::Child;

use super::hunting::room;
use super::process::{signal, until, until_launches};
use super::session::{Ended, SPEED, Session};
use super::terraform::{finished, meant, runs};
use super::world::{assert_whole, journal_lines, open_hunt};
use crate::lab_terraform::is_installed;

const APPLY: [&str; 4] = ["apply", "--yes", "--allow-paid", "--json"];

/// A lab with room for so many processors, all in the first domain, and a program that hunts with
/// Terraform for so long; nothing where there is none.
async fn crowded(ocpus: f64, until: &str) -> Option<Session> {
    if !is_installed() {
        return None;
    }
    let session = Session::start().await;
    session.lab.oci().set_capacity(room(1, ocpus));
    configure(
        &session,
        &format!("engine = \"terraform\"\nuntil = \"{until}\""),
    );
    Some(session)
}

fn configure(session: &Session, provision: &str) {
    let text = std::fs::read_to_string(session.config()).unwrap();
    let text = format!("{text}\n[provision]\n{provision}\n");
    std::fs::write(session.config(), text).unwrap();
}

async fn ended(run: Child) -> Ended {
    Ended::of(run.wait_with_output().await.unwrap())
}

/// The hunt's events of one kind.
fn told<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|it| it["hunt"] == kind).collect()
}

fn of_type<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|it| it["type"] == kind).collect()
}

/// Of the launches, those after the first run are a minute of the lab apart.
fn assert_paced(session: &Session) {
    let minute = Clock::paced(SPEED).at_pace(Duration::from_mins(1));
    let began = journal_lines(session)
        .into_iter()
        .find(|line| line["entry"] == "hunt_began");
    let began: Timestamp = began.unwrap()["at"].as_str().unwrap().parse().unwrap();
    let mut before = began;
    let mut hunted = 0;
    for launch in session.launches().iter().filter(|it| it.at > began) {
        let apart = launch.at.duration_since(before).unsigned_abs();
        assert!(apart >= minute, "only {apart:?} before {launch:?}");
        before = launch.at;
        hunted += 1;
    }
    assert!(hunted > 0, "nothing was hunted for");
}

/// Each refused try of a node was at another place than those before.
fn assert_rotates(tried: &[&Value]) {
    let mut seen = BTreeSet::new();
    for one in tried.iter().filter(|it| it["answer"] == "out_of_capacity") {
        let at = format!("{} {}", one["key"], one["place"]);
        assert!(seen.insert(at), "twice at one place: {one}");
    }
}

/// The world without where its nodes stand.
fn unplaced(session: &Session) -> Vec<String> {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|name, _| {
                    !matches!(name.as_str(), "availabilityDomain" | "faultDomain")
                });
                fields.values_mut().for_each(strip);
            }
            Value::Array(all) => all.iter_mut().for_each(strip),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let plain = |line: String| {
        let (kind, body) = line.split_once(' ').unwrap();
        let mut body: Value = serde_json::from_str(body).unwrap();
        strip(&mut body);
        format!("{kind} {body}")
    };
    let mut all: Vec<String> = meant(session).into_iter().map(plain).collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_room_is_had_at_once_and_the_rest_by_further_runs() {
    let Some(session) = crowded(1.0, "12h").await else {
        return;
    };
    let run = session.spawn(&APPLY);
    until_launches(&session, 5).await;
    session.lab.oci().set_capacity(room(3, 16.0));
    let events = ended(run).await.expect(0).lines();
    assert_whole(&session);
    assert_paced(&session);

    assert_eq!(of_type(&events, "started").len(), 1);
    assert_eq!(of_type(&events, "step_failed"), Vec::<&Value>::new());
    assert_eq!(finished(&events)["outcome"], "done");
    assert_eq!(finished(&events)["undone"], json!([]));
    let planned = events[0]["plan"]["steps"].as_array().unwrap();
    let created = planned.iter().filter(|it| it["action"] == "create");
    assert_eq!(finished(&events)["done"]["create"], json!(created.count()));
    let began = told(&events, "began");
    assert_eq!(began.len(), 1);
    assert_eq!(began[0]["nodes"].as_array().unwrap().len(), 2);
    let tried = told(&events, "tried");
    let refused = tried.iter().filter(|it| it["answer"] == "out_of_capacity");
    assert!(refused.clone().count() >= 3, "{tried:?}");
    for one in refused {
        assert_eq!(one["message"], "Out of host capacity.");
        assert!(one["request_id"].is_string());
    }
    assert_rotates(&tried);
    assert!(!told(&events, "hinted").is_empty(), "reports are asked for");
    assert!(!told(&events, "next").is_empty());
    assert_eq!(told(&events, "ended")[0]["end"], "found");
    let numbers: Vec<u64> = tried
        .iter()
        .filter_map(|it| it["number"].as_u64())
        .collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");

    let left = runs(&session);
    let of_tries = left.iter().any(|name| name.contains("-try"));
    assert!(!of_tries && left.iter().all(|name| !name.ends_with(".tfplan")));
    let world = session.world();
    let again = session.run(&APPLY).await.expect(0);
    assert_eq!(finished(&again.lines())["done"]["create"], 0);
    assert_eq!(session.world(), world, "no node is moved");

    let direct = Session::start().await;
    direct.run(&APPLY).await.expect(0);
    assert_eq!(unplaced(&session), unplaced(&direct));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_outlives_the_program_and_the_hunt_goes_on_from_it() {
    let Some(session) = crowded(0.0, "12h").await else {
        return;
    };
    let mut killed = session.spawn(&APPLY);
    until_launches(&session, 3).await;
    let launch = Matcher::new("POST", "/instances");
    let mut hold = session.lab.oci().hold_next(launch, Point::BeforeDoing);
    hold.reached().await.unwrap();
    signal(&killed, "KILL");
    killed.wait().await.unwrap();
    let deadline = open_hunt(&session);
    assert!(deadline.is_some());

    let run = session.spawn(&APPLY);
    until(&session, "a second run", |_| {
        let started = |line: &Value| line["entry"] == "started";
        journal_lines(&session)
            .iter()
            .filter(|it| started(it))
            .count()
            == 2
    })
    .await;
    hold.let_go();
    until_launches(&session, 5).await;
    session.lab.oci().set_capacity(room(2, 16.0));
    let events = ended(run).await.expect(0).lines();
    assert_whole(&session);
    assert_paced(&session);
    let began = told(&events, "began");
    assert_eq!(began.len(), 1);
    assert_eq!(began[0]["until"].as_str(), deadline.as_deref(), "it stays");
    let tried = told(&events, "tried");
    assert_eq!(
        tried[0]["number"], 4,
        "the try that went on is heard: {tried:?}"
    );
    assert_eq!(tried[0]["answer"], "out_of_capacity");
    assert_eq!(tried[1]["number"], 5);
    assert_rotates(&tried);
    assert_eq!(told(&events, "ended")[0]["end"], "found");
    assert_eq!(finished(&events)["undone"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_it_is_left_to_be_gone_on_with() {
    let Some(session) = crowded(0.0, "12h").await else {
        return;
    };
    let stopped = session.spawn(&APPLY);
    until_launches(&session, 4).await;
    signal(&stopped, "INT");
    let events = ended(stopped).await.expect(130).lines();
    assert_eq!(told(&events, "ended")[0]["end"], "stopped");
    assert_eq!(finished(&events)["outcome"], "interrupted");
    assert!(open_hunt(&session).is_some());
    session.lab.oci().set_capacity(room(1, 16.0));
    let events = session.run(&APPLY).await.expect(0).lines();
    assert_whole(&session);
    assert_paced(&session);
    assert_eq!(
        told(&events, "began").len(),
        1,
        "one at a time from the first"
    );
    assert_eq!(open_hunt(&session), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_hunt_the_refusal_fails_at_once_by_its_name() {
    let Some(session) = crowded(0.0, "0s").await else {
        return;
    };
    let failed = session.run(&APPLY).await.expect(1);
    assert!(
        failed.err.contains("Out of host capacity."),
        "{}",
        failed.err
    );
    let events = failed.lines();
    assert_eq!(finished(&events)["outcome"], "failed");
    assert!(told(&events, "began").is_empty());
    assert_eq!(of_type(&events, "step_failed").len(), 3);
    assert_eq!(session.launches().len(), 3, "each is launched once");
    let refused = journal_lines(&session);
    let refused = refused
        .iter()
        .filter(|it| it["answer"] == "out_of_capacity");
    assert_eq!(refused.count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_only_lags_behind_is_waited_out() {
    let Some(session) = crowded(0.0, "12h").await else {
        return;
    };
    let room = (1..=3).flat_map(|number| room(number, 16.0));
    session.lab.oci().set_capacity(room.collect());
    for _ in 0..4 {
        let lags = Fault::Status(
            400,
            "LimitExceeded".to_owned(),
            "The following service limits were exceeded: standard-a1-core-count, \
             standard-a1-core-regional-count. Request a service limit increase."
                .to_owned(),
        );
        let launch = Matcher::new("POST", "/instances");
        session.lab.oci().fail_next(launch, lags);
    }
    let events = session.run(&APPLY).await.expect(0).lines();
    assert_whole(&session);
    assert_paced(&session);
    let tried = told(&events, "tried");
    let lags = tried.iter().filter(|it| it["answer"] == "phantom_limit");
    assert_eq!(lags.count(), 4, "{tried:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_waiting_does_not_mend_ends_it_for_all() {
    let Some(session) = crowded(0.0, "12h").await else {
        return;
    };
    let run = session.spawn(&APPLY);
    until_launches(&session, 3).await;
    let gone = Fault::Status(
        404,
        "NotAuthorizedOrNotFound".to_owned(),
        "Authorization failed or requested resource not found.".to_owned(),
    );
    let launch = Matcher::new("POST", "/instances");
    session.lab.oci().fail_next(launch, gone);
    let events = ended(run).await.expect(1).lines();
    assert_eq!(told(&events, "ended")[0]["end"], "refused");
    let failed = of_type(&events, "step_failed");
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
