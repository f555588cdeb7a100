//! DNS records with what name servers answer: a resolver that is late, an orphan, an encrypted registry,
//! a private address; the list, and the page of one.

use jiff::SignedDuration;
use k3scope::domain::event::{Change, Event, What};
use k3scope::domain::object::ObjectRef;
use k3scope::domain::record::PublishedRecord;
use k3scope::domain::resolved::{Answer, Answered, Heard, Resolved, ServerSort};

use super::stage::Stage;
use super::world;

const SIZES: [(u16, u16); 2] = [(80, 24), (140, 42)];
const HERE: &str = "203.0.113.10";

fn published(id: &str, kind: &str, name: &str, content: &str) -> Event {
    let record = PublishedRecord {
        id: ObjectRef::new("example.com", id),
        name: name.into(),
        kind: kind.into(),
        content: content.into(),
        ttl: 300,
        ..PublishedRecord::default()
    };
    world::told(What::Record(Change::Applied(Box::new(record))))
}

fn heard(server: &str, sort: ServerSort, answer: Answer) -> Heard {
    Heard {
        server: server.into(),
        sort,
        at: world::now() - SignedDuration::from_secs(9),
        answer,
    }
}

fn address(content: &str, ttl: u32) -> Answer {
    let records = vec![Answered {
        name: "docs.example.com".into(),
        kind: "A".into(),
        content: content.into(),
        ttl,
    }];
    Answer::Records { records }
}

fn resolved(name: &str, heard: Vec<Heard>) -> Event {
    let id = ObjectRef::new("A", name);
    let resolved = Resolved { id, heard };
    world::told(What::Resolved(Change::Applied(Box::new(resolved))))
}

fn stage() -> Stage {
    let registered = "\"heritage=external-dns,external-dns/owner=k3s,external-dns/resource=crd/external-dns/gone\"";
    let sealed = "\"/pGkvBrTnJDuq8H9ynWm7ZO0q9Lf8KWx3MaN+b7S6sGgk+Xy1pW0zqvF2sHB5aCx\"";
    let zone = |answer| heard("bob.ns.cloudflare.com", ServerSort::Zone, answer);
    let late = vec![
        heard(
            "10.0.0.53",
            ServerSort::Resolver,
            address("198.51.100.9", 131),
        ),
        heard("1.1.1.1", ServerSort::Resolver, address(HERE, 280)),
        heard(
            "8.8.8.8",
            ServerSort::Resolver,
            Answer::Silent {
                why: "no answer within 3 s".into(),
            },
        ),
        zone(address(HERE, 300)),
    ];
    let same = vec![
        heard("10.0.0.53", ServerSort::Resolver, address(HERE, 212)),
        zone(address(HERE, 300)),
    ];
    let absent = Answer::Nothing {
        exists: false,
        ttl: Some(1_800),
    };
    let not_yet = vec![
        heard("10.0.0.53", ServerSort::Resolver, absent),
        zone(address(HERE, 300)),
    ];
    let added = vec![
        published("10", "A", "old.example.com", HERE),
        published("11", "TXT", "a-old.example.com", registered),
        published("12", "CNAME", "shop.example.com", "shop.example.net"),
        published("13", "TXT", "cname-shop.example.com", sealed),
        published("14", "A", "tools.example.com", "10.43.17.4"),
        resolved("docs.example.com", late),
        resolved("argocd.example.com", same),
        resolved("old.example.com", not_yet),
    ];
    Stage::new([world::cluster(false), added].concat())
}

#[test]
fn what_is_answered_stands_beside_what_is_published() {
    let mut stage = stage();
    stage.press("4");
    for (width, height) in SIZES {
        let name = format!("dns_resolved_{width}x{height}");
        insta::assert_snapshot!(name, stage.snapshot(width, height));
    }
}

#[test]
fn a_page_has_a_line_for_each_server() {
    let mut stage = stage();
    stage.press("4 j enter");
    for (width, height) in SIZES {
        let name = format!("dns_page_{width}x{height}");
        insta::assert_snapshot!(name, stage.snapshot(width, height));
    }
}
