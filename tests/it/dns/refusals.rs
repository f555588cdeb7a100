//! What is not done, and why: by `--read-only`, by a token, by Cloudflare's rules, by a lost connection.

use k3scope::domain::access::Access;
use k3scope::domain::action::{Action, ActionOutcome, RecordAim, RecordStep, RecordWish};
use k3scope::domain::object::ObjectRef;
use k3scope::domain::record::PublishedRecord;
use k3scope::lab::CloudflareFault;

use super::desk::{DOCS, Desk, HERE, With, ZONE, record};
use crate::seat::{done, refused};

fn wish(aim: RecordAim, steps: Vec<RecordStep>) -> Action {
    Action::Record(Box::new(RecordWish {
        of: ObjectRef::new("A", DOCS),
        aim,
        steps,
    }))
}

fn made(kind: &str, content: &str) -> RecordStep {
    RecordStep::Create {
        record: Box::new(PublishedRecord {
            id: ObjectRef::new(ZONE, ""),
            name: DOCS.into(),
            kind: kind.into(),
            content: content.into(),
            ttl: 1,
            ..PublishedRecord::default()
        }),
    }
}

fn proxied(seen: &PublishedRecord) -> RecordStep {
    let mut to = seen.clone();
    to.proxied = true;
    RecordStep::Change {
        seen: Box::new(seen.clone()),
        to: Box::new(to),
    }
}

async fn seen(desk: &Desk) -> PublishedRecord {
    desk.records().await.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_refuses_every_change() {
    let docs = vec![record("A", DOCS, HERE)];
    let mut desk = Desk::of(docs, With::Full, Access::ReadOnly).await;
    desk.read().await;
    let seen = seen(&desk).await;
    let remove = RecordStep::Remove {
        seen: Box::new(seen.clone()),
    };
    for (aim, step) in [
        (RecordAim::Proxy, proxied(&seen)),
        (RecordAim::Publish, made("A", "203.0.113.11")),
        (RecordAim::Delete, remove),
    ] {
        let why = refused(desk.act(wish(aim, vec![step])).await);
        assert!(why.contains("--read-only"), "{why}");
    }
    assert_eq!(desk.zone().await, ["A docs.example.com 203.0.113.10"]);
    desk.press("4 a p").await;
    assert!(desk.shown().contains("nothing is changed with --read-only"));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_only_reads_is_told_so_in_cloudflares_words() {
    let docs = vec![record("A", DOCS, HERE)];
    let mut desk = Desk::of(docs, With::Reader, Access::ReadWrite).await;
    desk.read().await;
    desk.press("4 a p y").await;
    let why = refused(desk.outcome().await);
    assert_eq!(
        why,
        "the token is not good for this: the Cloudflare token may not change records (DNS:Edit is \
         needed): Authentication error (10000)"
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_one_zone_changes_its_records() {
    let docs = vec![record("A", DOCS, HERE)];
    let mut desk = Desk::of(docs, With::RecordsOnly, Access::ReadWrite).await;
    desk.read().await;
    desk.press("4 a p y").await;
    done(desk.outcome().await);
    assert_eq!(
        desk.zone().await,
        ["A docs.example.com 203.0.113.10 proxied"]
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_already_is_as_good_and_what_clashes_is_refused() {
    let mut desk = Desk::open(vec![record("A", DOCS, HERE)]).await;
    done(
        desk.act(wish(RecordAim::Publish, vec![made("A", HERE)]))
            .await,
    );
    assert_eq!(desk.zone().await, ["A docs.example.com 203.0.113.10"]);
    let alias = wish(
        RecordAim::Publish,
        vec![made("CNAME", "ingress.example.com")],
    );
    let why = refused(desk.act(alias).await);
    assert!(
        why.contains("An A, AAAA, or CNAME record with that host already exists. (81053)"),
        "{why}"
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_meanwhile_is_left_alone() {
    let mut desk = Desk::open(vec![record("A", DOCS, HERE)]).await;
    let mut before = seen(&desk).await;
    before.content = "198.51.100.1".into();
    let why = refused(
        desk.act(wish(RecordAim::Proxy, vec![proxied(&before)]))
            .await,
    );
    assert_eq!(
        why,
        "not done: A docs.example.com has changed meanwhile: it is 203.0.113.10 now"
    );
    let now = seen(&desk).await;
    let remove = || RecordStep::Remove {
        seen: Box::new(now.clone()),
    };
    done(desk.act(wish(RecordAim::Delete, vec![remove()])).await);
    done(desk.act(wish(RecordAim::Delete, vec![remove()])).await);
    let gone = wish(RecordAim::Repair, vec![made("A", HERE), proxied(&before)]);
    let why = refused(desk.act(gone).await);
    assert!(
        why.ends_with("is not there any more; 1 of 2 steps were taken"),
        "{why}"
    );
    desk.close().await;
}

async fn with(fault: CloudflareFault) -> (Desk, ActionOutcome) {
    let mut desk = Desk::open(vec![record("A", DOCS, HERE)]).await;
    let seen = seen(&desk).await;
    desk.lab.fault_at_cloudflare(fault);
    let outcome = desk.act(wish(RecordAim::Proxy, vec![proxied(&seen)])).await;
    (desk, outcome)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_answer_was_lost_is_found_to_be_made() {
    let (desk, outcome) = with(CloudflareFault::AnswerLost).await;
    assert_eq!(done(outcome), "Cloudflare's proxy stands before it");
    assert_eq!(
        desk.zone().await,
        ["A docs.example.com 203.0.113.10 proxied"]
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_never_arrived_is_found_not_to_be_made() {
    let (desk, outcome) = with(CloudflareFault::RequestLost).await;
    assert_eq!(
        refused(outcome),
        "not done: the connection was lost before it reached Cloudflare; nothing was changed"
    );
    assert_eq!(desk.zone().await, ["A docs.example.com 203.0.113.10"]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_found_out_is_said_not_to_be_known() {
    let (desk, outcome) = with(CloudflareFault::Silence).await;
    let ActionOutcome::Unknown(problem) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(problem.title.contains("not known"), "{problem:?}");
    desk.close().await;
}
