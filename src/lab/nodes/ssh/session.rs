//! A session channel: what it asks for (a command, a shell, a terminal), its input and its end.
//!
//! The channel is read all the time, also while a command runs: its connection stands still when
//! nobody takes what has come.

use std::sync::Arc;
use std::time::Duration;

use russh::server::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::sync::watch;

use super::shell::{Io, Sent, Shell};
use super::terminal::{Heard, Terminal};

/// Bytes typed ahead that are kept.
const AHEAD: usize = 64 * 1024;
/// What a shell reports for a command that Ctrl-C ended.
const INTERRUPTED: u8 = 130;
const CTRL_C: u8 = 3;
/// The exit status of the command that Ubuntu's image forces on root.
const TURNED_AWAY: u8 = 142;
const TURN_AWAY_SECONDS: u64 = 10;
const STDERR: u32 = 1;

type Writer = Arc<ChannelWriteHalf<Msg>>;

/// What a session asks for.
enum Wish {
    Command(String),
    Shell,
}

/// Runs what the channel asks for, and closes it with the exit status.
pub(super) async fn run(channel: Channel<Msg>, mut shell: Shell) {
    let (mut read, write) = channel.split();
    let write = Arc::new(write);
    let Some((wish, terminal)) = wish(&mut read).await else {
        return;
    };
    let io = io(&write, terminal);
    let mut input = Input {
        read,
        waiting: Vec::new(),
        terminal,
        over: false,
    };
    let status = match wish {
        Wish::Command(command) => command_of(&mut shell, &command, io, &mut input).await,
        Wish::Shell if terminal => typed(&mut shell, &io, &mut input).await,
        Wish::Shell => piped(&mut shell, &io, &mut input).await,
    };
    if let Some(status) = status {
        close(&write, status).await;
    }
}

/// What root meets: a sentence, and the end of the session.
pub(super) async fn turn_away(channel: Channel<Msg>, shell: Shell) {
    let (mut read, write) = channel.split();
    let write = Arc::new(write);
    let Some((_, terminal)) = wish(&mut read).await else {
        return;
    };
    let said = "Please login as the user \"ubuntu\" rather than the user \"root\".\n\n";
    if io(&write, terminal).out(said).await.is_ok() {
        let pause = shell.clock().sleep(Duration::from_secs(TURN_AWAY_SECONDS));
        tokio::select! {
            () = pause => close(&write, TURNED_AWAY).await,
            () = gone(&mut read) => {}
        }
    }
}

fn io(write: &Writer, terminal: bool) -> Io {
    Io::channel(
        write,
        // A terminal has one way out.
        (!terminal).then_some(STDERR),
        terminal,
    )
}

async fn close(write: &Writer, status: u8) {
    let closing = async {
        write.exit_status(u32::from(status)).await?;
        write.eof().await?;
        write.close().await
    };
    if let Err(error) = closing.await {
        tracing::debug!(%error, "a session's client had gone");
    }
}

/// The command or shell that is asked for, and whether with a terminal.
async fn wish(read: &mut ChannelReadHalf) -> Option<(Wish, bool)> {
    let mut terminal = false;
    loop {
        match read.wait().await {
            Some(ChannelMsg::RequestPty { .. }) => terminal = true,
            Some(ChannelMsg::Exec { command, .. }) => {
                let command = String::from_utf8_lossy(&command).into_owned();
                return Some((Wish::Command(command), terminal));
            }
            Some(ChannelMsg::RequestShell { .. }) => return Some((Wish::Shell, terminal)),
            Some(ChannelMsg::Close) | None => return None,
            _ => {}
        }
    }
}

async fn gone(read: &mut ChannelReadHalf) {
    while !matches!(read.wait().await, None | Some(ChannelMsg::Close)) {}
}

/// A channel's input.
struct Input {
    read: ChannelReadHalf,
    /// What was sent and not yet taken.
    waiting: Vec<u8>,
    /// Whether Ctrl-C means something.
    terminal: bool,
    /// Whether the client has said that nothing follows.
    over: bool,
}

impl Input {
    /// Waits for more, or for the end; false when the client has gone.
    async fn more(&mut self) -> bool {
        match self.read.wait().await {
            Some(ChannelMsg::Data { data }) => self.keep(&data),
            Some(ChannelMsg::Eof) => self.over = true,
            Some(ChannelMsg::Close) | None => return false,
            _ => {}
        }
        true
    }

