//! A cluster goes from one engine to the other: nothing is made twice, and nothing changes.

use std::fs;
use std::process::Command;

use rstest::rstest;
use serde_json::{Value, json};

use super::session::Session;
use super::terraform::{assert_same, meant};
use crate::lab_terraform::is_installed;

const APPLY: [&str; 4] = ["apply", "--yes", "--allow-paid", "--json"];
const IMPORTS: &str = "tf-k3s/imports.tf";

/// A lab whose cluster has a layout.
async fn session(layout: &str) -> Option<Session> {
    if !is_installed() {
        return None;
    }
    let session = Session::start().await;
    let text = fs::read_to_string(session.config()).unwrap();
    assert!(text.contains("layout = \"reference\""), "{text}");
    let text = text.replace("\"reference\"", &format!("\"{layout}\""));
    fs::write(session.config(), text).unwrap();
    Some(session)
}

/// From now on, Terraform makes the cluster.
fn switch(session: &Session) {
    let text = fs::read_to_string(session.config()).unwrap();
    let text = format!("{text}\n[provision]\nengine = \"terraform\"\n");
    fs::write(session.config(), text).unwrap();
}

/// From now on, nobody but k3scope itself does.
fn switch_back(session: &Session) {
    let text = fs::read_to_string(session.config()).unwrap();
    let text = text.replace("engine = \"terraform\"", "engine = \"direct\"");
    fs::write(session.config(), text).unwrap();
}

fn file(session: &Session, name: &str) -> std::path::PathBuf {
    session.config().with_file_name(name)
}

async fn planned(session: &Session) -> Value {
    let plan = session.run(&["plan", "--json"]).await.expect(0);
    serde_json::from_str(&plan.out).unwrap()
}

/// How many steps of a plan do what.
fn actions(plan: &Value) -> Value {
    let mut counts = json!({});
    for step in plan["steps"].as_array().unwrap() {
        let action = step["action"].as_str().unwrap();
        counts[action] = json!(counts[action].as_u64().unwrap_or(0) + 1);
    }
    counts
}

/// What the imports' file says, as `address id`.
fn blocks(session: &Session) -> Vec<String> {
    let text = fs::read_to_string(file(session, IMPORTS)).unwrap_or_default();
    let word = |block: &str, name: &str| {
        let line = block
            .lines()
            .find_map(|line| line.trim().strip_prefix(name));
        line.unwrap().trim_matches('"').to_owned()
    };
    let blocks = text.split("import {").skip(1);
    blocks
        .map(|block| format!("{} {}", word(block, "to = "), word(block, "id = ")))
        .collect()
}

