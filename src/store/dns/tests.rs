//! Rows of names, from what was told: wishes, registrations, and what answers come to.

use super::*;
use crate::domain::action::{ActionEvent, ActionOutcome, RecordAim};
use crate::domain::event::{Change, Event, What};
use crate::domain::object::ObjectRef;
use crate::domain::record::DnsEndpoint;
use crate::domain::resolved::{Answer, Answered, Heard, ServerSort};
use crate::domain::route::{DnsAnnotations, Gateway, HttpRoute, Listener, ParentRef};
use crate::store::fold;
use jiff::SignedDuration;
use rstest::rstest;

fn store(all: impl IntoIterator<Item = What>) -> Store {
    let mut store = Store::default();
    for what in all {
        let at = Timestamp::UNIX_EPOCH;
        fold(&mut store, Event { at, what });
    }
    store
}

fn published(id: &str, name: &str, (kind, content): (&str, &str), proxied: bool) -> What {
    What::Record(Change::Applied(Box::new(PublishedRecord {
        id: ObjectRef::new("example.com", id),
        name: name.into(),
        kind: kind.into(),
        content: content.into(),
        proxied,
        ..PublishedRecord::default()
    })))
}

fn txt(id: &str, name: &str, owner: &str, resource: &str) -> What {
    let content = format!(
        "\"heritage=external-dns,external-dns/owner={owner},external-dns/resource={resource}\""
    );
    published(id, name, ("TXT", &content), false)
}

fn endpoint(name: &str, target: &str) -> What {
    let wanted = WantedRecord {
        name: name.into(),
        kind: "A".into(),
        targets: vec![target.into()],
        ..WantedRecord::default()
    };
    What::DnsEndpoint(Change::Applied(Box::new(DnsEndpoint {
        id: ObjectRef::new("dns", "static"),
        records: vec![wanted],
        ..DnsEndpoint::default()
    })))
}

fn gateway(targets: &[&str]) -> What {
    What::Gateway(Change::Applied(Box::new(Gateway {
        id: ObjectRef::new("edge", "public"),
        addresses: vec!["10.43.0.9".into()],
        listeners: vec![Listener {
            name: "https".into(),
            protocol: "HTTPS".into(),
            port: 443,
            hostname: "*.example.com".into(),
            ..Listener::default()
        }],
        dns_targets: targets.iter().map(|it| Line::new(it)).collect(),
        ..Gateway::default()
    })))
}

fn route(hostname: &str, dns: DnsAnnotations) -> What {
    What::HttpRoute(Change::Applied(Box::new(HttpRoute {
        id: ObjectRef::new("docs", "docs"),
        hostnames: vec![hostname.into()],
        parents: vec![ParentRef {
            kind: "Gateway".into(),
            id: ObjectRef::new("edge", "public"),
            section: Line::default(),
            port: None,
        }],
        dns,
        ..HttpRoute::default()
    })))
}

