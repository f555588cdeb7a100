//! Watches: kube-rs' watcher, with streaming lists and without, and the stream as it is recorded.

use std::time::Duration;

use futures::{Stream, StreamExt};
use k3scope::clock::Clock;
use kube::api::{Api, DynamicObject};
use kube::core::{ApiResource, GroupVersionKind};
use kube::runtime::watcher::{Config, Event, watcher};
use rstest::rstest;
use serde_json::{Value, json};

use super::cluster::{Cluster, sample, sample_body};

const LONG: Duration = Duration::from_secs(20);

fn app(name: &str, project: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "argocd", "labels": {"team": project}},
           "spec": {"project": project, "destination": {}}})
}

async fn next<T>(stream: &mut (impl Stream<Item = T> + Unpin)) -> T {
    let next = Clock::default().timeout(LONG, stream.next()).await;
    next.expect("something comes").expect("the stream goes on")
}

fn shown(event: &Event<DynamicObject>) -> String {
    let name = |object: &DynamicObject| object.metadata.name.clone().unwrap();
    match event {
        Event::Init => "init".into(),
        Event::InitApply(object) => format!("found {}", name(object)),
        Event::InitDone => "complete".into(),
        Event::Apply(object) => format!("applied {}", name(object)),
        Event::Delete(object) => format!("deleted {}", name(object)),
    }
}

#[rstest]
#[case::lists(Config::default())]
#[case::pages(Config::default().page_size(1))]
#[case::streaming_lists(Config::default().streaming_lists())]
#[tokio::test(flavor = "multi_thread")]
async fn kube_rs_follows(#[case] config: Config) {
    let cluster = Cluster::start().await;
    let kind = GroupVersionKind::gvk("argoproj.io", "v1alpha1", "Application");
    let resource = ApiResource::from_gvk(&kind);
    let api = Api::<DynamicObject>::all_with(cluster.client("admin").await, &resource);
    let mut events = Box::pin(watcher(api, config));
    let mut seen = Vec::new();
    while seen.last().is_none_or(|last| last != "complete") {
        seen.push(shown(&next(&mut events).await.unwrap()));
    }
    let expected = [
        "init",
        "found argocd-ingress",
        "found argocd-self-managed",
        "complete",
    ];
    assert_eq!(seen, expected);

    cluster
        .objects
        .put("applications.argoproj.io", app("new", "a"));
    assert_eq!(shown(&next(&mut events).await.unwrap()), "applied new");
    cluster.server.cut_streams();
    cluster
        .objects
        .remove("applications.argoproj.io", Some("argocd"), "new");
    loop {
        if let Ok(event) = next(&mut events).await {
            assert_eq!(
                shown(&event),
                "deleted new",
                "a cut stream goes on where it was"
            );
            break;
        }
    }
}

/// The lines of a watch, until there are `count`.
async fn lines(cluster: &Cluster, path: &str, count: usize) -> Vec<Value> {
    let response = cluster.request("admin", "GET", path).send().await.unwrap();
    assert_eq!(response.status(), 200);
    read(response, count).await
}

async fn read(response: reqwest::Response, count: usize) -> Vec<Value> {
    let mut stream = Box::pin(response.bytes_stream_of_lines());
    let mut lines = Vec::new();
    while lines.len() < count {
        lines.push(serde_json::from_str(&next(&mut stream).await).unwrap());
    }
    lines
}

/// Reads a body line by line.
trait Lines {
    fn bytes_stream_of_lines(self) -> impl Stream<Item = String>;
}

impl Lines for reqwest::Response {
    fn bytes_stream_of_lines(self) -> impl Stream<Item = String> {
        let start = (self, String::new());
        futures::stream::unfold(start, |(mut response, mut rest)| async move {
            loop {
                if let Some((line, after)) = rest.split_once('\n') {
                    let (line, after) = (line.to_owned(), after.to_owned());
                    return Some((line, (response, after)));
                }
                let chunk = response.chunk().await.ok()??;
                rest.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_streaming_list_is_as_recorded() {
    let cluster = Cluster::start().await;
    cluster
        .objects
        .put("applications.argoproj.io", app("sample", "a"));
    let path = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications?watch=1\
                &sendInitialEvents=true&allowWatchBookmarks=true\
                &resourceVersionMatch=NotOlderThan&fieldSelector=metadata.name%3Dsample";
    let response = cluster.request("admin", "GET", path).send().await.unwrap();
    cluster
        .objects
        .put("applications.argoproj.io", app("sample", "b"));
    cluster
        .objects
        .put("applications.argoproj.io", app("sample", "c"));
    cluster
        .objects
        .put("applications.argoproj.io", app("other", "c"));
    cluster
        .objects
        .remove("applications.argoproj.io", Some("argocd"), "sample");
    let mine = read(response, 5).await;
    let recorded = sample("watch.applications.watchlist.jsonl");
    let recorded = recorded
        .lines()
        .take(5)
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let recorded = recorded.collect::<Vec<_>>();
    let forms = |events: &[Value]| {
        let forms = events.iter().map(|event| event["type"].to_string());
        forms.collect::<Vec<_>>()
    };
    assert_eq!(forms(&mine), forms(&recorded));
    let bookmark = |event: &Value| {
        let mut object = event["object"].clone();
        object["metadata"]["resourceVersion"] = json!("");
        object
    };
    assert_eq!(bookmark(&mine[1]), bookmark(&recorded[1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_begins_or_ceases_to_match_is_added_or_deleted() {
    let cluster = Cluster::start().await;
    let from = cluster.objects.changes();
    let from = *from.borrow();
    for team in ["a", "b", "b", "a"] {
        cluster
            .objects
            .put("applications.argoproj.io", app("x", team));
        cluster
            .objects
            .put("applications.argoproj.io", app("y", &format!("{team}y")));
    }
    let path = format!(
        "/apis/argoproj.io/v1alpha1/applications?watch=1&resourceVersion={from}&labelSelector=team%3Db"
    );
    let events = lines(&cluster, &path, 2).await;
    let seen = events.iter().map(|event| {
        (
            event["type"].as_str().unwrap(),
            event["object"]["spec"]["project"].as_str(),
        )
    });
    assert_eq!(
        seen.collect::<Vec<_>>(),
        [("ADDED", Some("b")), ("DELETED", Some("b"))]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_too_old_ends_the_stream_as_recorded() {
    let cluster = Cluster::start().await;
    cluster.objects.compact();
    let path = "/apis/argoproj.io/v1alpha1/applications?watch=1&resourceVersion=1";
    let mine = lines(&cluster, path, 1).await.remove(0);
    let mut recorded = sample_body("watch.410-gone.http.txt");
    let now = cluster.objects.changes();
    recorded["object"]["message"] =
        json!(format!("too old resource version: 1 ({})", *now.borrow()));
    assert_eq!(mine, recorded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_ends_when_it_said_and_tells_where_it_was() {
    let cluster = Cluster::start().await;
    let now = cluster.objects.changes();
    let now = *now.borrow();
    let path = format!(
        "/api/v1/pods?watch=1&resourceVersion={now}&timeoutSeconds=1&allowWatchBookmarks=true"
    );
    let response = cluster.request("admin", "GET", &path).send().await.unwrap();
    let text = response.text().await.unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap(),
        json!({"type": "BOOKMARK", "object": {"kind": "Pod", "apiVersion": "v1",
               "metadata": {"resourceVersion": now.to_string()}}})
    );
}
