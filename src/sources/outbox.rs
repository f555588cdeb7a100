//! The way of every event: one bounded channel.

use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::domain::event::{Event, What};
use crate::domain::line::Line;
use crate::domain::log_line::{Level, LogLine};

/// Nobody listens any more: the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody listens any more")]
pub struct Closed;

/// Where a source puts what it learns. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Outbox {
    events: mpsc::Sender<Event>,
    clock: Clock,
}

impl Outbox {
    /// Events dated by `clock` into `events`.
    pub fn new(events: mpsc::Sender<Event>, clock: Clock) -> Self {
        Self { events, clock }
    }

    /// The clock.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Tells; waits while the channel is full, so that a slow listener slows the source down.
    pub async fn tell(&self, what: What) -> Result<(), Closed> {
        let event = Event {
            at: self.clock.now(),
            what,
        };
        self.events.send(event).await.map_err(|_| Closed)
    }

    /// Tells a line of the log.
    pub async fn log(&self, level: Level, by: &str, text: &str) -> Result<(), Closed> {
        let line = LogLine {
            level,
            by: Line::new(by),
            text: Line::new(text),
        };
        self.tell(What::Log(line)).await
    }
}
