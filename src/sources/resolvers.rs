//! What name servers answer for the names that are sought: resolvers, and the zone's own servers.
//!
//! A name is asked about when it is new, when what is published for it changes, when an answer's time
//! is over, and every half a minute at most; many names are asked about more seldom, never faster.

mod delegation;
mod turns;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::join_all;
use futures::stream;
use tokio::sync::watch;

use self::delegation::Delegations;
use self::turns::{Turns, pause};
use super::feed::Feed;
use super::outbox::{Closed, Outbox};
use super::supervisor::Source;
use crate::clock::Clock;
use crate::dns::{self, AskError, Question, Sought as Kind};
use crate::domain::event::{Change, What};
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::resolved::{Answer, Heard, Resolved, ServerSort};
use crate::domain::sought::{Name, Sought};
use crate::domain::source::SourceId;

/// Names that are asked about at once.
const AT_ONCE: usize = 4;
/// Between two looks at what is due.
const LOOK: Duration = Duration::from_secs(1);

/// A name server, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameServer {
    /// What it is called.
    pub label: Line,
    /// Where it answers.
    pub address: SocketAddr,
}

/// Who is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolvers {
    /// Resolvers; none for the system's own.
    pub named: Vec<NameServer>,
    /// Resolvers that are asked besides the system's.
    pub besides: Vec<NameServer>,
    /// Where every question goes instead, whomever it is for.
    pub instead: Option<SocketAddr>,
}

impl Resolvers {
    /// The resolvers, by name and address.
    async fn all(&self) -> Vec<NameServer> {
        let mut all = self.named.clone();
        if all.is_empty() {
            let system = match self.instead {
                Some(instead) => vec![instead],
                None => dns::system_resolvers().await,
            };
            all.extend(system.into_iter().map(NameServer::from));
            if self.instead.is_none() {
                all.extend(self.besides.iter().cloned());
            }
        }
        let mut known = Vec::new();
        all.retain(|server| {
            let is_new = !known.contains(&server.address);
            known.push(server.address);
            is_new
        });
        all
    }

    fn way(&self, to: SocketAddr) -> SocketAddr {
        self.instead.unwrap_or(to)
    }
}

impl From<SocketAddr> for NameServer {
    fn from(address: SocketAddr) -> Self {
        let label = if address.port() == dns::PORT {
            address.ip().to_string()
        } else {
            address.to_string()
        };
        Self {
            label: label.into(),
            address,
        }
    }
}

/// The source.
pub(super) struct Resolving {
    pub(super) resolvers: Resolvers,
    pub(super) sought: watch::Receiver<Sought>,
}

impl Source for Resolving {
    fn id(&self) -> SourceId {
        SourceId::Resolvers
    }

    async fn run(&self, outbox: &Outbox) -> Result<Infallible, Closed> {
        let mut feed = Feed::begin(SourceId::Resolvers, outbox).await?;
        let clock = outbox.clock();
        let mut sought = self.sought.clone();
        let mut turns = Turns::default();
        let mut delegations = Delegations::default();
        loop {
            let names = sought.borrow_and_update().names.clone();
            for gone in turns.follow(names) {
                outbox.tell(What::Resolved(Change::Removed(gone))).await?;
            }
            let due = turns.due(clock.instant());
            if !due.is_empty() {
                let resolvers = self.resolvers.all().await;
                let round = Round {
                    resolvers: &resolvers,
                    all: &self.resolvers,
                    clock,
                };
                let heard = round.run(due, &mut delegations, &mut turns, outbox).await?;
                if let Err(why) = heard {
                    feed.lost(&why, None).await?;
                    continue;
                }
            }
            feed.live().await?;
            wait(&mut sought, clock).await?;
        }
    }
}

/// Until something else may be due.
async fn wait(sought: &mut watch::Receiver<Sought>, clock: Clock) -> Result<(), Closed> {
    tokio::select! {
        () = clock.sleep(LOOK) => Ok(()),
        // Who tells what is sought has gone: so has the session.
        changed = sought.changed() => changed.map_err(|_| Closed),
    }
}

