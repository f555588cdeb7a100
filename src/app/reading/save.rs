//! A text that becomes a file of its own.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::config::files::{self, PRIVATE};
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::reading::Reading;

/// Saves it, and says where, or why not. No file is written over.
pub(super) async fn saved(
    folder: Result<PathBuf, String>,
    (name, text): (String, String),
    at: Timestamp,
) -> Reading {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    let name: String = name.chars().map(plain).collect();
    let file = format!(
        "{}-{}.log",
        name.trim_matches('.'),
        at.strftime("%Y%m%d-%H%M%S")
    );
    let path = folder.map(|folder| folder.join(file));
    let written = match path.clone() {
        Ok(path) => {
            let writing = tokio::task::spawn_blocking(move || write(&path, &text)).await;
            writing
                .map_err(io::Error::other)
                .flatten()
                .map_err(|error| error.to_string())
        }
        Err(why) => Err(why),
    };
    Reading::Saved {
        path: path.map_or_else(
            |_| Line::default(),
            |path| Line::new(&path.display().to_string()),
        ),
        failed: written.err().map(|why| Problem {
            title: "the log was not saved".to_owned(),
            detail: why,
            next: "mend that and ask again".to_owned(),
            request_id: None,
        }),
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        files::folder(folder)?;
    }
    files::create(path, text.as_bytes(), PRIVATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_text_is_saved_once_under_a_plain_name() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        let at: Timestamp = "2026-11-22T14:03:20Z".parse().unwrap();
        let save = || {
            saved(
                Ok(logs.clone()),
                ("../docs/x".to_owned(), "one\n".to_owned()),
                at,
            )
        };
        let Reading::Saved { path, failed: None } = save().await else {
            panic!("not saved");
        };
        assert!(path.ends_with("logs/-docs-x-20261122-140320.log"), "{path}");
        assert_eq!(std::fs::read_to_string(&*path).unwrap(), "one\n");
        let Reading::Saved { failed, .. } = save().await else {
            panic!("no answer");
        };
        assert!(failed.is_some(), "nothing is written over");
    }
}
