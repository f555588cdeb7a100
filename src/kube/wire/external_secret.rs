//! `external-secrets.io` `ExternalSecret`, `SecretStore` and `ClusterSecretStore`, as v1 and v1beta1
//! have them alike.

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::fields::{Condition, Time, conditions, nullable};
use super::object::Meta;
use crate::domain::external_secret::{
    ClusterSecretStore, ExternalSecret, Refreshes, SecretStore, StoreRef,
};
use crate::domain::line::Line;

/// What is read of a secret is told up to here.
const KEYS: usize = 50;
/// The interval where none is named.
const HOURLY: i64 = 3_600;

/// The body of an `ExternalSecret`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ExternalSecretBody {
    spec: Spec,
    #[serde(deserialize_with = "nullable")]
    status: Status,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    #[serde(deserialize_with = "nullable")]
    secret_store_ref: WireStoreRef,
    #[serde(deserialize_with = "nullable")]
    target: Target,
    #[serde(deserialize_with = "nullable")]
    data: Vec<Entry>,
    #[serde(deserialize_with = "nullable")]
    data_from: Vec<Source>,
    refresh_interval: Option<String>,
    refresh_policy: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct WireStoreRef {
    kind: Line,
    name: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Target {
    name: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Entry {
    #[serde(deserialize_with = "nullable")]
    remote_ref: Remote,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Source {
    #[serde(deserialize_with = "nullable")]
    extract: Remote,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Remote {
    key: Line,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
    refresh_time: Time,
}

/// The body of either store.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StoreBody {
    spec: StoreSpec,
    #[serde(deserialize_with = "nullable")]
    status: StoreStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct StoreSpec {
    /// The one key says which it is; what stands below it is not kept.
    #[serde(deserialize_with = "nullable")]
    provider: Map<String, Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct StoreStatus {
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
}

/// When a secret is read again: by the policy, else by the interval (none: hourly; zero: once).
fn refreshes(spec: &Spec) -> Refreshes {
    match spec.refresh_policy.as_deref() {
        Some("CreatedOnce") => return Refreshes::Once,
        Some("OnChange") => return Refreshes::OnChange,
        _ => {}
    }
    let Some(interval) = spec.refresh_interval.as_deref() else {
        return Refreshes::Every { seconds: HOURLY };
    };
    let seconds = interval.parse::<SignedDuration>();
    match seconds.map(|interval| interval.as_secs()) {
        Ok(seconds) if seconds > 0 => Refreshes::Every { seconds },
        _ => Refreshes::Once,
    }
}

impl From<(Meta, ExternalSecretBody)> for ExternalSecret {
    fn from((meta, body): (Meta, ExternalSecretBody)) -> Self {
        let ExternalSecretBody { spec, status } = body;
        let id = meta.id();
        let refreshes = refreshes(&spec);
        let entries = spec.data.into_iter().map(|entry| entry.remote_ref.key);
        let wholes = spec.data_from.into_iter().map(|source| source.extract.key);
        let keys = entries.chain(wholes).filter(|key| !key.is_empty());
        Self {
            created: meta.created(),
            store: StoreRef {
                kind: spec.secret_store_ref.kind.or(&"SecretStore".into()),
                name: spec.secret_store_ref.name,
            },
            target: spec.target.name.or(&id.name),
            keys: keys.take(KEYS).collect(),
            refreshes,
            refreshed: status.refresh_time.0,
            conditions: conditions(status.conditions),
            id,
        }
    }
}

impl From<(Meta, StoreBody)> for SecretStore {
    fn from((meta, body): (Meta, StoreBody)) -> Self {
        let provider = body.spec.provider.keys().next();
        Self {
            id: meta.id(),
            created: meta.created(),
            provider: provider.map_or_else(Line::default, |name| Line::new(name)),
            conditions: conditions(body.status.conditions),
        }
    }
}

impl From<(Meta, StoreBody)> for ClusterSecretStore {
    fn from(wire: (Meta, StoreBody)) -> Self {
        Self(SecretStore::from(wire))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(None, None, Refreshes::Every { seconds: 3_600 })]
    #[case(Some("1h0m0s"), None, Refreshes::Every { seconds: 3_600 })]
    #[case(Some("15m"), Some("Periodic"), Refreshes::Every { seconds: 900 })]
    #[case(Some("0"), None, Refreshes::Once)]
    #[case(Some("0s"), None, Refreshes::Once)]
    #[case(Some("1h"), Some("CreatedOnce"), Refreshes::Once)]
    #[case(Some("1h"), Some("OnChange"), Refreshes::OnChange)]
    fn intervals_are_as_the_controller_takes_them(
        #[case] interval: Option<&str>,
        #[case] policy: Option<&str>,
        #[case] expected: Refreshes,
    ) {
        let spec = Spec {
            refresh_interval: interval.map(str::to_owned),
            refresh_policy: policy.map(str::to_owned),
            ..Spec::default()
        };
        assert_eq!(refreshes(&spec), expected);
    }
}
