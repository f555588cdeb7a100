//! Where a command's output goes and what it reads: a channel, a file, another command, nothing.

use std::sync::{Arc, Mutex, PoisonError};

use russh::ChannelWriteHalf;
use russh::server::Msg;

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
    /// What comes through a pipe.
    pub(super) stdin: Arc<[u8]>,
}

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
            stdin: Arc::default(),
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
