//! K3s' memory of who may bear a node's name: a Secret with the hash of the node's password, which
//! goes when the Node is deleted.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::object::{date, hex, name, namespace, text};
use super::world::{Pass, World};

const SPACE: &str = "kube-system";
const ENDING: &str = ".node-password.k3s";

fn secret_of(node: &str) -> String {
    format!("{node}{ENDING}")
}

/// A stand-in for the scrypt hash of K3s, in its form.
fn hash(password: &str) -> String {
    let (salt, digest) = (hex(&format!("salt {password}"), 16), hex(password, 64));
    format!("$1:{salt}:15:8:1:{digest}")
}

/// Whether a node's name is free, or known with this password.
pub(crate) fn admits(world: &World, node: &str, password: &str) -> bool {
    let known = world.objects.get("secrets", Some(SPACE), &secret_of(node));
    known.is_none_or(|known| known_hash(&known) == hash(password))
}

fn known_hash(secret: &Value) -> String {
    use base64::Engine as _;
    let encoded = text(secret, "/data/hash");
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded);
    String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
}

/// Remembers a node's password, unless its name is taken already.
pub(crate) fn remember(world: &World, node: &str, password: &str, now: Timestamp) {
    use base64::Engine as _;
    let own = secret_of(node);
    if world.objects.get("secrets", Some(SPACE), &own).is_some() {
        return;
    }
    let hash = base64::engine::general_purpose::STANDARD.encode(hash(password));
    world.objects.put(
        "secrets",
        json!({
            "metadata": {"name": own, "namespace": SPACE, "creationTimestamp": date(now)},
            "type": "Opaque", "immutable": true, "data": {"hash": hash},
        }),
    );
}

/// Forgets nodes that were deleted.
pub(super) fn reconcile(pass: &Pass<'_>) {
    for secret in pass.list("secrets") {
        let Some(node) = name(&secret).strip_suffix(ENDING) else {
            continue;
        };
        if namespace(&secret) == SPACE && pass.get("nodes", "", node).is_none() {
            pass.remove("secrets", &secret);
        }
    }
}