/// What is asked with in one go.
struct Round<'a> {
    resolvers: &'a [NameServer],
    all: &'a Resolvers,
    clock: Clock,
}

impl Round<'_> {
    /// Asks about `due`, and tells. Where nobody answered at all: why.
    async fn run(
        &self,
        due: Vec<Name>,
        delegations: &mut Delegations,
        turns: &mut Turns,
        outbox: &Outbox,
    ) -> Result<Result<(), String>, Closed> {
        let mut questions = Vec::new();
        for name in due {
            let servers = delegations.servers(&name, self).await;
            questions.push((name, servers));
        }
        let asking = questions
            .into_iter()
            .map(|(name, servers)| async move { (self.heard(&name, &servers).await, name) });
        let mut answers = stream::iter(asking).buffer_unordered(AT_ONCE);
        let mut silence = None;
        let mut told = false;
        while let Some((heard, name)) = answers.next().await {
            told |= heard.iter().any(|each| each.answer.tells());
            silence = silence.or_else(|| heard.iter().find_map(why_silent));
            let next = pause(&heard, turns.len());
            turns.asked(&name, self.clock.instant() + self.clock.at_pace(next));
            let resolved = Resolved {
                id: ObjectRef::new(name.kind, name.name),
                heard,
            };
            let change = Change::Applied(Box::new(resolved));
            outbox.tell(What::Resolved(change)).await?;
        }
        Ok(match silence {
            Some(why) if !told => Err(why),
            _ => Ok(()),
        })
    }

    /// What all servers say of one name.
    async fn heard(&self, name: &Name, zone: &[NameServer]) -> Vec<Heard> {
        let of = |sort: ServerSort| move |server| (sort, server);
        let resolvers = self.resolvers.iter().map(of(ServerSort::Resolver));
        let servers = resolvers.chain(zone.iter().map(of(ServerSort::Zone)));
        let asking = servers.map(|(sort, server)| self.one(name, sort, server));
        join_all(asking).await
    }

    async fn one(&self, name: &Name, sort: ServerSort, server: &NameServer) -> Heard {
        let question = Question {
            name: &name.name,
            sought: kind(&name.kind),
            recursive: sort == ServerSort::Resolver,
        };
        let answer = match self.ask(server.address, &question).await {
            Ok(reply) => reply.answer,
            Err(error) => Answer::Silent {
                why: Line::new(&error.to_string()),
            },
        };
        Heard {
            server: server.label.clone(),
            sort,
            at: self.clock.now(),
            answer,
        }
    }

    async fn ask(&self, to: SocketAddr, question: &Question<'_>) -> Result<dns::Reply, AskError> {
        dns::ask(self.all.way(to), question, self.clock).await
    }
}

/// What is asked for: an alias is followed to the address that it leads to.
fn kind(of: &str) -> Kind {
    if of == "AAAA" { Kind::Aaaa } else { Kind::A }
}

fn why_silent(heard: &Heard) -> Option<String> {
    match &heard.answer {
        Answer::Silent { why } => Some(format!("{}: {why}", heard.server)),
        Answer::Refused { code } => Some(format!("{} says {code}", heard.server)),
        Answer::Records { .. } | Answer::Nothing { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_redirection_takes_the_place_of_whom_the_system_names() {
        let instead: SocketAddr = "127.0.0.1:5353".parse().unwrap();
        let besides = vec![NameServer::from(SocketAddr::from(([192, 0, 2, 1], 53)))];
        let redirected = Resolvers {
            besides: besides.clone(),
            instead: Some(instead),
            ..Resolvers::default()
        };
        let labels = |all: Vec<NameServer>| -> Vec<String> {
            all.iter().map(|it| it.label.to_string()).collect()
        };
        assert_eq!(labels(redirected.all().await), ["127.0.0.1:5353"]);
        let named = Resolvers {
            named: [besides.clone(), besides.clone()].concat(),
            besides,
            instead: None,
        };
        assert_eq!(labels(named.all().await), ["192.0.2.1"], "each once");
    }
}
