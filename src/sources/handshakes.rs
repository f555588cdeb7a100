//! What the hosts that are sought present over TLS, looked at from here.
//!
//! It goes by what is sought and judges nothing: which certificate should stand there is the store's
//! to know.

use std::convert::Infallible;
use std::time::Duration;

use futures::{StreamExt, stream};
use tokio::sync::watch;

use super::feed::Feed;
use super::outbox::{Closed, Outbox};
use super::supervisor::Source;
use crate::clock::Clock;
use crate::domain::event::{Change, What};
use crate::domain::handshake::{Failure, Handshake, Outcome, Silence};
use crate::domain::line::Line;
use crate::domain::sought::{Host, Sought};
use crate::domain::source::SourceId;
use crate::web::{Judge, Visitor, shake};

/// Between two rounds, and for the first rounds after a host or its certificate has changed: a proxy
/// takes some seconds to load what is new.
const EVERY: Duration = Duration::from_mins(1);
const SOON: Duration = Duration::from_secs(10);
const SOON_ROUNDS: u32 = 6;
/// What changes together is looked at together.
const TOGETHER: Duration = Duration::from_secs(1);
/// Hosts that are looked at side by side.
const AT_ONCE: usize = 8;
/// Addresses of one host beyond these are left alone.
const ADDRESSES: usize = 4;

/// The hosts that are looked at.
#[derive(Clone, Debug)]
pub(super) struct Handshakes {
    pub(super) visitor: Visitor,
    pub(super) sought: watch::Receiver<Sought>,
}

impl Handshakes {
    /// Looks at every host once.
    async fn round(&self, hosts: Vec<Host>, outbox: &Outbox) -> Result<(), Closed> {
        let clock = outbox.clock();
        let judge = Judge::new(self.visitor.authorities());
        let looks = hosts
            .into_iter()
            .map(|host| look(self.visitor.clone(), host, judge.clone(), clock));
        let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
        outbox.tell(What::Handshake(Change::Relisting)).await?;
        while let Some(seen) = looks.next().await {
            for handshake in seen {
                outbox
                    .tell(What::Handshake(Change::Applied(Box::new(handshake))))
                    .await?;
            }
        }
        outbox.tell(What::Handshake(Change::Relisted)).await
    }
}

/// Looks at one host, at each of its addresses.
async fn look(visitor: Visitor, host: Host, judge: Judge, clock: Clock) -> Vec<Handshake> {
    let seen = |address, outcome| Handshake {
        id: Handshake::name(&host.name, address, host.port),
        at: clock.now(),
        outcome,
    };
    let mut addresses = host.addresses.clone();
    if addresses.is_empty() {
        match visitor.addresses(&host.name, clock).await {
            Ok(found) => addresses = found,
            Err(error) => {
                let said = error.to_string();
                return vec![seen(None, silent(Failure::Resolver, &said))];
            }
        }
    }
    if addresses.is_empty() {
        let said = format!("{} leads to no address", host.name);
        return vec![seen(None, silent(Failure::NoAddress, &said))];
    }
    let mut all = Vec::new();
    for address in addresses.into_iter().take(ADDRESSES) {
        let at = (address, host.port);
        let outcome = shake(&visitor, &host.name, at, &judge, clock).await;
        all.push(seen(Some(address), outcome));
    }
    all
}

fn silent(why: Failure, said: &str) -> Outcome {
    let said = Line::new(said);
    Outcome::Silent(Silence { why, said })
}

/// Waits until other hosts than `known` are sought; without end where nobody tells any more.
async fn others(sought: &mut watch::Receiver<Sought>, known: &[Host]) {
    loop {
        if sought.changed().await.is_err() {
            return std::future::pending().await;
        }
        if sought.borrow_and_update().hosts != known {
            return;
        }
    }
}

impl Source for Handshakes {
    fn id(&self) -> SourceId {
        SourceId::Handshakes
    }

    async fn run(&self, outbox: &Outbox) -> Result<Infallible, Closed> {
        let mut feed = Feed::begin(SourceId::Handshakes, outbox).await?;
        let mut sought = self.sought.clone();
        let clock = outbox.clock();
        let mut soon = 0_u32;
        loop {
            let hosts = sought.borrow_and_update().hosts.clone();
            self.round(hosts.clone(), outbox).await?;
            feed.live().await?;
            let pause = if soon > 0 { SOON } else { EVERY };
            soon = soon.saturating_sub(1);
            tokio::select! {
                () = clock.sleep(pause) => {}
                () = others(&mut sought, &hosts) => {
                    soon = SOON_ROUNDS;
                    clock.sleep(TOGETHER).await;
                }
            }
        }
    }
}
