//! DNS records: wanted in the cluster, published at Cloudflare, owned by external-dns.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Object, ObjectRef};

/// One record that a `DNSEndpoint` wants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedRecord {
    /// Its full name, without the trailing dot.
    pub name: Line,
    /// `A`, `AAAA`, `CNAME`, `TXT`, …
    pub kind: Line,
    /// Seconds; nothing for the provider's default.
    pub ttl: Option<u32>,
    /// Addresses or names.
    pub targets: Vec<Line>,
    /// Whether it wants Cloudflare's proxy, where it says.
    pub proxied: Option<bool>,
}

/// external-dns' `DNSEndpoint`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsEndpoint {
    /// Its name.
    pub id: ObjectRef,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// What it wants.
    pub records: Vec<WantedRecord>,
    /// Whether external-dns has read its present form (seen, which is not published).
    pub observed: bool,
}

/// One record as Cloudflare has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedRecord {
    /// Zone and Cloudflare's identifier of the record.
    pub id: ObjectRef,
    /// Its full name.
    pub name: Line,
    /// `A`, `TXT`, …
    pub kind: Line,
    /// Address, name or text.
    pub content: Line,
    /// Cloudflare answers with its own addresses and stands between.
    pub proxied: bool,
    /// Seconds; 1 is automatic.
    pub ttl: u32,
    /// The comment beside it.
    pub comment: Line,
    /// When it was changed last.
    pub modified: Option<Timestamp>,
}

/// Who keeps a record, from the TXT record that external-dns writes beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The record's name.
    pub name: Line,
    /// The record's type; nothing in the old form of the name, which did not tell.
    pub kind: Option<Line>,
    /// The owner id of the external-dns that keeps it.
    pub owner: Line,
    /// The object that wants it, as `kind/namespace/name`.
    pub resource: Line,
}

const TYPES: &[&str] = &[
    "a", "aaaa", "cname", "ns", "mx", "srv", "txt", "ptr", "naptr",
];

impl PublishedRecord {
    /// What this record registers, when it is one of external-dns' TXT records.
    pub fn registration(&self) -> Option<Registration> {
        if self.kind != "TXT" {
            return None;
        }
        let labels = self.content.trim_matches('"');
        let value = |key: &str| {
            labels
                .split(',')
                .find_map(|label| label.strip_prefix(key)?.strip_prefix('='))
                .map(Line::new)
        };
        if value("heritage")? != "external-dns" {
            return None;
        }
        let typed = self
            .name
            .split_once('-')
            .filter(|(kind, _)| TYPES.contains(kind));
        Some(Registration {
            name: typed.map_or_else(|| self.name.clone(), |(_, name)| Line::new(name)),
            kind: typed.map(|(kind, _)| Line::new(&kind.to_ascii_uppercase())),
            owner: value("external-dns/owner").unwrap_or_default(),
            resource: value("external-dns/resource").unwrap_or_default(),
        })
    }
}

impl Object for DnsEndpoint {
    fn id(&self) -> &ObjectRef {
        &self.id
    }
}

impl Object for PublishedRecord {
    fn id(&self) -> &ObjectRef {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn txt(name: &str, content: &str) -> PublishedRecord {
        PublishedRecord {
            name: name.into(),
            kind: "TXT".into(),
            content: content.into(),
            ..PublishedRecord::default()
        }
    }

    #[test]
    fn the_registry_names_record_owner_and_resource() {
        let labels =
            "\"heritage=external-dns,external-dns/owner=k3s,external-dns/resource=crd/dns/static\"";
        let found = txt("a-docs.example.com", labels).registration().unwrap();
        assert_eq!(found.name, "docs.example.com");
        assert_eq!(found.kind, Some("A".into()));
        assert_eq!(found.owner, "k3s");
        assert_eq!(found.resource, "crd/dns/static");
        let old = txt("my-docs.example.com", labels).registration().unwrap();
        assert_eq!((old.name.as_str(), old.kind), ("my-docs.example.com", None));
        assert_eq!(
            txt("a-docs.example.com", "v=spf1 -all").registration(),
            None
        );
    }
}
