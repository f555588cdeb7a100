//! Writes down every event, one line of JSON each: `--record`.
//!
//! Only what sources and tasks tell is recorded, never what a person types.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::domain::event::Event;

/// A recording under way.
#[derive(Debug)]
pub struct Recorder {
    file: BufWriter<File>,
}

impl Recorder {
    /// Begins a recording in a new file, readable by its owner only.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        Ok(Self {
            file: BufWriter::new(file),
        })
    }

    /// Adds an event.
    pub fn add(&mut self, event: &Event) -> io::Result<()> {
        serde_json::to_writer(&mut self.file, event)?;
        self.file.write_all(b"\n")
    }

    /// Hands what was added to the system.
    pub fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
