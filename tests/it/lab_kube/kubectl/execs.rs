//! Commands in containers.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::json;

use super::super::cluster::{Cluster, kubectl_is_here};
use super::{ok, refused};

/// `kubectl exec -n docs` with these arguments, and what is typed into it.
async fn exec(cluster: &Cluster, arguments: &[&str], typed: &'static str) -> Output {
    let mut command = cluster.command("admin", &["exec", "-n", "docs"]);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(typed.as_bytes()).unwrap();
        drop(stdin);
        child.wait_with_output().unwrap()
    })
    .await
    .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_runs_commands_and_hears_their_status() {
    if !kubectl_is_here() {
        return;
    }
    let cluster = Cluster::start().await;
    let said = [
        "exec", "-n", "docs", "docs-1", "-c", "docs", "--", "echo", "a  b",
    ];
    assert_eq!(ok(&cluster, &said).await, "a  b\n");
    let asked = cluster.server.authorised().pop().unwrap();
    assert_eq!(
        (asked.verb.as_str(), asked.resource.as_str(), asked.allowed),
        ("create", "pods/exec", true)
    );

    let failed = exec(
        &cluster,
        &["docs-1", "--", "sh", "-c", "nosuch; exit 3"],
        "",
    )
    .await;
    assert_eq!(failed.status.code(), Some(3));
    assert!(
        text(&failed.stderr).starts_with("sh: nosuch: not found\n"),
        "{failed:?}"
    );

    // What is typed ends, and the shell with it: its last word still arrives.
    let piped = exec(
        &cluster,
        &["-i", "docs-1", "--", "sh"],
        "pwd\nstty size\necho last",
    )
    .await;
    assert_eq!(text(&piped.stdout), "/\nlast\n");
    assert!(text(&piped.stderr).contains("Not a tty"), "{piped:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_run_is_said_as_a_kubelet_says_it() {
    if !kubectl_is_here() {
        return;
    }
    let cluster = Cluster::start().await;
    let mut pod = cluster.objects.get("pods", Some("docs"), "docs-1").unwrap();
    pod["metadata"] = json!({"name": "bare", "namespace": "docs"});
    pod["spec"]["containers"][0]["image"] = json!("quay.io/jetstack/cert-manager-webhook:v1.21.1");
    cluster.objects.put("pods", pod);
    let none = exec(&cluster, &["bare", "--", "sh"], "").await;
    let said = text(&none.stderr);
    assert!(
        said.contains("exec: \"sh\": executable file not found in $PATH"),
        "{said}"
    );
    let command = ["exec", "-n", "docs", "docs-1", "-c", "other", "--", "true"];
    let said = refused(&cluster, "admin", &command, None).await;
    assert!(said.contains("other"), "{said}");
    let command = ["exec", "-n", "docs", "docs-1", "--", "true"];
    let said = refused(&cluster, "viewer", &command, None).await;
    assert!(said.contains("forbidden"), "{said}");
}
