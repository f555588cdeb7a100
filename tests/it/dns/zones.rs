//! Several zones, each by a token of its own.

use k3scope::cloudflare::Client;
use k3scope::domain::access::Access;
use k3scope::domain::source::{SourceId, SourceStatus};
use k3scope::lab::{Lab, Options, Scenario};
use k3scope::sources::{Account, Cloudflare, Zones};
use secrecy::SecretString;

use super::desk::{DOCS, Desk, HERE, With, account, record};

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_does_not_hide_the_other_zones() {
    let mut scenario = Scenario::named("empty").unwrap();
    scenario.records = vec![record("A", DOCS, HERE)];
    let lab = Lab::start_with(scenario, Options::default()).await.unwrap();
    let base = lab.ready()["cloudflare"]["endpoint"].clone();
    let wrong = SecretString::from("a-token-that-nobody-made");
    let refused = Account {
        client: Client::new(base.as_str().unwrap(), &wrong).unwrap(),
        zones: Zones::Named("example.net".to_owned()),
    };
    let both = Cloudflare::of(vec![refused, account(&lab, With::Full)]);
    let mut desk = Desk::following(lab, both, Access::ReadWrite);
    desk.row("the good token's zone is shown", DOCS, |row| {
        !row.published.is_empty()
    })
    .await;
    desk.until("the other is told of", |store| {
        matches!(
            store.sources.status(SourceId::Cloudflare),
            SourceStatus::Stale { .. }
        )
    })
    .await;
    let status = desk.store.sources.status(SourceId::Cloudflare).clone();
    let SourceStatus::Stale { error, .. } = status else {
        panic!("{status:?}");
    };
    assert_eq!(
        error,
        "example.net: Cloudflare does not accept the API token: Invalid API Token (1000)"
    );
    desk.close().await;
}
