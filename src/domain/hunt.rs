//! Hunting for capacity: launches that are tried again, place after place, until a host has room.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::plan::ResourceKey;

/// Where an instance is launched.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Place {
    /// The availability domain's full name.
    pub availability_domain: String,
    /// The fault domain; without it, OCI chooses one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault_domain: Option<String>,
}

impl fmt::Display for Place {
    /// Short, for a row: `AD-1 FD-2`; names that do not follow OCI's form are shown whole.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domain = self.availability_domain.rsplit_once("AD-");
        match domain {
            Some((_, number)) => write!(f, "AD-{number}")?,
            None => f.write_str(&self.availability_domain)?,
        }
        match &self.fault_domain {
            Some(fault) => match fault.rsplit_once("DOMAIN-") {
                Some((_, number)) => write!(f, " FD-{number}"),
                None => write!(f, " {fault}"),
            },
            None => Ok(()),
        }
    }
}

/// What a capacity report says of a place: a hint, never a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Hint {
    /// Room is reported.
    Available,
    /// No room is reported.
    OutOfCapacity,
    /// The place does not have the shape.
    NotOffered,
}

/// What a launch was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LaunchAnswer {
    /// The instance is being made.
    Accepted,
    /// No host has room there.
    OutOfCapacity,
    /// Too many requests.
    TooManyRequests,
    /// A limit is said to be used up, though what is really there does not use it up: OCI's books
    /// lag behind launches that failed, for up to an hour.
    PhantomLimit,
    /// No answer, or a fault of OCI's own: whether it was done shows at the next look.
    Unclear,
    /// A refusal that waiting does not mend.
    Refused,
}

/// One thing that happened while hunting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "hunt", rename_all = "snake_case")]
pub enum HuntEvent {
    /// From now on launches go out one at a time, at most one in 60 seconds.
    Began {
        /// When it is given up; never where absent.
        until: Option<Timestamp>,
        /// The nodes that are wanted.
        nodes: Vec<ResourceKey>,
        /// The places, in the order in which they are tried.
        places: Vec<Place>,
    },
    /// A capacity report came in.
    Hinted {
        /// What it says of each place.
        hints: Vec<(Place, Hint)>,
    },
    /// A launch was tried. Those that were refused before the hunt began are told as well.
    Tried {
        /// The number of the try, from 1 over all runs that hunt for this cluster.
        number: u32,
        /// For which node.
        key: ResourceKey,
        /// Where.
        place: Place,
        /// What was answered.
        answer: LaunchAnswer,
        /// The answer in OCI's words; empty where it was accepted.
        message: String,
        /// The answer's request identifier.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
    },
    /// When and where the next launch goes out.
    Next {
        /// When.
        #[serde(rename = "due")]
        at: Timestamp,
        /// For which node.
        key: ResourceKey,
        /// Where.
        place: Place,
        /// Why not sooner, in a few words.
        because: String,
    },
    /// The hunt is over.
    Ended {
        /// How.
        end: HuntEnd,
    },
}

/// How a hunt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum HuntEnd {
    /// Every node was had.
    Found,
    /// The deadline passed.
    Deadline,
    /// It was asked to stop.
    Stopped,
    /// A refusal came that waiting does not mend.
    Refused,
}

/// A hunt that an earlier run left open: it was stopped, or the run was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HuntLeft {
    /// When it began.
    pub since: Timestamp,
    /// When it is given up.
    pub until: Timestamp,
    /// How many launches went out so far.
    pub launches: u32,
}

/// How a hunt is kept running by a terminal that nobody looks at: the arguments of `k3scope`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unattended {
    /// The path of `cluster.toml`.
    pub config: String,
    /// What is left until the deadline; absent where the configured time counts.
    pub left: Option<SignedDuration>,
    /// Whether what exceeds the free allowance was allowed.
    pub allow_paid: bool,
}

impl fmt::Display for Unattended {
    /// For a shell.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = self.config.replace('\'', "'\\''");
        write!(f, "k3scope -c '{quoted}' apply --yes")?;
        if let Some(left) = self.left {
            let minutes = left.as_mins().max(1);
            write!(f, " --until {}h{}m", minutes / 60, minutes % 60)?;
        }
        if self.allow_paid {
            f.write_str(" --allow-paid")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn what_goes_on_unattended_can_be_pasted_into_a_shell() {
        let mut unattended = Unattended {
            config: "/home/o'neil/cluster.toml".to_owned(),
            left: Some(SignedDuration::from_secs(5 * 3_600 + 20 * 60 + 59)),
            allow_paid: true,
        };
        assert_eq!(
            unattended.to_string(),
            r"k3scope -c '/home/o'\''neil/cluster.toml' apply --yes --until 5h20m --allow-paid"
        );
        unattended.left = None;
        unattended.allow_paid = false;
        assert!(unattended.to_string().ends_with(" apply --yes"));
    }

    #[rstest]
    #[case("Uocm:US-ASHBURN-1-AD-2", Some("FAULT-DOMAIN-3"), "AD-2 FD-3")]
    #[case("Uocm:US-ASHBURN-1-AD-2", None, "AD-2")]
    #[case("elsewhere", Some("F"), "elsewhere F")]
    fn a_place_is_short(#[case] domain: &str, #[case] fault: Option<&str>, #[case] shown: &str) {
        let place = Place {
            availability_domain: domain.to_owned(),
            fault_domain: fault.map(str::to_owned),
        };
        assert_eq!(place.to_string(), shown);
    }
}
