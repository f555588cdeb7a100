//! Days on which something is in the way.

use tokio::io::{AsyncBufReadExt, BufReader};

use super::operator::{Ended, Operator};

#[tokio::test(flavor = "multi_thread")]
async fn without_nodes_it_waits_and_says_for_what() {
    let operator = Operator::begin(60.0).await;
    let ended = operator
        .run(&["bootstrap", "--timeout", "2s"])
        .await
        .expect(3);
    assert!(
        ended.err.contains("the instance to be made"),
        "{}",
        ended.err
    );
    let nowhere = operator
        .run(&["ssh", "k3s-worker", "--", "true"])
        .await
        .expect(1);
    assert!(nowhere.err.contains("has no instance"), "{}", nowhere.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_key_is_refused_with_both_fingerprints() {
    const OTHER: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN+Wjn4+4Fcvl2JlKpggT+wCRxpSvtqqpVrQrKN1/A22";
    let operator = Operator::begin(40.0).await;
    operator.applied().await;
    let instances = operator.lab.oci().resources("instances");
    let worker = instances
        .iter()
        .find(|it| it["displayName"] == "k3s-worker")
        .and_then(|it| it["id"].as_str())
        .unwrap();
    let pins = operator.state().join("known_hosts");
    std::fs::write(&pins, format!("k3s-worker,{worker} {OTHER}\n")).unwrap();

    let refused = operator
        .run(&["bootstrap", "--timeout", "4m"])
        .await
        .expect(1);
    let told = refused.err.lines().last().unwrap();
    assert!(
        told.contains("known_hosts"),
        "what to do comes last: {told}"
    );
    assert!(
        refused
            .err
            .contains("k3s-worker: the host key is not the pinned one")
    );
    assert!(
        refused.err.matches("SHA256:").count() >= 2,
        "{}",
        refused.err
    );
    let kept = std::fs::read_to_string(&pins).unwrap();
    assert!(
        kept.contains(&format!("k3s-worker,{worker} {OTHER}")),
        "{kept}"
    );

    // Without the wrong pin the console is believed, and the cluster comes up.
    std::fs::remove_file(&pins).unwrap();
    operator
        .run(&["bootstrap", "--timeout", "4m"])
        .await
        .expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_one_is_taken_up_again_and_leaves_no_capture() {
    let operator = Operator::begin(20.0).await;
    operator.applied().await;
    let child = operator.spawn(&["bootstrap", "--json"]);
    let pid = child.id().unwrap().to_string();
    let console = operator.state().join("known_hosts");
    // It is in the middle of it as soon as the first host keys are pinned.
    while !console.exists() {
        tokio::task::yield_now().await;
    }
    let killed = tokio::process::Command::new("kill")
        .args(["-INT", &pid])
        .status()
        .await
        .unwrap();
    assert!(killed.success());
    let ended = Ended::of(child.wait_with_output().await.unwrap()).expect(130);
    assert_eq!(ended.lines().last().unwrap()["healthy"], false);
    let captures = operator.lab.oci().resources("instanceConsoleHistories");
    let left: Vec<_> = captures
        .iter()
        .filter(|it| {
            !matches!(
                it["lifecycleState"].as_str(),
                Some("DELETED" | "TERMINATED")
            )
        })
        .collect();
    assert!(left.is_empty(), "{left:#?}");
    operator
        .run(&["bootstrap", "--timeout", "4m"])
        .await
        .expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_lost_after_a_good_day_is_named_and_found_again() {
    let operator = Operator::begin(60.0).await;
    operator.applied().await;
    let follow = ["bootstrap", "--timeout", "4m"];
    operator.run(&follow).await.expect(0);

    operator.lab.break_it("ssh-refused").await.unwrap();
    let refused = operator.run(&follow).await.expect(1);
    assert!(refused.err.contains("ubuntu"), "{}", refused.err);
    operator.lab.break_it("ssh-mended").await.unwrap();

    operator.lab.break_it("ssh-other-key").await.unwrap();
    let refused = operator.run(&follow).await.expect(1);
    assert!(
        refused.err.matches("SHA256:").count() >= 2,
        "{}",
        refused.err
    );
    operator.lab.break_it("ssh-mended").await.unwrap();

    operator.lab.break_it("kube-down").await.unwrap();
    let lost = operator.run(&["status", "--timeout", "3s"]).await.expect(3);
    assert!(
        lost.out.contains("cannot reach the API server"),
        "{}",
        lost.out
    );
    let mut child = operator.spawn(&follow);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.contains("k3s-server  K3s runs") {
            break;
        }
    }
    operator.lab.break_it("kube-up").await.unwrap();
    while lines.next_line().await.unwrap().is_some() {}
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
}
