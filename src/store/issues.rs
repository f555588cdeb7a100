//! Certificates and their issuers: who signs, who else could, and how often it was done lately.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::Store;
use crate::domain::certificate::Certificate;
use crate::domain::issuer::Issuer;
use crate::domain::line::Line;

/// Certificates with the same names that Let's Encrypt issues within [`WINDOW`].
pub const DUPLICATES: usize = 5;
/// The window of that limit.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(168);

/// How often certificates with one set of names were issued within the last [`WINDOW`], as far as
/// requests are still there: older ones may have been cleaned up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Issues {
    /// How often, at least.
    pub count: usize,
    /// When the oldest of them leaves the window.
    pub frees: Option<Timestamp>,
}

/// Who signs a certificate.
pub fn issuer<'a>(store: &'a Store, certificate: &Certificate) -> Option<&'a Issuer> {
    let of_its_kind = |issuer: &&Issuer| issuer.id.name == certificate.issuer.name;
    issuers(store, certificate).find(of_its_kind)
}

/// Who could sign it instead: the others of its issuer's kind that it can name.
pub fn other_issuers<'a>(
    store: &'a Store,
    certificate: &'a Certificate,
) -> impl Iterator<Item = &'a Issuer> {
    issuers(store, certificate).filter(|issuer| issuer.id.name != certificate.issuer.name)
}

/// The issuers that a certificate can name with its issuer's kind.
fn issuers<'a>(
    store: &'a Store,
    certificate: &Certificate,
) -> Box<dyn Iterator<Item = &'a Issuer> + 'a> {
    if certificate.issuer.kind == "ClusterIssuer" {
        Box::new(store.cluster_issuers.iter().map(|cluster| &cluster.0))
    } else {
        let namespace = certificate.id.namespace.clone();
        let own = move |issuer: &&Issuer| issuer.id.namespace == namespace;
        Box::new(store.issuers.iter().filter(own))
    }
}

/// How often certificates with these names were issued lately.
pub fn issued_lately(store: &Store, certificate: &Certificate, now: Timestamp) -> Issues {
    let names: BTreeSet<&Line> = certificate.dns_names.iter().collect();
    let alike = store.certificates.iter().filter(|other| {
        let same_issuer = other.issuer == certificate.issuer;
        same_issuer && other.dns_names.iter().collect::<BTreeSet<_>>() == names
    });
    let mut issued: Vec<Timestamp> = Vec::new();
    for other in alike {
        let requests = store
            .certificate_requests
            .in_namespace(&other.id.namespace)
            .filter(|request| {
                let owner = request.owner.as_ref();
                owner.is_some_and(|it| it.kind == "Certificate" && it.name == other.id.name)
            });
        let of_this_window = requests
            .filter(|request| request.is_issued())
            .filter_map(|request| request.created)
            .filter(|at| now.duration_since(*at) < WINDOW);
        issued.extend(of_this_window);
    }
    Issues {
        count: issued.len(),
        frees: issued
            .iter()
            .min()
            .and_then(|oldest| oldest.checked_add(WINDOW).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::certificate::IssuerRef;
    use crate::domain::event::{Change, Event, What};
    use crate::domain::issuance::CertificateRequest;
    use crate::domain::issuer::ClusterIssuer;
    use crate::domain::object::{Condition, ObjectRef, Owner, Truth};
    use crate::store::fold;

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
    }

    fn certificate(namespace: &str, names: &[&str]) -> Certificate {
        Certificate {
            id: ObjectRef::new(namespace, "docs-tls"),
            dns_names: names.iter().map(|name| Line::new(name)).collect(),
            issuer: IssuerRef {
                kind: "ClusterIssuer".into(),
                name: "production".into(),
            },
            ..Certificate::default()
        }
    }

    fn request(namespace: &str, name: &str, made: Timestamp, issued: bool) -> CertificateRequest {
        CertificateRequest {
            id: ObjectRef::new(namespace, name),
            created: Some(made),
            owner: Some(Owner {
                kind: "Certificate".into(),
                name: "docs-tls".into(),
            }),
            conditions: vec![Condition {
                kind: "Ready".into(),
                status: if issued { Truth::True } else { Truth::False },
                ..Condition::default()
            }],
            ..CertificateRequest::default()
        }
    }

    fn store(events: Vec<What>) -> Store {
        let mut store = Store::default();
        for what in events {
            fold(&mut store, Event { at: at(0), what });
        }
        store
    }

    #[test]
    fn the_limit_counts_all_certificates_with_the_same_names_in_any_order() {
        let one = certificate("docs", &["a.example", "b.example"]);
        let twin = certificate("copy", &["b.example", "a.example"]);
        let applied = |request| What::CertificateRequest(Change::Applied(Box::new(request)));
        let store = store(vec![
            What::Certificate(Change::Applied(Box::new(one.clone()))),
            What::Certificate(Change::Applied(Box::new(twin))),
            applied(request("docs", "docs-tls-1", at(10), true)),
            applied(request("copy", "docs-tls-1", at(100), true)),
            applied(request("docs", "docs-tls-2", at(120), false)),
        ]);
        let issues = issued_lately(&store, &one, at(170));
        assert_eq!((issues.count, issues.frees), (2, Some(at(178))));
        assert_eq!(issued_lately(&store, &one, at(200)).count, 1);
    }

    #[test]
    fn only_issuers_of_the_same_kind_can_take_over() {
        let named = |name: &str| Issuer {
            id: ObjectRef::cluster(name),
            ..Issuer::default()
        };
        let cluster =
            |name| What::ClusterIssuer(Change::Applied(Box::new(ClusterIssuer(named(name)))));
        let local = Issuer {
            id: ObjectRef::new("docs", "local"),
            ..Issuer::default()
        };
        let store = store(vec![
            cluster("production"),
            cluster("staging"),
            What::Issuer(Change::Applied(Box::new(local))),
        ]);
        let of = certificate("docs", &["a.example"]);
        let others: Vec<&str> = other_issuers(&store, &of)
            .map(|issuer| issuer.id.name.as_str())
            .collect();
        assert_eq!(others, ["staging"]);
        assert_eq!(issuer(&store, &of).unwrap().id.name, "production");
    }
}
