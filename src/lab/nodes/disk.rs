//! A machine's disk: named files of bounded size, and a way to wait until one has grown.
//!
//! There are no folders: a folder is what precedes a slash in the names of files.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// What a file keeps at most: of one that is appended to, the newest bytes stay.
const FILE_BYTES: usize = 4 * 1024 * 1024;
/// Files that a disk takes.
const FILES: usize = 2_000;

/// A disk; clones share it.
#[derive(Clone, Debug)]
pub(in crate::lab) struct Disk {
    files: Arc<Mutex<BTreeMap<String, File>>>,
    grown: watch::Sender<u64>,
}

/// A file as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::lab) struct File {
    /// What is in it.
    pub(in crate::lab) content: Vec<u8>,
    /// Permission bits.
    pub(in crate::lab) mode: u32,
    /// How many bytes were dropped from its beginning.
    dropped: u64,
}

impl Disk {
    /// An empty disk.
    pub(super) fn new() -> Self {
        Self {
            files: Arc::default(),
            grown: watch::Sender::new(0),
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
        let file = File {
            content: kept.to_vec(),
            mode,
            dropped: 0,
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
            ..File::default()
        });
        file.content.extend_from_slice(content);
        let excess = file.content.len().saturating_sub(FILE_BYTES);
        file.content.drain(..excess);
        file.dropped += u64::try_from(excess).unwrap_or(0);
        drop(files);
        self.tell();
    }

    /// The paths that begin with `prefix`, in order.
    pub(in crate::lab) fn paths(&self, prefix: &str) -> Vec<String> {
        let files = self.lock();
        let found = files.keys().filter(|path| path.starts_with(prefix));
        found.cloned().collect()
    }

    /// What a file has from byte `offset` on, counted from its first byte ever, and the offset to
    /// go on from; nothing when there is no such file.
    pub(in crate::lab) fn read_from(&self, path: &str, offset: u64) -> Option<(Vec<u8>, u64)> {
        let files = self.lock();
        let file = files.get(path)?;
        let end = file.end();
        // A file that was replaced by a shorter one is read from its beginning.
        let from = if offset > end { file.dropped } else { offset };
        let skipped = usize::try_from(from.saturating_sub(file.dropped)).unwrap_or(usize::MAX);
        let rest = file.content.get(skipped..).unwrap_or_default();
        Some((rest.to_vec(), end))
    }

    /// Changes whenever any file does.
    pub(in crate::lab) fn changes(&self) -> watch::Receiver<u64> {
        self.grown.subscribe()
    }

    fn tell(&self) {
        self.grown.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, File>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl File {
    /// The offset after its last byte, counted from its first byte ever.
    pub(in crate::lab) fn end(&self) -> u64 {
        self.dropped + u64::try_from(self.content.len()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_grows_is_read_on_from_where_one_was() {
        let disk = Disk::new();
        let mut changes = disk.changes();
        assert_eq!(disk.read_from("/var/log/x", 0), None);
        disk.append("/var/log/x", b"one\n", 0o640);
        assert!(changes.has_changed().unwrap());
        let (bytes, next) = disk.read_from("/var/log/x", 0).unwrap();
        assert_eq!((bytes.as_slice(), next), (b"one\n".as_slice(), 4));
        disk.append("/var/log/x", b"two\n", 0o640);
        changes.mark_unchanged();
        assert_eq!(disk.read_from("/var/log/x", next).unwrap().0, b"two\n");
        disk.write("/var/log/x", b"new", 0o640);
        assert_eq!(
            disk.read_from("/var/log/x", 8).unwrap(),
            (b"new".to_vec(), 3)
        );
    }

    #[test]
    fn a_file_keeps_its_newest_bytes() {
        let disk = Disk::new();
        disk.append("/x", &vec![b'a'; FILE_BYTES], 0o644);
        disk.append("/x", b"end", 0o644);
        let file = disk.file("/x").unwrap();
        assert_eq!((file.content.len(), file.dropped), (FILE_BYTES, 3));
        assert!(file.content.ends_with(b"aend"));
        let (tail, next) = disk.read_from("/x", file.end() - 3).unwrap();
        assert_eq!((tail.as_slice(), next), (b"end".as_slice(), file.end()));
    }
}
