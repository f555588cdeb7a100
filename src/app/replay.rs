//! Plays a recording: the events come as they came then, and so does the time.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::domain::event::Event;

/// The longest line that is read, in bytes.
const LONGEST_LINE: u64 = 16 << 20;

/// A recording that cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Unread {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A line is no event.
    #[error("{path}:{line}: no event of a recording: {reason}")]
    NoEvent {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// There is nothing in it.
    #[error("{path}: the recording is empty")]
    Empty {
        /// Which file.
        path: String,
    },
}

/// All events of a recording, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    events: Vec<Event>,
}

impl Recording {
    /// Reads a recording whole, so that what is wrong with it is said before anything is shown.
    pub fn read(path: &Path) -> Result<Self, ReplayError> {
        let name = path.display().to_string();
        let unread = |source| ReplayError::Unread {
            path: name.clone(),
            source,
        };
        let mut reader = BufReader::new(File::open(path).map_err(unread)?);
        let mut events = Vec::new();
        let mut text = String::new();
        for line in 1.. {
            text.clear();
            let read = reader
                .by_ref()
                .take(LONGEST_LINE)
                .read_line(&mut text)
                .map_err(unread)?;
            if read == 0 {
                break;
            }
            if text.trim().is_empty() {
                continue;
            }
            let event = serde_json::from_str(&text).map_err(|error| ReplayError::NoEvent {
                path: name.clone(),
                line,
                reason: crate::domain::text::line(&error.to_string()),
            })?;
            events.push(event);
        }
        if events.is_empty() {
            return Err(ReplayError::Empty { path: name });
        }
        Ok(Self { events })
    }

    /// Sends the events with the waits that lay between them, until nobody listens any more.
    pub async fn play(self, events: mpsc::Sender<Event>, clock: Clock) {
        let mut before = None;
        for event in self.events {
            let wait = before.map_or(Duration::ZERO, |before| {
                Duration::try_from(event.at.duration_since(before)).unwrap_or_default()
            });
            before = Some(event.at);
            if !wait.is_zero() {
                clock.sleep(wait).await;
            }
            if events.send(event).await.is_err() {
                return;
            }
        }
        // The channel stays open: what was heard last stays on the screen.
        events.closed().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Recorder;
    use crate::domain::event::What;
    use crate::domain::log_line::{Level, LogLine};

    fn event(at: &str, text: &str) -> Event {
        Event {
            at: at.parse().unwrap(),
            what: What::Log(LogLine {
                level: Level::Info,
                by: "nodes".into(),
                text: text.into(),
            }),
        }
    }

    #[test]
    fn what_was_recorded_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.jsonl");
        let events = vec![
            event("2026-11-22T12:00:00Z", "one"),
            event("2026-11-22T12:00:01Z", "two"),
        ];
        let mut recorder = Recorder::create(&path).unwrap();
        for event in &events {
            recorder.add(event).unwrap();
        }
        recorder.flush().unwrap();
        assert_eq!(Recording::read(&path).unwrap(), Recording { events });
        assert!(
            Recorder::create(&path).is_err(),
            "a recording is never written over"
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.jsonl");
        std::fs::write(&path, "\n{\"at\":\"yesterday\"}\n").unwrap();
        let said = Recording::read(&path).unwrap_err().to_string();
        assert!(said.contains("session.jsonl:2: no event"), "{said}");
        std::fs::write(&path, "\n").unwrap();
        assert!(matches!(
            Recording::read(&path),
            Err(ReplayError::Empty { .. })
        ));
    }
}
