//! A lab with records and no cluster, who changes them, and the screen of the person who asks.

use k3scope::app::Seeker;
use k3scope::app::acting::Actor;
use k3scope::clock::Clock;
use k3scope::cloudflare::{Client, Zone};
use k3scope::domain::access::Access;
use k3scope::domain::event::{Change, What};
use k3scope::domain::object::ObjectRef;
use k3scope::domain::record::{DnsEndpoint, PublishedRecord, WantedRecord};
use k3scope::domain::source::{SourceId, SourceStatus};
use k3scope::lab::{Lab, Options, PlannedRecord, Scenario};
use k3scope::sources::{Account, Cloudflare, Feeds, Resolvers, Zones};
use k3scope::store::dns::{RecordRow, records};
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::watch;

use crate::seat::{Seat, Sitting};

const PACE: f64 = 100.0;
pub(super) const ZONE: &str = "example.com";
pub(super) const DOCS: &str = "docs.example.com";
pub(super) const HERE: &str = "203.0.113.10";

/// Which of the lab's tokens is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum With {
    Full,
    RecordsOnly,
    Reader,
}

pub(super) struct Desk {
    seat: Box<Seat>,
}

/// A record as it stands at the beginning.
pub(super) fn record(kind: &str, name: &str, content: &str) -> PlannedRecord {
    PlannedRecord {
        kind: kind.to_owned(),
        name: name.to_owned(),
        content: content.to_owned(),
        proxied: false,
        ttl: 300,
    }
}

/// The registry's text about a record.
pub(super) fn registration(name: &str, owner: &str, resource: &str) -> PlannedRecord {
    let content = format!(
        "\"heritage=external-dns,external-dns/owner={owner},external-dns/resource={resource}\""
    );
    record("TXT", name, &content)
}

fn said(lab: &Lab, pointer: &str) -> String {
    let ready = lab.ready();
    let text = ready.pointer(pointer).and_then(Value::as_str);
    text.unwrap_or_else(|| panic!("{pointer} is missing"))
        .to_owned()
}

impl Desk {
    /// These records, and the token that may do everything.
    pub(super) async fn open(records: Vec<PlannedRecord>) -> Self {
        Self::of(records, With::Full, Access::ReadWrite).await
    }

    pub(super) async fn of(records: Vec<PlannedRecord>, with: With, access: Access) -> Self {
        let mut scenario = Scenario::named("empty").unwrap();
        scenario.records = records;
        scenario.resolver.remembers = true;
        let lab = Lab::start_with(scenario, Options::default()).await.unwrap();
        let cloudflare = Cloudflare::of(vec![account(&lab, with)]);
        Self::following(lab, cloudflare, access)
    }

    /// A desk that follows these accounts.
    pub(super) fn following(lab: Lab, cloudflare: Cloudflare, access: Access) -> Self {
        let (_, nowhere) = watch::channel(None);
        let (_, zones) = watch::channel(Some(cloudflare.clone()));
        let (seeker, sought) = Seeker::new();
        let feeds = Feeds {
            cloudflare: Some(cloudflare),
            sought: Some(sought),
            resolvers: Some(Resolvers {
                instead: Some(said(&lab, "/resolver").parse().unwrap()),
                ..Resolvers::default()
            }),
            ..Feeds::default()
        };
        let sitting = Sitting {
            access,
            feeds,
            clock: Clock::paced(PACE),
            seeker: Some(seeker),
        };
        Self {
            seat: Seat::take(lab, sitting, |teller| {
                Actor::new(nowhere, access, teller).publishing(zones)
            }),
        }
    }

    /// The cluster wants this name at an address, and nothing besides what was told before.
    pub(super) async fn wants(&mut self, name: &str, target: &str) {
        let wanted = WantedRecord {
            name: name.into(),
            kind: "A".into(),
            targets: vec![target.into()],
            ..WantedRecord::default()
        };
        let endpoint = DnsEndpoint {
            id: ObjectRef::new("external-dns", name),
            records: vec![wanted],
            ..DnsEndpoint::default()
        };
        self.tell(What::DnsEndpoint(Change::Applied(Box::new(endpoint))))
            .await;
    }

    /// All that can want a record has been read.
    pub(super) async fn wants_nothing_else(&mut self) {
        for id in [
            SourceId::HttpRoutes,
            SourceId::Gateways,
            SourceId::DnsEndpoints,
        ] {
            let what = "nothing of the kind".into();
            let status = SourceStatus::NotInstalled { what };
            self.tell(What::Source { id, status }).await;
        }
    }

    /// Waits until the records at Cloudflare were read.
    pub(super) async fn read(&mut self) {
        self.until("the records are read", |store| store.records.is_complete())
            .await;
    }

    /// Folds what is told until `holds` of the row of a name.
    pub(super) async fn row(
        &mut self,
        why: &str,
        name: &str,
        holds: impl Fn(&RecordRow<'_>) -> bool,
    ) {
        self.until(why, |store| {
            let rows = records(store);
            rows.iter().any(|row| row.name == *name && holds(row))
        })
        .await;
    }

    /// The records of the zone as Cloudflare has them, apart from the TXT records: type, name, content,
    /// proxied.
    pub(super) async fn zone(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .records()
            .await
            .iter()
            .map(|it| {
                let proxied = if it.proxied { " proxied" } else { "" };
                let content = if it.kind == "TXT" {
                    "…"
                } else {
                    &*it.content
                };
                format!("{} {} {content}{proxied}", it.kind, it.name)
            })
            .collect();
        all.sort();
        all
    }

    pub(super) async fn records(&self) -> Vec<PublishedRecord> {
        let account = account(&self.lab, With::Full);
        let zones = account.zones().await.unwrap();
        account.client.records(&zones[0]).await.unwrap()
    }

    pub(super) async fn close(self) {
        self.seat.leave().await;
    }
}

impl std::ops::Deref for Desk {
    type Target = Seat;

    fn deref(&self) -> &Seat {
        &self.seat
    }
}

impl std::ops::DerefMut for Desk {
    fn deref_mut(&mut self) -> &mut Seat {
        &mut self.seat
    }
}

/// The lab's zone by one of its tokens.
pub(super) fn account(lab: &Lab, with: With) -> Account {
    let token = match with {
        With::Full => "/cloudflare/token",
        With::RecordsOnly => "/cloudflare/scoped_tokens/0",
        With::Reader => "/cloudflare/scoped_tokens/1",
    };
    let token = SecretString::from(said(lab, token));
    let client = Client::new(&said(lab, "/cloudflare/endpoint"), &token).unwrap();
    let zones = if with == With::RecordsOnly {
        Zones::Known(Zone {
            id: said(lab, "/cloudflare/zone_id"),
            name: ZONE.into(),
        })
    } else {
        Zones::Named(ZONE.to_owned())
    };
    Account { client, zones }
}
