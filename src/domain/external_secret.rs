//! external-secrets: a Secret that is kept as a store outside of the cluster has it, and those stores.
//!
//! No value of a secret is ever known here: only where it comes from, where it goes, and how that went.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Ailment, Condition, Object, ObjectRef, Truth, condition};

/// A store, as it is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoreRef {
    /// `SecretStore` or `ClusterSecretStore`.
    pub kind: Line,
    /// Its name.
    pub name: Line,
}

/// When a Secret is read again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "refreshes", rename_all = "snake_case")]
pub enum Refreshes {
    /// Over and over.
    Every {
        /// After so many seconds.
        seconds: i64,
    },
    /// Only when it is made.
    Once,
    /// When the `ExternalSecret` is changed.
    #[default]
    OnChange,
}

/// A Secret that is kept as a store has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExternalSecret {
    /// Its name.
    pub id: ObjectRef,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Where it is read.
    pub store: StoreRef,
    /// The Secret that is written.
    pub target: Line,
    /// What is read, as the store names it.
    pub keys: Vec<Line>,
    /// When it is read again.
    pub refreshes: Refreshes,
    /// When it was read last, or tried to be.
    pub refreshed: Option<Timestamp>,
    /// `Ready`.
    pub conditions: Vec<Condition>,
}

/// How long the controller may take to say something of a new object.
const SETTLING: SignedDuration = SignedDuration::from_mins(2);

impl ExternalSecret {
    /// What the controller says.
    pub fn ready(&self) -> Option<&Condition> {
        condition(&self.conditions, "Ready")
    }

    /// Whether the Secret is as the store has it.
    pub fn is_synced(&self) -> bool {
        self.ready()
            .is_some_and(|ready| ready.status == Truth::True)
    }

    /// When it is read next by itself.
    pub fn next_refresh(&self) -> Option<Timestamp> {
        let Refreshes::Every { seconds } = self.refreshes else {
            return None;
        };
        let wait = SignedDuration::from_secs(seconds);
        self.refreshed?.checked_add(wait).ok()
    }

    /// What its condition means, and what to do about it; nothing where all is well or nothing is
    /// known of it.
    pub fn meaning(&self) -> Option<(&'static str, &'static str)> {
        let ready = self.ready().filter(|ready| ready.status != Truth::True)?;
        let said = ready.message.as_str();
        let of = |part: &str| said.contains(part);
        Some(match ready.reason.as_str() {
            "SecretDeleted" => (
                "the store has it no longer, and the Secret went with it",
                "put it back into the store, or delete the ExternalSecret",
            ),
            "SecretMissing" => (
                "the Secret that it should be merged into is not there",
                "make that Secret, or let this one own it (creationPolicy: Owner)",
            ),
            _ if of("is not ready") => (
                "its store is not ready",
                "see the store: nothing is read while it is so",
            ),
            _ if of("owned by another") => (
                "another ExternalSecret keeps the same Secret",
                "give one of them another target",
            ),
            _ if of("immutable") => (
                "the Secret is immutable and cannot be written",
                "delete the Secret: it is made anew",
            ),
            _ if of("could not get secret data") => (
                "the store did not give it",
                "see the provider's words below: a policy or dynamic group that does not reach it, \
                 another name, or a version that was deleted",
            ),
            _ if of("could not update secret") => (
                "the Secret could not be written",
                "see the events below, and what else writes this Secret",
            ),
            _ => ("it was not synced", "see the controller's words below"),
        })
    }
}

impl Object for ExternalSecret {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        if self.is_synced() {
            return None;
        }
        let Some(ready) = self.ready() else {
            let why = "not yet seen by external-secrets";
            return Some(Ailment::warning(why, self.created).after(SETTLING));
        };
        let why = match self.meaning() {
            Some((meaning, _)) => format!("{meaning} ({}: {})", ready.reason, ready.message),
            None => format!("{}: {}", ready.reason, ready.message),
        };
        Some(Ailment::critical(why, ready.since))
    }
}

