//! Which name servers a zone is served by, found by asking and remembered for a while.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::{NameServer, Round};
use crate::dns::{PORT, Question, Sought as Kind};
use crate::domain::line::Line;
use crate::domain::resolved::Answer;
use crate::domain::sought::Name;

/// How long a delegation is believed: they change seldom, and a day ahead.
const BELIEVED: Duration = Duration::from_mins(10);
/// How long it takes until a zone that was not found is looked for again.
const AGAIN: Duration = Duration::from_mins(1);
/// Servers of one zone that are asked.
const MOST: usize = 2;

/// The name servers of zones, by what was asked for: a zone, or a name of which no zone is known.
#[derive(Debug, Default)]
pub(super) struct Delegations(BTreeMap<Line, (Instant, Vec<NameServer>)>);

impl Delegations {
    /// The servers that speak for a name; none where they cannot be found.
    pub(super) async fn servers(&mut self, name: &Name, by: &Round<'_>) -> Vec<NameServer> {
        let of = if name.zone.is_empty() {
            &name.name
        } else {
            &name.zone
        };
        let now = by.clock.instant();
        if let Some((until, servers)) = self.0.get(of)
            && now < *until
        {
            return servers.clone();
        }
        let servers = found(of, by).await;
        let believed = if servers.is_empty() { AGAIN } else { BELIEVED };
        let until = now + by.clock.at_pace(believed);
        self.0.insert(of.clone(), (until, servers.clone()));
        servers
    }
}

/// The servers of the zone that `name` is in: of the name itself, or of what is above it.
async fn found(name: &str, by: &Round<'_>) -> Vec<NameServer> {
    let mut zone = name;
    // A top-level domain's servers would only point back.
    while zone.contains('.') {
        let names = answered(zone, Kind::Ns, by).await;
        if !names.is_empty() {
            return addresses(names, by).await;
        }
        zone = zone.split_once('.').map_or("", |(_, above)| above);
    }
    Vec::new()
}

async fn addresses(names: Vec<Line>, by: &Round<'_>) -> Vec<NameServer> {
    let mut servers = Vec::new();
    for label in names.into_iter().take(MOST) {
        let address = if by.all.instead.is_some() {
            by.all.instead
        } else {
            let found = answered(&label, Kind::A, by).await;
            let mut found = found.iter().filter_map(|address| address.parse().ok());
            found.next().map(|address| SocketAddr::new(address, PORT))
        };
        servers.extend(address.map(|address| NameServer { label, address }));
    }
    servers
}

/// What the first resolver that tells has of one type.
async fn answered(name: &str, sought: Kind, by: &Round<'_>) -> Vec<Line> {
    let question = Question {
        name,
        sought,
        recursive: true,
    };
    for resolver in by.resolvers {
        if let Ok(reply) = by.ask(resolver.address, &question).await
            && reply.answer.tells()
        {
            return of_name(&reply.answer, sought);
        }
    }
    Vec::new()
}

fn of_name(answer: &Answer, sought: Kind) -> Vec<Line> {
    answer
        .contents(sought.name())
        .into_iter()
        .cloned()
        .collect()
}
