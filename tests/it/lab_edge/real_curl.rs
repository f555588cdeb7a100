//! curl against the data plane: verified TLS, redirects, and names that nobody serves.

use std::path::Path;

use k3scope::lab::Lab;

use super::{dial, is_installed, lab, run};

const INGRESS: &str = "203.0.113.10";

/// Runs curl with the lab's addresses in place of the world's; gives its exit status and all that it
/// said.
async fn curl(lab: &Lab, folder: &Path, arguments: &[&str]) -> (i32, String) {
    let rules = [80, 443].map(|port| {
        let at = dial(lab, &format!("{INGRESS}:{port}")).unwrap();
        format!(":{port}:127.0.0.1:{}", at.port())
    });
    let mut all = vec!["--silent", "--show-error", "--cacert", "root.pem"];
    for rule in &rules {
        all.extend(["--connect-to", rule]);
    }
    all.extend(arguments);
    let output = run("curl", folder, &all).await;
    let said = [output.stdout, output.stderr].concat();
    let status = output.status.code().unwrap();
    (status, String::from_utf8_lossy(&said).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_gets_the_pages_over_verified_tls() {
    if !is_installed("curl") {
        return;
    }
    let lab = lab("running", 20.0).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("root.pem"), lab.authority()).unwrap();
    let docs = ["-i", "https://docs.example.com/"];
    for version in ["--http1.1", "--http2"] {
        let (status, said) = curl(&lab, folder.path(), &[version, docs[0], docs[1]]).await;
        assert_eq!(status, 0, "{said}");
        let first = if version == "--http2" {
            "HTTP/2 200"
        } else {
            "HTTP/1.1 200 OK"
        };
        assert!(said.starts_with(first), "{said}");
        assert!(said.contains("server: envoy") && said.contains("<title>Docs at docs.example.com"));
    }
    let (status, said) = curl(&lab, folder.path(), &["-i", "https://argocd.example.com/"]).await;
    assert!(
        status == 0 && said.contains("<title>Argo CD</title>"),
        "{said}"
    );
    let (_, said) = curl(
        &lab,
        folder.path(),
        &["-i", "http://docs.example.com/a?b=c"],
    )
    .await;
    assert!(said.starts_with("HTTP/1.1 301"), "{said}");
    assert!(
        said.contains("location: https://docs.example.com/a?b=c"),
        "{said}"
    );
    // Both ends of a redirect, over one command.
    let (_, said) = curl(&lab, folder.path(), &["-L", "http://argocd.example.com/"]).await;
    assert!(said.contains("<title>Argo CD</title>"), "{said}");
    let (_, said) = curl(&lab, folder.path(), &["-i", "http://other.example.com/"]).await;
    assert!(said.starts_with("HTTP/1.1 404"), "{said}");
    // No filter chain has this name: Envoy closes the connection in the handshake.
    let (status, said) = curl(&lab, folder.path(), &["https://other.example.com/"]).await;
    assert_eq!(status, 35, "{said}");
    std::fs::write(folder.path().join("root.pem"), "").unwrap();
    let (status, said) = curl(&lab, folder.path(), &["https://docs.example.com/"]).await;
    assert!(matches!(status, 60 | 77), "{status} {said}");
    lab.stop().await.unwrap();
}
