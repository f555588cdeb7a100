//! How following ends where the cluster does not become healthy in time, and with which status.

use tokio::io::{AsyncBufReadExt, BufReader};

use super::operator::Operator;

const FOLLOW: [&str; 3] = ["bootstrap", "--timeout", "4m"];

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_failed_for_good_is_named_and_ends_it_before_the_time_is_over() {
    let operator = Operator::in_scenario("silent-bootstrap-failure", 60.0).await;
    operator.applied().await;
    let failed = operator.run(&FOLLOW).await.expect(1);
    assert!(
        failed.err.contains("k3s-worker") && failed.err.contains("error: 404"),
        "{}",
        failed.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_waits_has_not_failed_when_the_time_is_over() {
    let operator = Operator::in_scenario("nat-down", 60.0).await;
    operator.applied().await;
    let waits = operator
        .run(&["bootstrap", "--timeout", "15s"])
        .await
        .expect(3);
    assert!(
        waits.err.contains("k3s-worker: ") && waits.err.contains("route to 1.1.1.1:443"),
        "{}",
        waits.err
    );
    operator.lab.break_it("nat-mended").await.unwrap();
    operator.run(&FOLLOW).await.expect(0);
}

/// The script has long ended well when K3s does not run any more.
#[tokio::test(flavor = "multi_thread")]
async fn k3s_that_somebody_stops_is_told_with_its_last_lines_and_runs_again() {
    let operator = Operator::begin(60.0).await;
    operator.lab.break_it("k3s-stopped").await.unwrap();
    operator.applied().await;
    let mut child = operator.spawn(&FOLLOW);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        said.push(line);
    }
    assert_eq!(child.wait().await.unwrap().code(), Some(1), "{said:#?}");
    let said = said.join("\n");
    for words in [
        "k3s-agent.service is inactive",
        "Stopped k3s-agent.service - K3s agent.",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let again = "sudo k3scope-bootstrap --from k3s";
    operator
        .run(&["ssh", "k3s-worker", "--", again])
        .await
        .expect(0);
    operator.run(&FOLLOW).await.expect(0);
}
