//! What K3s keeps on a machine to be known by: the node's password and the agent's certificates.
//!
//! A machine that is made anew has neither, and a machine whose server was made anew has those of
//! the old one: both are refused until somebody acts.

use std::path::Path;

use rsa::rand_core::UnwrapErr;
use russh::keys::ssh_key::Algorithm;
use russh::keys::{HashAlg, PrivateKey};

use super::disk::Disk;
use crate::lab::random::SystemRandom;

/// Where K3s writes the password that it makes at its first start.
const PASSWORD: &str = "/etc/rancher/node/password";
const AGENT: &str = "/var/lib/rancher/k3s/agent/";
/// The authority that an agent trusts.
const SERVER_CA: &str = "/var/lib/rancher/k3s/agent/server-ca.crt";
/// The file by which the script knows that an agent has joined.
pub(super) const KUBELET: &str = "/var/lib/rancher/k3s/agent/kubelet.kubeconfig";
/// What an agent has besides, by the names of K3s.
const OWN: [&str; 10] = [
    "client-ca.crt",
    "client-kubelet.crt",
    "client-kubelet.key",
    "client-kube-proxy.crt",
    "client-kube-proxy.key",
    "client-k3s-controller.crt",
    "client-k3s-controller.key",
    "serving-kubelet.crt",
    "serving-kubelet.key",
    "kubeproxy.kubeconfig",
];
const SECRET_MODE: u32 = 0o600;

/// The node's password, which is made when there is none.
pub(super) fn password(disk: &Disk) -> String {
    if let Some(known) = disk.text(PASSWORD) {
        return known.trim().to_owned();
    }
    // A random key's fingerprint is as random as the key.
    let made = PrivateKey::random(&mut UnwrapErr(SystemRandom), Algorithm::Ed25519)
        .map(|key| key.public_key().fingerprint(HashAlg::Sha256).to_string())
        .unwrap_or_default();
    let letters = made.trim_start_matches("SHA256:").bytes();
    let password: String = letters.map(|byte| format!("{byte:02x}")).take(16).collect();
    disk.write(PASSWORD, format!("{password}\n").as_bytes(), SECRET_MODE);
    password
}

/// Lays what an agent gets from its server when it joins.
pub(super) fn lay(disk: &Disk, authority: &str) {
    disk.write(SERVER_CA, authority.as_bytes(), 0o644);
    for name in OWN {
        let note = format!("# {name}: given by the server; a lab's agent needs no more of it\n");
        let public = Path::new(name).extension().is_some_and(|it| it == "crt");
        let mode = if public { 0o644 } else { SECRET_MODE };
        disk.write(&format!("{AGENT}{name}"), note.as_bytes(), mode);
    }
    disk.write(KUBELET, b"apiVersion: v1\nkind: Config\n", SECRET_MODE);
}

/// Whether an agent trusts another authority than this, from an earlier cluster.
pub(super) fn is_stale(disk: &Disk, authority: &str) -> bool {
    let known = disk.text(SERVER_CA);
    known.is_some_and(|known| known.trim() != authority.trim())
}

/// Removes what an agent has of its server: certificates, keys and kubeconfigs.
pub(super) fn forget(disk: &Disk) {
    const OURS: [&str; 3] = ["crt", "key", "kubeconfig"];
    for path in disk.paths(AGENT) {
        let name = path.strip_prefix(AGENT).unwrap_or_default();
        let kind = Path::new(name).extension();
        if !name.contains('/') && OURS.iter().any(|own| kind.is_some_and(|kind| kind == *own)) {
            disk.remove(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_made_once_and_differs_between_machines() {
        let (one, other) = (Disk::new(), Disk::new());
        assert_eq!(password(&one), password(&one));
        assert_ne!(password(&one), password(&other));
        assert_eq!(password(&one).len(), 32);
    }

    #[test]
    fn certificates_of_another_authority_are_stale_until_forgotten() {
        let disk = Disk::new();
        assert!(!is_stale(&disk, "one"));
        lay(&disk, "one");
        disk.write("/var/lib/rancher/k3s/agent/images/x.tar", b"", 0o644);
        assert!(!is_stale(&disk, "one") && is_stale(&disk, "two"));
        forget(&disk);
        assert!(!is_stale(&disk, "two"));
        let left = disk.paths(AGENT);
        assert_eq!(left, ["/var/lib/rancher/k3s/agent/images/x.tar"]);
    }
}
