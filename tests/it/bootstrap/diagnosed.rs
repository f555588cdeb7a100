//! What keeps nodes is named, with what mends it.

use rstest::rstest;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};

use super::operator::Operator;

/// Follows until something is diagnosed of this cause; the diagnosis.
async fn diagnosed(operator: &Operator, cause: &str) -> Value {
    let mut child = operator.spawn(&["bootstrap", "--json", "--timeout", "3m"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut others = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        let event: Value = serde_json::from_str(&line).unwrap();
        let found = &event["diagnosis"];
        if event["type"] != "diagnosed" || found.is_null() {
            continue;
        }
        if found["cause"] == cause {
            child.start_kill().unwrap();
            return found.clone();
        }
        others.push(found.clone());
    }
    panic!("{cause} was not found, but {others:#?}");
}

#[rstest]
#[case::nothing_masquerades("nat-no-masquerade", "no-masquerade", "run_again")]
#[case::nothing_is_passed_on("nat-no-forwarding", "no-forwarding", "run_again")]
#[case::a_rule_refuses("nat-forward-rejected", "forward-rejected", "run_again")]
#[case::another_card("nat-wrong-card", "wrong-card", "run_again")]
#[case::sources_are_checked("nat-source-check", "source-check", "apply")]
#[case::no_route("nat-no-route", "no-default-route", "apply")]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_the_way_out(#[case] trouble: &str, #[case] cause: &str, #[case] remedy: &str) {
    let operator = Operator::begin(60.0).await;
    operator.lab.break_it(trouble).await.unwrap();
    operator.applied().await;
    let found = diagnosed(&operator, cause).await;
    let told = found["remedy"]["act"]
        .as_str()
        .or(found["remedy"]["remedy"].as_str());
    assert_eq!(told, Some(remedy), "{found:#}");
    assert!(
        !found["evidence"].as_array().unwrap().is_empty(),
        "{found:#}"
    );
}

#[rstest]
#[case::a_rule("vxlan-rule", "vxlan-blocked")]
#[case::a_security_list("vxlan-security-list", "security-list")]
#[tokio::test(flavor = "multi_thread")]
async fn pods_that_are_apart(#[case] trouble: &str, #[case] cause: &str) {
    let operator = Operator::begin(60.0).await;
    operator.lab.break_it(trouble).await.unwrap();
    operator.applied().await;
    let found = diagnosed(&operator, cause).await;
    let meaning = found["meaning"].as_str().unwrap();
    assert!(meaning.contains("8472"), "{meaning}");
    assert!(
        meaning.matches("k3s-").count() >= 2,
        "the pair is named: {meaning}"
    );
}

#[rstest]
#[case::a_token("wrong-token", "wrong-token")]
#[case::a_release("release-missing", "no-such-release")]
#[case::a_disk("disk-full", "disk-full")]
#[case::a_unit("unit-held", "never-started")]
#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_one_node(#[case] trouble: &str, #[case] cause: &str) {
    let operator = Operator::begin(60.0).await;
    operator.lab.break_it(trouble).await.unwrap();
    operator.applied().await;
    let found = diagnosed(&operator, cause).await;
    assert!(
        found["meaning"].as_str().unwrap().contains("k3s-worker"),
        "{found:#}"
    );
}
