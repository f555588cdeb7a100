//! Records that stand where the cluster's own must go.

use std::collections::BTreeSet;

use crate::domain::preflight::Verdict;
use crate::domain::record::{PublishedRecord, Registration};
use crate::preflight::check::{Answer, Check, Finding, LIMIT};
use crate::preflight::scene::Scene;
use crate::preflight::zone;

/// Types that answer for a host in place of the cluster's A record, or beside it.
const IN_THE_WAY: &[&str] = &["A", "AAAA", "CNAME", "NS"];

pub(super) const CHECK: Check = Check {
    name: "records",
    proves: "No record of another owner stands where external-dns must publish the hosts.",
    unknown: Verdict::Warns,
    limit: LIMIT,
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Answer {
    let client = scene.cloudflare()?;
    let zone = scene.open_zone(&client).await?;
    let config = scene.config();
    let hosts = [&config.dns.hosts.docs, &config.dns.hosts.argocd];
    let hosts: Vec<&str> = hosts.into_iter().flatten().map(String::as_str).collect();
    Ok(match client.records(&zone).await {
        Ok(records) => judge(&hosts, &records, &config.cluster.name),
        Err(error) => zone::refused(&error),
    })
}

/// external-dns of a cluster bears the cluster's name as its owner id.
fn judge(hosts: &[&str], records: &[PublishedRecord], owner: &str) -> Finding {
    let registered: Vec<Registration> = records
        .iter()
        .filter_map(PublishedRecord::registration)
        .collect();
    let looked = hosts.iter().map(|host| Host {
        name: host,
        owner,
        records,
        registered: &registered,
    });
    let conflicts: BTreeSet<String> = looked.flat_map(|host| host.conflicts()).collect();
    if !conflicts.is_empty() {
        let conflicts: Vec<String> = conflicts.into_iter().collect();
        return Finding::warns(conflicts.join("; ")).next(
            "delete them at dash.cloudflare.com > DNS, or choose other hosts: external-dns leaves \
             alone what it does not own",
        );
    }
    let named = |record: &PublishedRecord| {
        hosts.iter().any(|host| record.name == *host) && is_in_the_way(record)
    };
    let hosts = hosts.join(" and ");
    if records.iter().any(named) {
        Finding::passed(format!("{hosts}: what is there is this cluster's own"))
    } else {
        Finding::passed(format!("{hosts}: free"))
    }
}

fn is_in_the_way(record: &PublishedRecord) -> bool {
    IN_THE_WAY.contains(&record.kind.as_str())
}

/// One host, and what the zone has for it.
struct Host<'a> {
    name: &'a str,
    owner: &'a str,
    records: &'a [PublishedRecord],
    registered: &'a [Registration],
}

impl Host<'_> {
    fn conflicts(&self) -> Vec<String> {
        let records = self.records.iter();
        let there: Vec<&PublishedRecord> = records
            .filter(|record| record.name == self.name)
            .filter(|record| is_in_the_way(record))
            .collect();
        let mut conflicts: Vec<String> = there
            .iter()
            .filter_map(|record| self.conflict(record))
            .collect();
        // The mark alone keeps external-dns from making a record.
        if there.is_empty()
            && let Some(other) = self.keeper("A").filter(|keeper| *keeper != self.owner)
        {
            let name = self.name;
            conflicts.push(format!("{name} is reserved by external-dns of {other}"));
        }
        conflicts
    }

    fn conflict(&self, record: &PublishedRecord) -> Option<String> {
        let what = format!("{} {} → {}", record.name, record.kind, record.content);
        match self.keeper(&record.kind) {
            Some(keeper) if keeper == self.owner => {
                let hidden = record.proxied;
                hidden.then(|| format!("{what} is proxied: names lead to Cloudflare, not here"))
            }
            Some(other) => Some(format!("{what} is kept by external-dns of {other}")),
            None => Some(format!("{what} is nobody's")),
        }
    }

    /// Whose external-dns keeps a record of this type here.
    fn keeper(&self, kind: &str) -> Option<&str> {
        let mut registered = self.registered.iter();
        let found = registered.find(|one| {
            let typed = one.kind.as_ref().is_none_or(|typed| *typed == kind);
            one.name == self.name && typed
        });
        found.map(|one| one.owner.as_str())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn record(name: &str, kind: &str, content: &str) -> PublishedRecord {
        PublishedRecord {
            name: name.into(),
            kind: kind.into(),
            content: content.into(),
            ..PublishedRecord::default()
        }
    }

    fn mark(kind: &str, owner: &str) -> PublishedRecord {
        let labels = format!(
            "\"heritage=external-dns,external-dns/owner={owner},external-dns/resource=crd/x/y\""
        );
        record(&format!("{kind}-docs.example.com"), "TXT", &labels)
    }

    fn proxied(record: PublishedRecord) -> PublishedRecord {
        PublishedRecord {
            proxied: true,
            ..record
        }
    }

    const DOCS: &str = "docs.example.com";

    #[rstest]
    #[case::free(vec![record("www.example.com", "A", "192.0.2.1")], "free")]
    #[case::mail_beside(vec![record(DOCS, "MX", "mail.example.com")], "free")]
    #[case::ours(vec![record(DOCS, "A", "192.0.2.1"), mark("a", "prod")], "cluster's own")]
    fn what_is_free_or_ours_is_well(#[case] records: Vec<PublishedRecord>, #[case] part: &str) {
        let finding = judge(&[DOCS], &records, "prod");
        assert_eq!(finding.verdict, Verdict::Passed, "{}", finding.evidence);
        assert!(finding.evidence.contains(part), "{}", finding.evidence);
    }

    #[rstest]
    #[case::by_hand(vec![record(DOCS, "A", "192.0.2.1")], "192.0.2.1 is nobody's")]
    #[case::of_another(vec![record(DOCS, "A", "192.0.2.1"), mark("a", "test")], "external-dns of test")]
    #[case::other_type(vec![record(DOCS, "CNAME", "x.net"), mark("a", "prod")], "CNAME → x.net is nobody's")]
    #[case::version_6(vec![record(DOCS, "AAAA", "2001:db8::1")], "AAAA → 2001:db8::1")]
    #[case::delegated(vec![record(DOCS, "NS", "ns.example.net")], "NS → ns.example.net")]
    #[case::reserved(vec![mark("a", "test")], "reserved by external-dns of test")]
    #[case::proxied(vec![proxied(record(DOCS, "A", "192.0.2.1")), mark("a", "prod")], "is proxied")]
    fn what_stands_in_the_way_is_named(#[case] records: Vec<PublishedRecord>, #[case] part: &str) {
        let finding = judge(&["argocd.example.com", DOCS], &records, "prod");
        assert_eq!(finding.verdict, Verdict::Warns);
        assert!(finding.evidence.contains(part), "{}", finding.evidence);
        assert!(!finding.next.is_empty());
    }
}
