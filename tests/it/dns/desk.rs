//! A lab with records and no cluster, who changes them, and the screen of the person who asks.

use std::time::Duration;

use k3scope::app::Seeker;
use k3scope::app::acting::Actor;
use k3scope::clock::Clock;
use k3scope::cloudflare::{Client, Zone};
use k3scope::domain::access::Access;
use k3scope::domain::action::{Action, ActionEvent, ActionOutcome};
use k3scope::domain::event::{Change, Event, What};
use k3scope::domain::object::ObjectRef;
use k3scope::domain::record::{DnsEndpoint, PublishedRecord, WantedRecord};
use k3scope::domain::source::{SourceId, SourceStatus};
use k3scope::effect::Effect;
use k3scope::lab::{Lab, Options, PlannedRecord, Scenario};
use k3scope::sources::{Account, CHANNEL, Cloudflare, Feeds, Resolvers, Supervisor, Zones};
use k3scope::store::dns::{RecordRow, records};
use k3scope::store::{Store, fold};
use k3scope::ui::Cockpit;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::{mpsc, watch};

use crate::cockpit::stage;

/// After this a wait has failed; nothing is measured by it.
const LIMIT: Duration = Duration::from_mins(2);
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
    pub(super) lab: Lab,
    pub(super) store: Store,
    cockpit: Cockpit,
    events: mpsc::Receiver<Event>,
    told: mpsc::Sender<Event>,
    effects: mpsc::Sender<Effect>,
    seeker: Seeker,
    supervisor: Option<Supervisor>,
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
        let (told, events) = mpsc::channel(CHANNEL);
        let (effects, asked) = mpsc::channel(16);
        let clock = Clock::paced(PACE);
        let (_, nowhere) = watch::channel(None);
        let (_, zones) = watch::channel(Some(cloudflare.clone()));
        let actor = Actor::new(nowhere, access, (told.clone(), clock)).publishing(zones);
        tokio::spawn(actor.attend(asked));
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
        let mut look = stage::look();
        look.badges.read_only = access == Access::ReadOnly;
        Self {
            lab,
            store: Store::default(),
            cockpit: Cockpit::new(look),
            events,
            supervisor: Some(Supervisor::start(feeds, told.clone(), clock)),
            told,
            effects,
            seeker,
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

    async fn tell(&mut self, what: What) {
        let at = Clock::default().now();
        self.told.send(Event { at, what }).await.unwrap();
    }

    /// Waits until the records at Cloudflare were read.
    pub(super) async fn read(&mut self) {
        self.until("the records are read", |store| store.records.is_complete())
            .await;
    }

    /// Does `action` and waits for its end.
    pub(super) async fn act(&mut self, action: Action) -> ActionOutcome {
        self.effects.send(Effect::Act(action)).await.unwrap();
        self.outcome().await
    }

    /// The end of the next action that ends.
    pub(super) async fn outcome(&mut self) -> ActionOutcome {
        loop {
            if let What::Action(ActionEvent::Ended { outcome, .. }) = self.next("its end").await {
                return outcome;
            }
        }
    }

    /// Folds what is told until `holds`.
    pub(super) async fn until(&mut self, why: &str, holds: impl Fn(&Store) -> bool) {
        while !holds(&self.store) {
            self.next(why).await;
        }
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

    async fn next(&mut self, why: &str) -> What {
        let next = Clock::default().timeout(LIMIT, self.events.recv()).await;
        let Ok(Some(event)) = next else {
            panic!("not so: {why}\n{:#?}", records(&self.store));
        };
        let what = event.what.clone();
        fold(&mut self.store, event);
        self.seeker.look(&self.store);
        what
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

    /// Presses keys, written as in `keymap.toml` with blanks between them; what follows is done.
    pub(super) async fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            self.shown();
            let now = Clock::default().now();
            let effects = self.cockpit.key(key.parse().unwrap(), &self.store, now);
            for effect in effects {
                self.effects.send(effect).await.unwrap();
            }
        }
    }

    /// The screen as text.
    pub(super) fn shown(&mut self) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
        let now = Clock::default().now();
        self.cockpit.draw(&mut buffer, &self.store, now);
        stage::text(&buffer)
    }

    pub(super) async fn close(mut self) {
        drop(self.events);
        self.supervisor.take().unwrap().stop().await;
        drop(self.effects);
        self.lab.stop().await.unwrap();
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

/// What an action that was done says.
pub(super) fn done(outcome: ActionOutcome) -> String {
    match outcome {
        ActionOutcome::Done { said } => said.to_string(),
        other @ (ActionOutcome::Failed(_) | ActionOutcome::Unknown(_)) => panic!("{other:?}"),
    }
}

/// Why an action was not done.
pub(super) fn refused(outcome: ActionOutcome) -> String {
    match outcome {
        ActionOutcome::Failed(problem) => format!("{}: {}", problem.title, problem.detail),
        other @ (ActionOutcome::Done { .. } | ActionOutcome::Unknown(_)) => panic!("{other:?}"),
    }
}
