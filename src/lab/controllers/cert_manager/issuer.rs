//! `ClusterIssuers`: the ACME account is registered once, its key kept in cert-manager's namespace.

use serde_json::{Value, json};

use super::super::object::{Condition, conclude, generation, hex, holds, set, text};
use super::super::world::Pass;
use super::{ISSUERS, SPACE, encoded};

pub(super) fn reconcile(pass: &Pass<'_>) {
    for issuer in pass.list(ISSUERS) {
        if !holds(&issuer, "Ready") {
            register(pass, &issuer);
        }
    }
}

fn register(pass: &Pass<'_>, issuer: &Value) {
    let server = text(issuer, "/spec/acme/server");
    if !server.starts_with("https://") {
        pass.change(ISSUERS, issuer, |next| {
            let message =
                "Failed to register ACME account: the ACME server's URL is not an https URL";
            let failed = Condition {
                kind: "Ready",
                met: false,
                reason: "ErrRegisterACMEAccount",
                message,
            };
            conclude(next, failed, generation(issuer), pass.now);
        });
        return;
    }
    let secret = text(issuer, "/spec/acme/privateKeySecretRef/name");
    if pass.get("secrets", SPACE, secret).is_none() {
        let key = rcgen::KeyPair::generate().map(|key| key.serialize_pem());
        let Ok(key) = key else { return };
        pass.put(
            "secrets",
            json!({
                "metadata": {"name": secret, "namespace": SPACE}, "type": "Opaque",
                "data": {"tls.key": encoded(&key)},
            }),
        );
    }
    let account = u64::from_str_radix(&hex(text(issuer, "/metadata/uid"), 8), 16).unwrap_or(1);
    let base = server.trim_end_matches("/directory");
    pass.change(ISSUERS, issuer, |next| {
        let email = text(issuer, "/spec/acme/email");
        set(
            next,
            "/status/acme/uri",
            json!(format!("{base}/acme/acct/{account}")),
        );
        set(next, "/status/acme/lastRegisteredEmail", json!(email));
        set(
            next,
            "/status/acme/lastPrivateKeyHash",
            json!(hex(secret, 44)),
        );
        let registered = Condition {
            kind: "Ready",
            met: true,
            reason: "ACMEAccountRegistered",
            message: "The ACME account was registered with the ACME server",
        };
        conclude(next, registered, generation(issuer), pass.now);
    });
}