/// A store of one namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecretStore {
    /// Its name.
    pub id: ObjectRef,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// What it is, such as `oracle`.
    pub provider: Line,
    /// `Ready`.
    pub conditions: Vec<Condition>,
}

/// A store for all namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ClusterSecretStore(pub SecretStore);

impl SecretStore {
    /// What the controller says.
    pub fn ready(&self) -> Option<&Condition> {
        condition(&self.conditions, "Ready")
    }

    /// Whether secrets are read there.
    pub fn is_ready(&self) -> bool {
        self.ready()
            .is_some_and(|ready| ready.status == Truth::True)
    }

    /// Whether it could not be looked at as a whole, though secrets may be read there: a policy may
    /// permit no more than that.
    pub fn is_unproven(&self) -> bool {
        self.ready()
            .is_some_and(|ready| ready.reason == "ValidationUnknown")
    }
}

impl Object for SecretStore {
    fn id(&self) -> &ObjectRef {
        &self.id
    }

    fn ailment(&self) -> Option<Ailment> {
        if self.is_ready() {
            return None;
        }
        let told = self.ready();
        let since = told.and_then(|condition| condition.since).or(self.created);
        let why = told.map_or_else(
            || "not yet seen by external-secrets".to_owned(),
            |condition| format!("{}: {}", condition.reason, condition.message),
        );
        Some(Ailment::critical(why, since).after(SETTLING))
    }
}

impl Object for ClusterSecretStore {
    fn id(&self) -> &ObjectRef {
        &self.0.id
    }

    fn ailment(&self) -> Option<Ailment> {
        self.0.ailment()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn not_ready(reason: &str, message: &str) -> ExternalSecret {
        ExternalSecret {
            conditions: vec![Condition {
                kind: "Ready".into(),
                status: Truth::False,
                reason: reason.into(),
                message: message.into(),
                ..Condition::default()
            }],
            ..ExternalSecret::default()
        }
    }

    #[rstest]
    #[case(
        "SecretSyncedError",
        "could not get secret data from provider",
        "the store did not give it"
    )]
    #[case(
        "SecretSyncedError",
        "ClusterSecretStore \"oci-vault\" is not ready",
        "its store is not ready"
    )]
    #[case(
        "SecretSyncedError",
        "could not update secret, target is immutable",
        "the Secret is immutable and cannot be written"
    )]
    #[case(
        "SecretSyncedError",
        "could not update secret",
        "the Secret could not be written"
    )]
    #[case(
        "SecretSyncedError",
        "target is owned by another ExternalSecret",
        "another ExternalSecret keeps the same Secret"
    )]
    #[case(
        "SecretMissing",
        "secret will not be created due to CreationPolicy=Merge",
        "the Secret that it should be merged into is not there"
    )]
    fn what_the_controller_says_has_a_meaning(
        #[case] reason: &str,
        #[case] message: &str,
        #[case] meaning: &str,
    ) {
        let secret = not_ready(reason, message);
        assert_eq!(secret.meaning().unwrap().0, meaning);
        let why = secret.ailment().unwrap().why;
        assert!(why.starts_with(meaning) && why.contains(message), "{why}");
    }

    #[test]
    fn the_next_refresh_is_known_where_there_is_an_interval() {
        let at = Timestamp::UNIX_EPOCH;
        let secret = |refreshes| ExternalSecret {
            refreshes,
            refreshed: Some(at),
            ..ExternalSecret::default()
        };
        let hourly = secret(Refreshes::Every { seconds: 3_600 });
        assert_eq!(
            hourly.next_refresh(),
            Some(at + SignedDuration::from_hours(1))
        );
        assert_eq!(secret(Refreshes::Once).next_refresh(), None);
        assert_eq!(secret(Refreshes::OnChange).next_refresh(), None);
    }
}
