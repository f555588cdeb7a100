//! The real terminal.

use std::io::{self, IsTerminal, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::execute;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;

use super::clipboard;
use super::modes::Modes;
use super::notice::notice;
use super::raw;

/// Whether the terminal is ours now. One process has one terminal, and a panic has no other way to
/// learn of it.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// What the loop draws on.
pub trait Screen {
    /// Draws a frame.
    fn draw(&mut self, paint: &mut dyn FnMut(&mut Buffer)) -> io::Result<()>;

    /// Forgets what is on the screen, so that the next frame draws all of it.
    fn clear(&mut self) -> io::Result<()>;

    /// Gives the terminal back, stops the process, and takes the terminal again when it goes on.
    fn suspend(&mut self) -> io::Result<()>;

    /// Takes the terminal again after something else had it, unless it is lent.
    fn resume(&mut self) -> io::Result<()>;

    /// Gives the terminal to another program, which begins below a line that says `says`.
    fn lend(&mut self, says: &str) -> io::Result<()>;

    /// Takes back what was lent, in whatever state it was left.
    fn take_back(&mut self) -> io::Result<()>;

    /// Puts a text on the clipboard.
    fn copy(&mut self, text: &str) -> io::Result<()>;

    /// Takes the mouse, or leaves it to the terminal.
    fn capture_mouse(&mut self, wanted: bool) -> io::Result<()>;

    /// Calls a person who looks elsewhere: the bell, and the terminal's own notification.
    fn call(&mut self, text: &str) -> io::Result<()>;
}

/// Whether a person is at both ends: keys come from a terminal and frames go to one.
pub fn interactive() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// The terminal that the program was started in.
#[derive(Debug)]
pub struct Tty {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    mouse: bool,
    /// The modes in which it was lent, while it is.
    lent: Option<Lent>,
}

/// What is to be put right when the terminal comes back; nothing where its modes are not known.
#[derive(Debug)]
struct Lent(Option<Modes>);

impl Lent {
    fn end(&self) {
        if let Some(modes) = &self.0 {
            modes.put_back();
        }
    }
}

impl Tty {
    /// Takes the terminal: raw mode, alternate screen, mouse, bracketed paste.
    pub fn take() -> io::Result<Self> {
        take(true)?;
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        Ok(Self {
            terminal,
            mouse: true,
            lent: None,
        })
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        if let Some(lent) = self.lent.take() {
            lent.end();
        }
        restore();
    }
}

impl Screen for Tty {
    fn draw(&mut self, paint: &mut dyn FnMut(&mut Buffer)) -> io::Result<()> {
        self.terminal.draw(|frame| paint(frame.buffer_mut()))?;
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        // A new terminal knows of nothing that is on the screen. ratatui's own way to clear asks the
        // terminal where its cursor is, and the answer would be read as keys.
        execute!(io::stdout(), Clear(ClearType::All))?;
        self.terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        restore();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        self.resume()
    }

    fn resume(&mut self) -> io::Result<()> {
        if self.lent.is_some() {
            return Ok(());
        }
        take(self.mouse)?;
        self.clear()
    }

    fn lend(&mut self, says: &str) -> io::Result<()> {
        restore();
        self.lent = Some(Lent(Modes::now()));
        let mut out = io::stdout();
        writeln!(out, "{says}")?;
        out.flush()
    }

    fn take_back(&mut self) -> io::Result<()> {
        if let Some(lent) = self.lent.take() {
            lent.end();
        }
        self.resume()
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        let sequence = clipboard::sequence(text).map_err(io::Error::other)?;
        let mut out = io::stdout();
        out.write_all(sequence.as_bytes())?;
        out.flush()
    }

    fn capture_mouse(&mut self, wanted: bool) -> io::Result<()> {
        self.mouse = wanted;
        if wanted {
            execute!(io::stdout(), EnableMouseCapture)
        } else {
            execute!(io::stdout(), DisableMouseCapture)
        }
    }

    fn call(&mut self, text: &str) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(notice("k3scope", text).as_bytes())?;
        out.flush()
    }
}

fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
    if mouse {
        execute!(io::stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

/// Puts the terminal back as it was. Safe to call at any time, from anywhere, any number of times.
pub(super) fn restore() {
    raw::put_right();
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // On the way out there is nobody left to tell that a terminal has gone away.
    let _ = execute!(
        io::stdout(),
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
}
