//! The same cluster made by the real terraform, run by the program as an operator would.

use k3scope::app::cloud::Cloud;
use k3scope::config::Config;
use k3scope::lab::oci::{Matcher, Point};
use k3scope::oci::{Request, Service};
use serde_json::{Value, json};

use super::process::signal;
use super::session::{Session, assert_complete};
use super::world::told;
use crate::lab_terraform::is_installed;

pub(super) const APPLY: [&str; 4] = ["apply", "--yes", "--allow-paid", "--json"];

/// A lab whose cluster is made by Terraform; nothing where there is none.
pub(super) async fn session() -> Option<Session> {
    if !is_installed() {
        return None;
    }
    let session = Session::start().await;
    let text = std::fs::read_to_string(session.config()).unwrap();
    let text = format!("{text}\n[provision]\nengine = \"terraform\"\n");
    std::fs::write(session.config(), text).unwrap();
    Some(session)
}

pub(super) fn finished(events: &[Value]) -> &Value {
    let last = events.last().unwrap();
    assert_eq!(last["type"], "finished", "{last:#}");
    last
}

pub(super) fn runs(session: &Session) -> Vec<String> {
    let folder = session.config().with_file_name(".k3scope").join("runs");
    let names = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_made_kept_mended_and_removed() {
    let Some(session) = session().await else {
        return;
    };
    let plan = session.run(&["plan", "--json"]).await.expect(0);
    let plan: Value = serde_json::from_str(&plan.out).unwrap();
    assert_eq!(plan["allowance"]["added"]["ocpus"], 4, "{plan:#}");
    assert!(session.world().is_empty(), "a plan makes nothing");

    let events = session.run(&APPLY).await.expect(0).lines();
    assert_eq!(events.first().unwrap()["type"], "started");
    assert_eq!(finished(&events)["outcome"], "done");
    assert_eq!(finished(&events)["undone"], json!([]));
    let world = session.world();
    assert_complete(&world);

    let events = session.run(&["apply", "--yes", "--json"]).await.expect(0);
    let kept = finished(&events.lines())["done"].clone();
    assert_eq!((&kept["create"], &kept["update"]), (&json!(0), &json!(0)));
    assert_eq!(session.world(), world);
    let left: Vec<String> = runs(&session);
    assert!(
        left.iter().all(|name| !name.ends_with(".tfplan")),
        "saved plans hold secrets: {left:?}"
    );

    session.run(&["destroy", "--yes"]).await.expect(0);
    assert!(session.world().is_empty());
}

/// The world as OCI takes it: rules of a list have no order.
pub(super) fn meant(session: &Session) -> Vec<String> {
    let plain = |line: String| {
        let (kind, body) = line.split_once(' ').unwrap();
        let mut body: Value = serde_json::from_str(body).unwrap();
        plainly(&mut body);
        format!("{kind} {body}")
    };
    told(session).into_iter().map(plain).collect()
}

fn plainly(value: &mut Value) {
    match value {
        Value::Array(all) => {
            all.iter_mut().for_each(plainly);
            all.sort_by_key(ToString::to_string);
        }
        Value::Object(fields) => {
            fields.values_mut().for_each(plainly);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_engines_leave_the_same_world() {
    let Some(by_terraform) = session().await else {
        return;
    };
    by_terraform.run(&APPLY).await.expect(0);
    let direct = Session::start().await;
    direct.run(&APPLY).await.expect(0);
    assert_same(&meant(&by_terraform), &meant(&direct));
}

/// Holds two worlds against each other, field by field.
#[track_caller]
pub(super) fn assert_same(one: &[String], other: &[String]) {
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        let these = these.iter().filter(|it| !those.contains(it));
        these.cloned().collect()
    };
    assert_eq!(
        (only(one, other), only(other, one)),
        (Vec::<String>::new(), Vec::new()),
        "what only the one has, and what only the other has"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_program_is_not_the_end_of_the_run() {
    let Some(session) = session().await else {
        return;
    };
    let mut program = session.spawn(&APPLY);
    let launch = Matcher::new("POST", "/instances");
    let mut hold = session.lab.oci().hold_next(launch, Point::BeforeDoing);
    hold.reached().await.unwrap();
    signal(&program, "KILL");
    program.wait().await.unwrap();
    let begun = runs(&session);
    hold.let_go();

    let again = session.run(&APPLY).await.expect(0);
    let events = again.lines();
    assert_eq!(finished(&events)["outcome"], "done");
    assert_complete(&session.world());
    let run = events.first().unwrap()["run"].as_str().unwrap();
    assert!(
        begun.iter().any(|name| name.starts_with(run)) || again.err.contains("everything is there"),
        "it is followed, or it has ended meanwhile: {run}, {begun:?}, {}",
        again.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_interrupt_lets_it_end_what_is_under_way() {
    let Some(session) = session().await else {
        return;
    };
    let program = session.spawn(&APPLY);
    let launch = Matcher::new("POST", "/instances");
    let mut hold = session.lab.oci().hold_next(launch, Point::BeforeDoing);
    hold.reached().await.unwrap();
    signal(&program, "INT");
    let stream = || {
        let folder = session.config().with_file_name(".k3scope").join("runs");
        let name = runs(&session)
            .into_iter()
            .find(|name| name.ends_with(".tf.jsonl"));
        std::fs::read_to_string(folder.join(name.unwrap())).unwrap()
    };
    super::process::until(&session, "the interrupt", |_| {
        stream().contains("Interrupt received")
    })
    .await;
    hold.let_go();
    let ended = program.wait_with_output().await.unwrap();
    assert_eq!(ended.status.code(), Some(130));

    session.run(&APPLY).await.expect(0);
    assert_complete(&session.world());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_state_does_not_know_is_not_made_twice() {
    let Some(session) = session().await else {
        return;
    };
    session.run(&APPLY).await.expect(0);
    let state = session.config().with_file_name("tf-k3s");
    std::fs::remove_file(state.join("terraform.tfstate")).unwrap();
    let world = session.world();
    let refused = session.run(&APPLY).await.expect(1);
    assert!(
        refused.err.contains("does not know what is there already")
            && refused
                .err
                .contains("`k3scope render --import` writes tf-k3s/imports.tf"),
        "{}",
        refused.err
    );
    assert_eq!(session.world(), world);
}

/// What the configuration sets comes back and is told as the direct engine tells it; what it says
/// nothing of is only written into the state, and then there is nothing left to say.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_outside_is_mended_or_only_written_down() {
    let Some(session) = session().await else {
        return;
    };
    session.run(&APPLY).await.expect(0);
    let planned = async || {
        let plan = session.run(&["plan", "--json"]).await.expect(0);
        serde_json::from_str::<Value>(&plan.out).unwrap()
    };
    planned().await;
    let loaded = Config::load(&session.config()).unwrap();
    let client = Cloud::open(&loaded, None, None)
        .unwrap()
        .engine
        .direct
        .client;
    let vcn = session.resource("vcns", "vcn");
    let path = format!("vcns/{}", vcn["id"].as_str().unwrap());
    let tags = json!({ "displayName": "renamed", "definedTags": { "Ops": { "owner": "me" } } });
    let request = Request::put(Service::Core, path).with_body(&tags).unwrap();
    client.call::<Value>(request).await.unwrap();

    let plan = planned().await;
    let steps = plan["steps"].as_array().unwrap();
    let vcn = steps.iter().find(|it| it["key"] == "vcn").unwrap();
    let wanted = json!([{
        "field": "displayName", "found": "renamed", "wanted": "lab-vcn", "remedy": "change",
    }]);
    assert_eq!(
        (&vcn["action"], &vcn["drift"]),
        (&json!("update"), &wanted),
        "{plan:#}"
    );
    let noted = plan["records"].to_string();
    assert!(noted.contains("definedTags"), "{plan:#}");
    assert_eq!(
        steps.iter().filter(|it| it["action"] == "keep").count(),
        steps.len() - 1
    );

    let told = session.run(&["apply", "--yes"]).await.expect(0).err;
    assert!(
        told.contains("nothing in the cloud changes for it"),
        "{told}"
    );
    let plan = planned().await;
    assert_eq!(plan["records"], Value::Null, "{plan:#}");
    assert!(
        plan["steps"]
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["action"] == "keep")
    );
}
