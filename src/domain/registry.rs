//! external-dns' registry: which TXT record is about which record, whatever its name was made of.
//!
//! external-dns writes the type before the first label (`a-docs.example.com`), around it a prefix or a
//! suffix of its own, or the type in these; older ones left the type out. Which affix was chosen is not
//! known here, so a TXT record is matched with the records that there are.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::line::Line;
use super::record::{PublishedRecord, Registration};

/// A TXT record of the registry, and what it says.
pub type Registered<'a> = (Registration, &'a PublishedRecord);

/// Nonce and seal of AES-GCM, as external-dns writes them: what is shorter holds no text.
const SEALED: usize = 12 + 16;

/// Which TXT records register something among `records`, each with what.
pub fn registered<'a>(records: impl Iterator<Item = &'a PublishedRecord>) -> Vec<Registered<'a>> {
    let (texts, others): (Vec<_>, Vec<_>) = records.partition(|record| record.kind == "TXT");
    let heads = Heads::of(&others);
    texts
        .into_iter()
        .filter_map(|text| Some((heads.registration(text)?, text)))
        .collect()
}

/// How sure it is that a TXT record's name was made of a record's: the first is the surest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// `a-docs`.
    Typed,
    /// `docs`.
    Bare,
    /// `PREFIXa-docs`, `a-docsSUFFIX`.
    TypedAffix,
    /// `PREFIX.a.docs`: the type stands in the affix.
    TypeInAffix,
    /// `PREFIX-docs`: the old form.
    BareAffix,
    /// `a-ANYTHING` for `*`.
    Wildcard,
}

/// The first labels of records and their types, by what stands after that label.
struct Heads<'a>(BTreeMap<&'a str, BTreeMap<&'a str, BTreeSet<String>>>);

impl<'a> Heads<'a> {
    fn of(records: &[&'a PublishedRecord]) -> Self {
        let mut heads: BTreeMap<&str, BTreeMap<&str, BTreeSet<String>>> = BTreeMap::new();
        for record in records {
            let (label, rest) = record.name.split_once('.').unwrap_or((&record.name, ""));
            let kinds = heads.entry(rest).or_default().entry(label).or_default();
            kinds.insert(record.kind.to_ascii_lowercase());
        }
        Self(heads)
    }

    fn registration(&self, text: &PublishedRecord) -> Option<Registration> {
        let found = self.find(&text.name);
        match (text.labels(), found) {
            (Some((owner, resource)), Some((name, kind, _))) => Some(Registration {
                name,
                kind,
                owner,
                resource,
                encrypted: false,
            }),
            // What it was about is gone.
            (Some(_), None) => text.registration(),
            (None, Some((name, Some(kind), form)))
                if form <= Form::TypeInAffix && is_sealed(&text.content) =>
            {
                Some(Registration {
                    name,
                    kind: Some(kind),
                    owner: Line::default(),
                    resource: Line::default(),
                    encrypted: true,
                })
            }
            (None, _) => None,
        }
    }

    /// The record that a TXT record of this name is about: its name, and the type where that is told.
    fn find(&self, name: &str) -> Option<(Line, Option<Line>, Form)> {
        let mut best: Option<((Form, usize), Line, Option<Line>)> = None;
        for (at, _) in name.match_indices('.') {
            let (head, rest) = (name.get(..at)?, name.get(at + 1..)?);
            let Some(labels) = self.0.get(rest) else {
                continue;
            };
            for (label, kinds) in labels {
                let Some((form, kind)) = form(head, label, kinds) else {
                    continue;
                };
                // Of two that fit equally, the longer name was meant: `b-docs`, not `docs`.
                let rank = (form, usize::MAX - label.len() - rest.len());
                if best.as_ref().is_none_or(|(known, ..)| rank < *known) {
                    let kind = kind.map(|kind| Line::new(&kind.to_ascii_uppercase()));
                    best = Some((rank, Line::new(&format!("{label}.{rest}")), kind));
                }
            }
        }
        best.map(|((form, _), name, kind)| (name, kind, form))
    }
}

/// How the head of a TXT record's name can have been made of a label, and for which type.
fn form<'k>(
    head: &str,
    label: &str,
    kinds: &'k BTreeSet<String>,
) -> Option<(Form, Option<&'k str>)> {
    if head == label {
        return Some((Form::Bare, None));
    }
    let mut best = None;
    for kind in kinds {
        let typed = |head: &str| {
            head.strip_suffix(label)?
                .strip_suffix('-')?
                .strip_suffix(kind.as_str())
                .map(str::len)
        };
        let begins = || {
            head.strip_prefix(kind.as_str())?
                .strip_prefix('-')?
                .strip_prefix(label)
        };
        let found = if typed(head) == Some(0) {
            Form::Typed
        } else if typed(head).is_some() || begins().is_some() {
            Form::TypedAffix
        } else if affix(head, label).is_some_and(|affix| names(affix, kind)) {
            Form::TypeInAffix
        } else if label == "*" && head.starts_with(&format!("{kind}-")) {
            Form::Wildcard
        } else {
            continue;
        };
        if best.is_none_or(|(known, _)| found < known) {
            best = Some((found, Some(kind.as_str())));
        }
    }
    best.or_else(|| {
        let affix = affix(head, label).filter(|affix| !affix.contains('.'))?;
        (!affix.is_empty()).then_some((Form::BareAffix, None))
    })
}

