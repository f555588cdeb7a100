//! A machine's disk: named files of bounded size, and a way to wait until one has grown.
//!
//! There are no folders: a folder is what precedes a slash in the names of files.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// What a file keeps at most: of one that is appended to, the newest bytes stay.
const FILE_BYTES: usize = 128 * 1024 * 1024;
/// What is dropped at once when a file has grown too large.
const DROPPED: usize = 1024 * 1024;
/// What is read at once.
const PIECE: usize = 64 * 1024;
/// Files that a disk takes.
const FILES: usize = 2_000;

/// A disk; clones share it.
#[derive(Clone, Debug)]
pub(in crate::lab) struct Disk {
    files: Arc<Mutex<BTreeMap<String, File>>>,
    grown: watch::Sender<u64>,
    made: Arc<AtomicU64>,
}

/// A file as it is now; clones share its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::lab) struct File {
    /// What is in it.
    pub(in crate::lab) content: Arc<Vec<u8>>,
    /// Permission bits.
    pub(in crate::lab) mode: u32,
    /// How many bytes were dropped from its beginning.
    dropped: u64,
    /// Which file it is: one that takes another's name is another.
    number: u64,
}

/// A piece of a file that was read from some place on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lab) struct Piece {
    /// What was read; nothing at the end.
    pub(in crate::lab) bytes: Vec<u8>,
    /// The place to go on from.
    pub(in crate::lab) next: u64,
    /// Which file it is.
    pub(in crate::lab) number: u64,
}

impl Disk {
    /// An empty disk.
    pub(super) fn new() -> Self {
        Self {
            files: Arc::default(),
            grown: watch::Sender::new(0),
            made: Arc::default(),
        }
    }

    /// A file.
    pub(in crate::lab) fn file(&self, path: &str) -> Option<File> {
        self.lock().get(path).cloned()
    }

    /// A file's content as text; what is not UTF-8 is replaced.
    pub(in crate::lab) fn text(&self, path: &str) -> Option<String> {
        self.file(path)
            .map(|file| String::from_utf8_lossy(&file.content).into_owned())
    }

    /// Creates or replaces a file.
    pub(in crate::lab) fn write(&self, path: &str, content: &[u8], mode: u32) {
        let mut files = self.lock();
        if files.len() >= FILES && !files.contains_key(path) {
            tracing::warn!(path, "a machine's disk takes no more files");
            return;
        }
        let kept = content.get(..FILE_BYTES).unwrap_or(content);
        let number = files.get(path).map(|file| file.number);
        let file = File {
            content: Arc::new(kept.to_vec()),
            mode,
            dropped: 0,
            number: number.unwrap_or_else(|| self.number()),
        };
        files.insert(path.to_owned(), file);
        drop(files);
        self.tell();
    }

    /// Adds to a file, which is made with `mode` when there is none.
    pub(in crate::lab) fn append(&self, path: &str, content: &[u8], mode: u32) {
        let mut files = self.lock();
        let file = files.entry(path.to_owned()).or_insert_with(|| File {
            mode,
            number: self.number(),
            ..File::default()
        });
        let kept = Arc::make_mut(&mut file.content);
        kept.extend_from_slice(content);
        let mut excess = kept.len().saturating_sub(FILE_BYTES);
        if excess > 0 {
            // Many small appends must not move all that is kept each time.
            excess = excess.max(DROPPED.min(kept.len()));
            kept.drain(..excess);
            file.dropped += u64::try_from(excess).unwrap_or(0);
        }
        drop(files);
        self.tell();
    }

    /// Removes a file; false when there is none.
    pub(in crate::lab) fn remove(&self, path: &str) -> bool {
        let gone = self.lock().remove(path).is_some();
        self.tell();
        gone
    }

    /// The paths that begin with `prefix`, in order.
    pub(in crate::lab) fn paths(&self, prefix: &str) -> Vec<String> {
        let files = self.lock();
        let found = files.keys().filter(|path| path.starts_with(prefix));
        found.cloned().collect()
    }

    /// Gives a file another name, in place of one that has it; false when there is no such file.
    pub(in crate::lab) fn rename(&self, from: &str, to: &str) -> bool {
        let mut files = self.lock();
        let Some(file) = files.remove(from) else {
            return false;
        };
        files.insert(to.to_owned(), file);
        drop(files);
        self.tell();
        true
    }

