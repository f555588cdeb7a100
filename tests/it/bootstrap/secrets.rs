//! Secrets that cannot stand in Git: placed on a fresh cluster, kept up to date, left to others, and
//! shown nowhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k3scope::bootstrap::secrets::{Placed, Wanted, place, wanted};
use k3scope::config::Config;
use k3scope::kube::{Access, Writer};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use super::operator::Operator;
use crate::kube_write::{Cluster, managers};

const NAME: &str = "registry-credentials";

/// The pull secret of a registry whose token is `token`, in a namespace that is not there.
fn pull(token: Option<&str>) -> Wanted {
    let folder = tempfile::tempdir().unwrap();
    if let Some(token) = token {
        std::fs::write(folder.path().join("token"), token).unwrap();
    }
    let text = "[registry]\nusername = 'me'\ntoken = { file = 'token' }\nnamespaces = ['shop']\n";
    let loaded = Config::drafted(text, &folder.path().join("cluster.toml")).unwrap();
    wanted(&loaded).remove(0)
}

fn there(cluster: &Cluster) -> Option<Value> {
    cluster.objects.get("secrets", Some("shop"), NAME)
}

/// The registry's entry in the pull secret.
fn password(secret: &Value) -> String {
    let file = secret["data"][".dockerconfigjson"].as_str().unwrap();
    let file: Value = serde_json::from_slice(&STANDARD.decode(file).unwrap()).unwrap();
    let password = &file["auths"]["ghcr.io"]["password"];
    password.as_str().unwrap().to_owned()
}

