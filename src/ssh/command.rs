//! Commands on a machine: run to their end, followed line by line, or a shell on a terminal.
//!
//! What a command prints is as long as it pleases; what is kept of it here is not.

use std::collections::VecDeque;
use std::sync::Arc;

use russh::client::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf};

use super::error::SshError;
use super::session::Session;
use crate::domain::line::Line;

/// What is kept of each of a command's outputs.
const MOST_OUTPUT: usize = 4 << 20;
/// A line that goes on for longer is cut into several.
const LONGEST_LINE: usize = 64 << 10;
/// A command that is waited for may take this many times as long as a connection.
const RUN_PATIENCES: u32 = 4;
/// The number of the standard error among a channel's extended data (RFC 4254, 5.2).
const STANDARD_ERROR: u32 = 1;

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// With this status.
    Status(u32),
    /// By a signal, such as `KILL`.
    Signal(Line),
}

impl Exit {
    /// Whether it ended well.
    pub fn is_success(&self) -> bool {
        *self == Self::Status(0)
    }
}

/// What a command left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// How it ended.
    pub exit: Exit,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: Vec<u8>,
}

/// A piece of what a command prints, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Of its standard output.
    Out(Vec<u8>),
    /// Of its standard error.
    Err(Vec<u8>),
}

/// A terminal's size in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Cells in a row.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

/// A command that runs. Dropping it ends its channel; what the command then does is for its machine
/// to say (a `tail -f` ends with its next line).
pub struct Running {
    session: Session,
    reader: ChannelReadHalf,
    input: Input,
    exit: Option<Exit>,
    refused: bool,
}

/// What a running command reads. Cloning is cheap.
#[derive(Clone)]
pub struct Input {
    writer: Arc<ChannelWriteHalf<Msg>>,
    session: Session,
}

impl Session {
    /// Runs `command` by the user's shell and waits for its end; both its outputs and its time are
    /// bounded.
    pub async fn run(&self, command: &str) -> Result<Output, SshError> {
        self.ended(command, None).await
    }

    /// As [`Session::run`], with `input` as all that the command reads.
    pub async fn run_with(&self, command: &str, input: Vec<u8>) -> Result<Output, SshError> {
        self.ended(command, Some(input)).await
    }

    async fn ended(&self, command: &str, input: Option<Vec<u8>>) -> Result<Output, SshError> {
        let limit = self.patience() * RUN_PATIENCES;
        let running = Box::pin(async {
            let mut running = self.stream(command).await?;
            if let Some(bytes) = input {
                let read = running.input();
                read.write(bytes).await?;
                read.end().await?;
            }
            let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
            while let Some(chunk) = running.next().await {
                let (kept, more) = match chunk {
                    Chunk::Out(more) => (&mut stdout, more),
                    Chunk::Err(more) => (&mut stderr, more),
                };
                if kept.len() + more.len() > MOST_OUTPUT {
                    return Err(SshError::TooMuch {
                        to: self.to().clone(),
                        command: Line::new(command),
                        limit: MOST_OUTPUT,
                    });
                }
                kept.extend(more);
            }
            Ok(Output {
                exit: running.exit().await?,
                stdout,
                stderr,
            })
        });
        let timed_out = |_| SshError::TimedOut {
            to: self.to().clone(),
            limit,
        };
        self.clock()
            .timeout(limit, running)
            .await
            .map_err(timed_out)?
    }

    /// Starts `command` by the user's shell; what it prints comes as it is printed.
    pub async fn stream(&self, command: &str) -> Result<Running, SshError> {
        let running = Running::new(self).await?;
        let asking = running.input.writer.exec(true, command);
        self.started(asking).await?;
        Ok(running)
    }

    /// Starts the user's shell on a terminal of kind `term`.
    pub async fn shell(&self, term: &str, size: Size) -> Result<Running, SshError> {
        self.on_terminal(term, size, None).await
    }

    /// Starts `command` on a terminal, or without one the user's shell.
    async fn on_terminal(
        &self,
        term: &str,
        size: Size,
        command: Option<&str>,
    ) -> Result<Running, SshError> {
        let running = Running::new(self).await?;
        let writer = &running.input.writer;
        let (columns, rows) = (u32::from(size.columns), u32::from(size.rows));
        let terminal = writer.request_pty(false, term, columns, rows, 0, 0, &[]);
        self.started(terminal).await?;
        match command {
            Some(command) => self.started(writer.exec(true, command)).await?,
            None => self.started(writer.request_shell(true)).await?,
        }
        Ok(running)
    }

