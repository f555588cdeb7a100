//! Objects as a whole, and texts that are saved.

use k3scope::domain::object::ObjectRef;
use k3scope::domain::reading::{Thing, Whole};
use k3scope::store::Store;
use serde_json::json;

use super::reading::Desk;

async fn read(desk: &mut Desk, thing: Thing) -> Whole {
    desk.reader.read(thing.clone());
    let answered = |store: &Store| {
        store
            .open
            .whole
            .as_ref()
            .is_some_and(|(of, _)| *of == thing)
    };
    desk.until("it is read", answered).await;
    desk.store.open.whole.clone().unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_read_whole_and_a_secret_without_its_values() {
    let mut desk = Desk::of("admin").await;
    desk.objects.put(
        "secrets",
        json!({
            "metadata": {"name": "cloudflare", "namespace": "argocd", "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": "{\"data\":\"aHVudGVyMg==\"}"}},
            "type": "Opaque", "data": {"token": "aHVudGVyMg=="},
        }),
    );
    let secret = Thing::new("Secret", ObjectRef::new("argocd", "cloudflare"));
    let Whole::Lines { lines } = read(&mut desk, secret).await else {
        panic!("not read");
    };
    let holds = |words: &str| lines.iter().any(|line| line.contains(words));
    assert!(holds("token:") && !holds("aHVudGVyMg"), "{lines:#?}");
    let pod = Thing::new("Pod", ObjectRef::new("argocd", "docs-1"));
    let Whole::Lines { lines } = read(&mut desk, pod).await else {
        panic!("not read");
    };
    assert!(lines.iter().any(|line| *line == "kind: Pod"), "{lines:#?}");
    assert!(
        lines
            .iter()
            .any(|line| line.contains("nodeName: k3s-worker"))
    );
    let gone = Thing::new("Pod", ObjectRef::new("argocd", "docs-2"));
    assert_eq!(read(&mut desk, gone).await, Whole::Gone);
    desk.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_read_or_is_of_no_known_kind_says_so() {
    let mut desk = Desk::of("viewer").await;
    let secret = Thing::new("Secret", ObjectRef::new("argocd", "cloudflare"));
    let Whole::Refused(problem) = read(&mut desk, secret).await else {
        panic!("read");
    };
    assert!(
        problem.detail.contains("cannot get resource \"secrets\""),
        "{}",
        problem.detail
    );
    assert_eq!(problem.next, "ask for the right to get it");
    let odd = Thing::new("Teapot", ObjectRef::new("argocd", "x"));
    let Whole::Refused(problem) = read(&mut desk, odd).await else {
        panic!("read");
    };
    assert!(problem.detail.contains("Teapot"), "{}", problem.detail);
    desk.stop().await;
}
