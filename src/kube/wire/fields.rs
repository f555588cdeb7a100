//! Fields that many kinds share.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::domain::line::Line;
use crate::domain::object;

/// A time; nothing where it is absent or no time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Time(pub(super) Option<Timestamp>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(Self(text.and_then(|text| text.parse().ok())))
    }
}

/// A value whose field may be `null` where the schema says list, map or text: null is the default.
pub(super) fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// `metav1.Condition`, and the older forms of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Condition {
    r#type: Line,
    status: String,
    reason: Line,
    message: Line,
    last_transition_time: Time,
}

impl Condition {
    pub(super) fn is(&self, kind: &str) -> bool {
        self.r#type == kind
    }

    pub(super) fn holds(&self) -> bool {
        self.status == "True"
    }

    /// Its message, or else its reason.
    pub(super) fn text(&self) -> Line {
        self.message.or(&self.reason)
    }

    pub(super) fn into_domain(self) -> object::Condition {
        object::Condition {
            kind: self.r#type,
            status: match self.status.as_str() {
                "True" => object::Truth::True,
                "False" => object::Truth::False,
                _ => object::Truth::Unknown,
            },
            reason: self.reason,
            message: self.message,
            since: self.last_transition_time.0,
        }
    }
}

pub(super) fn conditions(wire: Vec<Condition>) -> Vec<object::Condition> {
    wire.into_iter().map(Condition::into_domain).collect()
}
