//! Test data: signatures and keys in all their forms, recorded from Oracle's published examples
//! and from its SDK.

use serde_json::Value;

/// Passphrase of every encrypted test key.
pub(super) const PASSPHRASE: &str = "swordfish";

/// The whole file.
pub(super) fn all() -> Value {
    serde_json::from_str(include_str!("../../tests/data/oci/signing-vectors.json")).unwrap()
}

/// One key of 2048 bits in the form named.
pub(super) fn key(form: &str) -> String {
    pem(&all()["generated_2048"][form])
}

/// A PEM file of its stored parts.
pub(super) fn pem(parts: &Value) -> String {
    let label = parts["pem_label"].as_str().unwrap();
    let lines = |name: &str| {
        parts[name]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|line| [line.as_str().unwrap(), "\n"])
            .collect::<String>()
    };
    let mut head = lines("pem_headers");
    if !head.is_empty() {
        head.push('\n');
    }
    let after = parts["after_end_line"].as_str().unwrap();
    format!(
        "-----BEGIN {label}-----\n{head}{}-----END {label}-----\n{after}\n",
        lines("pem_body_lines")
    )
}