    async fn started(
        &self,
        asking: impl Future<Output = Result<(), russh::Error>>,
    ) -> Result<(), SshError> {
        self.answered(asking)
            .await?
            .map_err(|error| self.lost(&error))
    }
}

impl Running {
    async fn new(session: &Session) -> Result<Self, SshError> {
        let (reader, writer) = session.channel().await?.split();
        Ok(Self {
            session: session.clone(),
            reader,
            input: Input {
                writer: Arc::new(writer),
                session: session.clone(),
            },
            exit: None,
            refused: false,
        })
    }

    /// What it reads.
    pub fn input(&self) -> Input {
        self.input.clone()
    }

    /// The next piece of what it prints; `None` when there is no more to come.
    pub async fn next(&mut self) -> Option<Chunk> {
        while !self.refused {
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "the other messages are for those who start or feed a command"
            )]
            match self.reader.wait().await? {
                ChannelMsg::Data { data } => return Some(Chunk::Out(data.to_vec())),
                ChannelMsg::ExtendedData {
                    data,
                    ext: STANDARD_ERROR,
                } => return Some(Chunk::Err(data.to_vec())),
                ChannelMsg::ExitStatus { exit_status } => {
                    self.exit = Some(Exit::Status(exit_status));
                }
                ChannelMsg::ExitSignal { signal_name, .. } => {
                    let name = format!("{signal_name:?}");
                    self.exit = Some(Exit::Signal(Line::new(&name)));
                }
                // The channel stays open then, and nothing more comes of it.
                ChannelMsg::Failure => self.refused = true,
                ChannelMsg::Close => return None,
                _ => {}
            }
        }
        None
    }

    /// How it ended. What it still prints is passed over.
    pub async fn exit(&mut self) -> Result<Exit, SshError> {
        while self.next().await.is_some() {}
        match self.exit.clone() {
            Some(exit) => Ok(exit),
            None if self.refused => Err(SshError::Protocol {
                to: self.session.to().clone(),
                why: "it refuses to run that".into(),
            }),
            None if self.session.is_closed() => Err(self.session.closed().await),
            None => Err(SshError::Closed {
                to: self.session.to().clone(),
                why: "the command's channel ended, and its exit status was not told".into(),
            }),
        }
    }

    /// Its output in lines, without their ends.
    pub fn lines(self) -> Lines {
        Lines {
            running: self,
            ready: VecDeque::new(),
            begun: Vec::new(),
        }
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running")
            .field("session", &self.session)
            .field("exit", &self.exit)
            .finish_non_exhaustive()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let writer = Arc::clone(&self.input.writer);
        runtime.spawn(async move {
            if let Err(error) = writer.close().await {
                tracing::trace!(%error, "the channel was gone already");
            }
        });
    }
}

impl Input {
    /// Gives it `bytes`.
    pub async fn write(&self, bytes: Vec<u8>) -> Result<(), SshError> {
        let sent = self.writer.data_bytes(bytes).await;
        sent.map_err(|error| self.session.lost(&error))
    }

    /// Tells it that there is no more to come.
    pub async fn end(&self) -> Result<(), SshError> {
        let sent = self.writer.eof().await;
        sent.map_err(|error| self.session.lost(&error))
    }

    /// Tells its terminal that it has another size.
    pub async fn resize(&self, size: Size) -> Result<(), SshError> {
        let (columns, rows) = (u32::from(size.columns), u32::from(size.rows));
        let sent = self.writer.window_change(columns, rows, 0, 0).await;
        sent.map_err(|error| self.session.lost(&error))
    }
}

/// The lines of a running command's standard output. Its standard error is passed over: have the
/// shell put both in one (`2>&1`) where both count.
#[derive(Debug)]
pub struct Lines {
    running: Running,
    ready: VecDeque<Line>,
    begun: Vec<u8>,
}

impl Lines {
    /// The next line, made harmless; `None` when there is no more to come.
    pub async fn next(&mut self) -> Option<Line> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Some(line);
            }
            match self.running.next().await {
                Some(Chunk::Out(bytes)) => self.take(&bytes),
                Some(Chunk::Err(_)) => {}
                None if self.begun.is_empty() => return None,
                None => return Some(line(&std::mem::take(&mut self.begun))),
            }
        }
    }

    /// How the command ended.
    pub async fn exit(mut self) -> Result<Exit, SshError> {
        self.running.exit().await
    }

    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\n' || self.begun.len() == LONGEST_LINE {
                self.ready.push_back(line(&self.begun));
                self.begun.clear();
            }
            if *byte != b'\n' {
                self.begun.push(*byte);
            }
        }
    }
}

fn line(bytes: &[u8]) -> Line {
    Line::new(&String::from_utf8_lossy(bytes))
}
