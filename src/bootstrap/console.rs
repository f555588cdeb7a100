//! An instance's serial console, read through OCI's console history: it tells of a node that nobody
//! can log in to yet.
//!
//! A capture is a copy of at most the newest megabyte. Each look makes one, reads what is new since
//! the last look, and deletes it.

use std::time::Duration;

use super::shared::Shared;
use crate::oci::model::{CaptureConsoleHistory, ConsoleHistory, Lifecycle};
use crate::oci::{Error, Request, Resource, Service};

/// What a capture holds at most, in bytes.
const KEPT: u64 = 1 << 20;
/// What is asked for at once, in bytes.
const PIECE: u64 = 256 * 1024;
/// The wait between two questions whether a capture is ready, and how often it is asked.
const CAPTURE_POLL: Duration = Duration::from_secs(1);
const CAPTURE_POLLS: u32 = 60;
/// What is remembered of the end, to find it again in a console that has lost its beginning.
const MARK: usize = 256;

/// How far an instance's console was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Console {
    /// Bytes before this are read.
    offset: u64,
    /// Bytes after the offset that are read too; they end in the middle of a character.
    ahead: usize,
    /// The last that was read.
    mark: String,
    /// Whether something was printed that was never read.
    has_gap: bool,
}

impl Console {
    /// What the instance printed since the last look.
    pub(super) async fn look(&mut self, instance: &str, shared: &Shared) -> Result<String, Error> {
        let Some(capture) = capture(instance, shared).await? else {
            return Ok(String::new());
        };
        let read = self.read(&capture, shared).await;
        delete(&capture, shared).await;
        read
    }

    /// Whether what was read begins later than the console did, or has a gap: a capture is a copy of
    /// the newest megabyte only.
    pub(super) fn has_lost_its_beginning(&self) -> bool {
        self.has_gap
    }

    async fn read(&mut self, capture: &str, shared: &Shared) -> Result<String, Error> {
        let mut new = String::new();
        // A full console moves under its offsets.
        let has_moved = self.offset >= KEPT;
        let is_first = self.mark.is_empty();
        if has_moved {
            (self.offset, self.ahead) = (0, 0);
        }
        loop {
            let piece = shared
                .target
                .client
                .console_data(capture, self.offset, PIECE)
                .await?;
            let is_last = piece.remaining.is_none_or(|left| left == 0);
            new.push_str(piece.text.get(self.ahead..).unwrap_or_default());
            self.advance(&piece.text, is_last);
            if is_last {
                break;
            }
        }
        let ahead = u64::try_from(self.ahead).unwrap_or(0);
        self.has_gap |= is_first && self.offset + ahead >= KEPT;
        if has_moved {
            let rest = after(&new, &self.mark);
            self.has_gap |= rest.is_none();
            new = rest.unwrap_or(&new).to_owned();
        }
        self.remember(&new);
        Ok(new)
    }

    /// Bytes that are no UTF-8 were replaced, so the length of a text with replacements does not tell
    /// how many bytes it was: such a last piece is asked for again, and passed over.
    fn advance(&mut self, text: &str, is_last: bool) {
        if !is_last {
            self.offset += PIECE;
            self.ahead = 0;
        } else if text.contains(char::REPLACEMENT_CHARACTER) {
            self.ahead = text.len();
        } else {
            self.offset += u64::try_from(text.len()).unwrap_or(0);
            self.ahead = 0;
        }
    }

    fn remember(&mut self, new: &str) {
        let all = format!("{}{new}", self.mark);
        let from = all.ceil_char_boundary(all.len().saturating_sub(MARK));
        all.get(from..)
            .unwrap_or_default()
            .clone_into(&mut self.mark);
    }
}

/// What follows `mark` in `text`; nothing where the mark has fallen out already.
fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.rfind(mark)
        .filter(|_| !mark.is_empty())
        .and_then(|at| text.get(at + mark.len()..))
}

/// Makes a capture and waits until it is ready; none when OCI does not come to an end with it.
async fn capture(instance: &str, shared: &Shared) -> Result<Option<String>, Error> {
    let client = &shared.target.client;
    let body = CaptureConsoleHistory {
        instance_id: instance.to_owned(),
        display_name: "k3scope".to_owned(),
    };
    // Without a retry token: a capture that was made and not heard of costs nothing.
    let request = Request::post(Service::Core, ConsoleHistory::COLLECTION).with_body(&body)?;
    let capture: ConsoleHistory = client.call(request).await?;
    shared.captures.lock().await.push(capture.id.clone());
    let mut state = capture.lifecycle_state;
    for _ in 0..CAPTURE_POLLS {
        if state == Lifecycle::Succeeded {
            return Ok(Some(capture.id));
        }
        if state.is_failed() {
            break;
        }
        shared.clock.sleep(CAPTURE_POLL).await;
        state = client
            .get::<ConsoleHistory>(&capture.id)
            .await?
            .lifecycle_state;
    }
    delete(&capture.id, shared).await;
    Ok(None)
}

/// Deletes a capture. One that cannot be deleted costs nothing but a line in a list.
pub(super) async fn delete(capture: &str, shared: &Shared) {
    let deleted = shared
        .target
        .client
        .delete::<ConsoleHistory>(capture, &[])
        .await;
    if let Err(error) = deleted.or_else(|error| {
        if error.is_not_found() {
            Ok(())
        } else {
            Err(error)
        }
    }) {
        tracing::debug!(%error, capture, "a console capture stays behind");
        return;
    }
    shared.captures.lock().await.retain(|it| it != capture);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_passed_over() {
        let mut console = Console::default();
        console.advance("Booting\n", true);
        assert_eq!((console.offset, console.ahead), (8, 0));
        console.advance("half a charact\u{fffd}", true);
        assert_eq!((console.offset, console.ahead), (8, 17));
        console.advance("x", false);
        assert_eq!((console.offset, console.ahead), (8 + PIECE, 0));
    }

    #[test]
    fn a_console_that_lost_its_beginning_goes_on_after_what_is_known() {
        let mut console = Console::default();
        console.remember(&"é".repeat(MARK));
        console.remember("login: ");
        assert!(console.mark.ends_with("élogin: ") && console.mark.len() <= MARK);
        assert_eq!(after("…login: more", "login: "), Some("more"));
        assert_eq!(after("all new", "login: "), None);
        assert_eq!(after("all new", ""), None);
    }
}
