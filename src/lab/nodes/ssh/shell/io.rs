//! Where a command's output goes and what it reads: a channel, a file, another command, nothing.

use std::sync::{Arc, Mutex, PoisonError};

use russh::ChannelWriteHalf;
use russh::server::Msg;
use tokio::sync::watch;

use crate::lab::nodes::Disk;

/// What one command hands to the next at most.
const PIPED: usize = 1024 * 1024;

/// What is written at once.
const PIECE: usize = 64 * 1024;

/// The one who reads the output has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody reads any more")]
pub(in crate::lab::nodes::ssh) struct Gone;

/// A command's surroundings.
#[derive(Clone)]
pub(in crate::lab::nodes::ssh) struct Io {
    pub(super) stdout: Sink,
    pub(super) stderr: Sink,
    pub(super) stdin: Source,
}

/// Where input comes from.
#[derive(Clone)]
pub(super) enum Source {
    /// From a pipe, or from nowhere.
    Whole(Arc<[u8]>),
    /// From the client, once it has said that nothing follows.
    Client(watch::Receiver<Sent>),
}

/// All that a client has sent to a command, when it has said that nothing follows.
pub(in crate::lab::nodes::ssh) type Sent = Option<Arc<[u8]>>;

/// Where output goes.
#[derive(Clone)]
pub(super) enum Sink {
    /// To the client; with a code to its standard error.
    Channel {
        write: Arc<ChannelWriteHalf<Msg>>,
        extended: Option<u32>,
        terminal: bool,
    },
    /// To the end of a file.
    File { disk: Disk, path: String },
    /// Into memory.
    Kept(Arc<Mutex<Vec<u8>>>),
    /// Away.
    Nowhere,
}

impl Io {
    /// Both outputs to a channel; a terminal wants carriage returns.
    pub(in crate::lab::nodes::ssh) fn channel(
        write: &Arc<ChannelWriteHalf<Msg>>,
        stderr: Option<u32>,
        terminal: bool,
    ) -> Self {
        let to = |extended| Sink::Channel {
            write: Arc::clone(write),
            extended,
            terminal,
        };
        Self {
            stdout: to(None),
            stderr: to(stderr),
            stdin: Source::Whole(Arc::default()),
        }
    }

    /// The same, with what a client sends as input.
    pub(in crate::lab::nodes::ssh) fn reading(self, sent: watch::Receiver<Sent>) -> Self {
        Self {
            stdin: Source::Client(sent),
            ..self
        }
    }

    /// All of the input, as soon as it has ended.
    pub(super) async fn input(&self) -> Arc<[u8]> {
        match &self.stdin {
            Source::Whole(bytes) => Arc::clone(bytes),
            Source::Client(sent) => {
                let mut sent = sent.clone();
                // A client that has gone sends nothing more either.
                let whole = sent.wait_for(Option::is_some).await;
                whole
                    .ok()
                    .and_then(|whole| whole.clone())
                    .unwrap_or_default()
            }
        }
    }

    /// Writes to the output.
    pub(in crate::lab::nodes::ssh) async fn out(&self, text: impl AsRef<[u8]>) -> Result<(), Gone> {
        self.stdout.write(text.as_ref()).await
    }

    /// Writes much to the output, in pieces as its reader takes them.
    pub(super) async fn pour(&self, bytes: &[u8]) -> Result<(), Gone> {
        for piece in bytes.chunks(PIECE) {
            self.out(piece).await?;
        }
        Ok(())
    }

    /// Writes to the output for errors.
    pub(super) async fn err(&self, text: impl AsRef<[u8]>) -> Result<(), Gone> {
        self.stderr.write(text.as_ref()).await
    }
}

impl Sink {
    async fn write(&self, bytes: &[u8]) -> Result<(), Gone> {
        match self {
            Self::Channel {
                write,
                extended,
                terminal,
            } => {
                let bytes = if *terminal {
                    with_carriage_returns(bytes)
                } else {
                    bytes.to_vec()
                };
                let written = match extended {
                    None => write.data_bytes(bytes).await,
                    Some(code) => write.extended_data_bytes(*code, bytes).await,
                };
                written.map_err(|_| Gone)
            }
            Self::File { disk, path } => {
                disk.append(path, bytes, 0o644);
                Ok(())
            }
            Self::Kept(kept) => {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let room = PIPED.saturating_sub(kept.len());
                kept.extend(bytes.iter().take(room));
                Ok(())
            }
            Self::Nowhere => Ok(()),
        }
    }
}

fn with_carriage_returns(bytes: &[u8]) -> Vec<u8> {
    let mut wide = Vec::with_capacity(bytes.len() + 16);
    for byte in bytes {
        if *byte == b'\n' {
            wide.push(b'\r');
        }
        wide.push(*byte);
    }
    wide
}
