//! Each change, by its key in the menu: what became of the zone, and that it can be undone.

use super::desk::{DOCS, Desk, HERE, record, registration};
use crate::seat::done;

const ELSEWHERE: &str = "198.51.100.9";

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_goes_on_and_off_and_back() {
    let mut desk = Desk::open(vec![record("A", DOCS, HERE)]).await;
    desk.read().await;
    desk.press("4 a p").await;
    let asked = desk.shown();
    assert!(
        asked.contains("Put Cloudflare's proxy before docs.example.com?"),
        "{asked}"
    );
    assert!(asked.contains("$CLOUDFLARE_API_TOKEN"), "{asked}");
    desk.press("y").await;
    done(desk.outcome().await);
    assert_eq!(
        desk.zone().await,
        ["A docs.example.com 203.0.113.10 proxied"]
    );
    desk.row("the zone is read again", DOCS, |row| {
        row.published[0].proxied
    })
    .await;
    desk.press("a u y").await;
    assert_eq!(done(desk.outcome().await), "it is as it was before");
    assert_eq!(
        desk.records().await[0].ttl,
        300,
        "its own time is back as well"
    );
    let entries: Vec<_> = desk.store.actions.entries().collect();
    let commands: Vec<&String> = entries.iter().flat_map(|it| &it.commands).collect();
    assert_eq!(commands.len(), 2);
    let token = desk.lab.ready()["cloudflare"]["token"].to_string();
    for command in commands {
        assert!(command.starts_with("curl -X PATCH") && !command.contains(token.trim_matches('"')));
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_published() {
    let mut desk = Desk::open(vec![record("A", "other.example.com", HERE)]).await;
    desk.wants(DOCS, HERE).await;
    desk.read().await;
    desk.row("it is wanted", DOCS, |row| !row.wishes.is_empty())
        .await;
    desk.press("4 a c y").await;
    assert_eq!(done(desk.outcome().await), "it is published");
    assert_eq!(
        desk.zone().await,
        [
            "A docs.example.com 203.0.113.10",
            "A other.example.com 203.0.113.10"
        ]
    );
    desk.row("it is read", DOCS, |row| !row.published.is_empty())
        .await;
    desk.press("a u y").await;
    done(desk.outcome().await);
    assert_eq!(desk.zone().await, ["A other.example.com 203.0.113.10"]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_repaired_and_can_be_put_back() {
    let two = vec![
        record("A", DOCS, ELSEWHERE),
        record("A", DOCS, "198.51.100.8"),
    ];
    let mut desk = Desk::open(two).await;
    desk.wants(DOCS, HERE).await;
    desk.read().await;
    desk.row("it is wanted", DOCS, |row| !row.wishes.is_empty())
        .await;
    desk.press("4 a r y").await;
    assert_eq!(
        done(desk.outcome().await),
        "it is published as it is wanted"
    );
    assert_eq!(desk.zone().await, ["A docs.example.com 203.0.113.10"]);
    desk.row("it is read", DOCS, |row| row.published.len() == 1)
        .await;
    desk.press("a u y").await;
    done(desk.outcome().await);
    assert_eq!(
        desk.zone().await,
        [
            "A docs.example.com 198.51.100.8",
            "A docs.example.com 198.51.100.9"
        ]
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orphan_goes_with_its_registration_and_comes_back() {
    let resource = format!("crd/external-dns/{DOCS}");
    let mut desk = Desk::open(vec![
        record("A", DOCS, HERE),
        registration("a-docs.example.com", "mine", &resource),
        record("A", "old.example.com", HERE),
        registration("a-old.example.com", "mine", "crd/external-dns/gone"),
    ])
    .await;
    desk.wants(DOCS, HERE).await;
    desk.wants_nothing_else().await;
    desk.read().await;
    desk.until("all kinds are known", k3scope::store::dns::wishes_are_known)
        .await;
    desk.press("4 G").await;
    assert!(desk.shown().contains("Orphan"), "{}", desk.shown());
    let name = "o l d . e x a m p l e . c o m";
    desk.press(&format!("a d {name} enter")).await;
    done(desk.outcome().await);
    assert_eq!(
        desk.zone().await,
        [
            "A docs.example.com 203.0.113.10",
            "TXT a-docs.example.com …"
        ]
    );
    desk.row("its row stays for the undoing", "old.example.com", |row| {
        row.published.is_empty()
    })
    .await;
    assert!(desk.shown().contains("Deleted"), "{}", desk.shown());
    desk.press("a u y").await;
    done(desk.outcome().await);
    assert_eq!(desk.zone().await.len(), 4);
    let told = desk
        .store
        .actions
        .entries()
        .flat_map(|it| it.commands.iter());
    let methods: Vec<&str> = told.filter_map(|it| it.split(' ').nth(2)).collect();
    assert_eq!(methods, ["DELETE", "DELETE", "POST", "POST"]);
    desk.close().await;
}
