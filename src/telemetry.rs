//! Our own log: to a file, and to whoever shows its newest lines.
//!
//! Lines that nobody takes are dropped rather than waited for: a full queue must not hold up what
//! is being logged. Secrets are in types that print as `***`.

use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Lines that wait to be taken.
const QUEUE: usize = 1_024;
/// A log that has grown beyond this, in bytes, is begun anew.
const LARGEST: u64 = 16 << 20;

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How much it matters.
    pub level: Level,
    /// The module that says it.
    pub target: String,
    /// What it says.
    pub text: String,
}

/// The log while it is open.
#[derive(Debug)]
pub struct Telemetry {
    /// The newest lines.
    pub lines: mpsc::Receiver<Line>,
    /// Keeps the file's writer; what is still in memory is written when this is dropped.
    pub writer: Option<WorkerGuard>,
}

/// Opens the log, once in a process; `verbose` counts the `-v`s.
pub fn start(file: Option<&Path>, verbose: u8) -> io::Result<Telemetry> {
    let (sender, lines) = mpsc::channel(QUEUE);
    let (writer, guard) = match file {
        Some(path) => {
            let (writer, guard) = tracing_appender::non_blocking(open(path)?);
            (Some(writer), Some(guard))
        }
        None => (None, None),
    };
    let ours = match verbose {
        0 => LevelFilter::INFO,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    tracing_subscriber::registry()
        .with(targets(ours))
        .with(Queue { sender })
        .with(writer.map(to_file))
        .try_init()
        .map_err(io::Error::other)?;
    Ok(Telemetry {
        lines,
        writer: guard,
    })
}

/// Sends the log to standard error, for a command without a screen that was asked for it: `verbose`
/// counts the `-v`s.
pub fn to_standard_error(verbose: u8) -> io::Result<()> {
    let ours = match verbose {
        0 => return Ok(()),
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    tracing_subscriber::registry()
        .with(targets(ours))
        .with(
            tracing_subscriber::fmt::layer()
                .with_ansi(false)
                .with_writer(io::stderr),
        )
        .try_init()
        .map_err(io::Error::other)
}

/// Our own lines from `ours` on, and others' only when something is wrong.
fn targets(ours: LevelFilter) -> Targets {
    Targets::new()
        .with_target("k3scope", ours)
        .with_default(LevelFilter::WARN)
}

fn to_file<S>(writer: NonBlocking) -> impl Layer<S>
where
    S: Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(writer)
}

/// Readable by its owner only: messages name hosts and people.
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let too_long = path.metadata().is_ok_and(|found| found.len() > LARGEST);
    OpenOptions::new()
        .create(true)
        .append(!too_long)
        .write(true)
        .truncate(too_long)
        .mode(0o600)
        .open(path)
}

/// The layer that hands lines on.
struct Queue {
    sender: mpsc::Sender<Line>,
}

impl<S: Subscriber> Layer<S> for Queue {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        // A full queue loses lines: they are in the file.
        let _ = self.sender.try_send(Line {
            level: *event.metadata().level(),
            target: event.metadata().target().to_owned(),
            text: text.0,
        });
    }
}

/// Message first, then the fields.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing into a String cannot fail.
        if field.name() == "message" {
            let rest = std::mem::take(&mut self.0);
            let _ = write!(self.0, "{value:?}{rest}");
        } else {
            let _ = write!(self.0, " {}={value:?}", field.name());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_handed_on_and_a_full_queue_does_not_wait() {
        let (sender, mut lines) = mpsc::channel(1);
        let subscriber = tracing_subscriber::registry().with(Queue { sender });
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(tries = 3, "no answer");
            tracing::warn!("lost");
        });
        let line = lines.try_recv().unwrap();
        assert_eq!(
            (line.level, line.text.as_str()),
            (Level::WARN, "no answer tries=3")
        );
        assert_eq!(line.target, "k3scope::telemetry::tests");
        assert!(lines.try_recv().is_err());
    }

    #[test]
    fn the_file_is_its_owners() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k3scope.log");
        open(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
