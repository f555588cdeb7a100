//! What name servers answer, as it changes: the resolver that remembers, and the zone's own servers.

use k3scope::clock::Clock;
use k3scope::domain::resolved::{Answer, ServerSort};
use k3scope::store::dns::{RecordRow, Resolution};

use super::desk::{DOCS, Desk, HERE, record};
use crate::seat::done;

fn is(row: &RecordRow<'_>, so: impl Fn(Resolution) -> bool) -> bool {
    so(row.resolution(Clock::default().now()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resolver_keeps_what_was_until_its_time_is_over() {
    let mut desk = Desk::open(vec![record("A", DOCS, HERE)]).await;
    desk.row("all answer the same", DOCS, |row| {
        is(row, |it| it == Resolution::Same)
    })
    .await;
    let rows = k3scope::store::dns::records(&desk.store);
    let heard = &rows[0].resolved.unwrap().heard;
    let zone: Vec<&str> = heard
        .iter()
        .filter(|each| each.sort == ServerSort::Zone)
        .map(|each| each.server.as_str())
        .collect();
    assert_eq!(zone, ["bob.ns.cloudflare.com", "lola.ns.cloudflare.com"]);
    assert!(heard[0].answer.ttl().unwrap() <= 300, "{heard:?}");
    desk.press("4 a p y").await;
    assert_eq!(
        done(desk.outcome().await),
        "Cloudflare's proxy stands before it"
    );
    desk.row("the resolver is late, the zone is not", DOCS, |row| {
        let told = row.resolved.is_some_and(|resolved| {
            let mut zone = resolved
                .heard
                .iter()
                .filter(|it| it.sort == ServerSort::Zone);
            zone.all(|each| each.answer.contents("A").len() == 2)
        });
        told && is(row, |it| matches!(it, Resolution::Old { .. }))
    })
    .await;
    let shown = desk.shown();
    assert!(shown.contains("old for "), "{shown}");
    desk.press("enter").await;
    let shown = desk.shown();
    assert!(
        shown.contains("203.0.113.10 · ") && shown.contains(" left"),
        "{shown}"
    );
    desk.lab.break_it("resolver-forgets").await.unwrap();
    desk.row("the proxy's addresses are everywhere", DOCS, |row| {
        is(row, |it| it == Resolution::Proxied)
    })
    .await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wanted_and_not_there_is_asked_for_all_the_same() {
    let aliases = vec![
        record("A", "ingress.example.com", HERE),
        record("CNAME", DOCS, "ingress.example.com"),
    ];
    let mut desk = Desk::open(aliases).await;
    desk.wants("wiki.example.com", HERE).await;
    desk.row("nobody knows it", "wiki.example.com", |row| {
        let nothing = |resolved: &k3scope::domain::resolved::Resolved| {
            let mut heard = resolved.heard.iter();
            heard.all(|it| matches!(it.answer, Answer::Nothing { exists: false, .. }))
        };
        row.resolved.is_some_and(nothing) && is(row, |it| it == Resolution::Nothing)
    })
    .await;
    desk.row("the alias is followed", DOCS, |row| {
        let chain = |resolved: &k3scope::domain::resolved::Resolved| {
            let answer = &resolved.heard[0].answer;
            answer.contents("CNAME").len() == 1 && answer.contents("A").len() == 1
        };
        row.resolved.is_some_and(chain) && is(row, |it| it == Resolution::Same)
    })
    .await;
    desk.close().await;
}
