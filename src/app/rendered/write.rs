//! Writing a rendered folder: each file whole or not at all, the manifest last, so that a run that was
//! cut short is simply run again.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::compare::{Compared, Comparison};
use super::manifest::{MANIFEST, Manifest, checksum};
use super::report::{Done, RenderReport, RenderedFile, Standing};
use crate::config::files::{self, PUBLIC, Unfit, Wanted};

impl Comparison {
    /// What a run that only checks has to say.
    pub fn checked(&self) -> RenderReport {
        RenderReport::of(
            self.files
                .iter()
                .map(|file| self.told(file, Done::Nothing))
                .collect(),
        )
    }

    /// Writes what differs and removes what is rendered no longer. Of the edited files only those in
    /// `agreed`; the others stay, and count as edited the next time as well.
    pub fn write(&self, agreed: &BTreeSet<String>) -> Result<RenderReport, Unfit> {
        let (about, files): (Vec<&Compared>, Vec<&Compared>) =
            self.files.iter().partition(|file| file.path == MANIFEST);
        self.prepare(&files)?;
        let mut manifest = Manifest::default();
        let mut told = Vec::new();
        for file in files {
            let done = self.settle(file, agreed)?;
            let sum = if done == Done::Kept {
                self.standing.files.get(&file.path).cloned()
            } else {
                file.after.as_deref().map(checksum)
            };
            manifest
                .files
                .extend(sum.map(|sum| (file.path.clone(), sum)));
            told.push(self.told(file, done));
        }
        for file in about {
            let done = self.write_manifest(file, &manifest)?;
            let standing = if done == Done::Nothing {
                Standing::Same
            } else {
                file.standing
            };
            told.push(RenderedFile {
                standing,
                ..self.told(file, done)
            });
        }
        told.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(RenderReport::of(told))
    }

    /// Looks at all places first, so that nothing is half done when one of them is not ours.
    fn prepare(&self, files: &[&Compared]) -> Result<(), Unfit> {
        folder(&self.folder)?;
        for file in files {
            let path = self.folder.join(&file.path);
            let inside = Path::new(&file.path).parent();
            if let (Some(inside), Some(_)) = (inside, &file.after) {
                let mut at = self.folder.clone();
                for name in inside.components() {
                    at.push(name);
                    folder(&at)?;
                }
            }
            files::is_ours(&path, Wanted::File)?;
        }
        files::is_ours(&self.folder.join(MANIFEST), Wanted::File)?;
        Ok(())
    }

    fn settle(&self, file: &Compared, agreed: &BTreeSet<String>) -> Result<Done, Unfit> {
        let path = self.folder.join(&file.path);
        let io = |source| Unfit::Io {
            path: path.clone(),
            source,
        };
        if file.standing == Standing::Same {
            return Ok(Done::Nothing);
        }
        if file.standing.is_edited() && !agreed.contains(&file.path) {
            return Ok(Done::Kept);
        }
        if let Some(bytes) = &file.after {
            files::replace(&path, bytes, PUBLIC).map_err(io)?;
            return Ok(Done::Written);
        }
        fs::remove_file(&path).map_err(io)?;
        Ok(Done::Removed)
    }

    fn write_manifest(&self, file: &Compared, manifest: &Manifest) -> Result<Done, Unfit> {
        let path = self.folder.join(MANIFEST);
        let io = |source| Unfit::Io {
            path: path.clone(),
            source,
        };
        let text = manifest.text().map_err(|error| io(error.into()))?;
        if file.before.as_ref() == Some(&text) {
            return Ok(Done::Nothing);
        }
        files::replace(&path, &text, PUBLIC).map_err(io)?;
        Ok(Done::Written)
    }

    fn told(&self, file: &Compared, done: Done) -> RenderedFile {
        RenderedFile {
            path: format!("{}/{}", self.name, file.path),
            standing: file.standing,
            done,
        }
    }
}

/// Makes a folder, unless it is there and ours.
fn folder(path: &Path) -> Result<(), Unfit> {
    if files::is_ours(path, Wanted::Folder)? {
        return Ok(());
    }
    match fs::create_dir(path) {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => Err(Unfit::Io {
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}
