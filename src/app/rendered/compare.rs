//! What stands in the folder against what is rendered. Reads, and changes nothing.

use std::fs;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::manifest::{MANIFEST, Manifest, checksum};
use super::report::Standing;
use crate::config::files::{self, Unfit, Wanted};
use crate::domain::text;
use crate::render::Tree;

/// The longest difference that is shown of a file, in characters.
const LONGEST_DIFFERENCE: usize = 20_000;

/// A rendered folder and what stands in its place.
#[derive(Debug)]
pub struct Comparison {
    /// Where it is.
    pub(super) folder: PathBuf,
    /// Its name in the workspace.
    pub(super) name: &'static str,
    /// The files, by path; the manifest last.
    pub(super) files: Vec<Compared>,
    /// The manifest as it stands.
    pub(super) standing: Manifest,
}

/// One file of it.
#[derive(Debug)]
pub struct Compared {
    /// Its path in the folder.
    pub path: String,
    /// How it stands.
    pub standing: Standing,
    pub(super) before: Option<Vec<u8>>,
    /// `None` is rendered no longer.
    pub(super) after: Option<Vec<u8>>,
}

impl Compared {
    fn of(
        path: String,
        before: Option<Vec<u8>>,
        after: Option<Vec<u8>>,
        wrote: bool,
    ) -> Option<Self> {
        let standing = match (&before, &after) {
            (None, None) => return None,
            (Some(before), Some(after)) if before == after => Standing::Same,
            (None, Some(_)) => Standing::Missing,
            (Some(_), Some(_)) if wrote => Standing::Outdated,
            (Some(_), Some(_)) => Standing::Edited,
            (Some(_), None) if wrote => Standing::Leftover,
            (Some(_), None) => Standing::EditedLeftover,
        };
        Some(Self {
            path,
            standing,
            before,
            after,
        })
    }

    /// What would change in it, as a unified difference, fit for a terminal.
    pub fn difference(&self) -> String {
        let shown = |bytes: Option<&[u8]>| {
            let bytes = bytes.unwrap_or_default();
            text::block(&String::from_utf8_lossy(bytes), LONGEST_DIFFERENCE)
        };
        let before = shown(self.before.as_deref());
        let after = shown(self.after.as_deref());
        let path = text::line(&self.path);
        TextDiff::from_lines(&before, &after)
            .unified_diff()
            .header(
                &format!("{path} (as it stands)"),
                &format!("{path} (rendered)"),
            )
            .to_string()
    }
}

impl Comparison {
    /// Of `tree` with what stands in the workspace `root`. Links are refused wherever one stands.
    pub fn of(root: &Path, tree: &Tree) -> Result<Self, Unfit> {
        let folder = root.join(tree.folder);
        let read = |path: &str| read(&folder, path);
        let about = read(MANIFEST)?;
        let standing = about.as_deref().map(Manifest::read).unwrap_or_default();
        let mut paths: Vec<&String> = tree.files.keys().chain(standing.files.keys()).collect();
        paths.sort();
        paths.dedup();
        let mut files = Vec::new();
        for path in paths {
            let before = read(path)?;
            let wrote = before.as_ref().is_some_and(|it| standing.wrote(path, it));
            let after = tree.files.get(path).cloned();
            files.extend(Compared::of(path.clone(), before, after, wrote));
        }
        let wanted = Manifest {
            files: tree
                .files
                .iter()
                .map(|(path, bytes)| (path.clone(), checksum(bytes)))
                .collect(),
        };
        let after = wanted.text().map_err(|error| Unfit::Io {
            path: folder.join(MANIFEST),
            source: error.into(),
        })?;
        files.extend(Compared::of(MANIFEST.to_owned(), about, Some(after), true));
        Ok(Self {
            folder,
            name: tree.folder,
            files,
            standing,
        })
    }

    /// The files that somebody edited.
    pub fn edited(&self) -> impl Iterator<Item = &Compared> {
        self.files.iter().filter(|file| file.standing.is_edited())
    }
}

/// What the file at `path` in `folder` holds; none where there is no file.
pub(super) fn read(folder: &Path, path: &str) -> Result<Option<Vec<u8>>, Unfit> {
    let mut at = folder.to_owned();
    if !files::is_there(&at, Wanted::Folder)? {
        return Ok(None);
    }
    let mut names = path.split('/').peekable();
    while let Some(name) = names.next() {
        at.push(name);
        let wanted = if names.peek().is_some() {
            Wanted::Folder
        } else {
            Wanted::File
        };
        if !files::is_there(&at, wanted)? {
            return Ok(None);
        }
    }
    match fs::read(&at) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(source) => Err(Unfit::Io { path: at, source }),
    }
}
