//! Whether Git tracks something in a folder, read from the repository's index.
//!
//! Reads the format that Git documents as gitformat-index, versions 2 to 4, and runs nothing: a
//! repository's own settings can make `git` execute programs.

use std::io;
use std::path::{Path, PathBuf};

/// Bytes of an entry before the object's name: times, device, inode, mode, owner, size.
const STAT_LENGTH: usize = 40;

/// Whether the index of the repository around `folder` names a file in it.
pub(super) fn tracks(folder: &Path) -> io::Result<bool> {
    let Some((root, git)) = folder.ancestors().skip(1).find_map(repository) else {
        return Ok(false);
    };
    let bytes = match std::fs::read(git.join("index")) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let Ok(inside) = folder.strip_prefix(root) else {
        return Ok(false);
    };
    let settings = std::fs::read_to_string(common_folder(&git).join("config")).unwrap_or_default();
    let hash = if settings.to_lowercase().contains("objectformat = sha256") {
        32
    } else {
        20
    };
    let folder = inside.as_os_str().as_encoded_bytes();
    let paths = paths(&bytes, hash).ok_or_else(|| {
        io::Error::other("Git's index could not be read, so nothing is known of what it tracks")
    })?;
    Ok(paths.iter().any(|path| {
        path.strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    }))
}

/// The work tree at `root` with its Git folder; a worktree's or submodule's `.git` is a file that
/// names it.
fn repository(root: &Path) -> Option<(&Path, PathBuf)> {
    let git = root.join(".git");
    let git = if git.is_dir() {
        git
    } else {
        let text = std::fs::read_to_string(git).ok()?;
        root.join(text.strip_prefix("gitdir:")?.trim())
    };
    Some((root, git))
}

/// Where a worktree's repository keeps what all its worktrees share.
fn common_folder(git: &Path) -> PathBuf {
    match std::fs::read_to_string(git.join("commondir")) {
        Ok(text) => git.join(text.trim()),
        Err(_) => git.to_owned(),
    }
}

/// The paths of all entries; `None` when the bytes are no index that this can read.
fn paths(bytes: &[u8], hash: usize) -> Option<Vec<Vec<u8>>> {
    let rest = bytes.strip_prefix(b"DIRC")?;
    let (version, rest) = number(rest)?;
    let (count, mut rest) = number(rest)?;
    if !(2..=4).contains(&version) {
        return None;
    }
    let mut paths = Vec::new();
    let mut last = Vec::new();
    for _ in 0..count {
        let flags_at = STAT_LENGTH + hash;
        let extended = version >= 3 && rest.get(flags_at)? & 0x40 != 0;
        let head = flags_at + if extended { 4 } else { 2 };
        let mut name = rest.get(head..)?;
        let mut path = Vec::new();
        if version == 4 {
            let (dropped, after) = variable_width(name)?;
            path.extend_from_slice(last.get(..last.len().checked_sub(dropped)?)?);
            name = after;
        }
        let end = name.iter().position(|byte| *byte == 0)?;
        path.extend_from_slice(name.get(..end)?);
        rest = if version == 4 {
            name.get(end + 1..)?
        } else {
            // Entries are padded with 1 to 8 zero bytes to a multiple of eight.
            rest.get((head + end + 8) / 8 * 8..)?
        };
        last.clone_from(&path);
        paths.push(path);
    }
    Some(paths)
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (first, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*first), rest))
}

/// Git's offset encoding: seven bits a byte, the most significant first, one added at each step.
fn variable_width(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, mut rest) = bytes.split_first()?;
    let mut value = usize::from(first & 0x7f);
    let mut byte = *first;
    while byte & 0x80 != 0 {
        let (next, after) = rest.split_first()?;
        value = value.checked_add(1)?.checked_mul(128)? + usize::from(next & 0x7f);
        (byte, rest) = (*next, after);
    }
    Some((value, rest))
}
