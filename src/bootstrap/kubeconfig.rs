//! The kubeconfig that K3s writes on its server, made fit for use from here.
//!
//! It comes from a machine that may be lied to, and it is a program's configuration: one that
//! executes a plugin or reads a file is refused, and so is every credential but a client certificate.

use std::net::Ipv4Addr;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::config::files;

/// Where K3s writes it.
pub(super) const REMOTE: &str = "/etc/rancher/k3s/k3s.yaml";
/// The port of the API server.
const API_PORT: u16 = 6443;
/// More than any has, in bytes.
const LONGEST: usize = 128 * 1024;

/// Why a kubeconfig is not taken. Never holds any of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KubeconfigError {
    /// Not a kubeconfig, or one with more in it than K3s writes.
    #[error("it is not the kubeconfig that K3s writes: {0}")]
    Form(String),
    /// Another credential than a client certificate.
    #[error("its user logs in by {0}; only a client certificate is taken")]
    Credential(&'static str),
    /// Something in it is not what it should be.
    #[error("its {0} is not {1}")]
    Invalid(&'static str, &'static str),
}

/// A checked kubeconfig with one cluster, one user and one context, all of the cluster's name.
#[derive(Clone, Debug)]
pub struct Kubeconfig {
    name: String,
    server: String,
    authority: String,
    certificate: String,
    key: SecretString,
}

#[derive(Deserialize)]
struct File {
    clusters: Vec<Named<Cluster>>,
    users: Vec<Named<User>>,
}

#[derive(Deserialize)]
struct Named<T> {
    #[serde(alias = "cluster", alias = "user")]
    of: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Cluster {
    certificate_authority_data: Option<String>,
    #[serde(default)]
    insecure_skip_tls_verify: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct User {
    client_certificate_data: Option<String>,
    #[serde(default, deserialize_with = "secret")]
    client_key_data: Option<SecretString>,
    exec: Option<serde::de::IgnoredAny>,
    auth_provider: Option<serde::de::IgnoredAny>,
    token: Option<serde::de::IgnoredAny>,
    #[serde(rename = "tokenFile")]
    token_file: Option<serde::de::IgnoredAny>,
    username: Option<serde::de::IgnoredAny>,
    password: Option<serde::de::IgnoredAny>,
}

fn secret<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
    Option::<String>::deserialize(from).map(|text| text.map(SecretString::from))
}

impl Kubeconfig {
    /// Checks what the server's file holds, and turns it to the server's private address under the
    /// cluster's name.
    pub fn of_server(text: &str, cluster: &str, server: Ipv4Addr) -> Result<Self, KubeconfigError> {
        if text.len() > LONGEST {
            return Err(KubeconfigError::Form("it is too long".to_owned()));
        }
        // The parser's words may quote the text, which holds a key.
        let unread = |_| KubeconfigError::Form("it cannot be read as one".to_owned());
        let file: File = serde_saphyr::from_str(text).map_err(unread)?;
        let ([cluster_entry], [user]) = (file.clusters.as_slice(), file.users.as_slice()) else {
            let form = "expected one cluster and one user";
            return Err(KubeconfigError::Form(form.to_owned()));
        };
        let (certificate, key) = credentials(&user.of)?;
        Ok(Self {
            name: cluster.to_owned(),
            server: format!("https://{server}:{API_PORT}"),
            authority: authority(&cluster_entry.of)?,
            certificate,
            key,
        })
    }

    /// The name of its cluster, user and context.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file's text.
    pub fn text(&self) -> SecretString {
        let Self {
            name,
            server,
            authority,
            certificate,
            key,
        } = self;
        // Names are RFC 1123 labels and data is Base64: nothing here needs quoting but the name.
        SecretString::from(format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: \"{name}\"\n\
             clusters:\n- name: \"{name}\"\n  cluster:\n    server: {server}\n    \
             certificate-authority-data: {authority}\n\
             users:\n- name: \"{name}\"\n  user:\n    client-certificate-data: {certificate}\n    \
             client-key-data: {}\n\
             contexts:\n- name: \"{name}\"\n  context:\n    cluster: \"{name}\"\n    \
             user: \"{name}\"\n",
            key.expose_secret()
        ))
    }

    /// Writes it to `path` (0600) unless it stands there already; tells whether it was new.
    pub(super) fn keep(&self, path: &Path) -> std::io::Result<bool> {
        let text = self.text();
        let known = std::fs::read_to_string(path).is_ok_and(|old| old == text.expose_secret());
        if !known {
            files::replace(path, text.expose_secret().as_bytes(), files::PRIVATE)?;
        }
        Ok(!known)
    }
}

fn authority(cluster: &Cluster) -> Result<String, KubeconfigError> {
    let invalid = KubeconfigError::Invalid("certificate authority", "a certificate");
    if cluster.insecure_skip_tls_verify {
        return Err(KubeconfigError::Form(
            "it does not verify the server".to_owned(),
        ));
    }
    let data = compact(
        cluster
            .certificate_authority_data
            .as_deref()
            .unwrap_or_default(),
    );
    let mut roots = rustls::RootCertStore::empty();
    for block in blocks(&data).ok_or_else(|| invalid.clone())? {
        let der = rustls::pki_types::CertificateDer::from(block.into_contents());
        roots.add(der).map_err(|_| invalid.clone())?;
    }
    if roots.is_empty() {
        return Err(invalid);
    }
    Ok(data)
}

