//! The lab's state folder: keys, the OCI configuration file and a ready `cluster.toml`.
//!
//! Folders are 0700 and files 0600. A temporary folder goes with the lab, also when it is dropped.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use md5::{Digest as _, Md5};
use rsa::pkcs1::EncodeRsaPublicKey as _;
use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rsa::rand_core::UnwrapErr;
use rsa::{RsaPrivateKey, RsaPublicKey};
use russh::keys::{Algorithm, PrivateKey};
use toml_edit::{DocumentMut, Item, Table, Value};

use super::frame::LabError;
use super::kube::Server;
use super::oci::{ApiKey, Oci};
use super::outside::Outside;
use super::random::SystemRandom;

/// The profile in the OCI configuration file.
pub(super) const PROFILE: &str = "LAB";
const API_KEY_BITS: usize = 2048;
/// What the lab's Argo CD delivers from: any repository has the same content here.
const REPOSITORY: &str = "https://github.com/example/homelab.git";
const EMAIL: &str = "ops@example.com";
/// The server node's API in the reference layout.
const CONTROL_PLANE: &str = "10.0.2.10:6443";

/// An open state folder.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    temporary: bool,
    fingerprint: String,
}

impl Folder {
    /// Opens `wanted`, or a new temporary folder.
    pub(super) fn open(wanted: Option<PathBuf>) -> Result<Self, LabError> {
        let temporary = wanted.is_none();
        let path = wanted.unwrap_or_else(|| {
            let name: String = super::oci::unique_name().chars().skip(8).take(12).collect();
            std::env::temp_dir().join(format!("k3scope-lab-{name}"))
        });
        DirBuilder::new()
            .recursive(!temporary)
            .mode(0o700)
            .create(&path)
            .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o700)))
            .and_then(|()| fs::canonicalize(&path))
            .map(|path| Self {
                path,
                temporary,
                fingerprint: String::new(),
            })
            .map_err(|source| LabError::File { path, source })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn oci_config(&self) -> PathBuf {
        self.path.join("oci_config")
    }

    pub(super) fn cluster_toml(&self) -> PathBuf {
        self.path.join("cluster.toml")
    }

    pub(super) fn ssh_private_key(&self) -> PathBuf {
        self.path.join("ssh_key")
    }

    fn ssh_public_key(&self) -> PathBuf {
        self.path.join("ssh_key.pub")
    }

    fn api_private_key(&self) -> PathBuf {
        self.path.join("oci_api_key.pem")
    }

    /// Makes the API key and the SSH key pair; gives the API key's public half.
    pub(super) fn make_keys(&mut self) -> Result<ApiKey, LabError> {
        self.make_ssh_key()?;
        let key = self.make_api_key()?;
        self.fingerprint.clone_from(&key.fingerprint);
        Ok(key)
    }

    fn make_api_key(&self) -> Result<ApiKey, LabError> {
        let wrong = |reason: &dyn std::fmt::Display| LabError::Key {
            what: "OCI API key",
            reason: reason.to_string(),
        };
        let private = RsaPrivateKey::new(&mut UnwrapErr(SystemRandom), API_KEY_BITS)
            .map_err(|error| wrong(&error))?;
        let pem = private
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|error| wrong(&error))?;
        // The label that Oracle's own tools write and warn about when it is missing.
        write(&self.api_private_key(), &format!("{}OCI_API_KEY\n", *pem))?;
        let public = RsaPublicKey::from(&private);
        let spki = public.to_public_key_der().map_err(|error| wrong(&error))?;
        Ok(ApiKey {
            fingerprint: fingerprint(spki.as_bytes()),
            pem: public
                .to_public_key_pem(LineEnding::LF)
                .map_err(|error| wrong(&error))?,
            der: public
                .to_pkcs1_der()
                .map_err(|error| wrong(&error))?
                .as_bytes()
                .to_vec(),
        })
    }

    fn make_ssh_key(&self) -> Result<(), LabError> {
        let wrong = |reason: &dyn std::fmt::Display| LabError::Key {
            what: "SSH key",
            reason: reason.to_string(),
        };
        let key = PrivateKey::random(&mut UnwrapErr(SystemRandom), Algorithm::Ed25519)
            .map_err(|error| wrong(&error))?;
        let private = key
            .to_openssh(LineEnding::LF)
            .map_err(|error| wrong(&error))?;
        let public = key
            .public_key()
            .to_openssh()
            .map_err(|error| wrong(&error))?;
        write(&self.ssh_private_key(), &private)?;
        write(&self.ssh_public_key(), &format!("{public} k3scope-lab\n"))
    }

    /// Writes the OCI configuration file and `cluster.toml`.
    pub(super) fn write_configuration(&self, oci: &Oci, speed: f64) -> Result<(), LabError> {
        let place = oci.place();
        let config = format!(
            "[{PROFILE}]\nuser={}\nfingerprint={}\ntenancy={}\nregion={}\nkey_file={}\n",
            place.user,
            self.fingerprint,
            place.tenancy,
            place.region,
            self.api_private_key().display(),
        );
        write(&self.oci_config(), &config)?;
        let cluster = self.cluster(oci, speed);
        write(&self.cluster_toml(), &cluster.to_string())
    }

    /// The files that change while the lab runs.
    pub(super) fn files(&self) -> Files {
        Files(self.path.clone())
    }

    /// Adds what is outside of OCI to `cluster.toml`: Cloudflare and its token, the resolver, the
    /// authority that signs for hosts, Terraform's provider, the repository, and how `dial`'s
    /// addresses are reached;
    /// `api` is that of a cluster that stands already.
    pub(super) fn write_outside(
        &self,
        outside: &Outside,
        (authority, reattach): (&str, Option<&str>),
        (dial, api): (&[(String, SocketAddr)], Option<SocketAddr>),
    ) -> Result<(), LabError> {
        let token = self.path.join("cloudflare_token");
        write(&token, outside.token())?;
        let root = self.path.join("certificate_authority.pem");
        write(&root, authority)?;
        let path = self.cluster_toml();
        let text = fs::read_to_string(&path).map_err(|source| LabError::File {
            path: path.clone(),
            source,
        })?;
        let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
            LabError::Cluster(format!("{}: {error}", path.display()))
        })?;
        document.insert("dns", Item::Table(names(outside, &token)));
        let mut gitops = Table::new();
        gitops.insert("repository", toml_edit::value(REPOSITORY));
        document.insert("gitops", Item::Table(gitops));
        let mut certificates = Table::new();
        certificates.insert("email", toml_edit::value(EMAIL));
        document.insert("certificates", Item::Table(certificates));
        if let Some(endpoints) = document
            .get_mut("endpoints")
            .and_then(|it| it.as_table_mut())
        {
            endpoints.insert("cloudflare", toml_edit::value(outside.endpoint()));
            let resolver = outside.resolver().to_string();
            endpoints.insert("resolver", toml_edit::value(resolver));
            let root = root.display().to_string();
            endpoints.insert("certificate_authority", toml_edit::value(root));
            if let Some(reattach) = reattach {
                endpoints.insert("terraform_reattach", toml_edit::value(reattach));
            }
        }
        let mut ways = Table::new();
        let api = api.map(|address| (CONTROL_PLANE.to_owned(), address));
        for (host, address) in dial.iter().cloned().chain(api) {
            ways.insert(&host, toml_edit::value(address.to_string()));
        }
        document.insert("dial", Item::Table(ways));
        write(&path, &document.to_string())
    }

    fn cluster(&self, oci: &Oci, speed: f64) -> toml_edit::DocumentMut {
        let place = oci.place();
        let shown = |path: PathBuf| path.display().to_string();
        let mut document = DocumentMut::new();
        let sections: [(&str, Vec<(&str, Value)>); 4] = [
            (
                "cluster",
                vec![("name", "lab".into()), ("layout", "reference".into())],
            ),
            (
                "oci",
                vec![
                    ("config_file", shown(self.oci_config()).into()),
                    ("profile", PROFILE.into()),
                    ("region", place.region.as_str().into()),
                    ("compartment", place.compartment.as_str().into()),
                ],
            ),
            (
                "ssh",
                vec![
                    ("public_key", shown(self.ssh_public_key()).into()),
                    ("private_key", shown(self.ssh_private_key()).into()),
                ],
            ),
            (
                "endpoints",
                vec![("oci", oci.endpoint().into()), ("pace", speed.into())],
            ),
        ];
        for (name, pairs) in sections {
            let mut table = Table::new();
            for (key, value) in pairs {
                table.insert(key, Item::Value(value));
            }
            document.insert(name, Item::Table(table));
        }
        document
    }

    /// Removes a temporary folder; one that was asked for stays.
    pub(super) fn close(&self) -> Result<(), LabError> {
        if !self.temporary || !self.path.exists() {
            return Ok(());
        }
        fs::remove_dir_all(&self.path).map_err(|source| LabError::File {
            path: self.path.clone(),
            source,
        })
    }
}

