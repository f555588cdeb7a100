//! What the poor user may, and is told.

use serde_json::Value;

use super::super::cluster::{Cluster, kubectl_is_here};
use super::{ok, refused};

#[tokio::test(flavor = "multi_thread")]
async fn the_poor_user_is_refused_what_is_not_permitted() {
    if !kubectl_is_here() {
        return;
    }
    let cluster = Cluster::start().await;
    let allowed = cluster.run("viewer", &["get", "applications"], None).await;
    assert!(allowed.status.success());
    let error = refused(&cluster, "viewer", &["get", "certificates"], None).await;
    assert_eq!(
        error.trim(),
        "Error from server (Forbidden): certificates.cert-manager.io is forbidden: User \"viewer\" \
         cannot list resource \"certificates\" in API group \"cert-manager.io\" in the namespace \
         \"argocd\""
    );
    let error = refused(&cluster, "viewer", &["get", "pods", "-A"], None).await;
    assert!(error.contains("at the cluster scope"), "{error}");
    let can = |user: &'static str, verb: &'static str| {
        let question = [
            "auth",
            "can-i",
            verb,
            "applications.argoproj.io",
            "-n",
            "argocd",
        ];
        let cluster = &cluster;
        async move {
            let output = cluster.run(user, &question, None).await;
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        }
    };
    assert_eq!(can("viewer", "watch").await, "yes");
    assert_eq!(can("viewer", "patch").await, "no");
    assert_eq!(can("admin", "patch").await, "yes");
    let who = ok(&cluster, &["auth", "whoami", "-o", "json"]).await;
    let who = serde_json::from_str::<Value>(&who).unwrap();
    assert_eq!(who["status"]["userInfo"]["username"], "admin");
}