#[test]
fn a_route_wants_its_gateways_target_with_its_own_time_and_proxy() {
    let dns = DnsAnnotations {
        hostnames: vec!["wiki.example.com".into(), "docs.example.net".into()],
        ttl: Some(120),
        proxied: Some(true),
        ..DnsAnnotations::default()
    };
    let targets = ["203.0.113.7", "ingress.example.com."];
    let store = store([gateway(&targets), route("docs.example.com", dns)]);
    let said: Vec<String> = records(&store)
        .iter()
        .filter_map(|row| Some((row, row.wanted()?)))
        .map(|(row, wanted)| {
            let targets: Vec<&str> = wanted.targets.iter().map(Line::as_str).collect();
            format!(
                "{} {} {} {:?}",
                row.name,
                row.kind,
                targets.join(" "),
                wanted.ttl
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            "docs.example.com A 203.0.113.7 Some(120)",
            "docs.example.com CNAME ingress.example.com Some(120)",
            "wiki.example.com A 203.0.113.7 Some(120)",
            "wiki.example.com CNAME ingress.example.com Some(120)",
        ],
        "another domain's name does not pass the listener"
    );
}

#[test]
fn what_external_dns_does_not_read_is_said() {
    let mut dns = DnsAnnotations {
        ttl: Some(60),
        ..DnsAnnotations::default()
    };
    let all = [gateway(&[]), route("docs.example.com", dns.clone())];
    let plain = store(all);
    let rows = records(&plain);
    let row = rows.iter().find(|row| row.kind == "A").unwrap();
    assert_eq!(row.wanted().unwrap().targets, ["10.43.0.9"]);
    assert!(row.wishes[0].but.unwrap().contains("Gateway's addresses"));
    dns.controller = "other".into();
    let foreign = store([gateway(&["203.0.113.7"]), route("docs.example.com", dns)]);
    assert!(records(&foreign).iter().all(|row| row.wanted().is_none()));
}

#[test]
fn own_ids_are_those_that_keep_what_stands_here() {
    let store = store([
        endpoint("docs.example.com", "203.0.113.7"),
        published("1", "docs.example.com", ("A", "203.0.113.7"), false),
        txt("2", "a-docs.example.com", "k3s", "crd/dns/static"),
        published("3", "old.example.com", ("A", "203.0.113.7"), false),
        txt("4", "a-old.example.com", "k3s", "crd/dns/gone"),
        published("5", "theirs.example.com", ("A", "198.51.100.1"), false),
        txt("6", "a-theirs.example.com", "other", "crd/dns/theirs"),
    ]);
    let rows = records(&store);
    assert_eq!(rows.len(), 3, "{rows:#?}");
    let ids: Vec<Line> = own_ids(&rows).into_iter().collect();
    assert_eq!(ids, ["k3s"]);
}

#[test]
fn what_was_deleted_keeps_its_row_for_the_undoing() {
    let of = ObjectRef::new("A", "old.example.com");
    let wish = RecordWish {
        of: of.clone(),
        aim: RecordAim::Delete,
        steps: Vec::new(),
    };
    let action = Action::Record(Box::new(wish.clone()));
    let mut store = store([What::Action(ActionEvent::Begun { number: 1, action })]);
    assert_eq!(last_done(&store, &of), None, "it has not ended");
    let outcome = ActionOutcome::Done {
        said: "gone".into(),
    };
    let what = What::Action(ActionEvent::Ended { number: 1, outcome });
    let at = Timestamp::UNIX_EPOCH;
    fold(&mut store, Event { at, what });
    assert_eq!(last_done(&store, &of), Some(&wish));
    assert_eq!(records(&store)[0].agreement(true), Agreement::Gone);
}

fn heard(sort: ServerSort, content: &str, ttl: u32) -> Heard {
    let answer = if content.is_empty() {
        Answer::Nothing {
            exists: false,
            ttl: Some(ttl),
        }
    } else {
        let records = vec![Answered {
            name: "docs.example.com".into(),
            kind: "A".into(),
            content: content.into(),
            ttl,
        }];
        Answer::Records { records }
    };
    Heard {
        server: "192.0.2.53".into(),
        sort,
        at: Timestamp::UNIX_EPOCH,
        answer,
    }
}

fn in_seconds(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

const NEW: &str = "203.0.113.7";
const BEFORE: &str = "198.51.100.9";
const EDGE: &str = "104.16.0.1";

#[rstest]
#[case::same(NEW, NEW, false, Resolution::Same)]
#[case::old(BEFORE, NEW, false, Resolution::Old { until: in_seconds(240) })]
#[case::not_yet("", NEW, false, Resolution::NotYet { until: Some(in_seconds(240)) })]
#[case::zone_differs(NEW, BEFORE, false, Resolution::Disagree)]
#[case::proxied(EDGE, EDGE, true, Resolution::Proxied)]
#[case::proxied_lately(NEW, EDGE, true, Resolution::Old { until: in_seconds(240) })]
fn what_the_answers_come_to(
    #[case] resolver: &str,
    #[case] zone: &str,
    #[case] proxied: bool,
    #[case] so: Resolution,
) {
    let resolved = Resolved {
        id: ObjectRef::new("A", "docs.example.com"),
        heard: vec![
            heard(ServerSort::Resolver, resolver, 240),
            heard(ServerSort::Zone, zone, 300),
        ],
    };
    let store = store([
        published("1", "docs.example.com", ("A", NEW), proxied),
        What::Resolved(Change::Applied(Box::new(resolved))),
    ]);
    let rows = records(&store);
    assert_eq!(rows[0].resolution(in_seconds(10)), so);
}

#[rstest]
#[case::silent(Some("silent"), Resolution::Silent)]
#[case::nothing(Some(""), Resolution::Nothing)]
#[case::elsewhere(Some(BEFORE), Resolution::Elsewhere)]
#[case::not_asked(None, Resolution::NotAsked)]
fn what_is_not_published_may_be_answered(#[case] answer: Option<&str>, #[case] so: Resolution) {
    let resolved = answer.map(|content| {
        let mut heard = heard(ServerSort::Resolver, content, 60);
        if content == "silent" {
            let why = "no answer within 3 s".into();
            heard.answer = Answer::Silent { why };
        }
        What::Resolved(Change::Applied(Box::new(Resolved {
            id: ObjectRef::new("A", "docs.example.com"),
            heard: vec![heard],
        })))
    });
    let all = [endpoint("docs.example.com", NEW)];
    let store = store(all.into_iter().chain(resolved));
    assert_eq!(records(&store)[0].resolution(in_seconds(1)), so);
}