/// The files of the folder that change while the lab runs; clones name the same ones.
#[derive(Clone, Debug)]
pub(super) struct Files(PathBuf);

impl Files {
    /// A user's kubeconfig.
    pub(super) fn kubeconfig(&self, user: &str) -> PathBuf {
        self.0.join(match user {
            "admin" => "kubeconfig",
            _ => "kubeconfig_viewer",
        })
    }

    /// Writes the kubeconfigs of a cluster; without one there are none.
    pub(super) fn write_kubeconfigs(&self, server: Option<&Server>) -> Result<(), LabError> {
        for user in ["admin", "viewer"] {
            let path = self.kubeconfig(user);
            match server.and_then(|server| server.kubeconfig(user)) {
                Some(text) => write(&path, &text)?,
                None if path.exists() => {
                    fs::remove_file(&path).map_err(|source| LabError::File { path, source })?;
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Writes what the lab prints when it is ready: beside `cluster.toml` it tells the product that
    /// this folder is a lab's own.
    pub(super) fn write_ready(&self, ready: &serde_json::Value) -> Result<(), LabError> {
        write(&self.0.join("lab.json"), &format!("{ready}\n"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::warn!(%error, "the lab's temporary folder stays behind");
        }
    }
}

/// The `[dns]` table: Cloudflare's zone and the hosts in it.
fn names(outside: &Outside, token: &Path) -> Table {
    let mut dns = Table::new();
    dns.insert("provider", toml_edit::value("cloudflare"));
    dns.insert("zone", toml_edit::value(outside.zone.name()));
    dns.insert("zone_id", toml_edit::value(outside.zone.id()));
    let mut file = toml_edit::InlineTable::new();
    file.insert("file", token.display().to_string().into());
    dns.insert("token", toml_edit::value(file));
    let mut hosts = toml_edit::InlineTable::new();
    for host in ["docs", "argocd"] {
        hosts.insert(host, format!("{host}.{}", outside.zone.name()).into());
    }
    dns.insert("hosts", toml_edit::value(hosts));
    dns
}

/// Writes a file that only its owner may read.
fn write(path: &Path, text: &str) -> Result<(), LabError> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path);
    file.and_then(|mut file| {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        file.write_all(text.as_bytes())
    })
    .map_err(|source| LabError::File {
        path: path.to_owned(),
        source,
    })
}

/// OCI's fingerprint of a key: MD5 over its SPKI.
fn fingerprint(spki: &[u8]) -> String {
    let bytes: Vec<String> = Md5::digest(spki)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    bytes.join(":")
}