fn credentials(user: &User) -> Result<(String, SecretString), KubeconfigError> {
    let others = [
        ("a program (exec)", user.exec.is_some()),
        ("a plugin (auth-provider)", user.auth_provider.is_some()),
        ("a token", user.token.is_some() || user.token_file.is_some()),
        (
            "a password",
            user.username.is_some() || user.password.is_some(),
        ),
    ];
    if let Some((how, _)) = others.into_iter().find(|(_, is_there)| *is_there) {
        return Err(KubeconfigError::Credential(how));
    }
    let certificate = compact(user.client_certificate_data.as_deref().unwrap_or_default());
    if !has_block(&certificate, |tag| tag == "CERTIFICATE") {
        return Err(KubeconfigError::Invalid(
            "client certificate",
            "a certificate",
        ));
    }
    let key = user.client_key_data.as_ref();
    let key = SecretString::from(compact(key.map_or("", |key| key.expose_secret())));
    if !has_block(key.expose_secret(), |tag| tag.ends_with("PRIVATE KEY")) {
        return Err(KubeconfigError::Invalid("client key", "a private key"));
    }
    Ok((certificate, key))
}

fn compact(data: &str) -> String {
    data.split_whitespace().collect()
}

fn blocks(base64: &str) -> Option<Vec<pem::Pem>> {
    let bytes = STANDARD.decode(base64).ok()?;
    pem::parse_many(bytes).ok()
}

fn has_block(base64: &str, is_wanted: impl Fn(&str) -> bool) -> bool {
    blocks(base64).is_some_and(|all| all.iter().any(|block| is_wanted(block.tag())))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// What K3s writes, made of a certificate of this test's own.
    fn written() -> String {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["k3s".to_owned()]).unwrap();
        let certificate = STANDARD.encode(params.self_signed(&key).unwrap().pem());
        let key = STANDARD.encode(key.serialize_pem());
        format!(
            "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {certificate}\n    \
             server: https://127.0.0.1:6443\n  name: default\ncontexts:\n- context:\n    cluster: default\n    \
             user: default\n  name: default\ncurrent-context: default\nkind: Config\npreferences: {{}}\n\
             users:\n- name: default\n  user:\n    client-certificate-data: {certificate}\n    \
             client-key-data: {key}\n"
        )
    }

    fn taken(text: &str) -> Result<Kubeconfig, KubeconfigError> {
        Kubeconfig::of_server(text, "lab", [10, 0, 2, 10].into())
    }

    #[test]
    fn what_k3s_writes_is_turned_to_the_private_address_and_our_names() {
        let kubeconfig = taken(&written()).unwrap();
        let text = kubeconfig.text();
        let read: kube::config::Kubeconfig = serde_saphyr::from_str(text.expose_secret()).unwrap();
        assert_eq!(read.current_context.as_deref(), Some("lab"));
        let cluster = read.clusters[0].cluster.as_ref().unwrap();
        assert_eq!(cluster.server.as_deref(), Some("https://10.0.2.10:6443"));
        assert_eq!(read.contexts[0].context.as_ref().unwrap().cluster, "lab");
        assert!(
            read.auth_infos[0]
                .auth_info
                .as_ref()
                .unwrap()
                .client_key_data
                .is_some()
        );
        assert_eq!(taken(&written()).unwrap().name(), "lab");
        assert!(!format!("{kubeconfig:?}").contains(kubeconfig.key.expose_secret()));
    }

    #[rstest]
    #[case::plugin("exec:\n      command: sh", "a program (exec)")]
    #[case::provider("auth-provider:\n      name: gcp", "a plugin (auth-provider)")]
    #[case::token("token: secret", "a token")]
    #[case::token_file("tokenFile: /etc/passwd", "a token")]
    #[case::password("password: secret", "a password")]
    fn only_a_client_certificate_is_taken(#[case] more: &str, #[case] how: &'static str) {
        let text = written().replace(
            "  user:\n    client-c",
            &format!("  user:\n    {more}\n    client-c"),
        );
        assert_eq!(taken(&text).unwrap_err(), KubeconfigError::Credential(how));
    }

    #[rstest]
    #[case::no_authority("certificate-authority-data: ", "certificate-authority: /etc/ca # ")]
    #[case::no_certificate("client-certificate-data: ", "client-certificate: /etc/cert # ")]
    #[case::no_key("client-key-data: ", "client-key-data: bm9uZQ== # ")]
    #[case::unverified("server: https", "insecure-skip-tls-verify: true\n    server: https")]
    #[case::no_users("users:", "people:")]
    fn what_is_not_whole_is_refused(#[case] from: &str, #[case] to: &str) {
        let text = written().replace(from, to);
        let refused = taken(&text).unwrap_err().to_string();
        assert!(
            !refused.contains("LS0t"),
            "no piece of it is quoted: {refused}"
        );
    }

    #[test]
    fn it_is_kept_once_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kubeconfig");
        let kubeconfig = taken(&written()).unwrap();
        assert!(kubeconfig.keep(&path).unwrap());
        assert!(!kubeconfig.keep(&path).unwrap());
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
