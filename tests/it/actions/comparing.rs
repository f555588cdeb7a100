//! Resources against what was applied to them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k3scope::domain::comparison::{Basis, Compared, ResourceRef, Standing};
use k3scope::domain::object::ObjectRef;
use k3scope::effect::Effect;
use serde_json::json;

use super::desk::Desk;

fn resource(group: &str, kind: &str, id: (&str, &str)) -> ResourceRef {
    ResourceRef {
        group: group.into(),
        version: "v1".into(),
        kind: kind.into(),
        id: ObjectRef::new(id.0, id.1),
    }
}

async fn compared(desk: &mut Desk, of: &ResourceRef) -> Compared {
    desk.ask(Effect::Compare(of.clone())).await;
    desk.until("it is compared", |it| it.comparisons.get(of).is_some())
        .await;
    desk.store.comparisons.get(of).unwrap().1.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_told_against_the_last_applied_manifest() {
    let mut desk = Desk::open().await;
    let applied = json!({"metadata": {"name": "one"}, "data": {"colour": "red", "size": "4"}});
    desk.lab.objects().unwrap().put(
        "configmaps",
        json!({
            "metadata": {"name": "one", "namespace": "docs", "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": applied.to_string(),
            }},
            "data": {"colour": "blue", "size": "4"},
        }),
    );
    let found = compared(&mut desk, &resource("", "ConfigMap", ("docs", "one"))).await;
    let Compared::Fields {
        basis: Basis::LastApplied,
        differences,
    } = found
    else {
        panic!("{found:?}");
    };
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].field, "data.colour");
    assert_eq!(differences[0].applied, Some("\"red\"".into()));
    assert_eq!(differences[0].live, Some("\"blue\"".into()));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_of_no_known_kind_is_said_so() {
    let mut desk = Desk::open().await;
    let missing = compared(&mut desk, &resource("apps", "Deployment", ("docs", "none"))).await;
    assert_eq!(missing, Compared::Missing);
    let unknown = resource("example.com", "Widget", ("docs", "w"));
    assert_eq!(compared(&mut desk, &unknown).await, Compared::Missing);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_compared_by_its_keys_and_no_value_leaves_it() {
    let mut desk = Desk::open().await;
    let encoded = |value: &str| STANDARD.encode(value);
    let applied = json!({
        "metadata": {"name": "one"},
        "data": {"user": encoded("ann"), "password": encoded("hunter2")},
    });
    desk.lab.objects().unwrap().put(
        "secrets",
        json!({
            "metadata": {"name": "one", "namespace": "docs", "annotations": {
                "kubectl.kubernetes.io/last-applied-configuration": applied.to_string(),
            }},
            "data": {"user": encoded("ann"), "password": encoded("hunter3"), "more": ""},
        }),
    );
    let found = compared(&mut desk, &resource("", "Secret", ("docs", "one"))).await;
    let Compared::Keys { keys } = &found else {
        panic!("{found:?}");
    };
    let told: Vec<(&str, Standing)> = keys
        .iter()
        .map(|it| (it.name.as_str(), it.standing))
        .collect();
    assert_eq!(
        told,
        [
            ("more", Standing::OnlyLive),
            ("password", Standing::Differs),
            ("user", Standing::Equal),
        ]
    );
    let missing = resource("", "Secret", ("docs", "none"));
    assert_eq!(compared(&mut desk, &missing).await, Compared::Missing);
    desk.close().await;
}
