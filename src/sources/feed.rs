//! How one source is, as it tells it: the same states, waits and words for all.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::outbox::{Closed, Outbox};
use crate::clock::Clock;
use crate::domain::event::What;
use crate::domain::line::Line;
use crate::domain::log_line::Level;
use crate::domain::source::{SourceId, SourceStatus};

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Rights and installed kinds change seldom.
const RECHECK: Duration = Duration::from_mins(1);

/// The state of one source.
pub(super) struct Feed<'a> {
    id: SourceId,
    outbox: &'a Outbox,
    told: SourceStatus,
    failures: u32,
    lost_since: Option<Timestamp>,
}

impl<'a> Feed<'a> {
    /// A source that begins: nothing was heard yet.
    pub(super) async fn begin(id: SourceId, outbox: &'a Outbox) -> Result<Self, Closed> {
        let mut feed = Self {
            id,
            outbox,
            told: SourceStatus::Off,
            failures: 0,
            lost_since: None,
        };
        feed.tell(SourceStatus::Connecting).await?;
        Ok(feed)
    }

    pub(super) fn outbox(&self) -> &'a Outbox {
        self.outbox
    }

    pub(super) fn clock(&self) -> Clock {
        self.outbox.clock()
    }

    pub(super) fn name(&self) -> &'static str {
        self.id.into()
    }

    /// What is shown is what is.
    pub(super) async fn live(&mut self) -> Result<(), Closed> {
        if self.lost_since.take().is_some() {
            self.outbox
                .log(Level::Info, self.name(), "connected again")
                .await?;
        }
        self.failures = 0;
        self.tell(SourceStatus::Live).await
    }

    /// It failed: tells so and waits before the next try, at least as long as the other side asked.
    pub(super) async fn lost(
        &mut self,
        error: &str,
        at_least: Option<Duration>,
    ) -> Result<(), Closed> {
        let clock = self.clock();
        let now = clock.now();
        if self.lost_since.is_none() {
            self.outbox.log(Level::Warn, self.name(), error).await?;
        }
        let since = *self.lost_since.get_or_insert(now);
        let doubled = FIRST_WAIT
            .saturating_mul(1 << self.failures.min(8))
            .min(LONGEST_WAIT);
        let wait = clock.jitter(doubled).max(at_least.unwrap_or_default());
        self.failures = self.failures.saturating_add(1);
        let pause = SignedDuration::try_from(clock.at_pace(wait)).unwrap_or(SignedDuration::ZERO);
        self.tell(SourceStatus::Stale {
            since,
            error: Line::new(error),
            retry_at: now.checked_add(pause).unwrap_or(now),
        })
        .await?;
        clock.sleep(wait).await;
        Ok(())
    }

    /// These rights do not reach it: tells so and waits before asking again.
    pub(super) async fn denied(&mut self, hint: Line) -> Result<(), Closed> {
        self.rest(SourceStatus::Denied { hint }).await
    }

    /// There is nothing to follow. It waits for nothing: when there is, is for who called.
    pub(super) async fn off(&mut self) -> Result<(), Closed> {
        self.failures = 0;
        self.lost_since = None;
        self.tell(SourceStatus::Off).await
    }

    /// The cluster does not have it: tells so and waits before asking again.
    pub(super) async fn not_installed(&mut self, what: &str) -> Result<(), Closed> {
        self.rest(SourceStatus::NotInstalled {
            what: Line::new(what),
        })
        .await
    }

    async fn rest(&mut self, status: SourceStatus) -> Result<(), Closed> {
        self.failures = 0;
        self.lost_since = None;
        self.tell(status).await?;
        self.clock().sleep(RECHECK).await;
        Ok(())
    }

    async fn tell(&mut self, status: SourceStatus) -> Result<(), Closed> {
        if self.told == status {
            return Ok(());
        }
        self.told = status.clone();
        self.outbox
            .tell(What::Source {
                id: self.id,
                status,
            })
            .await
    }
}
