//! Answers have the shapes, and refusals the very bodies, that a real API server's had.

use serde_json::{Value, json};

use super::cluster::{Cluster, sample, sample_body, sample_json};

const APPS: &str = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";

/// An application that refuses to be anything but `docs-app`.
fn docs_app() -> Value {
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
           "metadata": {"name": "docs-app", "namespace": "argocd"},
           "spec": {"project": "default", "destination": {"name": "in-cluster"}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_the_recorded_ones() {
    let cluster = Cluster::start().await;
    let url = format!("https://{}/api", cluster.server.address());
    let stranger = cluster.http().get(url).bearer_auth("wrong");
    let answer = cluster.ask(stranger).await;
    assert_eq!(answer.code, 401);
    assert_eq!(
        answer.json(),
        sample_body("error.401-unauthorized.http.txt")
    );

    let answer = cluster.get("admin", &format!("{APPS}/nosuch")).await;
    assert_eq!(answer.code, 404);
    assert_eq!(answer.json(), sample_body("error.404-notfound.http.txt"));

    let answer = cluster
        .get("admin", "/apis/nothing.example/v1/things")
        .await;
    assert_eq!(
        (answer.code, answer.text.as_str()),
        (404, "404 page not found\n")
    );
    assert!(sample("error.404-nogroupversion.http.txt").contains("404 page not found"));

    let certificates = "/apis/cert-manager.io/v1/namespaces/argocd/certificates";
    let answer = cluster.get("viewer", certificates).await;
    assert_eq!(answer.code, 403);
    let recorded = sample("error.403-forbidden.http.txt")
        .replace("rig-viewer", "viewer")
        .replace("\\\"applications\\\"", "\\\"certificates\\\"")
        .replace(
            "applications.argoproj.io is",
            "certificates.cert-manager.io is",
        )
        .replace("\"applications\"", "\"certificates\"")
        .replace("argoproj.io", "cert-manager.io");
    let (_, body) = recorded.split_once("\n\n").unwrap();
    assert_eq!(answer.json(), serde_json::from_str::<Value>(body).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_are_refused_as_recorded() {
    let cluster = Cluster::start().await;
    cluster.objects.put("applications.argoproj.io", docs_app());
    let path = format!("{APPS}/docs-app");

    let mut stale = docs_app();
    stale["metadata"]["resourceVersion"] = json!("1");
    let answer = cluster
        .ask(cluster.request("admin", "PUT", &path).json(&stale))
        .await;
    assert_eq!(answer.code, 409);
    assert_eq!(answer.json(), sample_body("error.409-conflict.http.txt"));

    let mut unfinished = docs_app();
    unfinished["spec"]
        .as_object_mut()
        .unwrap()
        .remove("destination");
    let answer = cluster
        .ask(cluster.request("admin", "PUT", &path).json(&unfinished))
        .await;
    assert_eq!(answer.code, 422);
    assert_eq!(answer.json(), sample_body("error.422-invalid.http.txt"));

    let first = applied(&cluster, "argocd-controller", "default").await;
    assert_eq!(
        first.code, 409,
        "the object's first managers are unknown: {}",
        first.text
    );
    let forced = format!("{path}?fieldManager=argocd-controller&force=true");
    let apply = cluster
        .request("admin", "PATCH", &forced)
        .header("content-type", "application/apply-patch+yaml")
        .body(docs_app().to_string().replace("default", "mine"));
    assert_eq!(cluster.ask(apply).await.code, 200);
    let answer = applied(&cluster, "other", "theirs").await;
    assert_eq!(answer.code, 409);
    assert_eq!(
        answer.json(),
        sample_body("error.409-apply-conflict.http.txt")
    );
}

async fn applied(cluster: &Cluster, manager: &str, project: &str) -> super::cluster::Answer {
    let path = format!("{APPS}/docs-app?fieldManager={manager}");
    let mut wanted = docs_app();
    wanted["spec"]["project"] = json!(format!("{project}-{manager}"));
    let apply = cluster
        .request("admin", "PATCH", &path)
        .header("content-type", "application/apply-patch+yaml")
        .body(wanted.to_string());
    cluster.ask(apply).await
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_and_media_that_are_not_spoken_are_refused() {
    let cluster = Cluster::start().await;
    let answer = cluster
        .ask(cluster.request("admin", "POST", &format!("{APPS}/x")))
        .await;
    assert_eq!(
        (answer.code, answer.json()["reason"].clone()),
        (405, json!("MethodNotAllowed"))
    );
    let picky = cluster
        .request("admin", "GET", APPS)
        .header("accept", "application/xml");
    assert_eq!(cluster.ask(picky).await.code, 406);
    let strategic = cluster
        .request("admin", "PATCH", &format!("{APPS}/argocd-ingress"))
        .header("content-type", "application/strategic-merge-patch+json")
        .body("{}");
    assert_eq!(cluster.ask(strategic).await.code, 415);
    let metrics = "/apis/metrics.k8s.io/v1beta1/nodes/k3s-server";
    assert_eq!(
        cluster
            .ask(cluster.request("admin", "DELETE", metrics))
            .await
            .code,
        405
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_is_the_recorded_one() {
    let cluster = Cluster::start().await;
    let mine = cluster
        .get("admin", "/apis/argoproj.io/v1alpha1")
        .await
        .json();
    let mut recorded = sample_json("discovery.argoproj.v1alpha1.json");
    for one in recorded["resources"].as_array_mut().unwrap() {
        one.as_object_mut().unwrap().remove("storageVersionHash");
    }
    for one in recorded["resources"].as_array().unwrap() {
        assert!(
            mine["resources"].as_array().unwrap().contains(one),
            "{one} is not in {mine}"
        );
    }
    let wanted = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    let request = cluster
        .request("viewer", "GET", "/apis")
        .header("accept", wanted);
    let answer = cluster.ask(request).await;
    assert_eq!(answer.media, wanted);
    let (mine, recorded) = (answer.json(), sample_json("discovery.apis.aggregated.json"));
    for group in [
        "argoproj.io",
        "cert-manager.io",
        "gateway.networking.k8s.io",
    ] {
        assert_eq!(
            group_of(&mine, group),
            group_of(&recorded, group),
            "{group}"
        );
    }
    let apps = group_of(&recorded, "apps");
    let apps = apps["versions"][0]["resources"].as_array().unwrap();
    let mine = group_of(&mine, "apps");
    let mine = mine["versions"][0]["resources"].as_array().unwrap();
    for name in ["daemonsets", "deployments", "replicasets", "statefulsets"] {
        let of = |list: &[Value]| list.iter().find(|one| one["resource"] == name).cloned();
        assert_eq!(of(mine), of(apps), "{name}");
    }
}

fn group_of(list: &Value, name: &str) -> Value {
    let groups = list["items"].as_array().unwrap();
    let group = groups
        .iter()
        .find(|group| group["metadata"]["name"] == name);
    let mut group = group.unwrap().clone();
    for version in group["versions"].as_array_mut().unwrap() {
        let resources = version["resources"].as_array_mut().unwrap();
        resources.sort_by_key(|one| one["resource"].to_string());
    }
    group
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_and_lists_have_the_recorded_shape() {
    let cluster = Cluster::start().await;
    let request = cluster
        .request("admin", "GET", &format!("{APPS}?limit=1"))
        .header(
            "accept",
            "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
        );
    let mine = cluster.ask(request).await.json();
    let recorded = sample_json("table.applications.json");
    let columns = |table: &Value| {
        let mut columns = table["columnDefinitions"].clone();
        columns[0]["description"] = json!("");
        columns
    };
    assert_eq!(columns(&mine), columns(&recorded));
    assert_eq!(mine["rows"][0]["cells"], recorded["rows"][0]["cells"]);
    assert_eq!(
        keys(&mine["rows"][0]["object"]),
        keys(&recorded["rows"][0]["object"])
    );
    assert_eq!(keys(&mine["metadata"]), keys(&recorded["metadata"]));

    let mine = cluster
        .get("admin", &format!("{APPS}?limit=1"))
        .await
        .json();
    let recorded = sample_json("list.applications.limit2.json");
    assert_eq!(keys(&mine), keys(&recorded));
    assert_eq!(keys(&mine["metadata"]), keys(&recorded["metadata"]));
    assert_eq!(mine["items"][0]["spec"], recorded["items"][0]["spec"]);
}

fn keys(object: &Value) -> Vec<&String> {
    let mut keys = object.as_object().unwrap().keys().collect::<Vec<_>>();
    keys.sort();
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_answer_as_recorded() {
    let cluster = Cluster::start().await;
    let recorded = sample_json("selfsubjectaccessreview.denied.json");
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let asked = json!({"spec": recorded["spec"]});
    let answer = cluster
        .ask(cluster.request("viewer", "POST", path).json(&asked))
        .await;
    assert_eq!(answer.code, 201);
    for part in ["kind", "apiVersion", "spec", "status"] {
        assert_eq!(answer.json()[part], recorded[part]);
    }
    let answer = cluster
        .ask(cluster.request("admin", "POST", path).json(&asked))
        .await;
    assert_eq!(answer.json()["status"]["allowed"], true);

    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let answer = cluster
        .ask(cluster.request("admin", "POST", path).json(&json!({})))
        .await;
    let recorded = sample_json("selfsubjectreview.json");
    let groups = |review: &Value| review["status"]["userInfo"]["groups"].clone();
    assert_eq!(groups(&answer.json()), groups(&recorded));
}
