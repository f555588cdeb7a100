//! A secret is read from its store again, by the annotation that the controller's documentation names.

use k3scope::domain::action::Action;
use k3scope::domain::external_secret::ExternalSecret;
use k3scope::domain::object::ObjectRef;
use k3scope::store::failures;

use super::desk::Desk;
use crate::seat::done;

const SECRETS: &str = "externalsecrets.external-secrets.io";
const REGISTRY: (&str, &str) = ("docs", "registry");

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_read_again_and_its_failure_is_told_in_plain_words() {
    let mut desk = Desk::open().await;
    let id = ObjectRef::new(REGISTRY.0, REGISTRY.1);
    desk.until("it is synced", |store| {
        store
            .external_secrets
            .get(&id)
            .is_some_and(ExternalSecret::is_synced)
    })
    .await;
    let before = desk.asked(0).len();
    let refresh = Action::RefreshSecret { secret: id.clone() };
    let said = done(desk.act(refresh).await);
    assert_eq!(said, "external-secrets was asked to read it again");
    let asked = desk.asked(before);
    let verbs: Vec<String> = asked
        .iter()
        .map(|it| format!("{} {}", it.verb, it.resource))
        .collect();
    assert_eq!(verbs.len(), 1, "{verbs:?}");
    assert!(
        verbs[0].starts_with("patch ") && verbs[0].contains("externalsecrets"),
        "{verbs:?}"
    );
    let object = desk.object(SECRETS, REGISTRY).unwrap();
    let at = object["metadata"]["annotations"]["force-sync"]
        .as_str()
        .unwrap();
    assert!(at.parse::<u64>().is_ok(), "{at}");
    desk.lab.break_it("vault-denied").await.unwrap();
    desk.until("it fails", |store| {
        let found = store.external_secrets.get(&id);
        found.is_some_and(|it| {
            it.meaning()
                .is_some_and(|(said, _)| said == "the store did not give it")
        })
    })
    .await;
    let words = "OCI answers alike whether the secret is not there or may not be read";
    desk.until("the event that says why has come", |store| {
        let found = store.external_secrets.get(&id);
        let told = found.map_or_else(Vec::new, |it| failures::secret(store, it));
        told.iter().any(|it| it.why.contains(words))
    })
    .await;
    desk.press("0 / r e g i s t r y enter enter").await;
    let shown = desk.shown();
    for part in [
        "OCI answers alike",
        "ClusterSecretStore oci-vault",
        "registry-token",
    ] {
        assert!(shown.contains(part), "{part}:\n{shown}");
    }
    desk.close().await;
}