    /// Makes a file so long: cuts it, or fills it up with zeros. It is made when there is none.
    pub(in crate::lab) fn resize(&self, path: &str, length: usize, mode: u32) {
        self.append(path, b"", mode);
        let mut files = self.lock();
        if let Some(file) = files.get_mut(path) {
            Arc::make_mut(&mut file.content).resize(length.min(FILE_BYTES), 0);
        }
        drop(files);
        self.tell();
    }

    /// A bounded piece of a file from byte `offset` on, counted from its first byte ever; nothing
    /// when there is no such file.
    pub(in crate::lab) fn read_from(&self, path: &str, offset: u64) -> Option<Piece> {
        let files = self.lock();
        let file = files.get(path)?;
        // A file that was replaced by a shorter one is read from its beginning.
        let from = if offset > file.end() { 0 } else { offset };
        let from = from.max(file.dropped);
        let skipped = usize::try_from(from - file.dropped).unwrap_or(usize::MAX);
        let rest = file.content.get(skipped..).unwrap_or_default();
        let bytes = rest.get(..PIECE).unwrap_or(rest).to_vec();
        Some(Piece {
            next: from + u64::try_from(bytes.len()).unwrap_or(0),
            bytes,
            number: file.number,
        })
    }

    /// Changes whenever any file does.
    pub(in crate::lab) fn changes(&self) -> watch::Receiver<u64> {
        self.grown.subscribe()
    }

    fn number(&self) -> u64 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    fn tell(&self) {
        self.grown.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, File>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl File {
    /// The offset of its first byte that is kept, counted from its first byte ever.
    pub(in crate::lab) fn begin(&self) -> u64 {
        self.dropped
    }

    /// Which file it is: one that takes another's name is another.
    pub(in crate::lab) fn number(&self) -> u64 {
        self.number
    }

    /// The offset after its last byte, counted from its first byte ever.
    pub(in crate::lab) fn end(&self) -> u64 {
        self.dropped + u64::try_from(self.content.len()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(count: usize) -> u64 {
        u64::try_from(count).unwrap()
    }

    #[test]
    fn a_file_that_grows_is_read_on_from_where_one_was() {
        let disk = Disk::new();
        let mut changes = disk.changes();
        assert_eq!(disk.read_from("/var/log/x", 0), None);
        disk.append("/var/log/x", b"one\n", 0o640);
        assert!(changes.has_changed().unwrap());
        let read = |offset| {
            let piece = disk.read_from("/var/log/x", offset).unwrap();
            (String::from_utf8(piece.bytes).unwrap(), piece.next)
        };
        assert_eq!(read(0), ("one\n".to_owned(), 4));
        disk.append("/var/log/x", b"two\n", 0o640);
        changes.mark_unchanged();
        assert_eq!(read(4), ("two\n".to_owned(), 8));
        assert_eq!(read(8), (String::new(), 8));
        let number = disk.file("/var/log/x").unwrap().number();
        disk.write("/var/log/x", b"new", 0o640);
        assert_eq!(read(8), ("new".to_owned(), 3));
        assert_eq!(disk.file("/var/log/x").unwrap().number(), number);
        disk.write("/var/log/y", b"another", 0o640);
        assert!(disk.rename("/var/log/y", "/var/log/x"));
        assert_ne!(disk.file("/var/log/x").unwrap().number(), number);
        assert!(!disk.rename("/var/log/y", "/var/log/x"));
    }

    #[test]
    fn a_large_file_is_read_in_pieces_and_keeps_its_newest_bytes() {
        let disk = Disk::new();
        disk.resize("/x", FILE_BYTES, 0o644);
        let piece = disk.read_from("/x", 10).unwrap();
        assert_eq!((piece.bytes.len(), piece.next), (PIECE, 10 + wide(PIECE)));
        disk.append("/x", b"end", 0o644);
        let file = disk.file("/x").unwrap();
        let dropped = wide(DROPPED);
        assert_eq!((file.begin(), file.end()), (dropped, wide(FILE_BYTES) + 3));
        assert!(file.content.ends_with(b"\0end"));
        assert_eq!(disk.read_from("/x", 0).unwrap().next, dropped + wide(PIECE));
        let tail = disk.read_from("/x", file.end() - 3).unwrap();
        assert_eq!(
            (tail.bytes.as_slice(), tail.next),
            (b"end".as_slice(), file.end())
        );
    }
}