#[rstest]
#[case::reference("reference", 13)]
#[case::compact("compact", 12)]
#[tokio::test(flavor = "multi_thread")]
async fn what_k3scope_made_terraform_takes_over_as_it_is(
    #[case] layout: &str,
    #[case] count: usize,
) {
    let Some(session) = session(layout).await else {
        return;
    };
    session.run(&APPLY).await.expect(0);
    let world = meant(&session);
    switch(&session);
    let refused = session.run(&["plan"]).await.expect(1);
    assert!(
        refused.err.contains("k3scope render --import"),
        "{}",
        refused.err
    );

    let rendered = session.run(&["render", "--import"]).await.expect(0);
    assert!(
        rendered.out.contains("written         tf-k3s/imports.tf"),
        "{}",
        rendered.out
    );
    assert!(
        rendered
            .err
            .contains(&format!("takes over {count} resources")),
        "{}",
        rendered.err
    );
    let first = fs::read_to_string(file(&session, IMPORTS)).unwrap();
    session.run(&["render", "--import"]).await.expect(0);
    session.run(&["render"]).await.expect(0);
    session.run(&["render", "--check"]).await.expect(0);
    assert_eq!(
        fs::read_to_string(file(&session, IMPORTS)).unwrap(),
        first,
        "every time the same"
    );
    assert_eq!(blocks(&session).len(), count);
    let form = Command::new("terraform")
        .args(["fmt", "-check", "-diff"])
        .current_dir(file(&session, "tf-k3s"))
        .output();
    let form = form.unwrap();
    assert!(
        form.status.success(),
        "{}",
        String::from_utf8_lossy(&form.stdout)
    );

    let plan = planned(&session).await;
    assert_eq!(actions(&plan), json!({ "import": count }), "{plan:#}");
    assert_eq!(plan["allowance"]["added"]["ocpus"], 0, "it costs nothing");
    let told = session.run(&["plan"]).await.expect(0);
    assert!(
        told.out.contains(&format!("{count} to take over\n")),
        "{}",
        told.out
    );
    assert!(
        told.err.contains("are not in Terraform's state"),
        "{}",
        told.err
    );

    // What costs money stands already, so nobody has to allow it.
    let events = session
        .run(&["apply", "--yes", "--json"])
        .await
        .expect(0)
        .lines();
    let finished = events.last().unwrap();
    assert_eq!(
        (&finished["outcome"], &finished["undone"]),
        (&json!("done"), &json!([]))
    );
    let done = json!({"create": 0, "keep": 0, "update": 0, "import": count, "delete": 0});
    assert_eq!(finished["done"], done);
    assert_same(&world, &meant(&session));

    let plan = planned(&session).await;
    assert_eq!(
        actions(&plan),
        json!({ "keep": count }),
        "its file does nothing any more"
    );
    let again = session.run(&["render", "--import"]).await.expect(0);
    assert!(
        again.out.contains("removed         tf-k3s/imports.tf"),
        "{}",
        again.out
    );
    assert!(
        again
            .err
            .contains(&format!("state has all {count} already")),
        "{}",
        again.err
    );
    assert_eq!(actions(&planned(&session).await), json!({ "keep": count }));
    session.run(&["destroy", "--yes"]).await.expect(0);
    assert!(session.world().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_said_field_by_field_and_changed_in_place() {
    let Some(session) = session("reference").await else {
        return;
    };
    session.run(&APPLY).await.expect(0);
    switch(&session);
    let text = fs::read_to_string(session.config()).unwrap();
    let text = format!("{text}\n[network]\nssh_from = [\"198.51.100.0/24\"]\n");
    fs::write(session.config(), text).unwrap();
    session.run(&["render", "--import"]).await.expect(0);
    let plan = planned(&session).await;
    assert_eq!(
        actions(&plan),
        json!({ "import": 12, "update": 1 }),
        "{plan:#}"
    );
    let steps = plan["steps"].as_array().unwrap();
    let list = steps
        .iter()
        .find(|step| step["key"] == "public-security-list")
        .unwrap();
    let drift = list["drift"].as_array().unwrap();
    let fields: Vec<_> = drift.iter().map(|it| &it["field"]).collect();
    assert_eq!(fields, ["ingressSecurityRules", "Terraform's state"]);
    assert!(
        drift[0]["wanted"]
            .as_str()
            .unwrap()
            .contains("198.51.100.0/24"),
        "{drift:?}"
    );
    session.run(&APPLY).await.expect(0);
    let list = session.resource("securityLists", "public-security-list");
    assert!(list.to_string().contains("198.51.100.0/24"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_terraform_made_is_known_by_its_tags() {
    let Some(session) = session("reference").await else {
        return;
    };
    switch(&session);
    session.run(&APPLY).await.expect(0);
    let world = meant(&session);
    switch_back(&session);
    let plan = planned(&session).await;
    assert_eq!(actions(&plan), json!({ "keep": 14 }), "{plan:#}");
    let told = session.run(&["plan"]).await.expect(0);
    assert!(told.out.contains("everything is there"), "{}", told.out);
    assert!(
        told.err.contains("terraform.tfstate knows 13 resources"),
        "{}",
        told.err
    );
    session.run(&["apply", "--yes"]).await.expect(0);
    assert_same(&world, &meant(&session));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_left_stops_nothing() {
    let Some(session) = session("reference").await else {
        return;
    };
    session.run(&APPLY).await.expect(0);
    let nothing = session.run(&["render", "--check"]).await.expect(1);
    assert!(!nothing.out.contains("imports.tf"), "{}", nothing.out);
    session.run(&["render", "--import"]).await.expect(0);
    assert_eq!(
        blocks(&session).len(),
        13,
        "whichever engine makes the cluster"
    );

    // What the configuration has no longer would be an error of Terraform's.
    let text = fs::read_to_string(session.config()).unwrap();
    fs::write(
        session.config(),
        text.replace("\"reference\"", "\"compact\""),
    )
    .unwrap();
    session.run(&["render"]).await.expect(0);
    let left = blocks(&session);
    assert!(
        left.len() == 12 && !left.iter().any(|it| it.contains("worker")),
        "{left:?}"
    );
    fs::write(session.config(), &text).unwrap();

    // So would what stands no longer.
    session.run(&["destroy", "--yes"]).await.expect(0);
    switch(&session);
    session.run(&APPLY).await.expect(0);
    assert!(!file(&session, IMPORTS).exists());
    assert_eq!(session.world().len(), 12);

    let edited = "# mine\n";
    session.run(&["render", "--import"]).await.expect(0);
    fs::write(file(&session, IMPORTS), edited).unwrap();
    session.run(&["plan"]).await.expect(0);
    assert_eq!(
        fs::read_to_string(file(&session, IMPORTS)).unwrap(),
        edited,
        "it is not ours"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_that_does_not_answer_leaves_the_folder_alone() {
    let session = Session::start().await;
    session.run(&["render"]).await.expect(0);
    let before = fs::read_dir(file(&session, "tf-k3s")).unwrap().count();
    let text = fs::read_to_string(session.config()).unwrap();
    let endpoint = text
        .lines()
        .find(|line| line.starts_with("oci = \"http://"))
        .unwrap();
    let text = text.replace(endpoint, "oci = \"http://127.0.0.1:9\"");
    fs::write(session.config(), text).unwrap();
    session.run(&["render", "--import"]).await.expect(3);
    session.run(&["render", "--check"]).await.expect(0);
    assert_eq!(
        fs::read_dir(file(&session, "tf-k3s")).unwrap().count(),
        before
    );
    let usage = session.run(&["render", "--import", "--check"]).await;
    assert_eq!(
        usage.code,
        Some(2),
        "a check writes nothing and connects to nothing"
    );
}
