//! Annotations that external-dns reads from objects of the Gateway API.
//!
//! Since 0.22 their prefix is `external-dns.kubernetes.io/`; the one before it is read as well where
//! the newer form of the same key is absent.

use jiff::SignedDuration;

use super::object::Meta;
use crate::domain::line::Line;
use crate::domain::route::DnsAnnotations;

const PREFIXES: [&str; 2] = [
    "external-dns.kubernetes.io/",
    "external-dns.alpha.kubernetes.io/",
];

fn value<'a>(meta: &'a Meta, key: &str) -> Option<&'a str> {
    PREFIXES
        .iter()
        .find_map(|prefix| meta.annotation(&format!("{prefix}{key}")))
}

fn list(meta: &Meta, key: &str) -> Vec<Line> {
    let values = value(meta, key).unwrap_or_default().split(',');
    values
        .map(|value| value.trim().trim_end_matches('.'))
        .filter(|value| !value.is_empty())
        .map(Line::new)
        .collect()
}

/// What is to be published for the object's host names.
pub(super) fn dns_targets(meta: &Meta) -> Vec<Line> {
    list(meta, "target")
}

/// What else is told.
pub(super) fn dns_annotations(meta: &Meta) -> DnsAnnotations {
    DnsAnnotations {
        hostnames: list(meta, "hostname"),
        hostnames_from: Line::new(
            value(meta, "gateway-hostname-source")
                .unwrap_or_default()
                .trim(),
        ),
        ttl: value(meta, "ttl").and_then(seconds),
        proxied: value(meta, "cloudflare-proxied").map(|value| value == "true"),
        controller: Line::new(value(meta, "controller").unwrap_or_default()),
    }
}

/// Seconds, or a length such as `10m`.
fn seconds(text: &str) -> Option<u32> {
    let length = || {
        text.parse::<SignedDuration>()
            .ok()?
            .as_secs()
            .try_into()
            .ok()
    };
    text.parse().ok().or_else(length).filter(|ttl| *ttl > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_prefixes_are_read_and_the_newer_one_counts() {
        let meta: Meta = serde_json::from_value(json!({
            "name": "docs", "namespace": "docs",
            "annotations": {
                "external-dns.alpha.kubernetes.io/hostname": "a.example.com, b.example.com.",
                "external-dns.alpha.kubernetes.io/ttl": "10m",
                "external-dns.kubernetes.io/ttl": "90",
                "external-dns.kubernetes.io/cloudflare-proxied": "true",
                "external-dns.kubernetes.io/target": "203.0.113.7",
            },
        }))
        .unwrap();
        let told = dns_annotations(&meta);
        assert_eq!(told.hostnames, ["a.example.com", "b.example.com"]);
        assert_eq!((told.ttl, told.proxied), (Some(90), Some(true)));
        assert_eq!(dns_targets(&meta), ["203.0.113.7"]);
        assert!(!told.is_for_others());
        assert_eq!(seconds("10m"), Some(600));
        assert_eq!(seconds("soon"), None);
    }
}
