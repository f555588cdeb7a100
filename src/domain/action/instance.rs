//! What can be asked of OCI for an instance.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::instance::Power;

/// An action of OCI's on an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InstanceAct {
    /// Switch it on.
    Start,
    /// Let its system shut down, then start it again.
    Reboot,
    /// Cut its power, and start it again at once.
    Reset,
}

impl InstanceAct {
    /// OCI's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "START",
            Self::Reboot => "SOFTRESET",
            Self::Reset => "RESET",
        }
    }

    /// Why it makes no sense for an instance that is so; nothing where it does.
    pub fn barred_by(self, power: &Power) -> Option<&'static str> {
        match (self, power) {
            (Self::Start, Power::Stopped)
            | (Self::Reboot | Self::Reset, Power::Running)
            // OCI itself says no where this state does not permit it.
            | (_, Power::Unknown) => None,
            (Self::Start, Power::Running) => Some("it runs"),
            (Self::Reboot | Self::Reset, Power::Stopped) => {
                Some("it is stopped: start it instead")
            }
            (_, Power::Terminating | Power::Terminated) => Some("it was deleted at OCI"),
            (
                _,
                Power::Provisioning
                | Power::Starting
                | Power::Stopping
                | Power::Moving
                | Power::CreatingImage,
            ) => Some("it changes at this moment: wait until that has passed"),
        }
    }
}
