//! The terminal as a wire: every key as the bytes that it is typed in, while something elsewhere has it.
//!
//! Whatever was done to the terminal meanwhile, it is put right when this is let go of, also by a panic.

use std::io::{self, Write};
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode, size};
use rustix::io::{ioctl_fionread, read};
use rustix::stdio::stdin;
use tokio::io::unix::AsyncFd;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Whether the terminal is a wire now; a panic has no other way to learn of it.
static WIRED: AtomicBool = AtomicBool::new(false);

/// Keys that are taken at once.
const PIECE: usize = 8 * 1024;

/// What a program may leave behind, undone: an escape sequence that it did not end, the alternate
/// screen, the mouse, what is told of the focus and of keys, margins, colours, a cursor that is hidden.
/// The cursor stays where it is.
const PUT_RIGHT: &str = "\x18\x1b\\\x1b7\x1b[?1049l\x1b8\
    \x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?2004l\x1b[=0u\
    \x1b7\x1b[r\x1b8\x1b[?7h\x1b[4l\x1b[?1l\x1b>\x1b(B\x0f\x1b[0m\x1b[?25h\r\n";

/// The terminal that the program was started in, as a wire.
#[derive(Debug)]
pub struct Wire {
    keys: AsyncFd<BorrowedFd<'static>>,
    sizes: Signal,
}

/// What comes from the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromWire {
    /// Bytes that were typed.
    Typed(Vec<u8>),
    /// It has another size now: columns and rows.
    Resized((u16, u16)),
}

impl Wire {
    /// Takes it. It must be lent (see [`Screen::lend`](super::Screen::lend)), so that nobody else
    /// reads from it.
    pub fn take() -> io::Result<Self> {
        // Before the size is asked, so that no change of it is missed.
        let sizes = signal(SignalKind::window_change())?;
        // What was typed already can be read from now on.
        enable_raw_mode()?;
        WIRED.store(true, Ordering::SeqCst);
        #[expect(
            deprecated,
            reason = "what replaces it is unsafe, since a descriptor may be closed meanwhile; standard \
                      input is never closed here"
        )]
        let keys = AsyncFd::new(stdin()).inspect_err(|_| put_right())?;
        Ok(Self { keys, sizes })
    }

    /// How large it is: columns and rows.
    pub fn size() -> (u16, u16) {
        size().unwrap_or((80, 24))
    }

    /// What comes next.
    pub async fn next(&mut self) -> io::Result<FromWire> {
        tokio::select! {
            Some(()) = self.sizes.recv() => Ok(FromWire::Resized(Self::size())),
            typed = typed(&self.keys) => Ok(FromWire::Typed(typed?)),
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        put_right();
    }
}

/// Reads what was typed. Only what is there is read: a read that waits could not be taken back, and
/// would take the first key of whoever has the terminal next.
async fn typed(keys: &AsyncFd<BorrowedFd<'static>>) -> io::Result<Vec<u8>> {
    loop {
        let mut ready = keys.readable().await?;
        let waiting = ioctl_fionread(stdin())?;
        let waiting = usize::try_from(waiting).unwrap_or(PIECE).min(PIECE);
        if waiting == 0 {
            if ready.ready().is_read_closed() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            ready.clear_ready();
            continue;
        }
        let mut piece = vec![0; waiting];
        let count = read(stdin(), &mut piece)?;
        piece.truncate(count);
        return Ok(piece);
    }
}

/// Ends the wire. Safe to call at any time, from anywhere, any number of times.
pub(super) fn put_right() {
    if !WIRED.swap(false, Ordering::SeqCst) {
        return;
    }
    // On the way out there is nobody left to tell that a terminal has gone away.
    let mut out = io::stdout();
    let _ = out.write_all(PUT_RIGHT.as_bytes());
    let _ = out.flush();
    let _ = disable_raw_mode();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_behind_is_undone_and_the_cursor_stays() {
        let mut screen = vt100::Parser::new(
            24.try_into().expect("rows"),
            80.try_into().expect("columns"),
            0,
        );
        screen.process(
            b"before\r\n$ vim\x1b[?1049h\x1b[?25l\x1b[?1002h\x1b[?2004h\x1b[31m\x1b]0;half",
        );
        screen.process(PUT_RIGHT.as_bytes());
        screen.process(b"after");
        let screen = screen.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert_eq!(screen.contents(), "before\n$ vim\nafter");
        assert_eq!(screen.fgcolor(), vt100::Color::Default);
    }
}
