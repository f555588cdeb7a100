//! What is under way before a plan is there, told while a person waits for it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::Line;

/// What is done at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "doing", rename_all = "snake_case")]
pub enum Planning {
    /// The cloud is asked what bears the cluster's tags.
    Looking,
    /// The cloud refused for now, and is asked again.
    Retrying {
        /// What it answered.
        because: Line,
        /// Seconds until then.
        seconds: u64,
    },
    /// Terraform prepares its folder: it looks up and downloads its provider.
    Initialising {
        /// What it says of it.
        said: Line,
    },
    /// Terraform begins to plan.
    Begun {
        /// Which program, in which version.
        by: Line,
    },
    /// Terraform reads again what its state knows.
    Refreshing {
        /// How many resources were read.
        done: usize,
        /// Of how many, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<usize>,
        /// Which one is read.
        address: Line,
    },
    /// Terraform reads a data source.
    Reading {
        /// Which.
        address: Line,
    },
    /// All is read, and what follows is worked out.
    Comparing,
    /// Nothing was heard for a while.
    Waiting {
        /// What is waited for.
        on: Awaited,
        /// For how many seconds.
        seconds: u64,
    },
}

/// Whose answer is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "awaited", rename_all = "snake_case")]
pub enum Awaited {
    /// The registry that has the provider.
    Registry,
    /// OCI, which the provider asks again by itself where it is asked too much.
    Oci {
        /// What is read; empty where that was not told.
        address: Line,
    },
}

impl fmt::Display for Planning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Looking => f.write_str("looks at what there is in the cloud"),
            Self::Retrying { because, seconds } => write!(f, "{because}; again in {seconds} s"),
            Self::Initialising { said } => write!(f, "prepares tf-k3s/: {said}"),
            Self::Begun { by } => write!(f, "{by} begins to plan"),
            Self::Refreshing { done, of, address } => {
                let of = of.map(|of| format!(" of {of}")).unwrap_or_default();
                write!(f, "reads again what its state knows, {done}{of}: {address}")
            }
            Self::Reading { address } => write!(f, "reads {address}"),
            Self::Comparing => f.write_str("works out what is to be done"),
            Self::Waiting {
                on: Awaited::Registry,
                seconds,
            } => write!(
                f,
                "the registry of providers has said nothing for {seconds} s"
            ),
            Self::Waiting {
                on: Awaited::Oci { address },
                seconds,
            } => {
                let what = if address.is_empty() { "OCI" } else { address };
                write!(
                    f,
                    "waits for {what}, {seconds} s; too many requests (429) are waited out for up \
                     to 10 min"
                )
            }
        }
    }
}

impl Planning {
    /// Whether it is one of many steps of the same kind, which only matter while they are seen.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Refreshing { .. } | Self::Reading { .. })
    }
}
