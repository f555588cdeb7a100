//! A shell elsewhere on the terminal here: keys go to it as they are typed, what it prints comes as it
//! is, and its size follows.

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::domain::line::Line;
use crate::kube::exec::{ExecError, Shell};
use crate::term::{FromWire, Wire};

/// Pieces of what is typed that wait to be sent, as when much is pasted.
const AHEAD: usize = 256;
/// Sizes that wait to be sent.
const SIZES: usize = 8;
/// Ctrl-]
const LEAVE: u8 = 0x1d;
/// How often in a row it leaves a shell that does not answer.
const TIMES: usize = 3;

/// Runs `shell` to its end on the terminal, which must be lent.
pub(super) async fn wired(shell: Shell) -> Result<u8, ExecError> {
    let broken = |error: std::io::Error| ExecError::Broken(Line::new(&error.to_string()));
    let mut wire = Wire::take().map_err(broken)?;
    let (typed, keys) = mpsc::channel(AHEAD);
    let (resized, sizes) = mpsc::channel(SIZES);
    let reading = async {
        let mut leaving = Leaving::default();
        let resize = |size| {
            // Where so many wait, nothing takes them any more.
            let _ = resized.try_send(size);
        };
        resize(Wire::size());
        loop {
            match wire.next().await.map_err(broken)? {
                FromWire::Resized(size) => resize(size),
                FromWire::Typed(bytes) => {
                    if leaving.hears(&bytes) {
                        return Err(ExecError::Left);
                    }
                    if let Err(TrySendError::Full(_)) = typed.try_send(bytes) {
                        tracing::warn!("the shell takes no more of what is typed");
                    }
                }
            }
        }
    };
    let running = shell.run(keys, sizes, tokio::io::stdout());
    tokio::select! {
        ended = running => ended,
        left = reading => left,
    }
}

/// How often the key that leaves was pressed in a row.
#[derive(Debug, Default)]
struct Leaving(usize);

impl Leaving {
    /// Whether it was pressed often enough.
    fn hears(&mut self, typed: &[u8]) -> bool {
        for byte in typed {
            self.0 = if *byte == LEAVE { self.0 + 1 } else { 0 };
            if self.0 == TIMES {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_times_in_a_row_leaves() {
        let mut leaving = Leaving::default();
        assert!(!leaving.hears(&[LEAVE, LEAVE, b'x']));
        assert!(!leaving.hears(&[LEAVE]));
        assert!(!leaving.hears(&[LEAVE]));
        assert!(leaving.hears(&[LEAVE, b'x']));
    }
}
