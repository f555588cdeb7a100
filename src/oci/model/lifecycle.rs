//! The state of a resource, one enum for all services: their words do not contradict each other.
//!
//! A word that is not known keeps its text, so that a new state of OCI's is shown, not an error.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

/// Where a resource stands in its life.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Display, EnumString, Serialize, Deserialize)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[serde(from = "String", into = "String")]
#[expect(missing_docs, reason = "the variants are OCI's own words")]
pub enum Lifecycle {
    Active,
    Assigned,
    Assigning,
    Attached,
    Attaching,
    Available,
    Creating,
    CreatingImage,
    Deleted,
    Deleting,
    Detached,
    Detaching,
    Disabled,
    Exporting,
    Failed,
    Faulty,
    #[strum(serialize = "GETTING-HISTORY")]
    GettingHistory,
    Importing,
    Inactive,
    Moving,
    PendingDeletion,
    Provisioning,
    Requested,
    Restoring,
    Running,
    Starting,
    Stopped,
    Stopping,
    Succeeded,
    Terminated,
    Terminating,
    Unassigned,
    Unassigning,
    Updating,
    /// A word that this program does not know.
    #[strum(default)]
    Unknown(String),
}

impl Lifecycle {
    /// Gone for good, though still listed for a while.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Deleted | Self::Detached | Self::Terminated)
    }

    /// On its way out; not to be used or waited for.
    pub fn is_going(&self) -> bool {
        matches!(self, Self::Deleting | Self::Detaching | Self::Terminating)
    }

    /// Ended in a state from which it does not come back by itself.
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed | Self::Faulty)
    }
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self::Unknown(String::new())
    }
}

impl From<String> for Lifecycle {
    fn from(word: String) -> Self {
        word.parse().unwrap_or(Self::Unknown(word))
    }
}

impl From<Lifecycle> for String {
    fn from(state: Lifecycle) -> Self {
        state.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_both_ways() {
        for word in [
            "CREATING_IMAGE",
            "GETTING-HISTORY",
            "RUNNING",
            "HIBERNATING",
        ] {
            assert_eq!(Lifecycle::from(word.to_owned()).to_string(), word);
        }
        assert_eq!(
            Lifecycle::from("HIBERNATING".to_owned()),
            Lifecycle::Unknown("HIBERNATING".into())
        );
    }
}
