//! Keys that execute a program or redirect a connection count only once the operator says so.
//!
//! A repository can be cloned from anyone, so its `cluster.toml` alone must not run or redirect
//! anything. What was trusted is kept outside the workspace as a hash over those keys, their
//! values and the file's path: a changed value or another folder is not trusted any more.
//!
//! A lab's own folder needs no such step (see [`is_of_lab`]).

use std::collections::BTreeMap;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use super::{Config, Home, SecretRef, files, forms, shape, workspace};

/// A key that executes or redirects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Guarded {
    /// The key's path, such as `endpoints.oci`.
    pub key: String,
    /// Its value.
    pub value: serde_json::Value,
}

/// The keys of `config` that need trust, by path.
pub fn guarded(config: &Config) -> Vec<Guarded> {
    let mut found = Vec::new();
    let mut add = |key: String, value: serde_json::Value| found.push(Guarded { key, value });
    if let Some(command) = &config.notify_command {
        add("notify_command".to_owned(), command.clone().into());
    }
    if let Some(program) = &config.provision.terraform {
        let program = program.display().to_string();
        add("provision.terraform".to_owned(), program.into());
    }
    for (key, token) in tokens(config) {
        if let Some(SecretRef::Command(command)) = token {
            add(key, command.clone().into());
        }
    }
    let endpoints = &config.endpoints;
    let redirects = [
        ("oci", endpoints.oci.clone()),
        ("cloudflare", endpoints.cloudflare.clone()),
        ("resolver", endpoints.resolver.map(|it| it.to_string())),
        ("envoy", endpoints.envoy.map(|it| it.to_string())),
        (
            "certificate_authority",
            endpoints
                .certificate_authority
                .as_ref()
                .map(|file| file.display().to_string()),
        ),
        ("terraform_reattach", endpoints.terraform_reattach.clone()),
    ];
    for (name, target) in redirects {
        if let Some(target) = target {
            add(format!("endpoints.{name}"), target.into());
        }
    }
    if let Some(pace) = endpoints.pace {
        add("endpoints.pace".to_owned(), pace.into());
    }
    for (host, target) in &config.dial {
        add(shape::join("dial", host), target.to_string().into());
    }
    found.sort_by(|one, other| one.key.cmp(&other.key));
    found
}

/// Puts every key that needs trust back to its default.
pub(super) fn strip(config: &mut Config) {
    config.notify_command = None;
    config.provision.terraform = None;
    config.endpoints = super::EndpointsTable::default();
    config.dial.clear();
    let of_zones = config.dns.zones.iter_mut().map(|zone| &mut zone.token);
    for token in of_zones.chain([
        &mut config.dns.token,
        &mut config.gitops.token,
        &mut config.registry.token,
    ]) {
        if matches!(token, Some(SecretRef::Command(_))) {
            *token = None;
        }
    }
}

/// Every reference to a secret, by its key.
fn tokens(config: &Config) -> Vec<(String, &Option<SecretRef>)> {
    let of_zones = config.dns.zones.iter();
    let of_zones = of_zones.map(|zone| (format!("dns.zones.{}.token", zone.name), &zone.token));
    let named = [
        ("dns.token", &config.dns.token),
        ("gitops.token", &config.gitops.token),
        ("registry.token", &config.registry.token),
    ];
    let named = named.map(|(key, token)| (key.to_owned(), token));
    named.into_iter().chain(of_zones).collect()
}

/// The list of what the operator trusted.
#[derive(Clone, Debug)]
pub struct TrustStore {
    file: Option<PathBuf>,
}

impl TrustStore {
    /// The operator's own list.
    pub fn of(home: &Home) -> Self {
        Self {
            file: home
                .config
                .as_ref()
                .map(|folder| folder.join("k3scope").join("trusted")),
        }
    }

    /// Whether the guarded keys of `config`, read from `path`, count.
    pub fn allows(&self, path: &Path, config: &Config) -> bool {
        let keys = guarded(config);
        keys.is_empty() || self.holds(path, &keys) || is_of_lab(path, config)
    }

    /// Whether the operator trusted exactly these keys of this file.
    pub fn holds(&self, path: &Path, keys: &[Guarded]) -> bool {
        let hash = fingerprint(path, keys);
        self.lines().is_ok_and(|lines| {
            lines
                .iter()
                .any(|line| line.split(' ').next() == Some(&hash))
        })
    }

    /// Trusts these keys of this file, in place of what was trusted of it before.
    pub fn add(&self, path: &Path, keys: &[Guarded]) -> io::Result<()> {
        let mut lines = self.lines_without(path)?;
        lines.push(format!("{} {}", fingerprint(path, keys), path.display()));
        self.write(&lines)
    }

    /// Trusts nothing of this file any more; tells whether anything had been.
    pub fn revoke(&self, path: &Path) -> io::Result<bool> {
        let lines = self.lines_without(path)?;
        let had = lines.len() < self.lines()?.len();
        if had {
            self.write(&lines)?;
        }
        Ok(had)
    }

    fn lines_without(&self, path: &Path) -> io::Result<Vec<String>> {
        let path = path.display().to_string();
        if path.contains('\n') {
            return Err(io::Error::other(
                "a path with a line break cannot be trusted",
            ));
        }
        let mut lines = self.lines()?;
        lines.retain(|line| line.split_once(' ').map(|(_, of)| of) != Some(&path));
        Ok(lines)
    }