    fn keep(&mut self, data: &[u8]) {
        let room = AHEAD.saturating_sub(self.waiting.len());
        self.waiting.extend(data.iter().take(room));
    }

    /// Hands on what is sent, when it has ended; waits for a signal (true), or for the client to go
    /// (false).
    async fn hand_on(&mut self, to: &watch::Sender<Sent>) -> bool {
        loop {
            match self.read.wait().await {
                Some(ChannelMsg::Data { data }) => self.keep(&data),
                Some(ChannelMsg::Eof) => {
                    to.send_replace(Some(self.waiting.as_slice().into()));
                }
                Some(ChannelMsg::Signal { .. }) => return true,
                Some(ChannelMsg::Close) | None => return false,
                _ => {}
            }
        }
    }

    /// Waits for Ctrl-C or a signal (true), or for the client to go (false).
    async fn interruption(&mut self) -> bool {
        loop {
            match self.read.wait().await {
                Some(ChannelMsg::Data { data }) => {
                    let key = data.iter().position(|byte| *byte == CTRL_C);
                    if let Some(place) = key.filter(|_| self.terminal) {
                        // As a terminal does: what was typed before is forgotten, what follows is not.
                        self.waiting.clear();
                        self.waiting.extend(data.iter().skip(place + 1).take(AHEAD));
                        return true;
                    }
                    self.keep(&data);
                }
                Some(ChannelMsg::Eof) => self.over = true,
                Some(ChannelMsg::Signal { .. }) => return true,
                Some(ChannelMsg::Close) | None => return false,
                _ => {}
            }
        }
    }
}

/// Runs a command, which reads what the client sends; none when the client has gone. A terminal's end
/// of input is a key, and is not played here.
async fn command_of(shell: &mut Shell, line: &str, io: Io, input: &mut Input) -> Option<u8> {
    if input.terminal {
        return obey(shell, line, &io, input).await;
    }
    let (sending, sent) = watch::channel(Sent::default());
    let io = io.reading(sent);
    tokio::select! {
        status = shell.run(line, &io) => Some(status),
        interrupted = input.hand_on(&sending) => interrupted.then_some(INTERRUPTED),
    }
}

/// Runs a line; none when the client has gone.
async fn obey(shell: &mut Shell, line: &str, io: &Io, input: &mut Input) -> Option<u8> {
    tokio::select! {
        status = shell.run(line, io) => Some(status),
        interrupted = input.interruption() => interrupted.then_some(INTERRUPTED),
    }
}

/// A shell at a terminal.
async fn typed(shell: &mut Shell, io: &Io, input: &mut Input) -> Option<u8> {
    io.out(Shell::greeting()).await.ok()?;
    io.out(&shell.prompt()).await.ok()?;
    let mut terminal = Terminal::default();
    loop {
        while let Some(heard) = terminal.hear(&mut input.waiting) {
            match heard {
                Heard::Echo(text) => io.out(&text).await.ok()?,
                Heard::Interrupt => io.out(&format!("^C\n{}", shell.prompt())).await.ok()?,
                Heard::End => {
                    io.out("logout\n").await.ok()?;
                    return Some(shell.status());
                }
                Heard::Line(line) => {
                    io.out("\n").await.ok()?;
                    let status = obey(shell, &line, io, input).await?;
                    if shell.is_over() {
                        return Some(status);
                    }
                    if status == INTERRUPTED {
                        io.out("^C\n").await.ok()?;
                    }
                    io.out(&shell.prompt()).await.ok()?;
                }
            }
        }
        if input.over {
            return Some(shell.status());
        }
        if !input.more().await {
            return None;
        }
    }
}

/// A shell that reads its commands from a pipe.
async fn piped(shell: &mut Shell, io: &Io, input: &mut Input) -> Option<u8> {
    loop {
        while let Some(line) = take_line(&mut input.waiting, !input.over) {
            let status = obey(shell, &line, io, input).await?;
            if shell.is_over() {
                return Some(status);
            }
        }
        if input.over {
            return Some(shell.status());
        }
        if !input.more().await {
            return None;
        }
    }
}

fn take_line(waiting: &mut Vec<u8>, open: bool) -> Option<String> {
    let end = match waiting.iter().position(|byte| *byte == b'\n') {
        Some(place) => place + 1,
        None if !open && !waiting.is_empty() => waiting.len(),
        None => return None,
    };
    let line: Vec<u8> = waiting.drain(..end).collect();
    Some(String::from_utf8_lossy(&line).trim_end().to_owned())
}