async fn placed(writer: &Writer, token: &str) -> Placed {
    place(writer, &pull(Some(token))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_made_with_its_namespace_and_written_again_only_when_it_changed() {
    let cluster = Cluster::start().await;
    let writer = cluster.admin().await;
    let written = |written| Placed::Ours { written };
    assert_eq!(placed(&writer, "one").await, written(true));
    let first = there(&cluster).unwrap();
    assert_eq!(managers(&first), [("k3scope", "Apply")]);
    assert_eq!(
        (password(&first).as_str(), &first["type"]),
        ("one", &json!("kubernetes.io/dockerconfigjson"))
    );
    assert!(cluster.objects.get("namespaces", None, "shop").is_some());

    assert_eq!(placed(&writer, "one").await, written(false));
    assert_eq!(there(&cluster).unwrap(), first);

    assert_eq!(placed(&writer, "two").await, written(true));
    assert_eq!(password(&there(&cluster).unwrap()), "two");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_keep_stays_as_it_is() {
    let cluster = Cluster::start().await;
    let writer = cluster.admin().await;
    placed(&writer, "one").await;
    // external-secrets takes over what bears the name of its target.
    let owner = json!([{
        "apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "name": "registry",
        "uid": "7", "controller": true,
    }]);
    let taken = cluster
        .objects
        .change("secrets", Some("shop"), NAME, |secret| {
            secret["metadata"]["ownerReferences"] = owner;
        });
    let Placed::Left(why) = placed(&writer, "two").await else {
        panic!("it was written over");
    };
    assert!(why.contains("kept by ExternalSecret registry"), "{why}");
    assert_eq!(there(&cluster), taken);

    // One who keeps it and has not filled it yet is waited for.
    cluster
        .objects
        .change("secrets", Some("shop"), NAME, |secret| {
            secret["data"] = json!({});
        });
    let Placed::Waits(what) = placed(&writer, "two").await else {
        panic!("an empty Secret was taken for a full one");
    };
    assert!(what.contains("ExternalSecret registry to fill"), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_cannot_be_read_fails_only_where_it_is_missing() {
    let cluster = Cluster::start().await;
    let writer = cluster.admin().await;
    let Placed::Failed(problem) = place(&writer, &pull(None)).await else {
        panic!("nothing was placed, and nobody said so");
    };
    assert_eq!(
        problem.title,
        "the Secret shop/registry-credentials cannot be made"
    );
    assert!(problem.next.contains("registry.token"), "{}", problem.next);
    assert!(problem.detail.contains("token"), "{}", problem.detail);
    assert!(cluster.objects.get("namespaces", None, "shop").is_none());

    placed(&writer, "one").await;
    let Placed::Left(why) = place(&writer, &pull(None)).await else {
        panic!("what stands there serves");
    };
    assert!(why.contains("stays as it is"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_it_fails_and_with_read_only_it_waits() {
    let cluster = Cluster::start().await;
    let viewer = cluster.writer("viewer", Access::ReadWrite).await;
    let Placed::Failed(problem) = placed(&viewer, "one").await else {
        panic!("the viewer may not even look");
    };
    assert!(problem.detail.contains("secrets"), "{}", problem.detail);
    assert!(problem.next.contains("right"), "{}", problem.next);
    let looking = cluster.writer("admin", Access::ReadOnly).await;
    let Placed::Waits(what) = placed(&looking, "one").await else {
        panic!("--read-only changes nothing");
    };
    assert!(what.contains("--read-only"), "{what}");
    assert_eq!(there(&cluster), None);
    assert!(cluster.objects.get("namespaces", None, "shop").is_none());
    cluster.stop().await;
    let writer = cluster.admin().await;
    assert!(matches!(placed(&writer, "one").await, Placed::Waits(_)));
}

const TOKENS: [&str; 2] = ["git-token-of-this-test", "pull-token-of-this-test"];

/// A repository and a registry that want tokens.
fn wants_tokens(operator: &Operator) {
    let path = operator.lab.cluster_toml();
    let text = std::fs::read_to_string(&path).unwrap();
    let mut document: toml_edit::DocumentMut = text.parse().unwrap();
    let mut reference = |table: &str, name: &str| {
        let file = operator.file(name).display().to_string();
        document[table]["token"]["file"] = toml_edit::value(file);
    };
    reference("gitops", "git-token");
    reference("registry", "pull-token");
    document["registry"]["username"] = toml_edit::value("me");
    std::fs::write(&path, document.to_string()).unwrap();
    std::fs::write(operator.file("git-token"), TOKENS[0]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_cluster_gets_them_and_no_stream_or_recording_shows_one() {
    let operator = Operator::begin(60.0).await;
    wants_tokens(&operator);
    operator.applied().await;
    let follow = ["bootstrap", "--json", "--timeout", "4m"];

    let refused = operator.run(&follow).await.expect(1);
    let told = "the Secret docs/registry-credentials cannot be made";
    assert!(refused.err.contains("registry.token leads to no secret"));
    assert!(refused.err.contains(told), "{}", refused.err);

    std::fs::write(operator.file("pull-token"), TOKENS[1]).unwrap();
    let recording = operator.file("recording");
    let record = recording.to_str().unwrap();
    let well = operator
        .command(&follow)
        .args(["--record", record, "-v"])
        .output()
        .await
        .unwrap();
    let well = super::operator::Ended::of(well).expect(0);
    let stage = |event: &Value| event["stage"] == "secrets" && event["progress"]["state"] == "done";
    assert!(well.lines().iter().any(stage));

    let objects = operator.lab.objects().unwrap();
    let pulled = objects.get("secrets", Some("docs"), NAME).unwrap();
    assert_eq!(managers(&pulled), [("k3scope", "Apply")]);
    assert_eq!(password(&pulled), TOKENS[1]);
    // external-secrets has its own word on these two, and the cluster is healthy with it.
    for (namespace, name) in [
        ("external-dns", "cloudflare-api-token"),
        ("argocd", "repository"),
    ] {
        let secret = objects.get("secrets", Some(namespace), name).unwrap();
        let owner = &secret["metadata"]["ownerReferences"][0]["kind"];
        assert_eq!(owner, "ExternalSecret", "{namespace}/{name}");
    }

    let cloudflare = operator
        .lab
        .cluster_toml()
        .with_file_name("cloudflare_token");
    let cloudflare = std::fs::read_to_string(cloudflare).unwrap();
    let recorded = std::fs::read_to_string(&recording).unwrap();
    assert!(recorded.contains("\"secrets\""));
    for value in TOKENS.into_iter().chain([cloudflare.trim()]) {
        let pair = STANDARD.encode(format!("me:{value}"));
        for shown in [&refused.out, &refused.err, &well.out, &well.err, &recorded] {
            assert!(!shown.contains(value) && !shown.contains(&pair));
            assert!(!shown.contains(&STANDARD.encode(value)));
        }
    }

    // Another computer that may only look says what it would place.
    objects.remove("secrets", Some("docs"), NAME);
    let mut looking = operator.spawn(&["--read-only", "bootstrap"]);
    let mut lines = BufReader::new(looking.stderr.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.contains("docs/registry-credentials to be placed, which --read-only does not do") {
            assert_eq!(objects.get("secrets", Some("docs"), NAME), None);
            return;
        }
    }
    panic!("it ended without a word: {:?}", looking.wait().await);
}
