//! What the store promises to controllers and to the server.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn pod(name: &str, image: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "default"},
           "spec": {"containers": [{"name": "web", "image": image}]}})
}

#[test]
fn put_fills_what_the_server_owns_and_counts_generations() {
    let objects = Objects::new(Clock::default());
    let first = objects.put("pods", pod("a", "one"));
    assert_eq!(first["apiVersion"], "v1");
    assert_eq!(first["kind"], "Pod");
    assert_eq!(first["metadata"]["generation"], 1);
    assert_eq!(first["metadata"]["uid"].as_str().map(str::len), Some(36));
    let mut second = pod("a", "two");
    second["status"] = json!({"phase": "Running"});
    let second = objects.put("pods", second);
    assert_eq!(second["metadata"]["generation"], 2);
    assert_eq!(second["metadata"]["uid"], first["metadata"]["uid"]);
    let mut third = second.clone();
    third["status"]["phase"] = json!("Failed");
    assert_eq!(objects.put("pods", third)["metadata"]["generation"], 2);
}

#[test]
fn an_equal_object_makes_no_change() {
    let objects = Objects::new(Clock::default());
    let first = objects.put("pods", pod("a", "one"));
    let seen = objects.changes();
    assert_eq!(objects.put("pods", pod("a", "one")), first);
    assert!(!seen.has_changed().unwrap());
}

#[test]
fn the_last_finalizer_keeps_a_deleted_object() {
    let objects = Objects::new(Clock::default());
    let mut leaving = pod("a", "one");
    leaving["metadata"]["finalizers"] = json!(["k3scope/test"]);
    leaving["metadata"]["deletionTimestamp"] = json!("2026-11-22T11:00:00Z");
    objects.put("pods", leaving.clone());
    assert_eq!(objects.list("pods").len(), 1);
    leaving["metadata"]["finalizers"] = json!([]);
    objects.put("pods", leaving);
    assert!(objects.list("pods").is_empty());
}

#[test]
fn a_snapshot_goes_back_in_time_until_it_is_compacted() {
    let objects = Objects::new(Clock::default());
    objects.put("pods", pod("a", "one"));
    objects.put("pods", pod("b", "one"));
    let then = objects.revision();
    objects.put("pods", pod("a", "two"));
    objects.remove("pods", Some("default"), "b");
    objects.put("pods", pod("c", "one"));
    let (_, past) = objects.snapshot("pods", Some(then)).unwrap();
    let names = past.iter().map(|object| meta::key(object).1);
    assert_eq!(names.collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(past[0]["spec"]["containers"][0]["image"], "one");
    objects.compact();
    assert!(objects.snapshot("pods", Some(then)).is_err());
    assert!(objects.since("pods", then).is_err());
}

#[test]
fn custom_kinds_come_with_their_definitions() {
    let objects = Objects::new(Clock::default());
    let app = json!({"metadata": {"name": "a", "namespace": "argocd"}, "spec": {}});
    objects.put("applications.argoproj.io", app.clone());
    assert!(objects.list("applications.argoproj.io").is_empty());
    assert_eq!(objects.install("argoproj.io"), 3);
    let app = objects.put("applications.argoproj.io", app);
    assert_eq!(app["apiVersion"], "argoproj.io/v1alpha1");
    let definitions = objects.list("customresourcedefinitions.apiextensions.k8s.io");
    assert_eq!(definitions.len(), 3);
}

#[test]
fn a_change_happens_where_the_object_is() {
    let objects = Objects::new(Clock::default());
    objects.put("pods", pod("a", "one"));
    let changed = objects.change("pods", Some("default"), "a", |pod| {
        pod["spec"]["nodeName"] = json!("k3s-worker");
    });
    assert_eq!(changed.unwrap()["metadata"]["generation"], 2);
    assert!(
        objects
            .change("pods", Some("default"), "b", |_| {})
            .is_none()
    );
}

#[test]
fn unchecked_writes_can_be_checked_afterwards() {
    let objects = Objects::new(Clock::default());
    objects.install("cert-manager.io");
    let certificate =
        |spec: Value| json!({"metadata": {"name": "c", "namespace": "docs"}, "spec": spec});
    let resource = "certificates.cert-manager.io";
    let good = json!({"secretName": "tls", "issuerRef": {"name": "letsencrypt"}});
    objects.put(resource, certificate(good));
    assert!(objects.problems().is_empty());
    objects.put(
        resource,
        certificate(json!({"secretName": "tls", "colour": "red"})),
    );
    assert_eq!(
        objects.problems(),
        [
            "certificates.cert-manager.io docs/c: spec.colour: unknown field",
            "certificates.cert-manager.io docs/c: spec.issuerRef: Required value"
        ]
    );
}

/// Puts (with one of three images) and removals of five pods.
fn steps() -> impl Strategy<Value = Vec<(u8, Option<u8>)>> {
    prop::collection::vec((0..5_u8, prop::option::weighted(0.7, 0..3_u8)), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_past_can_be_listed_and_folding_changes_leads_to_the_present(steps in steps()) {
        let objects = Objects::new(Clock::default());
        let mut pasts = vec![(objects.revision(), objects.list("pods"))];
        for (name, image) in steps {
            let name = format!("pod-{name}");
            match image {
                Some(image) => {
                    objects.put("pods", pod(&name, &format!("image-{image}")));
                }
                None => {
                    objects.remove("pods", Some("default"), &name);
                }
            }
            pasts.push((objects.revision(), objects.list("pods")));
        }
        let now = objects.list("pods");
        for (revision, expected) in pasts {
            let (_, past) = objects.snapshot("pods", Some(revision)).unwrap();
            let past = past.iter().map(|object| Value::clone(object)).collect::<Vec<_>>();
            prop_assert_eq!(&past, &expected);
            let mut folded = expected
                .into_iter()
                .map(|object| (meta::key(&object), object))
                .collect::<BTreeMap<_, _>>();
            let (_, changes) = objects.since("pods", revision).unwrap();
            for change in changes {
                let key = meta::key(&change.object);
                if change.kind == ChangeKind::Deleted {
                    folded.remove(&key);
                } else {
                    folded.insert(key, Value::clone(&change.object));
                }
            }
            prop_assert_eq!(&folded.into_values().collect::<Vec<_>>(), &now);
        }
    }
}
