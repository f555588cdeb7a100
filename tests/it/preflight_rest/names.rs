//! Cloudflare's token, zone and records; and from where one may log in.

use k3scope::domain::preflight::Verdict::{Blocks, Informs, Passed, Skipped, Warns};
use k3scope::domain::preflight::{Checked, Verdict};

use super::World;

const NAMES: [&str; 5] = [
    "ssh-from",
    "nodeports-from",
    "cloudflare-token",
    "zone",
    "records",
];

fn verdicts(found: &[Checked]) -> Vec<Verdict> {
    found.iter().map(|checked| checked.verdict).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_labs_names_are_free_and_its_token_is_good() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path()).await;
    let found = world.find(&world.text, &NAMES, None).await;
    assert_eq!(
        verdicts(&found),
        [Warns, Passed, Passed, Passed, Passed],
        "{found:#?}"
    );
    assert!(
        found[0].next.contains("198.51.100.7/32"),
        "{}",
        found[0].next
    );
    assert!(found[4].evidence.contains("free"), "{}", found[4].evidence);
    let inside = [("network", "ssh_from", "['198.51.100.0/24']")];
    assert_eq!(
        world.one("ssh-from", &inside).await.verdict,
        Verdict::Passed
    );
    let outside = [("network", "ssh_from", "['192.0.2.0/24']")];
    let found = world.one("ssh-from", &outside).await;
    assert!(found.verdict == Verdict::Warns && found.evidence.contains("198.51.100.7"));
    let none = [
        ("dns", "provider", "'none'"),
        ("network", "ssh_from", "['192.0.2.0/24']"),
    ];
    let found = world.find(&world.with(&none), &NAMES, None).await;
    assert_eq!(
        verdicts(&found),
        [Informs, Passed, Skipped, Skipped, Skipped],
        "{found:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_and_another_zone_block() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path()).await;
    let wrong = folder.path().join("wrong");
    std::fs::write(&wrong, "no-such-token-0123456789").unwrap();
    let token = format!("{{ file = '{}' }}", wrong.display());
    let found = world
        .find(&world.with(&[("dns", "token", &token)]), &NAMES[2..], None)
        .await;
    assert_eq!(verdicts(&found), [Blocks, Blocks, Skipped], "{found:#?}");
    assert!(!format!("{found:?}").contains("no-such-token"), "{found:?}");
    let gone = [("dns", "token", "{ file = '/no/such/file' }")];
    let found = world.find(&world.with(&gone), &NAMES[2..], None).await;
    assert_eq!(verdicts(&found), [Blocks, Skipped, Skipped], "{found:#?}");
    let mut document: toml::Table = world.text.parse().unwrap();
    let dns = document["dns"].as_table_mut().unwrap();
    dns.remove("zone_id");
    dns.insert("zone".to_owned(), "example.org".into());
    dns.insert(
        "hosts".to_owned(),
        toml::Table::from_iter([
            ("docs".to_owned(), "docs.example.org".into()),
            ("argocd".to_owned(), "argocd.example.org".into()),
        ])
        .into(),
    );
    let other = toml::to_string(&document).unwrap();
    let found = world.find(&other, &NAMES[2..], None).await;
    assert_eq!(verdicts(&found), [Passed, Blocks, Skipped], "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_others_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path()).await;
    let ready = world.lab.ready();
    let of = |pointer: &str| ready.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let document: toml::Table = world.text.parse().unwrap();
    let zone = document["dns"]["zone_id"].as_str().unwrap();
    let address = format!("{}/zones/{zone}/dns_records", of("/cloudflare/endpoint"));
    let add = async |kind: &str, name: &str, content: &str| {
        let body = serde_json::json!({"type": kind, "name": name, "content": content});
        let sent = reqwest::Client::new()
            .post(&address)
            .bearer_auth(of("/cloudflare/token"))
            .json(&body)
            .send();
        assert!(sent.await.unwrap().status().is_success());
    };
    let owner = |owner: &str| {
        format!(
            "\"heritage=external-dns,external-dns/owner={owner},external-dns/resource=crd/a/b\""
        )
    };
    add("A", "docs.example.com", "192.0.2.1").await;
    add("TXT", "a-docs.example.com", &owner("lab")).await;
    let found = world.one("records", &[]).await;
    assert_eq!(found.verdict, Verdict::Passed, "{found:?}");
    add("CNAME", "argocd.example.com", "elsewhere.example.net").await;
    let found = world.one("records", &[]).await;
    assert_eq!(found.verdict, Verdict::Warns, "{found:?}");
    assert!(
        found.evidence.contains("argocd.example.com CNAME"),
        "{found:?}"
    );
    assert!(!found.evidence.contains("docs.example.com"), "{found:?}");
    let renamed = [("cluster", "name", "'prod'")];
    let found = world.one("records", &renamed).await;
    assert!(found.evidence.contains("external-dns of lab"), "{found:?}");
}
