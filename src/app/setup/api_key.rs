//! A new API key: the pair, its private half beside the configuration file, and a profile for it.
//!
//! Nothing that is there is replaced: the key's file is new, and the profile is added at the end.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::desk::{Desk, problem};
use super::files;
use crate::domain::line::Line;
use crate::domain::problem::Problem;
use crate::domain::setup::{ApiKeyMade, Told};
use crate::oci::{NewKey, Profile, is_ocid};

/// More than any configuration file of this kind has, in bytes.
const LARGEST_FILE: u64 = 1 << 20;
const LONGEST_NAME: usize = 64;
/// Names that are tried for the key's file before giving up.
const TRIES: u32 = 100;

/// What the profile is to say.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) config_file: PathBuf,
    pub(super) profile: String,
    pub(super) user: String,
    pub(super) tenancy: String,
    pub(super) region: String,
}

/// Makes the key and the profile.
pub(super) async fn make(desk: &Desk, wanted: &Wanted) -> Result<Told, Problem> {
    desk.may_write()?;
    check(wanted)?;
    free(wanted)?;
    let made = tokio::task::spawn_blocking(NewKey::make).await;
    let key = made
        .map_err(|error| unmade(&error))?
        .map_err(|error| unmade(&error))?;
    // The file may have changed while the key was made.
    let text = free(wanted)?;
    let file = store(wanted, &key).map_err(|error| unwritten(&wanted.config_file, &error))?;
    let added = add(wanted, &text, &key.fingerprint, &file);
    if let Err(error) = added {
        // A key that no profile names is of no use to anybody.
        let _ = fs::remove_file(&file);
        return Err(unwritten(&wanted.config_file, &error));
    }
    Ok(Told::ApiKey {
        key: ApiKeyMade {
            profile: Line::new(&wanted.profile),
            public: key.public.lines().map(Line::new).collect(),
            fingerprint: Line::new(&key.fingerprint),
            file: Line::new(&file.display().to_string()),
        },
    })
}

/// Only texts that cannot end the line or the section that they stand in.
fn check(wanted: &Wanted) -> Result<(), Problem> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let name = &wanted.profile;
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(plain) {
        return Err(refused(
            "this is no name for a profile",
            "Use letters, digits, `-`, `_` and `.`, 64 at most.",
        ));
    }
    for (what, text) in [("user", &wanted.user), ("tenancy", &wanted.tenancy)] {
        if !is_ocid(text) || !text.starts_with(&format!("ocid1.{what}.")) {
            return Err(refused(
                &format!("this is no OCID of a {what}"),
                "Copy it from the console (Profile > My profile, and Profile > Tenancy).",
            ));
        }
    }
    if wanted.region.is_empty() || !wanted.region.chars().all(label) {
        return Err(refused(
            "this is no region",
            "A region looks like eu-frankfurt-1.",
        ));
    }
    Ok(())
}

/// The file's text, after it was made sure that a profile of this name can be added to it.
fn free(wanted: &Wanted) -> Result<String, Problem> {
    let path = &wanted.config_file;
    let next = "Name another OCI configuration file, or add the profile by hand.";
    let unfit = |error: &dyn std::fmt::Display| {
        let title = format!("{} is not changed", path.display());
        problem(&title, error, next)
    };
    let text = files::ordinary(path, LARGEST_FILE).map_err(|error| unfit(&error))?;
    let Some(text) = text else {
        return Ok(String::new());
    };
    let there = Profile::names(path).map_err(|error| unfit(&error))?;
    if there.contains(&wanted.profile) {
        return Err(problem(
            &format!("Profile [{}] is there already", wanted.profile),
            path.display(),
            "Choose it, or give the new one another name.",
        ));
    }
    Ok(text)
}

/// Writes the private key into a new file beside the configuration file.
fn store(wanted: &Wanted, key: &NewKey) -> io::Result<PathBuf> {
    let folder = wanted.config_file.parent().unwrap_or(Path::new("/"));
    files::folder(folder)?;
    let stem = format!("k3scope_{}", wanted.profile.to_ascii_lowercase());
    for number in 1..=TRIES {
        let name = match number {
            1 => format!("{stem}.pem"),
            _ => format!("{stem}_{number}.pem"),
        };
        let path = folder.join(name);
        match files::create(
            &path,
            key.private.expose_secret().as_bytes(),
            files::PRIVATE,
        ) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            other => return other.map(|()| path),
        }
    }
    Err(io::Error::other(
        "too many keys of that name are there already",
    ))
}

/// Adds the profile at the end of the file, in one write.
fn add(wanted: &Wanted, before: &str, fingerprint: &str, key_file: &Path) -> io::Result<()> {
    let gap = match before {
        "" => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let profile = format!(
        "{gap}[{}]\nuser={}\nfingerprint={fingerprint}\ntenancy={}\nregion={}\nkey_file={}\n",
        wanted.profile,
        wanted.user,
        wanted.tenancy,
        wanted.region,
        key_file.display(),
    );
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(files::PRIVATE)
        .open(&wanted.config_file)?;
    file.set_permissions(Permissions::from_mode(files::PRIVATE))?;
    file.write_all(profile.as_bytes())?;
    file.sync_all()
}

fn refused(what: &str, next: &str) -> Problem {
    problem("No key was made", what, next)
}

fn unmade(error: &dyn std::fmt::Display) -> Problem {
    problem("The key could not be made", error, "Try again.")
}

fn unwritten(config_file: &Path, error: &io::Error) -> Problem {
    problem(
        &format!("{} could not be written", config_file.display()),
        error,
        "Make the folder writable, or name another OCI configuration file.",
    )
}
