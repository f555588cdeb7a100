//! What comes of a node's logs over one session, and how far each was read over all of them.
//!
//! It knows files and bytes; what they say is for whoever takes them.

use std::pin::Pin;

use futures::FutureExt as _;
use futures::future::{Either, join_all};
use tokio::sync::mpsc;

use super::tail::{LogFile, Place, tail};
use crate::clock::Clock;
use crate::domain::bootstrap::LogOrigin;
use crate::ssh::Session;

/// Pieces of logs that wait to be taken in; then the node waits.
const QUEUE: usize = 64;

/// What came of a log.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// More of it.
    More(LogOrigin, Vec<u8>),
    /// It is another file, which now comes from its first byte on.
    Anew(LogOrigin),
}

/// A node's logs, and how far each was read.
#[derive(Clone, Debug)]
pub struct Logs {
    files: Vec<(LogFile, Place)>,
}

/// The logs as they grow, until the session ends. Whoever has it takes what comes of it all the time:
/// what is left lying holds up everything else that the session is asked.
pub struct Flow<'a> {
    session: &'a Session,
    reading: Option<Pin<Box<dyn Future<Output = ()> + Send + 'a>>>,
    pieces: mpsc::Receiver<Piece>,
}

impl Logs {
    /// These, from their first bytes on.
    pub fn new(files: impl IntoIterator<Item = LogFile>) -> Self {
        let files = files.into_iter().map(|file| (file, Place::default()));
        Self {
            files: files.collect(),
        }
    }

    /// What comes of them over `session`, from where they were read to.
    pub fn over<'a>(&self, session: &'a Session, clock: Clock) -> Flow<'a> {
        let (sender, pieces) = mpsc::channel(QUEUE);
        let tails = self.files.iter().cloned();
        let tails: Vec<_> = tails
            .map(|from| tail(session, from, sender.clone(), clock))
            .collect();
        Flow {
            session,
            reading: Some(join_all(tails).map(drop).boxed()),
            pieces,
        }
    }

    /// This piece was taken in: the next session goes on behind it.
    pub fn took(&mut self, piece: &Piece) {
        let (Piece::More(origin, _) | Piece::Anew(origin)) = piece;
        for (file, place) in &mut self.files {
            match piece {
                Piece::More(_, bytes) if file.origin() == *origin => place.advance(bytes),
                Piece::Anew(_) if file.origin() == *origin => *place = Place::default(),
                Piece::More(..) | Piece::Anew(_) => {}
            }
        }
    }

    /// The machine is another one: its logs come from their first bytes on.
    pub fn begin_anew(&mut self) {
        for (_, place) in &mut self.files {
            *place = Place::default();
        }
    }

    /// How many bytes of a log were read.
    pub fn read(&self, origin: LogOrigin) -> u64 {
        let mut files = self.files.iter();
        files
            .find(|(file, _)| file.origin() == origin)
            .map_or(0, |(_, place)| place.read())
    }
}

impl<'a> Flow<'a> {
    /// The session that it comes over.
    pub fn session(&self) -> &'a Session {
        self.session
    }

    /// The next piece; `None` once the session has ended and all of it was taken.
    pub async fn next(&mut self) -> Option<Piece> {
        while let Some(reading) = &mut self.reading {
            tokio::select! {
                biased;
                Some(piece) = self.pieces.recv() => return Some(piece),
                () = reading => self.reading = None,
            }
        }
        self.pieces.recv().await
    }

    /// What comes first: more of the logs, or what `work` comes to. An answer of the node comes behind
    /// what it has sent already, so whoever waits for one takes that meanwhile.
    pub async fn or<T>(&mut self, work: Pin<&mut impl Future<Output = T>>) -> Either<Piece, T> {
        tokio::select! {
            biased;
            done = work => Either::Right(done),
            Some(piece) = self.next() => Either::Left(piece),
        }
    }
}

impl std::fmt::Debug for Flow<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flow").finish_non_exhaustive()
    }
}
