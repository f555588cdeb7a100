//! A log file on a node as it grows, over one session after the other: it goes on at the byte where
//! it stopped, and begins anew where it is another file by then.

use std::time::Duration;

use tokio::sync::mpsc;

use super::flow::Piece;
use crate::clock::Clock;
use crate::domain::bootstrap::LogOrigin;
use crate::ssh::{Chunk, Session};

/// The wait before a log whose reading ended is read on.
const AGAIN: Duration = Duration::from_secs(5);
/// What is remembered of the end, to know the file again, in bytes.
const MARK: usize = 256;
/// What `tail` says when the file that it reads is no longer the one that it began with.
const MOVED: [&str; 3] = ["truncated", "been replaced", "become inaccessible"];

/// A log on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    origin: LogOrigin,
    path: String,
    /// What stands before a command that reads it.
    with: &'static str,
}

impl LogFile {
    /// Where it stands on a node, for root to read.
    pub fn on_node(origin: LogOrigin) -> Self {
        Self {
            origin,
            path: path(origin).to_owned(),
            with: "sudo -n ",
        }
    }

    /// One that stands elsewhere, for whoever logs in to read.
    pub fn at(origin: LogOrigin, path: &str) -> Self {
        Self {
            origin,
            path: shell_words::quote(path).into_owned(),
            with: "",
        }
    }

    /// Which of the logs it is.
    pub fn origin(&self) -> LogOrigin {
        self.origin
    }
}

/// How far a file was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    read: u64,
    last: Vec<u8>,
}

impl Place {
    /// So much more was read.
    pub(super) fn advance(&mut self, bytes: &[u8]) {
        self.read += u64::try_from(bytes.len()).unwrap_or(0);
        let from = bytes.len().saturating_sub(MARK);
        self.last.extend(bytes.iter().skip(from));
        let surplus = self.last.len().saturating_sub(MARK);
        self.last.drain(..surplus);
    }

    /// How many bytes were read.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// The first byte to ask for, counted from 1: what is remembered is read once more.
    fn from(&self) -> u64 {
        let again = u64::try_from(self.last.len()).unwrap_or(0);
        self.read.saturating_sub(again) + 1
    }
}

/// What is still to be seen of the remembered end before anything counts as new.
struct Known<'a>(&'a [u8]);

impl Known<'_> {
    /// The new bytes among these; nothing when they are not what was there before.
    fn pass<'b>(&mut self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let both = self.0.len().min(bytes.len());
        let (wanted, left) = self.0.split_at_checked(both)?;
        let (found, new) = bytes.split_at_checked(both)?;
        self.0 = left;
        (wanted == found).then_some(new)
    }
}

/// Why one reading ended.
enum End {
    /// Nobody listens.
    Unheard,
    /// The command or the session has ended.
    Cut,
    /// `tail` says that the file is another: to be looked at.
    Moved,
    /// It is another file.
    Other,
}

fn path(origin: LogOrigin) -> &'static str {
    match origin {
        LogOrigin::Console => "/dev/console",
        LogOrigin::CloudInit => "/var/log/cloud-init-output.log",
        LogOrigin::Script => "/var/log/k3scope-bootstrap.log",
    }
}

/// Hands on what is in a log from a place on and what is added to it, until the session ends. `-F`
/// waits for a file that is not there yet.
pub(super) async fn tail(
    session: &Session,
    (file, mut place): (LogFile, Place),
    pieces: mpsc::Sender<Piece>,
    clock: Clock,
) {
    while !session.is_closed() && !pieces.is_closed() {
        match read(session, &file, &mut place, &pieces).await {
            End::Unheard => return,
            End::Moved => {}
            End::Other => {
                place = Place::default();
                if pieces.send(Piece::Anew(file.origin)).await.is_err() {
                    return;
                }
            }
            End::Cut if session.is_closed() => return,
            End::Cut => clock.sleep(AGAIN).await,
        }
    }
}

async fn read(
    session: &Session,
    file: &LogFile,
    place: &mut Place,
    pieces: &mpsc::Sender<Piece>,
) -> End {
    // `tail` that begins beyond the end says nothing until the file grows, and it may never do so.
    if place.read > 0 && size(session, file).await.is_some_and(|it| it < place.read) {
        return End::Other;
    }
    let LogFile { origin, path, with } = file;
    let command = format!("{with}tail -c +{} -F {path}", place.from());
    let Ok(mut running) = session.stream(&command).await else {
        return End::Cut;
    };
    let remembered = place.last.clone();
    let mut known = Known(&remembered);
    while let Some(chunk) = running.next().await {
        let bytes = match chunk {
            Chunk::Out(bytes) => bytes,
            Chunk::Err(said) if is_moved(&said) && known.0.is_empty() => return End::Moved,
            Chunk::Err(said) if is_moved(&said) => return End::Other,
            Chunk::Err(_) => continue,
        };
        let Some(new) = known.pass(&bytes) else {
            return End::Other;
        };
        if new.is_empty() {
            continue;
        }
        place.advance(new);
        let piece = Piece::More(*origin, new.to_vec());
        if pieces.send(piece).await.is_err() {
            return End::Unheard;
        }
    }
    End::Cut
}

/// How many bytes a log has; nothing where it is not there or does not tell.
async fn size(session: &Session, file: &LogFile) -> Option<u64> {
    let LogFile { path, with, .. } = file;
    let asked = session.run(&format!("{with}stat -c %s {path}")).await;
    let told = String::from_utf8(asked.ok()?.stdout).ok()?;
    told.trim().parse().ok()
}

fn is_moved(said: &[u8]) -> bool {
    let said = String::from_utf8_lossy(said);
    MOVED.iter().any(|word| said.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a reading from `place` on takes in of `file`, which comes in such pieces.
    fn resumed(place: &Place, file: &[u8], piece: usize) -> Option<Vec<u8>> {
        let from = usize::try_from(place.from() - 1).unwrap();
        let mut known = Known(&place.last);
        let mut new = Vec::new();
        for bytes in file[from..].chunks(piece) {
            new.extend(known.pass(bytes)?);
        }
        Some(new)
    }

    #[test]
    fn a_file_that_was_replaced_is_not_gone_on_with() {
        let mut place = Place::default();
        place.advance(b"first boot: all of it\n");
        assert_eq!(
            resumed(&place, b"second boot: all of it, and more\n", 7),
            None
        );
    }

    #[test]
    fn what_tail_says_of_another_file_is_understood() {
        for said in [
            "tail: /var/log/a.log: file truncated\n",
            "tail: '/var/log/a.log' has been replaced;  following new file\n",
            "tail: '/var/log/a.log' has become inaccessible: No such file or directory\n",
        ] {
            assert!(is_moved(said.as_bytes()), "{said}");
        }
        let missing = "tail: cannot open '/var/log/a.log' for reading: No such file or directory\n";
        assert!(!is_moved(missing.as_bytes()));
    }

    proptest! {
        #[test]
        fn none_is_lost_and_none_doubled_wherever_it_is_cut(
            file in proptest::collection::vec(any::<u8>(), 0..2_000),
            cuts in proptest::collection::vec(0_usize..2_000, 0..4),
            piece in 1_usize..400,
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|it| it.min(file.len())).collect();
            cuts.push(file.len());
            cuts.sort_unstable();
            let (mut place, mut whole) = (Place::default(), Vec::new());
            for cut in cuts {
                let new = resumed(&place, &file[..cut], piece).unwrap();
                place.advance(&new);
                prop_assert!(place.last.len() <= MARK);
                whole.extend(new);
            }
            prop_assert_eq!(whole, file);
        }
    }
}
