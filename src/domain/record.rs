//! DNS records: wanted in the cluster, published at Cloudflare, owned by external-dns.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Object, ObjectRef};

/// One record that is wanted.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Line>,
    /// When it was changed last.
    pub modified: Option<Timestamp>,
}

/// Who keeps a record, from the TXT record that external-dns writes beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Registration {
    /// The record's name.
    pub name: Line,
    /// The record's type; nothing in the old form of the name, which did not tell.
    pub kind: Option<Line>,
    /// The owner id of the external-dns that keeps it.
    pub owner: Line,
    /// The object that wants it, as `kind/namespace/name`.
    pub resource: Line,
    /// That is enciphered: it is kept by an external-dns, and only that one can tell more.
    pub encrypted: bool,
}

const TYPES: &[&str] = &[
    "a", "aaaa", "cname", "ns", "mx", "srv", "txt", "ptr", "naptr",
];

impl PublishedRecord {
    /// What this record registers, when it is one of external-dns' TXT records with a name that no
    /// prefix or suffix changes; for the others see [`registry`](super::registry).
    pub fn registration(&self) -> Option<Registration> {
        let (owner, resource) = self.labels()?;
        let typed = self
            .name
            .split_once('-')
            .filter(|(kind, _)| TYPES.contains(kind));
        Some(Registration {
            name: typed.map_or_else(|| self.name.clone(), |(_, name)| Line::new(name)),
            kind: typed.map(|(kind, _)| Line::new(&kind.to_ascii_uppercase())),
            owner,
            resource,
            encrypted: false,
        })
    }

    /// Owner and resource, as the text of one of external-dns' TXT records has them.
    pub(super) fn labels(&self) -> Option<(Line, Line)> {
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
        let owner = value("external-dns/owner").unwrap_or_default();
        Some((owner, value("external-dns/resource").unwrap_or_default()))
    }

    /// Whether two say the same of the same name, whatever Cloudflare calls them.
    pub fn is_as(&self, other: &Self) -> bool {
        self.name == other.name
            && self.kind == other.kind
            && self.content == other.content
            && self.proxied == other.proxied
    }
}

/// A record that an external-dns keeps, with the TXT records that say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept<'a> {
    /// The record; nothing where only the registration is left.
    pub record: Option<&'a PublishedRecord>,
    /// What registers it.
    pub registrations: Vec<&'a PublishedRecord>,
    /// Its name.
    pub name: Line,
}

/// What the external-dns with this owner id keeps among `records`, by name. What anybody else
/// registered as well is left out: it is not for one owner to give away.
pub fn kept_by<'a>(owner: &str, records: &'a [PublishedRecord]) -> Vec<Kept<'a>> {
    let registered: Vec<(Registration, &PublishedRecord)> = records
        .iter()
        .filter_map(|record| Some((record.registration()?, record)))
        .collect();
    let claims = |record: &PublishedRecord| {
        let of = |registration: &Registration| {
            let kind = registration.kind.as_ref();
            registration.name == record.name && kind.is_none_or(|kind| *kind == record.kind)
        };
        registered
            .iter()
            .filter(move |(registration, _)| of(registration))
            .collect::<Vec<_>>()
    };
    let mut kept = Vec::new();
    let mut named: Vec<&PublishedRecord> = Vec::new();
    for record in records
        .iter()
        .filter(|record| ADDRESSES.contains(&record.kind.as_str()))
    {
        let claims = claims(record);
        named.extend(claims.iter().map(|(_, txt)| *txt));
        if !claims.is_empty() && claims.iter().all(|(claim, _)| claim.owner == owner) {
            kept.push(Kept {
                record: Some(record),
                registrations: claims.iter().map(|(_, txt)| *txt).collect(),
                name: record.name.clone(),
            });
        }
    }
    let alone = registered.iter().filter(|(registration, txt)| {
        registration.owner == owner && !named.iter().any(|known| known.id == txt.id)
    });
    kept.extend(alone.map(|(registration, txt)| Kept {
        record: None,
        registrations: vec![txt],
        name: registration.name.clone(),
    }));
    kept
}

/// The types that a registration without a type stands for.
const ADDRESSES: &[&str] = &["A", "AAAA", "CNAME"];

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

    fn record(id: &str, name: &str, kind: &str, content: &str) -> PublishedRecord {
        PublishedRecord {
            id: ObjectRef::new("example.com", id),
            name: name.into(),
            kind: kind.into(),
            content: content.into(),
            ..PublishedRecord::default()
        }
    }

    #[test]
    fn only_what_one_owner_alone_registered_is_its_own() {
        let of = |owner: &str| {
            format!(
                "\"heritage=external-dns,external-dns/owner={owner},external-dns/resource=x/y/z\""
            )
        };
        let records = [
            record("1", "docs.example.com", "A", "203.0.113.7"),
            record("2", "a-docs.example.com", "TXT", &of("k3s")),
            record("3", "argocd.example.com", "A", "203.0.113.7"),
            record("4", "a-argocd.example.com", "TXT", &of("other")),
            record("5", "hand.example.com", "A", "203.0.113.7"),
            record("6", "both.example.com", "A", "203.0.113.7"),
            record("7", "a-both.example.com", "TXT", &of("k3s")),
            record("8", "both.example.com", "TXT", &of("other")),
            record("9", "a-gone.example.com", "TXT", &of("k3s")),
            record("10", "docs.example.com", "TXT", "v=spf1 -all"),
            record("11", "docs.example.com", "MX", "mail.example.com"),
        ];
        let kept = kept_by("k3s", &records);
        let ids: Vec<(Option<&str>, Vec<&str>)> = kept
            .iter()
            .map(|kept| {
                let txt = kept.registrations.iter().map(|txt| txt.id.name.as_str());
                (
                    kept.record.map(|record| record.id.name.as_str()),
                    txt.collect(),
                )
            })
            .collect();
        assert_eq!(ids, [(Some("1"), vec!["2"]), (None, vec!["9"])]);
        assert!(kept_by("", &records).is_empty());
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
