//! Logs of containers, as they are written: a stream of lines that holds a bounded part of one.
//!
//! What becomes of a stream that ends is for who reads it.

use std::pin::Pin;
use std::time::Duration;

use futures::{AsyncBufRead, AsyncBufReadExt as _};
use jiff::Timestamp;
use kube::api::LogParams;
use kube::core::{DynamicObject, Request, Resource};

use super::connection::Connection;
use super::discovery::resource;
use super::fault::Fault;
use super::kind::POD;
use crate::domain::line::Line;
use crate::domain::object::ObjectRef;
use crate::domain::text::MAX_LINE;

/// Bytes of one line that are read; more than any that is shown whole.
const LONGEST: usize = MAX_LINE * 4;

/// Which log, and from where on.
#[derive(Clone, Copy, Debug)]
pub struct LogAsk<'a> {
    /// The pod.
    pub pod: &'a ObjectRef,
    /// The container.
    pub container: &'a str,
    /// What the container before it wrote.
    pub previous: bool,
    /// How far back it begins.
    pub since: Option<Duration>,
    /// From when on, where it is taken up again.
    pub from: Option<Timestamp>,
    /// The most lines that it begins with.
    pub tail: Option<i64>,
}

/// A line as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: Option<Timestamp>,
    /// What; not made harmless yet.
    pub text: String,
}

/// A log that is read.
pub struct LogStream {
    reader: Pin<Box<dyn AsyncBufRead + Send>>,
    partial: Vec<u8>,
}

/// Opens a log. Whoever asks for the container before has no more to wait for: that one ends.
pub async fn open(connection: &Connection, ask: LogAsk<'_>) -> Result<LogStream, Fault> {
    let version = POD.versions.first().copied().unwrap_or_default();
    let namespace = Some(ask.pod.namespace.as_str());
    let door = Request::new(DynamicObject::url_path(&resource(&POD, version), namespace));
    let how = LogParams {
        container: Some(ask.container.to_owned()),
        follow: !ask.previous,
        previous: ask.previous,
        since_seconds: ask
            .since
            .filter(|_| ask.from.is_none())
            .and_then(|since| i64::try_from(since.as_secs()).ok()),
        since_time: ask.from,
        tail_lines: ask.tail.filter(|_| ask.from.is_none()),
        timestamps: true,
        ..LogParams::default()
    };
    let request = door
        .logs(&ask.pod.name, &how)
        .map_err(|error| Fault::Answer(error.to_string().into()))?;
    let reader = connection.client().request_stream(request).await?;
    Ok(LogStream {
        reader: Box::pin(reader),
        partial: Vec::new(),
    })
}

impl LogStream {
    /// The lines that came next; nothing at the end. May be dropped while it waits: no line is lost.
    pub async fn next(&mut self) -> Result<Option<Vec<LogLine>>, Fault> {
        loop {
            let read = self.reader.fill_buf().await;
            let chunk = read.map_err(|error| Fault::Unreachable(Line::new(&error.to_string())))?;
            if chunk.is_empty() {
                let last = std::mem::take(&mut self.partial);
                return Ok((!last.is_empty()).then(|| vec![line(&last)]));
            }
            let (length, lines) = (chunk.len(), split(&mut self.partial, chunk));
            self.reader.as_mut().consume(length);
            if !lines.is_empty() {
                return Ok(Some(lines));
            }
        }
    }
}

impl std::fmt::Debug for LogStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogStream").finish_non_exhaustive()
    }
}

/// The lines that end in `chunk`; what is left of it waits in `partial`.
fn split(partial: &mut Vec<u8>, chunk: &[u8]) -> Vec<LogLine> {
    let mut lines = Vec::new();
    for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
        let (text, ends) = match piece.split_last() {
            Some((b'\n', text)) => (text, true),
            _ => (piece, false),
        };
        let room = LONGEST.saturating_sub(partial.len()).min(text.len());
        partial.extend(text.iter().take(room));
        if ends {
            lines.push(line(partial));
            partial.clear();
        }
    }
    lines
}

/// A line without the time that the API writes before it.
fn line(bytes: &[u8]) -> LogLine {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_end_matches('\r');
    let dated = text.split_once(' ').unwrap_or((text, ""));
    match dated.0.parse() {
        Ok(at) => LogLine {
            at: Some(at),
            text: dated.1.to_owned(),
        },
        Err(_) => LogLine {
            at: None,
            text: text.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_time_is_taken_off_and_a_line_without_one_stays() {
        let dated = line(b"2026-11-22T14:03:20.123456789Z ready on :8080\r");
        assert_eq!(dated.text, "ready on :8080");
        assert_eq!(dated.at, "2026-11-22T14:03:20.123456789Z".parse().ok());
        let plain = line(b"rpc error: no such container");
        assert_eq!(
            (plain.at, plain.text.as_str()),
            (None, "rpc error: no such container")
        );
        assert_eq!(line(b"2026-11-22T14:03:20Z").text, "", "an empty line");
    }

    #[test]
    fn a_line_without_an_end_takes_no_more_than_its_room() {
        let mut partial = Vec::new();
        for _ in 0..100 {
            assert_eq!(split(&mut partial, &[b'x'; 4_096]), []);
        }
        assert_eq!(partial.len(), LONGEST);
        assert_eq!(split(&mut partial, b"\nnext\n").len(), 2);
    }

    proptest! {
        #[test]
        fn lines_are_the_same_however_they_are_cut(
            text in "([a-z ]{0,12}\n){0,8}", cuts in prop::collection::vec(1_usize..9, 1..40),
        ) {
            let (mut partial, mut seen, mut rest) = (Vec::new(), Vec::new(), text.as_bytes());
            for cut in cuts.iter().cycle() {
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                seen.extend(split(&mut partial, piece).into_iter().map(|line| line.text));
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(seen, text.lines().map(str::to_owned).collect::<Vec<_>>());
        }
    }
}
