//! `k3scope kubeconfig`: the cluster's kubeconfig, printed or merged into one's own.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::{Exit, Failure, Globals, output, provision, reach};
use crate::bootstrap::merged;
use crate::config::Home;
use crate::config::files;

/// More than any kubeconfig has, in bytes.
const LONGEST: u64 = 4 << 20;

/// Arguments of `kubeconfig`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Add it to the file that kubectl reads (KUBECONFIG, or ~/.kube/config), as a context of the
    /// cluster's name; the file as it was stays beside it.
    #[arg(long)]
    merge: bool,
}

pub(super) async fn run(args: &Args, globals: &Globals) -> Result<Exit, Failure> {
    let text = text(globals).await?;
    if args.merge {
        merge(&text, globals)?;
    } else {
        output::text(text.expose_secret())?;
    }
    Ok(Exit::Well)
}

/// What the workspace keeps, or else what the server has.
async fn text(globals: &Globals) -> Result<SecretString, Failure> {
    let loaded = globals.load_trusted()?;
    let cloud = provision::open(globals)?;
    let target = cloud
        .target(&loaded, None)
        .map_err(Failure::configuration)?;
    if let Ok(kept) = std::fs::read_to_string(target.kubeconfig()) {
        return Ok(SecretString::from(kept));
    }
    Ok(reach::open(globals).await?.kubeconfig().await?.text())
}

fn merge(text: &SecretString, globals: &Globals) -> Result<(), Failure> {
    let path = theirs(globals)?;
    let before = read(&path)?;
    let (after, context) = merged(before.as_deref().unwrap_or_default(), text).map_err(|why| {
        Failure::refused(
            &format!("nothing was merged into {}", path.display()),
            &why,
            "mend the file, or name another one in KUBECONFIG",
        )
    })?;
    let unwritten = |error: std::io::Error| {
        Failure::other(format!("{} cannot be written: {error}", path.display()))
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(unwritten)?;
    }
    let mut told = format!("context {context} is in {}", path.display());
    if let Some(before) = before.filter(|before| before != after.expose_secret()) {
        let backup = free_name(&path);
        files::replace(&backup, before.as_bytes(), files::PRIVATE).map_err(unwritten)?;
        told = format!("{told}; as it was: {}", backup.display());
    }
    files::replace(&path, after.expose_secret().as_bytes(), files::PRIVATE).map_err(unwritten)?;
    output::error_text(&format!(
        "{told}\nthe API server is private: k3scope tunnel puts it on a port of this machine and \
         says how kubectl uses it\n"
    ))
}

/// The file that kubectl would write to.
fn theirs(globals: &Globals) -> Result<PathBuf, Failure> {
    let path = match (&globals.kubeconfig, std::env::var_os("KUBECONFIG")) {
        (Some(path), _) => Some(path.clone()),
        (None, Some(list)) => std::env::split_paths(&list).find(|it| !it.as_os_str().is_empty()),
        (None, None) => None,
    };
    let path = path.or_else(|| Some(Home::of_user().folder?.join(".kube").join("config")));
    let path = path
        .ok_or_else(|| Failure::configuration("no home folder; name a file with --kubeconfig"))?;
    // A link is followed, so that the file behind it is replaced and not the link.
    Ok(std::fs::canonicalize(&path).unwrap_or(path))
}

fn read(path: &Path) -> Result<Option<String>, Failure> {
    match std::fs::metadata(path) {
        Ok(about) if about.len() > LONGEST => Err(Failure::configuration(format!(
            "{} is too long for a kubeconfig",
            path.display()
        ))),
        Ok(_) => std::fs::read_to_string(path)
            .map(Some)
            .map_err(|error| Failure::configuration(format!("{}: {error}", path.display()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::configuration(format!(
            "{}: {error}",
            path.display()
        ))),
    }
}

/// A name beside the file that nothing bears yet.
fn free_name(path: &Path) -> PathBuf {
    let named = |number: u32| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".before-k3scope-{number}"));
        path.with_file_name(name)
    };
    (1..1_000)
        .map(named)
        .find(|path| !path.exists())
        .unwrap_or_else(|| named(0))
}