/// What stands around a label, where it stands apart from it.
fn affix<'h>(head: &'h str, label: &str) -> Option<&'h str> {
    let apart = |c: char| !c.is_ascii_alphanumeric();
    let before = head.strip_suffix(label).filter(|it| it.ends_with(apart));
    before.or_else(|| head.strip_prefix(label).filter(|it| it.starts_with(apart)))
}

/// Whether an affix names a type. One that reaches over a dot has to be the type alone: else
/// `a-gone.example.com` would be about `example.com`.
fn names(affix: &str, kind: &str) -> bool {
    let mut words = affix
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    if affix.contains('.') {
        return words.all(|word| word == kind);
    }
    words.any(|word| word == kind)
}

/// Whether a text can be one that external-dns enciphered: base64 of what is no text.
fn is_sealed(content: &str) -> bool {
    let text = content.trim_matches('"');
    let Ok(bytes) = STANDARD.decode(text) else {
        return false;
    };
    bytes.len() > SEALED && std::str::from_utf8(&bytes).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn record(name: &str, kind: &str) -> PublishedRecord {
        PublishedRecord {
            name: name.into(),
            kind: kind.into(),
            content: "203.0.113.7".into(),
            ..PublishedRecord::default()
        }
    }

    fn text(name: &str, content: &str) -> PublishedRecord {
        PublishedRecord {
            content: content.into(),
            ..record(name, "TXT")
        }
    }

    const LABELS: &str =
        "\"heritage=external-dns,external-dns/owner=k3s,external-dns/resource=crd/dns/static\"";

    /// What a TXT record of this name is found to be about.
    fn about(name: &str, content: &str) -> Option<(String, String, bool)> {
        let records = [
            record("docs.example.com", "A"),
            record("docs.example.com", "AAAA"),
            record("b-docs.example.com", "CNAME"),
            record("example.com", "A"),
            record("*.apps.example.com", "A"),
            record("mail.example.com", "MX"),
            text(name, content),
        ];
        let mut found = registered(records.iter()).into_iter();
        let (registration, _) = found.next()?;
        let kind = registration.kind.map(|kind| kind.to_string());
        Some((
            registration.name.to_string(),
            kind.unwrap_or_default(),
            registration.encrypted,
        ))
    }

    #[rstest]
    #[case::new_form("a-docs.example.com", "docs.example.com", "A")]
    #[case::other_type("aaaa-docs.example.com", "docs.example.com", "AAAA")]
    #[case::old_form("docs.example.com", "docs.example.com", "")]
    #[case::longer_label("cname-b-docs.example.com", "b-docs.example.com", "CNAME")]
    #[case::prefix("ext-a-docs.example.com", "docs.example.com", "A")]
    #[case::prefix_with_dot("ext.a-docs.example.com", "docs.example.com", "A")]
    #[case::suffix("a-docs-ext.example.com", "docs.example.com", "A")]
    #[case::old_prefix("ext-docs.example.com", "docs.example.com", "")]
    #[case::type_in_prefix("aaaa.docs.example.com", "docs.example.com", "AAAA")]
    #[case::type_within_prefix("ext-a-of-docs.example.com", "docs.example.com", "A")]
    #[case::apex_with_type_in_prefix("a.example.com", "example.com", "A")]
    #[case::wildcard("a-*.apps.example.com", "*.apps.example.com", "A")]
    #[case::wildcard_replaced("a-any.apps.example.com", "*.apps.example.com", "A")]
    fn a_text_is_about(#[case] name: &str, #[case] of: &str, #[case] kind: &str) {
        let found = about(name, LABELS);
        assert_eq!(found, Some((of.to_owned(), kind.to_owned(), false)));
    }

    #[test]
    fn what_it_was_about_may_be_gone() {
        let found = about("a-gone.example.com", LABELS);
        let gone = ("gone.example.com".to_owned(), "A".to_owned(), false);
        assert_eq!(found, Some(gone));
    }

    #[test]
    fn an_enciphered_text_beside_a_record_is_said_to_be_so() {
        let sealed: Vec<u8> = (0..60_u8).map(|n| n.wrapping_mul(37) | 0x80).collect();
        let sealed = format!("\"{}\"", STANDARD.encode(&sealed));
        let found = about("a-docs.example.com", &sealed);
        assert_eq!(
            found,
            Some(("docs.example.com".to_owned(), "A".to_owned(), true))
        );
        assert_eq!(about("key._domainkey.example.com", &sealed), None);
        let readable = format!(
            "\"{}\"",
            STANDARD.encode("a text of more than forty letters in all")
        );
        assert_eq!(about("a-docs.example.com", &readable), None);
        assert_eq!(about("docs.example.com", "v=spf1 -all"), None);
    }
}
