//! cert-manager: Certificate → `CertificateRequest` → Order → Challenge → an issued Secret.
//!
//! One file a kind. Whether a challenge is answered follows from Cloudflare's record and from the
//! routes that Envoy Gateway has accepted; certificates are really signed, by the lab's own
//! authority.

mod authority;
mod certificate;
mod challenge;
mod issuer;
mod order;
mod request;
mod solver;

pub(crate) use authority::Authority;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::object::text;
use super::world::Pass;

const SPACE: &str = "cert-manager";
const CERTIFICATES: &str = "certificates.cert-manager.io";
const REQUESTS: &str = "certificaterequests.cert-manager.io";
const ORDERS: &str = "orders.acme.cert-manager.io";
const CHALLENGES: &str = "challenges.acme.cert-manager.io";
const ISSUERS: &str = "clusterissuers.cert-manager.io";

pub(super) fn reconcile(pass: &Pass<'_>) {
    if !pass.runs("deployments.apps", SPACE, "cert-manager") {
        return;
    }
    if !pass.resolves(SPACE, "cert-manager") {
        return;
    }
    issuer::reconcile(pass);
    certificate::reconcile(pass);
    request::reconcile(pass);
    order::reconcile(pass);
    challenge::reconcile(pass);
}

/// A value of a Secret's data.
pub(super) fn decoded(secret: &Value, key: &str) -> Option<String> {
    let stored = secret.pointer("/data")?.get(key)?.as_str()?;
    String::from_utf8(STANDARD.decode(stored).ok()?).ok()
}

fn encoded(content: &str) -> String {
    STANDARD.encode(content)
}

/// The decimal Adler-32 sum that cert-manager labels solver objects with (RFC 1950, 8.2).
fn adler32(text: &str) -> u32 {
    const PRIME: u32 = 65_521;
    let (low, high) = text.bytes().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(byte)) % PRIME;
        (low, (high + low) % PRIME)
    });
    (high << 16) | low
}

/// The issuer that an object names, when it is there.
fn issuer_of(pass: &Pass<'_>, object: &Value) -> Option<std::sync::Arc<Value>> {
    pass.get(ISSUERS, "", text(object, "/spec/issuerRef/name"))
}
