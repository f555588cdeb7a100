//! A virtual machine as OCI has it: what a node runs on.
//!
//! It knows nothing of how OCI is asked. That an instance belongs to a node is told by its name, which
//! is the node's.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::object::{Object, ObjectRef};

/// How an instance is, in OCI's words.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Power {
    /// It is being made.
    Provisioning,
    /// It starts.
    Starting,
    /// It runs.
    Running,
    /// It stops.
    Stopping,
    /// It is switched off; its volumes are kept.
    Stopped,
    /// It is moved to another host.
    Moving,
    /// An image is made of it.
    CreatingImage,
    /// It is being deleted.
    Terminating,
    /// It is gone; OCI lists it for a while.
    Terminated,
    /// A word that is not known here.
    #[default]
    #[strum(disabled)]
    Unknown,
}

impl Power {
    /// The state that OCI's `word` names.
    pub fn of(word: &str) -> Self {
        word.parse().unwrap_or_default()
    }

    /// For people.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Provisioning => "Provisioning",
            Self::Starting => "Starting",
            Self::Running => "Running",
            Self::Stopping => "Stopping",
            Self::Stopped => "Stopped",
            Self::Moving => "Moving",
            Self::CreatingImage => "Making image",
            Self::Terminating => "Terminating",
            Self::Terminated => "Terminated",
            Self::Unknown => "Unknown",
        }
    }

    /// Whether it passes by itself.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Provisioning
            | Self::Starting
            | Self::Stopping
            | Self::Moving
            | Self::CreatingImage
            | Self::Terminating => true,
            Self::Running | Self::Stopped | Self::Terminated | Self::Unknown => false,
        }
    }

    /// What this means for the node that runs on it, and what to do; nothing where it should run.
    pub fn explains(&self) -> Option<&'static str> {
        match self {
            Self::Stopped => Some("its instance is stopped at OCI: start it"),
            Self::Stopping => Some("its instance is being stopped at OCI: wait, then start it"),
            Self::Starting => Some("its instance starts: wait until its kubelet reports"),
            Self::Provisioning => Some("its instance is being made: wait until it has booted"),
            Self::Moving => Some("its instance is moved to another host: wait until it runs again"),
            Self::Terminating | Self::Terminated => {
                Some("its instance was deleted at OCI: a run of `apply` makes it anew")
            }
            Self::Running | Self::CreatingImage | Self::Unknown => None,
        }
    }
}

/// An instance of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Instance {
    /// The node that it is; nodes have no namespace.
    pub id: ObjectRef,
    /// Its OCID.
    pub ocid: Line,
    /// How it is.
    pub power: Power,
    /// Its shape.
    pub shape: Line,
    /// Thousandths of an OCPU, where OCI tells.
    pub milli_ocpus: Option<u32>,
    /// Memory in gigabytes, as OCI tells it.
    pub memory_gb: Option<u32>,
    /// Its availability domain.
    pub availability_domain: Line,
    /// Its fault domain.
    pub fault_domain: Line,
    /// When it was made.
    pub created: Option<Timestamp>,
}

impl Instance {
    /// Its size, as far as OCI tells it.
    pub fn size(&self) -> String {
        let ocpus = self.milli_ocpus.map(|milli| match milli % 1000 {
            0 => format!("{} OCPU", milli / 1000),
            rest => {
                let rest = format!("{rest:03}");
                format!("{}.{} OCPU", milli / 1000, rest.trim_end_matches('0'))
            }
        });
        let memory = self.memory_gb.map(|gb| format!("{gb} GB"));
        let parts: Vec<String> = ocpus.into_iter().chain(memory).collect();
        parts.join(", ")
    }
}

impl Object for Instance {
    fn id(&self) -> &ObjectRef {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("RUNNING", Power::Running)]
    #[case("CREATING_IMAGE", Power::CreatingImage)]
    #[case("HIBERNATING", Power::Unknown)]
    #[case("", Power::Unknown)]
    fn oracles_words_are_read(#[case] word: &str, #[case] power: Power) {
        assert_eq!(Power::of(word), power);
    }

    #[rstest]
    #[case(Some(1_000), Some(6), "1 OCPU, 6 GB")]
    #[case(Some(125), Some(1), "0.125 OCPU, 1 GB")]
    #[case(Some(2_000), None, "2 OCPU")]
    #[case(None, None, "")]
    fn a_size_is_what_is_told(
        #[case] milli_ocpus: Option<u32>,
        #[case] memory_gb: Option<u32>,
        #[case] said: &str,
    ) {
        let instance = Instance {
            milli_ocpus,
            memory_gb,
            ..Instance::default()
        };
        assert_eq!(instance.size(), said);
    }
}
