//! What the menu bars, and the reason that it gives.

use super::desk::{DOCS, Desk, HERE, record, registration};

const ELSEWHERE: &str = "198.51.100.9";

#[tokio::test(flavor = "multi_thread")]
async fn what_external_dns_keeps_is_changed_where_it_is_wanted() {
    let resource = format!("crd/external-dns/{DOCS}");
    let mut desk = Desk::open(vec![
        record("A", DOCS, ELSEWHERE),
        registration("a-docs.example.com", "mine", &resource),
    ])
    .await;
    desk.wants(DOCS, HERE).await;
    desk.row("it is wanted and published", DOCS, |row| {
        !row.wishes.is_empty() && !row.registered.is_empty()
    })
    .await;
    for key in ["p", "r"] {
        desk.press(&format!("4 a {key}")).await;
        let shown = desk.shown();
        assert!(
            shown.contains("external-dns (owner mine) keeps it"),
            "{shown}"
        );
        desk.press("esc").await;
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_cluster_or_nobody_registered_is_not_deleted() {
    let mut desk = Desk::open(vec![
        record("A", "hand.example.com", HERE),
        record("A", "theirs.example.com", HERE),
        registration("a-theirs.example.com", "other", "crd/external-dns/theirs"),
    ])
    .await;
    desk.wants_nothing_else().await;
    desk.read().await;
    desk.press("4 g a d").await;
    let shown = desk.shown();
    assert!(shown.contains("no registration says"), "{shown}");
    desk.press("esc G a d").await;
    let shown = desk.shown();
    assert!(
        shown.contains("its owner id is not known as this"),
        "{shown}"
    );
    desk.close().await;
}
