//! What the wizard leaves in the workspace: its draft, a secret, and `cluster.toml`.
//!
//! `cluster.toml` is never lost: a different one that stands there is kept beside the new one.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::desk::{Desk, problem};
use super::files;
use crate::config::{Config, Workspace};
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::setup::{Hidden, Told};

const DRAFT: &str = "wizard.json";
const SECRETS: &str = "secrets";
/// More than the wizard ever writes, in bytes.
const LONGEST_DRAFT: u64 = 1 << 20;
const LONGEST_NAME: usize = 64;
/// A new `cluster.toml` holds no secret and may be read as its owner's files usually are.
const USUAL_MODE: u32 = 0o644;
/// Copies that are kept of one second before giving up.
const TRIES: u32 = 100;

/// What was typed before and not written yet, where the workspace of this `cluster.toml` keeps it.
pub fn draft(config: &Path) -> Option<String> {
    let state = Workspace::beside(config).root.join(".k3scope");
    // Whether the folder is fit for use is asked before anything is written there; a draft that
    // somebody else laid here could only fill in a form that its reader sees.
    if !state.is_dir() {
        return None;
    }
    let state = Workspace::beside(config).state().ok()?;
    files::ordinary(&state.join(DRAFT), LONGEST_DRAFT).ok()?
}

/// Keeps what was typed so far.
pub(super) fn keep(desk: &Desk, draft: &str) -> Result<Told, Problem> {
    desk.may_write()?;
    let path = state(desk)?.join(DRAFT);
    if u64::try_from(draft.len()).map_or(true, |length| length > LONGEST_DRAFT) {
        let error = io::Error::other("it is longer than 1 MB");
        return Err(unwritten(&path, &error));
    }
    files::replace(&path, draft.as_bytes(), files::PRIVATE)
        .map_err(|error| unwritten(&path, &error))?;
    Ok(Told::Draft)
}

/// Keeps a secret where `cluster.toml` can refer to it.
pub(super) fn keep_secret(desk: &Desk, name: &str, secret: &Hidden) -> Result<Told, Problem> {
    desk.may_write()?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(plain) {
        return Err(problem(
            "The secret is not kept",
            "a secret's name has lower-case letters, digits and `-` only",
            "Give it another name.",
        ));
    }
    let folder = state(desk)?.join(SECRETS);
    let path = folder.join(name);
    real_folder(&folder)
        .and_then(|()| {
            let bytes = secret.secret().expose_secret().as_bytes();
            files::replace(&path, bytes, files::PRIVATE)
        })
        .map_err(|error| unwritten(&path, &error))?;
    let file = Path::new(".k3scope").join(SECRETS).join(name);
    Ok(Told::Secret {
        file: Line::new(&file.display().to_string()),
    })
}

/// Writes `cluster.toml`, and lets go of the draft that led to it.
pub(super) fn write(desk: &Desk, text: &str) -> Result<Told, Problem> {
    desk.may_write()?;
    let path = &desk.ground.config;
    Config::parse(text, path).map_err(|problems| {
        problem(
            "cluster.toml would not be valid, so it is not written",
            problems,
            "Correct what the review lists.",
        )
    })?;
    put(desk, path, text).map_err(|error| unwritten(path, &error))?;
    if let Ok(state) = Workspace::beside(path).state() {
        match fs::remove_file(state.join(DRAFT)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(%error, "the draft stays behind");
            }
            _ => {}
        }
    }
    Ok(Told::Written {
        path: Line::new(&path.display().to_string()),
    })
}

fn put(desk: &Desk, path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        files::folder(folder)?;
    }
    let mode = files::mode(path).unwrap_or(USUAL_MODE);
    let before = files::ordinary(path, u64::MAX - 1)?;
    match before {
        Some(before) if before == text => return Ok(()),
        Some(before) => keep_copy(desk, path, &before, mode)?,
        None => {}
    }
    files::replace(path, text.as_bytes(), mode)
}

/// Keeps what stands in `cluster.toml` under a name that is free.
fn keep_copy(desk: &Desk, path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let stamp = desk.ground.clock.now().strftime("%Y%m%d-%H%M%S");
    for number in 1..=TRIES {
        let ending = match number {
            1 => format!("bak-{stamp}"),
            _ => format!("bak-{stamp}-{number}"),
        };
        match files::create(&files::beside(path, &ending), text.as_bytes(), mode) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            other => return other,
        }
    }
    Err(io::Error::other("too many copies are there already"))
}

/// A folder of our own; a link in its place could lead anywhere.
fn real_folder(path: &Path) -> io::Result<()> {
    files::folder(path)?;
    let about = fs::symlink_metadata(path)?;
    if about.is_dir() {
        Ok(())
    } else {
        Err(io::Error::other("it is not a folder of its own"))
    }
}

fn state(desk: &Desk) -> Result<PathBuf, Problem> {
    Workspace::beside(&desk.ground.config)
        .state()
        .map_err(|error| {
            problem(
                "The workspace's own folder cannot be used",
                error,
                "Mend that, or start k3scope in another folder.",
            )
        })
}

fn unwritten(path: &Path, error: &io::Error) -> Problem {
    problem(
        &format!("{} could not be written", path.display()),
        error,
        "Mend that and try again; nothing of what was there is lost.",
    )
}