    fn file(&self) -> io::Result<&Path> {
        self.file
            .as_deref()
            .ok_or_else(|| io::Error::other("the home folder is not known (set HOME)"))
    }

    /// The list's lines; a list that somebody else could have written is refused.
    fn lines(&self) -> io::Result<Vec<String>> {
        let file = self.file()?;
        let mut open = match OpenOptions::new().read(true).open(file) {
            Ok(open) => open,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let about = open.metadata()?;
        if about.mode() & 0o022 != 0 || workspace::our_user() != Some(about.uid()) {
            let message = format!(
                "{} must be yours and writable by nobody else: `chmod 600` it, or delete it",
                file.display()
            );
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        let mut text = String::new();
        open.read_to_string(&mut text)?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// Replaces the list in one step, so that an interruption leaves the old or the new one.
    fn write(&self, lines: &[String]) -> io::Result<()> {
        let file = self.file()?;
        if let Some(folder) = file.parent() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        let text: String = lines
            .iter()
            .flat_map(|line| [line.as_str(), "\n"])
            .collect();
        files::replace(file, text.as_bytes(), files::PRIVATE)
    }
}

/// SHA-256 over the file's path and its guarded keys, in hexadecimal digits.
fn fingerprint(path: &Path, keys: &[Guarded]) -> String {
    let pairs: Vec<(&str, String)> = keys
        .iter()
        .map(|guarded| (guarded.key.as_str(), guarded.value.to_string()))
        .collect();
    let text = serde_json::json!([path.display().to_string(), pairs]).to_string();
    ring::digest::digest(&ring::digest::SHA256, text.as_bytes())
        .as_ref()
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// Whether `path` is the configuration that a lab wrote for itself. A marker alone proves nothing,
/// since a repository could contain one. So all of this must hold:
///
/// - the keys only redirect, and only to loopback addresses;
/// - a certificate authority, and the sockets of a provider, that they name stand in the lab's own
///   folder;
/// - the folder is ours, and nobody else may so much as list it;
/// - its `lab.json` is ours too, and names this very file by its full path.
fn is_of_lab(path: &Path, config: &Config) -> bool {
    only_loopback(config)
        && attaches_inside(path, config)
        && names_own_authority(path, config)
        && stands_in_private_folder(path)
        && is_marked(path)
}

fn only_loopback(config: &Config) -> bool {
    let endpoints = &config.endpoints;
    let urls = [&endpoints.oci, &endpoints.cloudflare];
    config.notify_command.is_none()
        && config.provision.terraform.is_none()
        && !tokens(config)
            .iter()
            .any(|(_, token)| matches!(token, Some(SecretRef::Command(_))))
        && urls
            .into_iter()
            .flatten()
            .all(|url| forms::leads_to_loopback(url))
        && endpoints
            .resolver
            .iter()
            .chain(&endpoints.envoy)
            .chain(config.dial.values())
            .all(|target| target.ip().is_loopback())
}

/// Whether the certificate authority, if one is named, stands in the folder of the file at `path`.
fn names_own_authority(path: &Path, config: &Config) -> bool {
    let Some(file) = &config.endpoints.certificate_authority else {
        return true;
    };
    let Some(folder) = path.parent().filter(|_| !file.starts_with("~")) else {
        return false;
    };
    std::fs::canonicalize(folder.join(file)).is_ok_and(|file| file.starts_with(folder))
}

/// Whether the provider that Terraform is to use, if one is named, listens in the folder of the file
/// at `path`.
fn attaches_inside(path: &Path, config: &Config) -> bool {
    let Some(reattach) = &config.endpoints.terraform_reattach else {
        return true;
    };
    let Some(folder) = path.parent() else {
        return false;
    };
    let providers: BTreeMap<String, serde_json::Value> = match serde_json::from_str(reattach) {
        Ok(providers) => providers,
        Err(_) => return false,
    };
    let socket = |provider: &serde_json::Value| {
        let address = provider.get("Addr")?;
        let network = address.get("Network")?.as_str()?;
        let socket = (network == "unix")
            .then(|| address.get("String"))??
            .as_str()?;
        std::fs::canonicalize(socket).ok()
    };
    providers
        .values()
        .all(|provider| socket(provider).is_some_and(|socket| socket.starts_with(folder)))
}

fn stands_in_private_folder(path: &Path) -> bool {
    let about = path.parent().map(std::fs::symlink_metadata);
    matches!(about, Some(Ok(about)) if about.is_dir()
        && about.mode() & 0o777 & !0o700 == 0
        && workspace::our_user() == Some(about.uid()))
}

fn is_marked(path: &Path) -> bool {
    let marker = path.with_file_name("lab.json");
    let ours = std::fs::symlink_metadata(&marker).is_ok_and(|about| {
        about.is_file() && about.len() < 64 * 1024 && workspace::our_user() == Some(about.uid())
    });
    ours && std::fs::read(&marker)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .and_then(|marker| Some(PathBuf::from(marker.get("cluster_toml")?.as_str()?)))
        .is_some_and(|named| std::fs::canonicalize(named).is_ok_and(|named| named == path))
}
